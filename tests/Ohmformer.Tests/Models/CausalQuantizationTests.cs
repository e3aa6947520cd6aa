using Ohmformer.Mapping;
using Ohmformer.Models;

namespace Ohmformer.Tests.Models;

/// <summary>Under a causal mask a token must not depend on those behind it. docs/theory/quantization.md says which scales keep that.</summary>
public sealed class CausalQuantizationTests
{
    private static readonly int[] Text = [3, 8, 2, 7, 1, 6], Other = [3, 8, 2, 9, 0, 10];

    private static readonly OperandQuantization Fixed = new() { Percentile = 100 };

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void Keys_per_token_and_values_of_a_fixed_range_do_not_see_later_tokens(string family)
    {
        AssertCausal(family, new() { Keys = new() { Granularity = Granularity.Token }, Values = Fixed });
        AssertCausal(family, new() { Keys = Fixed, Values = Fixed });
        AssertCausal(family, new() { Activations = Fixed, Keys = Fixed, Values = Fixed, Probabilities = new() { Granularity = Granularity.Token } });
    }

    [Fact]
    public void Scales_from_all_tokens_see_later_ones()
    {
        Assert.NotEqual(FirstTokens("gpt2", new(), Text), FirstTokens("gpt2", new(), Other));
        var channels = new QuantizationSpec { Keys = Fixed, Values = new() { Granularity = Granularity.Channel } };
        Assert.NotEqual(FirstTokens("gpt2", channels, Text), FirstTokens("gpt2", channels, Other));
    }

    private static void AssertCausal(string family, QuantizationSpec spec) => Assert.Equal(FirstTokens(family, spec, Text), FirstTokens(family, spec, Other));

    /// <summary>Logits of the tokens that both texts share, calibrated on the first text.</summary>
    private static float[] FirstTokens(string family, QuantizationSpec quantization, int[] text)
    {
        var spec = RandomTransformer.Families[family];
        var weights = RandomTransformer.Weights(spec);
        var ranges = QuantizationRanges.Calibrate(quantization, products => Logits(products, Text));
        return [.. Logits(new IntegerProduct(quantization: quantization, ranges: ranges), text).Take(3 * spec.Classes)];

        float[] Logits(IMatrixProduct products, int[] ids)
        {
            var logits = new float[spec.Logits(ids.Length)];
            new TransformerRun(spec, weights, products).Forward(0, ids, [], new(spec), logits);
            return logits;
        }
    }
}
