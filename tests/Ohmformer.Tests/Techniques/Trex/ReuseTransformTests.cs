using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Techniques.Trex;
using Ohmformer.Tests.Models;

namespace Ohmformer.Tests.Techniques.Trex;

public sealed class ReuseTransformTests
{
    private static readonly TransformerSpec Wide = RandomTransformer.Tiny with { Layers = 4, Hidden = 48, Heads = 4 };

    private static Checkpoint Original(TransformerSpec spec) => new(spec, RandomTransformer.Weights(spec), [], null);

    [Theory]
    [InlineData("vit")]
    [InlineData("lvvit")]
    [InlineData("bert")]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void Every_family_runs_with_reuse_on_every_arithmetic(string family)
    {
        var spec = RandomTransformer.Families[family] with { Layers = 3 };
        foreach (var standIn in Enum.GetValues<AttentionStandIn>())
        {
            var reusing = ReuseTransform.Apply(Original(spec), new([1, 2], standIn), seed: 1);
            float[] exact = Logits(reusing, new FloatProduct()), integer = Logits(reusing, new IntegerProduct());
            Assert.Equal(integer, Logits(reusing, new AnalogProduct(Specs.Design(Specs.Macro()), seed: 1)));
            Assert.All(exact.Zip(integer), pair => Assert.Equal(pair.First, pair.Second, 0.5f));
            Assert.NotEqual(Logits(Original(spec), new FloatProduct()), exact);
        }
    }

    [Fact]
    public void What_stays_keeps_its_weights_and_attention_goes()
    {
        var original = Original(Wide);
        var reusing = ReuseTransform.Apply(original, new([1, 3]), seed: 1);
        foreach (int l in (int[])[0, 2]) Assert.Same(original.Weights.Encoders[l], reusing.Weights.Encoders[l]);
        foreach (int l in (int[])[1, 3])
        {
            var (before, after) = (original.Weights.Encoders[l], reusing.Weights.Encoders[l]);
            Assert.True(after is { AttentionNorm: null, Query: null, Key: null, Value: null });
            Assert.Same(before.Projection, after.Projection);
            Assert.Same(before.MlpIn, after.MlpIn);
        }
        // d^2 + 3 d parameters take the place of 3 (d^2 + d) + 2 d.
        Assert.Equal(2 * (3 * (48 * 48 + 48) + 2 * 48 - 48 * 48 - 3 * 48), Wide.Parameters - reusing.Spec.Parameters);
    }

    [Fact]
    public void Transformation_blocks_start_normal_with_deviation_0_02_cut_at_two()
    {
        var reusing = ReuseTransform.Apply(Original(Wide), new([1, 2]), seed: 3);
        float[] Weights(Checkpoint model, int l) => model.Weights.Encoders[l].Transformation!.Linear.Weight;
        float[] weights = Weights(reusing, 1);
        Assert.All(weights, w => Assert.InRange(w, -0.04f, 0.04f));
        // A normal distribution cut at two deviations has the standard deviation 0.8796 (1 - 4 phi(2) / (2 Phi(2) - 1))^(1/2).
        double deviation = Math.Sqrt(weights.Average(w => (double)w * w));
        Assert.Equal(0.8796 * 0.02, deviation, 4 * 0.02 / Math.Sqrt(2 * weights.Length));
        Assert.Equal(0, weights.Average(), 4 * 0.02 / Math.Sqrt(weights.Length));
        Assert.NotEqual(weights, Weights(reusing, 2));
        Assert.Equal(weights, Weights(ReuseTransform.Apply(Original(Wide), new([1]), seed: 3), 1));
        Assert.NotEqual(weights, Weights(ReuseTransform.Apply(Original(Wide), new([1]), seed: 4), 1));

        var block = reusing.Weights.Encoders[1].Transformation!;
        Assert.All(block.Norm.Gain, gain => Assert.Equal(1, gain));
        Assert.All(block.Norm.Bias!.Concat(block.Linear.Bias!), bias => Assert.Equal(0, bias));
    }

    [Fact]
    public void Only_a_network_without_reuse_can_be_changed()
    {
        var reusing = ReuseTransform.Apply(Original(Wide), new([1]), seed: 1);
        string message = Assert.Throws<InputException>(() => ReuseTransform.Apply(reusing, new([2]), seed: 1)).Message;
        Assert.Equal("tiny reuses attention already: encoders 1 reuse attention (Transformation). Start from the network that it was made of.", message);
        Assert.Throws<InputException>(() => ReuseTransform.Apply(Original(Wide), new([4]), seed: 1));
    }

    private static float[] Logits(Checkpoint model, IMatrixProduct products)
    {
        var logits = new float[model.Spec.Logits(RandomTransformer.Tokens(model.Spec))];
        RandomTransformer.Forward(new TransformerRun(model.Spec, model.Weights, products), 0, new(model.Spec), logits);
        return logits;
    }
}
