using Ohmformer.Training;

namespace Ohmformer.Tests.Training;

/// <summary>Compares the gradients of a whole network with central differences.</summary>
internal static class BlockGradients
{
    /// <summary>
    /// The slope of the loss along a random direction within every block of parameters is compared with (loss(x + h u) - loss(x - h u)) / 2h.
    /// </summary>
    public static void Check(TransformerParameters parameters, float[] values, TrainingBatch batch)
    {
        const float h = 1 / 1024f;
        var network = new TrainableTransformer(parameters);
        var gradients = new float[values.Length];
        Loss(values, gradients);
        var random = new Random(3);
        foreach (var block in parameters.Blocks)
        {
            float[] direction = [.. Enumerable.Range(0, block.Length).Select(_ => random.NextSingle() * 2 - 1)];
            double expected = (Loss(Moved(h), default) - Loss(Moved(-h), default)) / (2 * h), slope = direction.Select((u, i) => (double)u * gradients[block.Offset + i]).Sum();
            Assert.True(Math.Abs(slope - expected) < 5e-3 * (1 + Math.Abs(expected)), $"{block.Name}: {slope} for {expected}");

            float[] Moved(float by)
            {
                float[] moved = [.. values];
                for (int i = 0; i < direction.Length; i++) moved[block.Offset + i] += by * direction[i];
                return moved;
            }
        }
        Assert.Contains(gradients, g => g != 0);

        double Loss(float[] values, Memory<float> gradients)
        {
            var tape = new Tape();
            var loss = tape.CrossEntropy(network.Forward(tape, values, gradients, batch), batch.Labels);
            double result = loss.Value[0];
            if (!gradients.IsEmpty) tape.Backward(loss);
            return result;
        }
    }
}
