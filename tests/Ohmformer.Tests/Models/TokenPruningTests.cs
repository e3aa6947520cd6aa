using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Numerics;

namespace Ohmformer.Tests.Models;

public sealed class TokenPruningTests
{
    /// <summary>Four encoders, so that tokens drop out behind the first three: 1 + 16, 1 + 12, 1 + 9 and 1 + 7 tokens.</summary>
    private static readonly TransformerSpec Deep = RandomTransformer.Tiny with { Layers = 4, Input = new ImageInput { Size = 12, PatchSize = 3, Channels = 2, ClassTokens = 1 } };

    private static readonly TransformerSpec Pruned = Deep with { Pruning = new() { KeepRatio = 0.7 } };

    [Fact]
    public void Each_stage_keeps_its_share_of_those_left()
    {
        Assert.Equal([13, 10, 8, 8], Enumerable.Range(0, 4).Aggregate(new List<int> { 17 }, (t, l) => [.. t, Pruned.TokensBehind(l, t[^1])])[1..]);
        var twelve = new TokenPruning { KeepRatio = 0.5 };
        Assert.Equal([2, 5, 8], Enumerable.Range(0, 12).Where(l => twelve.TokensBehind(l, 12, 197, 1) < 197));
        Assert.Equal(3, new TokenPruning { KeepRatio = 0.01 }.TokensBehind(2, 12, 197, 1));
        Assert.Equal(3, new TokenPruning { KeepRatio = 0.01 }.TokensBehind(2, 12, 3, 2));
    }

    /// <summary>0.28 * 25 is 7.000000000000001 in binary.</summary>
    [Theory]
    [InlineData(0.28, 25, 7)]
    [InlineData(0.55, 100, 55)]
    [InlineData(0.7, 30, 21)]
    [InlineData(2.0 / 3, 30, 20)]
    [InlineData(0.2800001, 25, 8)]
    [InlineData(0.7, 196, 138)]
    public void A_share_that_is_a_whole_number_is_not_rounded_up(double ratio, int tokens, int left) =>
        Assert.Equal(1 + left, new TokenPruning { KeepRatio = ratio }.TokensBehind(2, 12, 1 + tokens, 1));

    [Fact]
    public void A_ratio_of_one_changes_no_bit() =>
        Assert.Equal(Logits(Deep, new FloatProduct()), Logits(Deep with { Pruning = new() { KeepRatio = 1 } }, new FloatProduct()));

    [Fact]
    public void Results_do_not_depend_on_threads()
    {
        using var workers = new Workers(3);
        Assert.Equal(Logits(Pruned, new FloatProduct()), Logits(Pruned, new FloatProduct(), workers));
        Assert.NotEqual(Logits(Deep, new FloatProduct()), Logits(Pruned, new FloatProduct()));
    }

    [Fact]
    public void The_forward_pass_runs_the_products_and_digital_steps_of_the_workload()
    {
        var seen = new Sizes();
        var workspace = new TransformerWorkspace(Pruned);
        Logits(Pruned, seen, workspace: workspace);
        var workload = TransformerWorkload.Of(Pruned);
        Assert.Equal(workload.Products.Where(p => p.Dynamic).Select(p => (p.Site, new DynamicSize(p.Tokens, p.Inputs, p.Outputs, p.Probabilities))), seen.Dynamic.Distinct());
        Assert.Equal(workload.Products.Where(p => !p.Dynamic).Select(p => (p.Site, p.Tokens)), seen.Static);
        Assert.All(Enum.GetValues<DigitalKind>(), kind => Assert.Equal(workload.Digital.Where(d => d.Kind == kind).Sum(d => d.Elements), workspace.Elements(kind)));
    }

    /// <summary>Tokens 3 and 1 have the most attention, 4 and 2 equally much of the rest: the first of two equals stays, and the order is kept.</summary>
    [Fact]
    public void The_tokens_with_the_most_attention_of_the_class_token_stay_in_their_order()
    {
        var spec = Pruned with { Heads = 2, HeadSize = 3, Pruning = new() { KeepRatio = 0.75 } };
        var workspace = new TransformerWorkspace(spec, 5);
        for (int i = 0; i < workspace.Stream.Length; i++) workspace.Stream[i] = i / spec.Hidden;
        float[] others = [9, 9, 9, 9, 9];
        TokenSelection.Note(spec, 0, [0.2f, 0.2f, 0.1f, 0.4f, 0.1f, .. others, .. others, .. others, .. others], 5, workspace);
        TokenSelection.Note(spec, 1, [0.2f, 0.3f, 0.1f, 0.3f, 0.1f, .. others, .. others, .. others, .. others], 5, workspace);
        TokenSelection.AddNotes(spec, 5, workspace);
        Assert.Equal(4, TokenSelection.Keep(spec, 0, 5, workspace));
        Assert.Equal([0, 1, 2, 3], Enumerable.Range(0, 4).Select(t => (int)workspace.Stream[t * spec.Hidden]));
        Assert.Equal(4, TokenSelection.Keep(spec, 3, 4, workspace));
    }

    [Theory]
    [InlineData("gpt2", "lacks")]
    [InlineData("bert", "lacks")]
    public void Networks_without_a_class_token_are_an_error(string family, string message)
    {
        var spec = RandomTransformer.Families[family] with { Pruning = new() { KeepRatio = 0.7 } };
        Assert.Contains(message, Assert.Throws<InputException>(() => new TransformerRun(spec, RandomTransformer.Weights(spec), new FloatProduct())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void A_ratio_that_keeps_nothing_or_more_than_all_is_an_error(double ratio) =>
        Assert.Equal(nameof(TokenPruning.KeepRatio), Assert.Single(new TokenPruning { KeepRatio = ratio }.Violations()).Property);

    private static float[] Logits(TransformerSpec spec, IMatrixProduct products, Workers? workers = null, TransformerWorkspace? workspace = null)
    {
        float[] logits = new float[spec.Classes];
        new TransformerRun(spec, RandomTransformer.Weights(spec), products).Forward(0, RandomTransformer.Values(spec), workspace ?? new(spec, workers), logits);
        return logits;
    }

    /// <summary>Notes the sizes of exact products.</summary>
    private sealed class Sizes : IMatrixProduct
    {
        private readonly FloatProduct _exact = new();

        public List<(ProductSite, DynamicSize)> Dynamic { get; } = [];

        public List<(ProductSite, int)> Static { get; } = [];

        public IStaticProduct Program(ProductSite site, ReadOnlySpan<float> weights, int inputs, int outputs) => new Noted(this, site, _exact.Program(site, weights, inputs, outputs));

        public void Multiply(ProductSite site, int image, int head, ReadOnlySpan<float> driven, ReadOnlySpan<float> programmed, DynamicSize size, Span<float> result)
        {
            Dynamic.Add((site, size with { LargestProgrammed = 0 }));
            _exact.Multiply(site, image, head, driven, programmed, size, result);
        }

        private sealed class Noted(Sizes sizes, ProductSite site, IStaticProduct product) : IStaticProduct
        {
            public void Multiply(int image, ReadOnlySpan<float> x, int tokens, Span<float> y)
            {
                sizes.Static.Add((site, tokens));
                product.Multiply(image, x, tokens, y);
            }
        }
    }
}
