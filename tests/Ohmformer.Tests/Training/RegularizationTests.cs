using System.Runtime.Intrinsics;
using Ohmformer.Numerics;
using Ohmformer.Tests.Models;
using Ohmformer.Training;

namespace Ohmformer.Tests.Training;

public sealed class RegularizationTests
{
    [Theory]
    [InlineData(0.1, 0)]
    [InlineData(0.5, 0)]
    [InlineData(0.3, 0.2)]
    public void Masks_keep_the_mean(double dropout, double skip)
    {
        const int width = 1003, samples = 400;
        var regularization = Of(dropout, [.. Enumerable.Range(0, samples)]);
        double sum = 0;
        int zeros = 0;
        var mask = new float[width];
        for (int i = 0; i < samples; i++)
        {
            regularization.Mask(site: 3, i, skip, mask);
            sum += mask.Sum(v => (double)v);
            zeros += mask.Count(v => v == 0);
        }
        // Five standard deviations: of elements, and of whole samples when some are skipped.
        double elements = Math.Sqrt(dropout / (1 - dropout) / (width * samples)), blocks = Math.Sqrt(skip / (1 - skip) / samples);
        Assert.Equal(1, sum / (width * samples), 5 * (elements + blocks));
        Assert.Equal(1 - (1 - dropout) * (1 - skip), (double)zeros / (width * samples), 5 * (elements + blocks));
    }

    [Fact]
    public void Masks_depend_on_seed_epoch_sample_and_place_and_on_nothing_else()
    {
        float[] Mask(Regularization regularization, int site, int sample)
        {
            var mask = new float[64];
            regularization.Mask(site, sample, 0, mask);
            return mask;
        }
        var three = Of(0.5, [4, 5, 6]);
        Assert.Equal(Mask(three, 1, 1), Mask(Of(0.5, [5]), 1, 0));
        float[][] all =
        [
            Mask(three, 1, 1), Mask(three, 2, 1), Mask(three, 1, 2), Mask(three with { Seed = 8 }, 1, 1), Mask(three with { Epoch = 3 }, 1, 1),
        ];
        for (int i = 0; i < all.Length; i++)
            for (int j = 0; j < i; j++) Assert.NotEqual(all[i], all[j]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(97)]
    public void Masks_compare_the_words_of_the_stream_one_by_one(int length)
    {
        float[] mask = new float[length], expected = new float[length];
        Of(0.3, [6]).Mask(site: 2, sample: 0, 0, mask);
        var stream = new NoiseStream(new NoiseKey(7, NoisePurpose.Dropout, site: 2, image: 7, column: 2));
        var words = new ushort[length / 32 * 32 + 32];
        for (int i = 0; i < words.Length; i += 32) stream.Next().CopyTo(words, i);
        for (int i = 0; i < length; i++) expected[i] = words[i] < 19661 ? 0 : (float)(65536 / (65536.0 - 19661)); // 0.3 of 65536
        Assert.Equal(expected, mask);
    }

    [Fact]
    public void Neighbors_are_independent()
    {
        var mask = new float[100_000];
        Of(0.5, [0]).Mask(0, 0, 0, mask);
        for (int distance = 1; distance < 10; distance++)
        {
            double both = Enumerable.Range(0, mask.Length - distance).Average(i => mask[i] * mask[i + distance]);
            Assert.Equal(1, both, 5 * Math.Sqrt(3.0 / mask.Length));
        }
    }

    [Fact]
    public void A_sample_forgets_the_same_in_every_batch()
    {
        var spec = RandomTransformer.Families["gpt2"];
        var parameters = new TransformerParameters(spec);
        float[] values = parameters.Initialize(1);
        int[][] texts = [[3, 1, 4], [5, 9, 2, 6]];
        float[] Logits(int[][] texts, Regularization? regularization) => new TrainableTransformer(parameters).Forward(
            new Tape(), values, default,
            new TrainingBatch { Ids = texts.SelectMany(t => t).ToArray(), Lengths = texts.Select(t => t.Length).ToArray(), Labels = default }, regularization).Value.ToArray();

        float[] both = Logits(texts, Of(0.2, [7, 9]) with { StochasticDepth = 0.5 });
        Assert.Equal(both, Logits([texts[0]], Of(0.2, [7]) with { StochasticDepth = 0.5 }).Concat(Logits([texts[1]], Of(0.2, [9]) with { StochasticDepth = 0.5 })));
        Assert.NotEqual(both, Logits(texts, null));
        Assert.Equal(Logits(texts, null), Logits(texts, Of(0, [7, 9])));
    }

    [Fact]
    public void Gradients_flow_through_what_is_kept_only()
    {
        var tape = new Tape();
        float[] x = [1, 2, 3, 4, 5, 6, 7, 8], gradient = new float[8], mask = new float[8];
        Of(0.5, [0]).Mask(0, 0, 0, mask);
        var y = tape.Multiply(tape.Variable(x, gradient, 1, 8), tape.Constant(mask, 1, 8));
        tape.Backward(tape.Linear(y, tape.Constant(new float[] { 1, 1, 1, 1, 1, 1, 1, 1 }, 8, 1)));
        Assert.Equal(mask, gradient);
        Assert.Contains(0, mask);
        Assert.Contains(2, mask);
    }

    private static Regularization Of(double dropout, int[] samples) => new() { Seed = 7, Epoch = 2, Samples = samples, Dropout = dropout };
}
