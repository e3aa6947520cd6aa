using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Models;

namespace Ohmformer.Tests.Models;

public sealed class TransformerWorkloadTests
{
    // Published operation counts: DeiT, arXiv:2012.12877, table 5 (1.3, 4.6 and 17.6 G); ViT-L/16, 61.6 G.
    [Theory]
    [InlineData("deit-tiny", 1.25, 1.3)]
    [InlineData("deit-small", 4.54, 4.61)]
    [InlineData("deit-base", 17.5, 17.65)]
    [InlineData("vit-large", 61.5, 61.7)]
    public void Known_shapes_have_their_published_operations(string name, double least, double most) =>
        Assert.InRange(TransformerWorkload.Of(KnownShapes.Get(name)).Macs / 1e9, least, most);

    [Fact]
    public void The_encoders_of_deit_small_have_4_54_billion_operations() =>
        Assert.Equal(4.54, TransformerWorkload.Of(KnownShapes.Get("deit-small")).Products
            .Where(p => p.Site.Class is not (LayerClass.Embedding or LayerClass.Head)).Sum(p => p.Macs) / 1e9, 0.005);

    [Fact]
    public void An_unknown_name_lists_the_known() =>
        Assert.Contains("deit-small", Assert.Throws<InputException>(() => KnownShapes.Get("deit-smal")).Message, StringComparison.Ordinal);

    public static TheoryData<string> Families => [.. RandomTransformer.Families.Keys];

    [Theory]
    [MemberData(nameof(Families))]
    public void The_forward_pass_runs_exactly_the_products_of_the_workload(string family)
    {
        var spec = RandomTransformer.Families[family];
        var recorder = new Recorder();
        RandomTransformer.Forward(spec, recorder, new TransformerWorkspace(spec));
        var run = recorder.Seen.GroupBy(p => p.Site.Id).Select(g => g.First() with { Heads = g.Count() });
        Assert.Equal(TransformerWorkload.Of(spec, RandomTransformer.Tokens(spec)).Products, run);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void The_forward_pass_counts_the_digital_work_of_the_workload(string family)
    {
        var spec = RandomTransformer.Families[family];
        var workspace = new TransformerWorkspace(spec);
        RandomTransformer.Forward(spec, new FloatProduct(), workspace);
        var digital = TransformerWorkload.Of(spec, RandomTransformer.Tokens(spec)).Digital;
        Assert.All(Enum.GetValues<DigitalKind>(), kind => Assert.Equal(digital.Where(d => d.Kind == kind).Sum(d => d.Elements), workspace.Elements(kind)));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Parameters_are_the_numbers_of_the_weights(string family)
    {
        var spec = RandomTransformer.Families[family];
        var w = RandomTransformer.Weights(spec);
        long Layer(Linear? layer) => layer is null ? 0 : layer.Weight.Length + (layer.Bias?.Length ?? 0);
        long Norm(Norm? norm) => norm is null ? 0 : norm.Gain.Length + (norm.Bias?.Length ?? 0);
        long expected = w.Stem.Sum(Layer) + Layer(w.Embedding) + (w.TokenTable?.Length ?? 0) + (w.SegmentTable?.Length ?? 0) + w.ClassTokens.Length + (w.Positions?.Length ?? 0)
            + Norm(w.EmbeddingNorm) + Norm(w.FinalNorm) + Layer(w.Pooler) + Layer(w.SecondHead) + (spec.TiedHead ? 0 : Layer(w.Head))
            + w.Encoders.Sum(e => Norm(e.AttentionNorm) + Layer(e.Query) + Layer(e.Key) + Layer(e.Value) + Layer(e.Projection) + Norm(e.Transformation?.Norm) + Layer(e.Transformation?.Linear) + Norm(e.MlpNorm) + Layer(e.MlpGate) + Layer(e.MlpIn) + Layer(e.MlpOut));
        Assert.Equal(expected, spec.Parameters);
    }

    // Published sizes: DeiT, arXiv:2012.12877, table 1; LV-ViT, arXiv:2104.10858, table 8; BERT, arXiv:1810.04805 (110 M, 340 M); DistilBERT,
    // arXiv:1910.01108, table 1 (66 M); GPT-2 small, 124 M as released; Llama, arXiv:2302.13971, table 2 (6.7 B).
    [Theory]
    [InlineData("deit-small", 22e6, 0.01)]
    [InlineData("deit-base", 86e6, 0.01)]
    [InlineData("lvvit-small", 26e6, 0.02)]
    [InlineData("bert-base", 110e6, 0.01)]
    [InlineData("bert-large", 340e6, 0.02)]
    [InlineData("distilbert", 66e6, 0.02)]
    [InlineData("gpt2", 124.4e6, 0.001)]
    [InlineData("llama-7b", 6.738e9, 0.001)]
    public void Known_shapes_have_their_published_parameters(string name, double published, double tolerance) =>
        Assert.Equal(published, KnownShapes.Get(name).Parameters, published * tolerance);

    [Fact]
    public void Digital_steps_have_the_sizes_of_the_activations()
    {
        var spec = RandomTransformer.Tiny;
        var digital = TransformerWorkload.Of(spec).Digital.ToDictionary(d => d.Name);
        Assert.Equal(new DigitalShape("encoder.1.softmax", DigitalKind.Softmax, 3 * 5 * 5, 3), digital["encoder.1.softmax"]);
        Assert.Equal(5 * 6, digital["encoder.0.mlp.norm"].Elements);
        Assert.Equal(5 * 7, digital["encoder.0.mlp.activation"].Elements);
        Assert.Equal(3 * 5 * 5, digital["encoder.0.scores.rescale"].Elements);
        Assert.Equal(5 * 6, digital["encoder.0.context.rescale"].Elements);
    }

    /// <summary>Writes down the shapes of all products.</summary>
    private sealed class Recorder : IMatrixProduct
    {
        public List<ProductShape> Seen { get; } = [];

        public IStaticProduct Program(ProductSite site, ReadOnlySpan<float> weights, int inputs, int outputs)
        {
            Assert.Equal(inputs * outputs, weights.Length);
            return new Static(this, site, inputs, outputs);
        }

        public void Multiply(ProductSite site, int image, int head, ReadOnlySpan<float> driven, ReadOnlySpan<float> programmed, DynamicSize size, Span<float> result)
        {
            Assert.Equal((size.M * size.K, size.K * size.N, size.M * size.N), (driven.Length, programmed.Length, result.Length));
            Seen.Add(new(site, size.M, size.K, size.N, 1, Dynamic: true, size.Probabilities));
            result.Clear();
        }

        private sealed class Static(Recorder recorder, ProductSite site, int inputs, int outputs) : IStaticProduct
        {
            public void Multiply(int image, ReadOnlySpan<float> x, int tokens, Span<float> y)
            {
                Assert.Equal((tokens * inputs, tokens * outputs), (x.Length, y.Length));
                recorder.Seen.Add(new(site, tokens, inputs, outputs));
                y.Clear();
            }
        }
    }
}
