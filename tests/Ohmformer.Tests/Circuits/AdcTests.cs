using MathNet.Numerics.Statistics;
using Ohmformer.Circuits.Adc;
using Ohmformer.Files;

namespace Ohmformer.Tests.Circuits;

public sealed class AdcTests
{
    private static IdealAdcSpec Ideal(int bits, AdcRounding rounding = AdcRounding.HalfUp) => new() { Bits = bits, Rounding = rounding, Source = "test" };

    private static SarAdcSpec Sar(int bits) => new() { Bits = bits, Source = "test" };

    private static FlashAdcSpec Flash(int bits) => new() { Bits = bits, Source = "test" };

    [Theory]
    [InlineData(AdcRounding.HalfUp, 0.5, 1)]
    [InlineData(AdcRounding.HalfUp, 1.5, 2)]
    [InlineData(AdcRounding.HalfUp, 2.5, 3)]
    [InlineData(AdcRounding.HalfEven, 0.5, 0)]
    [InlineData(AdcRounding.HalfEven, 1.5, 2)]
    [InlineData(AdcRounding.HalfEven, 2.5, 2)]
    [InlineData(AdcRounding.HalfUp, -3, 0)]
    [InlineData(AdcRounding.HalfUp, 99, 15)]
    public void Ideal_converter_rounds_and_clips(AdcRounding rounding, double value, double expected) =>
        Assert.Equal(expected, Ideal(4, rounding).Build(0, 15).Convert(value, 0, 0));

    [Fact]
    public void Sign_magnitude_converter_has_one_level_less_and_codes_zero()
    {
        var spec = Ideal(8) with { SignMagnitude = true };
        Assert.Equal(255, spec.Levels);
        Assert.Equal(0, spec.Build(-384, 384).Convert(0.2, 0, 0), 1e-12);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    public void Sar_and_flash_without_errors_are_ideal(int bits)
    {
        IAdc ideal = Ideal(bits).Build(-7, 90), sar = Sar(bits).Build(-7, 90), flash = Flash(bits).Build(-7, 90);
        Assert.Equal(ideal.Transfer, sar.Transfer);
        Assert.Equal(ideal.Transfer, flash.Transfer);
        // Errors too small to matter exercise the search and the comparators themselves.
        sar = (Sar(bits) with { CapacitorMismatch = 1e-12 }).Build(-7, 90);
        flash = (Flash(bits) with { ThresholdSpread = 1e-12 }).Build(-7, 90);
        Assert.Null(sar.Transfer);
        for (double value = -10; value < 95; value += 0.0371)
        {
            Assert.Equal(ideal.Convert(value, 0, 0), sar.Convert(value, 5, 0));
            Assert.Equal(ideal.Convert(value, 0, 0), flash.Convert(value, 5, 0));
        }
    }

    [Fact]
    public void Flash_is_monotone_whatever_its_offsets()
    {
        var flash = (Flash(5) with { ThresholdSpread = 2 }).Build(0, 31);
        double before = double.NegativeInfinity;
        for (double value = -1; value < 33; value += 0.01)
        {
            double code = flash.Convert(value, 3, 0);
            Assert.True(code >= before && code is >= 0 and <= 31);
            before = code;
        }
    }

    [Fact]
    public void Offset_and_gain_spread_have_their_standard_deviation()
    {
        var offset = (Sar(12) with { OffsetSpread = 3 }).Build(0, 4095, seed: 4);
        double[] errors = [.. Enumerable.Range(0, 4000).Select(c => offset.Convert(2000, c, 0) - 2000)];
        Assert.InRange(errors.StandardDeviation(), 2.85, 3.15);
        var gain = (Sar(12) with { GainSpread = 0.01 }).Build(0, 4095, seed: 4);
        errors = [.. Enumerable.Range(0, 4000).Select(c => gain.Convert(2000, c, 0) - 2000)];
        Assert.InRange(errors.StandardDeviation(), 19, 21);
    }

    [Fact]
    public void Capacitor_mismatch_bends_mid_scale_as_the_theory_says()
    {
        // At the major carry the code changes from all lower capacitors to the top one: the step's variance is sigma^2 (2^b - 1).
        var spec = Sar(8) with { CapacitorMismatch = 0.05 };
        double[] transitions = [.. Enumerable.Range(0, 2000).Select(c =>
        {
            var adc = spec.Build(0, 255, seed: 9);
            double low = 0, high = 255;
            while (high - low > 1e-3)
            {
                double middle = (low + high) / 2;
                if (adc.Convert(middle, c, 0) >= 128) high = middle;
                else low = middle;
            }
            return high - 127.5;
        })];
        // Threshold = C_7 / sum C (2^b - 1): variance of C_7 (1 - share) - share sum of the others, share about 1/2.
        double expected = 0.05 * Math.Sqrt(128 * 0.25 + 127 * 0.25);
        Assert.InRange(transitions.StandardDeviation(), expected * 0.93, expected * 1.07);
    }

    [Fact]
    public void Converters_of_one_chip_repeat_and_differ_from_each_other()
    {
        var spec = Flash(6) with { ThresholdSpread = 1 };
        double[] Codes(ulong seed, int converter) => [.. Enumerable.Range(0, 64).Select(v => spec.Build(0, 63, seed).Convert(v, converter, 0))];
        Assert.Equal(Codes(1, 7), Codes(1, 7));
        Assert.NotEqual(Codes(1, 7), Codes(1, 8));
        Assert.NotEqual(Codes(1, 7), Codes(2, 7));
    }

    [Fact]
    public void Empty_range_is_rejected()
    {
        var error = Assert.Throws<InputException>(() => Ideal(8).Build(3, 3));
        Assert.Contains("adc.range", error.Message, StringComparison.Ordinal);
    }
}
