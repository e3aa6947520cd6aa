using Ohmformer.Devices;
using Ohmformer.Lab.Designs;
using Ohmformer.Models;
using Ohmformer.Numerics;
using Ohmformer.Techniques.ClipFormer;
using Ohmformer.Techniques.Trex;
using Ohmformer.Tests.Models;
using Ohmformer.Training;

namespace Ohmformer.Tests.Training;

public sealed class ForwardNoiseTests
{
    private static readonly ClipFormerNoiseSpec ClipFormer = new() { ReadNoise = 0.05, WriteNoise = 0.1, WriteNoiseFactor = 2, OnOffRatio = 100 };

    [Theory]
    [InlineData(0.01, 0, 0)]
    [InlineData(0, 0.04, 0)]
    [InlineData(0, 0, 0.09)]
    [InlineData(0.001, 0.02, 0.03)]
    public void Noise_has_the_moments_of_its_law(double constant, double linear, double square)
    {
        const int rows = 40_000;
        float[] values = [-2, 1, 0.5f, -0.1f, 0]; // The largest magnitude of the group is 2.
        float[] matrix = Repeat(values, rows);
        new NoiseLaw(constant, linear, square).AddTo(matrix, 5, 5, new NoiseKey(1, NoisePurpose.ForwardWeight, 3));
        for (int n = 0; n < values.Length; n++)
        {
            double w = Math.Abs(values[n]), variance = constant * 4 + linear * 2 * w + square * w * w;
            double[] noise = [.. Enumerable.Range(0, rows).Select(i => (double)matrix[i * 5 + n] - values[n])];
            Assert.Equal(0, noise.Average(), 5 * Math.Sqrt(variance / rows) + 1e-7);
            Assert.Equal(variance, noise.Average(d => d * d), variance * 5 * Math.Sqrt(2.0 / rows));
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(4, 16)]
    [InlineData(5, 33)]
    [InlineData(2, 97)]
    public void Every_number_gets_the_draw_of_its_place(int rows, int columns)
    {
        float[] matrix = [.. Enumerable.Range(1, rows * columns).Select(i => MathF.Sin(i))];
        float[] before = [.. matrix];
        var key = new NoiseKey(5, NoisePurpose.ForwardOperand, 2, 3, column: 4);
        new NoiseLaw(0, 0, 0.25).AddTo(matrix, columns, columns, key, index: 1);
        var stream = new NoiseStream(key, index: 1);
        var draws = new short[(columns + 31) / 32 * 32];
        for (int row = 0; row < rows; row++)
        {
            stream.FillNormal(draws);
            for (int n = 0; n < columns; n++)
            {
                float w = before[row * columns + n];
                Assert.Equal(w + 0.5 * Math.Abs(w) * draws[n] / 4096, matrix[row * columns + n], 1e-6);
            }
        }
    }

    [Fact]
    public void Groups_of_columns_have_full_scales_of_their_own()
    {
        float[] matrix = Repeat([1, -1, 100, 100], 10_000);
        new NoiseLaw(0.01, 0, 0).AddTo(matrix, 4, 2, new NoiseKey(1, NoisePurpose.ForwardOperand, 0));
        double Deviation(int n, double mean) => Math.Sqrt(Enumerable.Range(0, 10_000).Average(i => Math.Pow(matrix[i * 4 + n] - mean, 2)));
        Assert.Equal(0.1, Deviation(0, 1), 0.005);
        Assert.Equal(0.1, Deviation(1, -1), 0.005);
        Assert.Equal(10, Deviation(2, 100), 0.5);
    }

    [Fact]
    public void No_noise_changes_no_bit()
    {
        float[] plain = Logits("vit", null, out float[] gradients);
        Assert.Equal(plain, Logits("vit", ClipFormer with { ReadNoise = 0, WriteNoise = 0 }, out float[] same));
        Assert.Equal(gradients, same);
        Assert.Equal(plain, Logits("vit", new TrexNoiseSpec { ReadNoise = 0, WriteNoise = 0 }, out same));
        Assert.Equal(gradients, same);
        Assert.NotEqual(plain, Logits("vit", ClipFormer, out same));
        Assert.NotEqual(gradients, same);
    }

    [Theory]
    [InlineData("vit")]
    [InlineData("kwt")]
    [InlineData("llama")]
    public void Gradients_are_those_of_a_network_that_holds_the_noisy_weights(string family)
    {
        // Read noise of weights alone: what is computed is a plain network with other weights.
        var (parameters, values, batch) = Network(family);
        var noise = new Noise(weight: 0.1, operand: 0);
        float[] noisy = [.. values], gradients = new float[values.Length], expected = new float[values.Length];
        foreach (var block in parameters.Blocks.Where(b => b.Decays)) noise.Weight(block, noisy.AsSpan(block.Offset, block.Length));
        Assert.Equal(Logits(parameters, noisy, batch, null, expected), Logits(parameters, values, batch, noise, gradients));
        Assert.NotEqual(values, noisy);
        for (int i = 0; i < gradients.Length; i++) Assert.Equal(expected[i], gradients[i], 1e-6f + 1e-5f * MathF.Abs(expected[i]));
    }

    [Fact]
    public void Gradient_passes_straight_through()
    {
        var tape = new Tape();
        float[] x = [0.5f, -1, 2], gradient = new float[3], expected = new float[3], moved = [0.5f, 3, -2];
        var y = tape.StraightThrough(tape.Variable(x, gradient, 1, 3));
        Assert.Equal(x, y.Value.ToArray());
        moved.CopyTo(y.Value);
        tape.Backward(tape.CrossEntropy(y, new[] { 1 }));
        tape.Reset();
        tape.Backward(tape.CrossEntropy(tape.Variable(moved, expected, 1, 3), new[] { 1 }));
        Assert.Equal(expected, gradient);
        Assert.Equal([0.5f, -1, 2], x);
    }

    [Fact]
    public void Keys_and_values_of_a_sample_have_the_same_noise_in_every_batch()
    {
        var (parameters, values, batch) = Network("gpt2");
        var noise = ClipFormer with { WriteNoiseFactor = 5 };
        float[] Of(int[] samples, long step = 4, int epoch = 2, int[]? which = null)
        {
            var part = batch;
            if (which is not null)
            {
                int[] starts = [0, batch.Lengths.Span[0]];
                part = batch with { Lengths = which.Select(i => batch.Lengths.Span[i]).ToArray(), Ids = which.SelectMany(i => batch.Ids.Slice(starts[i], batch.Lengths.Span[i]).ToArray()).ToArray() };
            }
            return Logits(parameters, values, part, noise.Build(parameters.Spec, new(7, step, epoch, samples)), null);
        }
        float[] both = Of([7, 9]);
        Assert.Equal(both, Of([7], which: [0]).Concat(Of([9], which: [1])));
        Assert.NotEqual(both, Of([7, 8]));
        Assert.NotEqual(both, Of([7, 9], step: 5));
        Assert.NotEqual(both, Of([7, 9], epoch: 3));
    }

    [Fact]
    public void ClipFormer_draws_what_its_device_does()
    {
        // The pair of cells that holds x: what the device model says, against the polynomial.
        var device = Assert.IsType<RramSpec>(SpecReader.Load<DeviceSpec>("rram-clipformer")) with { WriteNoiseFactor = 2 };
        double g0 = device.NormalizedGMin;
        var (read, write) = (ClipFormer.Read, ClipFormer.Write);
        foreach (double x in new[] { 0, 0.01, 0.3, 1 })
        {
            double g = g0 + x * (1 - g0);
            double written = (device.Build().Program(g, 1) - g) / (1 - g0), seen = device.ReadNoise * Math.Sqrt(g * g + g0 * g0) / (1 - g0);
            Assert.Equal(0.2 * Math.Sqrt(x), written, 1e-12);
            Assert.Equal(written * written, Variance(write, x), 1e-12);
            Assert.Equal(seen * seen, Variance(read, x), 1e-12);
        }
    }

    [Fact]
    public void Trex_multiplies_write_and_read_noise()
    {
        var spec = RandomTransformer.Families["vit"];
        int width = spec.KeyValueWidth, rows = 200_000 / width;
        var noise = new TrexNoiseSpec { ReadNoise = 0.1, WriteNoise = 0.2 }.Build(spec, new(1, 1, 0, new[] { 0 }));
        float[] key = Repeat([3], rows * width), value = [.. key], weight = [.. key];
        noise.Key(0, 0, key);
        noise.Value(0, 0, value);
        noise.Weight(new ParameterBlock("w", rows, width, 0, true, 0, 0), weight);
        foreach (float[] operand in new[] { key, value })
            Assert.Equal(9 * ((1 + 0.2 * 0.2) * (1 + 0.1 * 0.1) - 1), operand.Average(k => (k - 3.0) * (k - 3)), 0.01);
        Assert.Equal(9 * 0.01, weight.Average(k => (k - 3.0) * (k - 3)), 0.002);
        Assert.NotEqual(key, value);
    }

    [Fact]
    public void Hybrid_of_Trex_keeps_keys_and_values_and_the_noise_of_weights()
    {
        var spec = RandomTransformer.Families["vit"];
        var plain = new TrexNoiseSpec { ReadNoise = 0.1, WriteNoise = 0.2 };
        ForwardKey pass = new(1, 1, 0, new[] { 0 });
        IForwardNoise fefet = plain.Build(spec, pass), hybrid = (plain with { Hybrid = true }).Build(spec, pass);
        float[] before = Repeat([1, 2, 3, 4, 5, 6], 3), key = [.. before], value = [.. before], weight = [.. before], expected = [.. before];
        hybrid.Key(0, 0, key);
        hybrid.Value(0, 0, value);
        Assert.Equal(before, key);
        Assert.Equal(before, value);
        var block = new ParameterBlock("w", 3, 6, 0, true, 0, 0);
        hybrid.Weight(block, weight);
        fefet.Weight(block, expected);
        Assert.Equal(expected, weight);
        Assert.NotEqual(before, weight);
    }

    private static double Variance(NoiseLaw law, double x) => law.Constant + law.Linear * x + law.Square * x * x;

    private static float[] Repeat(float[] row, int rows) => [.. Enumerable.Range(0, rows).SelectMany(_ => row)];

    private static float[] Logits(string family, ForwardNoiseSpec? noise, out float[] gradients)
    {
        var (parameters, values, batch) = Network(family);
        return Logits(parameters, values, batch, noise?.Build(parameters.Spec, new(7, 4, 2, new[] { 3, 5 })), gradients = new float[values.Length]);
    }

    private static float[] Logits(TransformerParameters parameters, float[] values, TrainingBatch batch, IForwardNoise? noise, float[]? gradients)
    {
        var tape = new Tape();
        var logits = new TrainableTransformer(parameters).Forward(tape, values, gradients, batch, null, noise);
        float[] result = logits.Value.ToArray();
        if (gradients is not null) tape.Backward(tape.CrossEntropy(logits, Enumerable.Range(0, logits.Rows).Select(i => i % logits.Columns).ToArray()));
        return result;
    }

    /// <summary>A small network with two samples.</summary>
    private static (TransformerParameters Parameters, float[] Values, TrainingBatch Batch) Network(string family)
    {
        var spec = RandomTransformer.Families[family];
        var parameters = new TransformerParameters(spec);
        var random = new Random(1);
        int tokens = spec.Tokens - spec.Input.ClassTokens;
        int size = spec.Input switch { ImageInput image => image.Channels * image.Size * image.Size, FeatureInput features => features.Frames * features.Features, _ => 0 };
        var batch = size > 0
            ? new TrainingBatch { Values = Enumerable.Range(0, 2 * size).Select(_ => random.NextSingle()).ToArray(), Lengths = new[] { tokens, tokens }, Labels = default }
            : new TrainingBatch { Ids = new[] { 3, 1, 4, 5, 9, 2, 6 }, Lengths = new[] { 3, 4 }, Labels = default };
        return (parameters, parameters.Initialize(3), batch);
    }

    /// <summary>Read noise of fixed draws.</summary>
    private sealed class Noise(double weight, double operand) : IForwardNoise
    {
        public void Weight(ParameterBlock block, Span<float> values) =>
            new NoiseLaw(0, 0, weight * weight).AddTo(values, block.Columns, block.Columns, new NoiseKey(1, NoisePurpose.ForwardWeight, block.Offset));

        public void Key(int layer, int sample, Span<float> key) => new NoiseLaw(0, 0, operand).AddTo(key, 1, 1, default);

        public void Value(int layer, int sample, Span<float> value) => Key(layer, sample, value);
    }
}
