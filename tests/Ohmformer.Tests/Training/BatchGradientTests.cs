using Ohmformer.Models;
using Ohmformer.Numerics;
using Ohmformer.Training;

namespace Ohmformer.Tests.Training;

/// <summary>Batches of a network that is one linear layer, whose gradient has a closed form.</summary>
public sealed class BatchGradientTests
{
    private const int Inputs = 5, Classes = 3, Samples = 70;

    private static readonly float[] Weights = Values(Inputs * Classes, 1);

    [Theory]
    [InlineData(1, 512)] // one sample at once, in shards of several parts
    [InlineData(37, 40)]
    [InlineData(70, 1)]
    public void Gradient_is_that_of_the_mean_over_all_scored_rows(int samples, int tokens)
    {
        var gradient = new BatchGradient(Network, Weights.Length, tokens, Workers.One);
        int[] some = [.. Enumerable.Range(0, samples)];
        var result = gradient.Compute(Weights, new Rows(), 0, some);
        var (loss, expected) = ClosedForm(some);
        Assert.Equal(some.Count(i => Rows.Label(i) >= 0), result.Rows);
        Assert.Equal(loss, result.Loss / Math.Max(1, result.Rows), 1e-5);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], gradient.Gradient[i], 1e-6);
        Assert.Equal(result, gradient.Evaluate(Weights, new Rows(), DataPart.Train, some) with { Loss = result.Loss });
    }

    [Fact]
    public void Clipping_reports_the_norm_and_shortens_what_is_longer()
    {
        var gradient = new BatchGradient(Network, Weights.Length, 8, Workers.One);
        gradient.Compute(Weights, new Rows(), 0, Enumerable.Range(0, Samples).ToArray());
        float[] before = gradient.Gradient.ToArray();
        double norm = Math.Sqrt(before.Sum(g => (double)g * g));
        Assert.Equal(norm, gradient.Clip(2 * norm), 1e-6 * norm);
        Assert.Equal(before, gradient.Gradient.ToArray());
        Assert.Equal(norm, gradient.Clip(norm / 4), 1e-6 * norm);
        for (int i = 0; i < before.Length; i++) Assert.Equal(before[i] / 4, gradient.Gradient[i], 1e-6);
    }

    [Fact]
    public void Number_of_threads_does_not_change_a_bit()
    {
        using var two = new Workers(2);
        BatchGradient alone = new(Network, Weights.Length, 100, Workers.One), shared = new(Network, Weights.Length, 100, two);
        int[] samples = [.. Enumerable.Range(0, Samples)];
        for (int round = 0; round < 20; round++)
        {
            Assert.Equal(alone.Compute(Weights, new Rows(), round, samples), shared.Compute(Weights, new Rows(), round, samples));
            Assert.Equal(alone.Gradient.ToArray(), shared.Gradient.ToArray());
        }
    }

    [Fact]
    public void Batch_without_a_scored_row_has_no_gradient()
    {
        var gradient = new BatchGradient(Network, Weights.Length, 1, Workers.One);
        Assert.Equal(default, gradient.Compute(Weights, new Rows(), 0, new int[] { 3, 7 }));
        Assert.All(gradient.Gradient.ToArray(), g => Assert.Equal(0, g));
        Assert.Equal(0, gradient.Clip(1));
    }

    private static NetworkOutput Network(Tape tape, Memory<float> values, Memory<float> gradients, TrainingBatch batch, int epoch, ReadOnlyMemory<int> samples)
    {
        var pixels = tape.Scratch(batch.Values.Length);
        batch.Values.CopyTo(pixels);
        var weight = gradients.IsEmpty ? tape.Constant(values, Inputs, Classes) : tape.Variable(values, gradients, Inputs, Classes);
        return tape.Linear(tape.Constant(pixels, samples.Length, Inputs), weight);
    }

    private static (double Loss, double[] Gradient) ClosedForm(int[] samples)
    {
        var gradient = new double[Weights.Length];
        int[] scored = [.. samples.Where(i => Rows.Label(i) >= 0)];
        double loss = 0;
        foreach (int sample in scored)
        {
            float[] x = Rows.Sample(sample);
            double[] e = [.. Enumerable.Range(0, Classes).Select(c => Math.Exp(Enumerable.Range(0, Inputs).Sum(i => (double)x[i] * Weights[i * Classes + c])))];
            loss -= Math.Log(e[Rows.Label(sample)] / e.Sum()) / scored.Length;
            for (int i = 0; i < gradient.Length; i++)
                gradient[i] += x[i / Classes] * (e[i % Classes] / e.Sum() - (i % Classes == Rows.Label(sample) ? 1 : 0)) / scored.Length;
        }
        return (loss, gradient);
    }

    private static float[] Values(int length, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() * 2 - 1)];
    }

    private sealed class Rows : ITrainingTask
    {
        public TransformerSpec Network => throw new NotSupportedException();

        // Every fourth is not scored.
        public static int Label(int sample) => sample % 4 == 3 ? LossOperations.NotScored : sample % Classes;

        public static float[] Sample(int sample) => Values(Inputs, 10 + sample);

        public int Count(DataPart part) => Samples;

        public TrainingBatch Read(DataPart part, int epoch, ReadOnlySpan<int> samples)
        {
            int[] all = samples.ToArray();
            return new() { Values = all.SelectMany(Sample).ToArray(), Lengths = new int[all.Length], Labels = all.Select(Label).ToArray() };
        }

        public void Save(TransformerWeights weights, string folder) => throw new NotSupportedException();
    }
}
