using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Models;

namespace Ohmformer.Tests.Models;

public sealed class TransformerRunTests
{
    [Fact]
    public void Site_keys_and_names_are_unique()
    {
        var sites = new TransformerSites(3);
        ProductSite[] all = [.. sites.Stem, sites.Embedding, .. sites.Encoders.SelectMany(e =>
            new[] { e.Query, e.Key, e.Value, e.Scores, e.Context, e.Transformation, e.Projection, e.MlpGate, e.MlpIn, e.MlpOut }), sites.Pooler, sites.Head, sites.SecondHead];
        Assert.Equal(all.Length, all.Select(s => s.Id).Distinct().Count());
        Assert.Equal(all.Length, all.Select(s => s.Name).Distinct().Count());
        Assert.Equal("encoder.2.mlp.in", sites.Encoders[2].MlpIn.Name);
    }

    public static TheoryData<string> Families => [.. RandomTransformer.Families.Keys];

    [Theory]
    [MemberData(nameof(Families))]
    public void Forward_equals_the_equations_in_double_precision(string family)
    {
        var spec = RandomTransformer.Families[family];
        float[] logits = RandomTransformer.Forward(spec, new FloatProduct(), new TransformerWorkspace(spec));
        var reference = new TransformerReference(spec, RandomTransformer.Weights(spec));
        double[] expected = spec.Input is not TokenInput ? reference.Logits(RandomTransformer.Values(spec))
            : RandomTransformer.Text(spec) is var (ids, segments) ? reference.Logits(ids, segments) : [];
        Assert.Equal(expected.Length, logits.Length);
        for (int i = 0; i < logits.Length; i++) Assert.Equal(expected[i], logits[i], 1e-5);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Forward_allocates_nothing(string family)
    {
        var spec = RandomTransformer.Families[family];
        var run = new TransformerRun(spec, RandomTransformer.Weights(spec), new NullProduct());
        var workspace = new TransformerWorkspace(spec);
        var logits = new float[spec.Logits(spec.Tokens)];
        var (values, (ids, segments)) = (RandomTransformer.Values(spec), spec.Input is TokenInput ? RandomTransformer.Text(spec) : ([], []));
        Assert.Equal(0, Allocations.Of(() => Run(1)));

        void Run(int image)
        {
            if (spec.Input is TokenInput) run.Forward(image, ids, segments, workspace, logits);
            else run.Forward(image, values, workspace, logits);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_workspace_carries_nothing_from_one_input_to_the_next(string family)
    {
        var spec = RandomTransformer.Families[family];
        var run = new TransformerRun(spec, RandomTransformer.Weights(spec), new FloatProduct());
        var used = new TransformerWorkspace(spec);
        if (spec.Input is TokenInput text) run.Forward(0, [.. Enumerable.Repeat(1, text.Length)], [], used, new float[spec.Logits(text.Length)]);
        else run.Forward(0, RandomTransformer.Values(spec, seed: 9), used, new float[spec.Classes]);
        var logits = new float[spec.Logits(RandomTransformer.Tokens(spec))];
        RandomTransformer.Forward(run, 0, used, logits);
        Assert.Equal(RandomTransformer.Forward(spec, new FloatProduct(), new TransformerWorkspace(spec)), logits);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Eight_bits_and_ideal_arrays_change_the_logits_little_and_in_the_same_way(string family)
    {
        var spec = RandomTransformer.Families[family];
        float[] exact = RandomTransformer.Forward(spec, new FloatProduct(), new TransformerWorkspace(spec));
        float[] digital = RandomTransformer.Forward(spec, new IntegerProduct(), new TransformerWorkspace(spec));
        float[] analog = RandomTransformer.Forward(spec, new AnalogProduct(Specs.Design(Specs.Macro()), seed: 1), new TransformerWorkspace(spec));
        Assert.NotEqual(exact, digital);
        Assert.Equal(digital, analog);
        if (spec.Pruning is not null) return; // Another token may drop out.
        Assert.InRange(exact.Zip(digital, (a, b) => Math.Abs(a - b)).Max(), 0, 0.05 * exact.Max(Math.Abs));
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void A_later_token_of_a_causal_network_changes_nothing_before_it(string family)
    {
        var spec = RandomTransformer.Families[family];
        var run = new TransformerRun(spec, RandomTransformer.Weights(spec), new FloatProduct());
        float[] Logits(params int[] ids)
        {
            var logits = new float[spec.Logits(ids.Length)];
            run.Forward(0, ids, [], new(spec), logits);
            return logits;
        }

        float[] four = Logits(1, 2, 3, 4), other = Logits(1, 2, 3, 10);
        Assert.Equal(four[..spec.Logits(3)], other[..spec.Logits(3)]);
        Assert.NotEqual(four, other);
        foreach (var (a, b) in Logits(1, 2).Zip(four)) Assert.Equal(a, b, 1e-5);
    }

    [Theory]
    [InlineData(new int[0], "a text has 0 tokens; tiny takes 1 to 7")]
    [InlineData(new[] { 1, 2, 3, 4, 5, 6, 7, 8 }, "a text has 8 tokens; tiny takes 1 to 7")]
    [InlineData(new[] { 0, 11 }, "token id 11; tiny knows 0 to 10")]
    [InlineData(new[] { -1 }, "token id -1; tiny knows 0 to 10")]
    public void A_text_that_does_not_fit_is_refused(int[] ids, string message)
    {
        var spec = RandomTransformer.Families["bert"];
        var run = new TransformerRun(spec, RandomTransformer.Weights(spec), new FloatProduct());
        Assert.Contains(message, Assert.Throws<InputException>(() => run.Forward(0, ids, [], new(spec), new float[5])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_segment_that_does_not_exist_is_refused()
    {
        var spec = RandomTransformer.Families["bert"];
        var run = new TransformerRun(spec, RandomTransformer.Weights(spec), new FloatProduct());
        Assert.Contains("segment 2; tiny knows 0 to 1", Assert.Throws<InputException>(() => run.Forward(0, [1, 1], [0, 2], new(spec), new float[5])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_may_run_side_by_side()
    {
        var spec = RandomTransformer.Tiny;
        var run = new TransformerRun(spec, RandomTransformer.Weights(spec), new FloatProduct());
        var alone = new float[50][];
        var workspace = new TransformerWorkspace(spec);
        for (int i = 0; i < alone.Length; i++) run.Forward(i, RandomTransformer.Values(spec, (ulong)i), workspace, alone[i] = new float[spec.Classes]);
        Parallel.For(0, alone.Length, () => new TransformerWorkspace(spec), (i, _, mine) =>
        {
            var logits = new float[spec.Classes];
            run.Forward(i, RandomTransformer.Values(spec, (ulong)i), mine, logits);
            Assert.Equal(alone[i], logits);
            return mine;
        }, _ => { });
    }

    /// <summary>Products that are all zero.</summary>
    private sealed class NullProduct : IMatrixProduct, IStaticProduct
    {
        public IStaticProduct Program(ProductSite site, ReadOnlySpan<float> weights, int inputs, int outputs) => this;

        public void Multiply(ProductSite site, int image, int head, ReadOnlySpan<float> driven, ReadOnlySpan<float> programmed, DynamicSize size, Span<float> result) =>
            result.Clear();

        public void Multiply(int image, ReadOnlySpan<float> x, int tokens, Span<float> y) => y.Clear();
    }
}
