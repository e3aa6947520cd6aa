using Ohmformer.Mapping;
using Ohmformer.Models;

namespace Ohmformer.Tests.Models;

public sealed class TransformerRunTests
{
    [Fact]
    public void Site_keys_and_names_are_unique()
    {
        var sites = new TransformerSites(3);
        ProductSite[] all = [sites.PatchEmbedding, .. sites.Encoders.SelectMany(e =>
            new[] { e.Query, e.Key, e.Value, e.Scores, e.Context, e.Projection, e.MlpIn, e.MlpOut }), sites.Head];
        Assert.Equal(all.Length, all.Select(s => s.Id).Distinct().Count());
        Assert.Equal(all.Length, all.Select(s => s.Name).Distinct().Count());
        Assert.Equal("encoder.2.mlp.in", sites.Encoders[2].MlpIn.Name);
    }

    [Theory]
    [InlineData(Activation.Gelu, true)]
    [InlineData(Activation.GeluTanh, false)]
    public void Forward_equals_the_equations_in_double_precision(Activation activation, bool qkvBias)
    {
        var spec = RandomTransformer.Tiny with { Activation = activation, QkvBias = qkvBias };
        var weights = RandomTransformer.Weights(spec);
        var pixels = RandomTransformer.Pixels(spec);
        var logits = new float[spec.Classes];
        new TransformerRun(spec, weights, new FloatProduct()).Forward(0, pixels, new TransformerWorkspace(spec), logits);
        double[] expected = TransformerReference.Logits(spec, weights, pixels);
        for (int i = 0; i < logits.Length; i++) Assert.Equal(expected[i], logits[i], 1e-5);
    }

    [Fact]
    public void Forward_allocates_nothing()
    {
        var spec = RandomTransformer.Tiny;
        var run = new TransformerRun(spec, RandomTransformer.Weights(spec), new NullProduct());
        var workspace = new TransformerWorkspace(spec);
        float[] pixels = RandomTransformer.Pixels(spec), logits = new float[spec.Classes];
        run.Forward(0, pixels, workspace, logits);
        long before = GC.GetAllocatedBytesForCurrentThread();
        run.Forward(1, pixels, workspace, logits);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Images_may_run_side_by_side()
    {
        var spec = RandomTransformer.Tiny;
        var run = new TransformerRun(spec, RandomTransformer.Weights(spec), new FloatProduct());
        var alone = new float[50][];
        var workspace = new TransformerWorkspace(spec);
        for (int i = 0; i < alone.Length; i++) run.Forward(i, RandomTransformer.Pixels(spec, (ulong)i), workspace, alone[i] = new float[spec.Classes]);
        Parallel.For(0, alone.Length, () => new TransformerWorkspace(spec), (i, _, mine) =>
        {
            var logits = new float[spec.Classes];
            run.Forward(i, RandomTransformer.Pixels(spec, (ulong)i), mine, logits);
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
