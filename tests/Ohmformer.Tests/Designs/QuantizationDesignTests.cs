using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;

namespace Ohmformer.Tests.Designs;

public sealed class QuantizationDesignTests
{
    [Fact]
    public void A_quantization_is_read_inherited_and_written()
    {
        var design = Read("rram-default", """
            quantization:
              weights: { bits: 4 }
              activations: { bits: 6, percentile: 99.9 }
              keys: { granularity: token }
            """);
        var expected = new QuantizationSpec { Weights = new() { Bits = 4 }, Activations = new() { Bits = 6, Percentile = 99.9 }, Keys = new() { Granularity = Granularity.Token } };
        Assert.Equal(expected, design.Quantization);
        Assert.Equal(expected, SpecReader.ReadText<Design>(DesignFile.Resolved(design), "design.yaml").Quantization);
        Assert.Null(DesignFile.Load("rram-default").Quantization);
    }

    [Theory]
    [InlineData("weights: { bits: 1 }", "'bits' is 1; allowed: 2 to 8")]
    [InlineData("weights: { bits: 9 }", "'bits' is 9; allowed: 2 to 8")]
    [InlineData("keys: { percentile: 0 }", "'percentile' is 0; allowed: 50 to 100")]
    [InlineData("keys: { percentile: 100.5 }", "'percentile' is 100.5; allowed: 50 to 100")]
    [InlineData("weights: { granularity: token }", "'weights' asks for one scale per token, which cannot be taken out of the sum of their product; allowed: tensor or channel")]
    [InlineData("activations: { granularity: channel }", "'activations' asks for one scale per channel, which cannot be taken out of the sum of their product; allowed: tensor or token")]
    [InlineData("queries: { granularity: channel }", "'queries' asks for")]
    [InlineData("keys: { granularity: channel }", "'keys' asks for")]
    [InlineData("values: { granularity: token }", "'values' asks for one scale per token")]
    [InlineData("probabilities: { granularity: channel }", "'probabilities' asks for")]
    [InlineData("values: { granularity: channel, percentile: 99 }", "'values' asks for one scale per channel and a percentile")]
    [InlineData("activations: { granularity: token, percentile: 99 }", "'activations' asks for one scale per token and a percentile")]
    [InlineData("weights: { granularity: row }", "'granularity' is 'row'; allowed: tensor, token, channel")]
    [InlineData("weight: {}", "unknown key 'weight'")]
    [InlineData("keys: { bits: 5 }", "'quantization' asks for 5-bit keys, but weightBits of the attention macro is 4; ask for at most 4 bits, or raise weightBits of the attention macro")]
    [InlineData("activations: { bits: 6 }", "'quantization' asks for 6-bit activations as queries, but inputBits of the attention macro is 5")]
    public void Impossible_quantizations_say_what_is_allowed(string quantization, string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => Read("sram-65nm", $"quantization:\n  {quantization}")).Message, StringComparison.Ordinal);

    private static Design Read(string basis, string quantization) => SpecReader.ReadText<Design>($"base: {basis}\nname: quantized\n{quantization}\n", "design.yaml");
}
