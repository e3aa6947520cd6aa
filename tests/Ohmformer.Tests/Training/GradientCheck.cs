using Ohmformer.Training;

namespace Ohmformer.Tests.Training;

/// <summary>Compares the gradients of an operation with central differences.</summary>
internal static class GradientCheck
{
    /// <summary>
    /// The loss is a fixed random combination of the output. Its slope along each input element is compared with
    /// (loss(x + h) - loss(x - h)) / 2h, whose error is of the order of h^2 and of rounding / h.
    /// </summary>
    public static void Check(Func<Tape, Tensor[], Tensor> operation, params (int Rows, int Columns)[] shapes)
    {
        const float h = 1 / 128f;
        var random = new Random(5);
        float[][] values = [.. shapes.Select(s => Values(s.Rows * s.Columns))];
        float[][] gradients = [.. values.Select(v => new float[v.Length])];
        float[] weights = [];

        var tape = new Tape();
        var output = Run(tape, gradients);
        weights = Values(output.Value.Length);
        var loss = tape.Output(1, 1, output);
        tape.Record(loss, () => weights.CopyTo(output.Gradient));
        tape.Backward(loss);

        for (int input = 0; input < values.Length; input++)
            for (int i = 0; i < values[input].Length; i++)
            {
                float old = values[input][i];
                values[input][i] = old + h;
                double above = Loss();
                values[input][i] = old - h;
                double below = Loss();
                values[input][i] = old;
                double expected = (above - below) / (2 * h);
                Assert.True(Math.Abs(gradients[input][i] - expected) < 2e-3 * (1 + Math.Abs(expected)), $"input {input}[{i}]: {gradients[input][i]} for {expected}");
            }

        float[] Values(int length) => [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() * 2 - 1)];

        Tensor Run(Tape tape, float[][] gradients) =>
            operation(tape, [.. shapes.Select((s, i) => tape.Variable(values[i], gradients[i], s.Rows, s.Columns))]);

        double Loss()
        {
            float[] result = Run(new Tape(), gradients).Value.ToArray();
            return result.Select((v, i) => (double)v * weights[i]).Sum();
        }
    }
}
