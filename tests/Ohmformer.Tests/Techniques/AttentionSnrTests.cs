using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Techniques.ClipFormer;
using Ohmformer.Tests.Models;

namespace Ohmformer.Tests.Techniques;

public sealed class AttentionSnrTests
{
    public static TheoryData<string> Families => [.. RandomTransformer.Families.Where(f => f.Value is { Input: not TokenInput, Reuse: null }).Select(f => f.Key)];

    [Theory]
    [MemberData(nameof(Families))]
    public void Single_precision_is_ideal_and_results_pass_unchanged(string family)
    {
        var spec = RandomTransformer.Families[family];
        var measured = new AttentionSnr(new FloatProduct(), spec);
        Assert.Equal(Logits(spec, new FloatProduct()), Logits(spec, measured));
        Assert.Equal(Enumerable.Range(0, spec.Layers).Select(l => $"encoder.{l}"), measured.Encoders.Select(e => e.Encoder));
        Assert.All(measured.Encoders, e => Assert.True(e.Decibel > 100, $"{e.Encoder}: {e.Decibel} dB"));
    }

    /// <summary>A block that reports 1 + e of everything is 20 log10(1/e) dB above its error.</summary>
    [Theory]
    [InlineData(0.1f, 20)]
    [InlineData(0.01f, 40)]
    public void A_known_error_has_the_ratio_of_its_definition(float error, double decibel)
    {
        var spec = RandomTransformer.Tiny;
        var measured = new AttentionSnr(new Scaled(1 + error), spec);
        Logits(spec, measured);
        Assert.All(measured.Encoders, e => Assert.Equal(decibel, e.Decibel, 0.01));
    }

    [Fact]
    public void Only_the_first_inputs_are_measured()
    {
        var measured = new AttentionSnr(new FloatProduct(), RandomTransformer.Tiny, images: 0);
        Logits(RandomTransformer.Tiny, measured);
        Assert.Empty(measured.Encoders);
    }

    private static float[] Logits(TransformerSpec spec, IMatrixProduct products)
    {
        var run = new TransformerRun(spec, RandomTransformer.Weights(spec), products);
        float[] logits = new float[spec.Classes];
        run.Forward(0, RandomTransformer.Values(spec), new TransformerWorkspace(spec), logits);
        return logits;
    }

    /// <summary>Exact products, except that those of probabilities and V are scaled.</summary>
    private sealed class Scaled(float factor) : IMatrixProduct
    {
        private readonly FloatProduct _exact = new();

        public IStaticProduct Program(ProductSite site, ReadOnlySpan<float> weights, int inputs, int outputs) => _exact.Program(site, weights, inputs, outputs);

        public void Multiply(ProductSite site, int image, int head, ReadOnlySpan<float> driven, ReadOnlySpan<float> programmed, DynamicSize size, Span<float> result)
        {
            _exact.Multiply(site, image, head, driven, programmed, size, result);
            if (site.Class != LayerClass.Context) return;
            foreach (ref float value in result) value *= factor;
        }
    }
}
