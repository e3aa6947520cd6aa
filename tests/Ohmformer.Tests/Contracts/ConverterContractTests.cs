using Ohmformer.Circuits.Adc;
using Ohmformer.Lab.Designs;

namespace Ohmformer.Tests.Contracts;

/// <summary>What every converter of the catalog promises; a newcomer is tested without a new test.</summary>
public sealed class ConverterContractTests
{
    private const int StepsPerLsb = 8, Beyond = 40;

    public static TheoryData<string, string> Converters => ErrorParameters.Presets<AdcSpec>();

    [Fact]
    public void Every_converter_type_is_tested() =>
        Assert.Equal(Catalog.Shipped.Types.Where(t => t.Seam == typeof(AdcSpec)).Select(t => t.Name), Converters.Select(row => (string)row[0]).Distinct());

    [Theory]
    [MemberData(nameof(Converters))]
    public void Zero_errors_equal_the_ideal_converter(string type, string preset)
    {
        var shipped = ErrorParameters.With(Load(type, preset), 0);
        foreach (var rounding in Enum.GetValues<AdcRounding>())
            foreach (bool signMagnitude in new[] { false, true })
            {
                var spec = shipped with { Rounding = rounding, SignMagnitude = signMagnitude };
                var straight = new IdealAdcSpec { Bits = spec.Bits, Rounding = rounding, SignMagnitude = signMagnitude, Source = "test" };
                foreach (var (low, high) in Ranges(spec))
                {
                    IAdc adc = spec.Build(low, high, 3, 2), ideal = straight.Build(low, high);
                    Assert.Equal(ideal.Transfer, adc.Transfer);
                    Assert.False(adc.HasNoise);
                    foreach (double value in Grid(spec, low, high)) Assert.Equal(ideal.Convert(value, 0, 0), adc.Convert(value, 7, 3));
                }
            }
    }

    [Theory]
    [MemberData(nameof(Converters))]
    public void Codes_are_monotone_and_in_range(string type, string preset)
    {
        var spec = Load(type, preset);
        foreach (var (low, high) in Ranges(spec))
        {
            var adc = spec.Build(low, high, 3, 2);
            double before = double.NegativeInfinity;
            foreach (double value in Grid(spec, low, high))
            {
                double reported = InRange(adc.Convert(value, 7, 0), spec, low, high);
                Assert.True(reported >= before, $"{value} is reported as {reported} after {before}");
                before = reported;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Converters))]
    public void Codes_with_errors_on_are_in_range_and_repeat(string type, string preset)
    {
        var spec = ErrorParameters.With(Load(type, preset), 0.1);
        foreach (var (low, high) in Ranges(spec))
        {
            IAdc adc = spec.Build(low, high, 3, 2), again = spec.Build(low, high, 3, 2);
            Assert.Equal(ErrorParameters.Of(spec).Count == 0, adc.Transfer is not null);
            foreach (double value in Grid(spec, low, high))
                foreach (double gaussian in new[] { -5.0, 0, 5 })
                    Assert.Equal(InRange(adc.Convert(value, 7, gaussian), spec, low, high), again.Convert(value, 7, adc.HasNoise ? gaussian : 0));
        }
    }

    private static AdcSpec Load(string type, string preset)
    {
        var spec = SpecReader.Load<AdcSpec>(preset);
        Assert.Equal(Catalog.Shipped.Types.Single(t => t.Seam == typeof(AdcSpec) && t.Name == type).Spec, spec.GetType());
        return spec;
    }

    /// <summary>A range of whole steps, where ties are exact, and one that is not.</summary>
    private static (double Low, double High)[] Ranges(AdcSpec spec) => [(0, spec.Levels - 1), (-7.3, 90.1)];

    /// <summary>Ascending values in and beyond a range.</summary>
    private static IEnumerable<double> Grid(AdcSpec spec, double low, double high) =>
        Enumerable.Range(-Beyond, (spec.Levels - 1) * StepsPerLsb + 2 * Beyond + 1).Select(i => low + (high - low) * i / ((spec.Levels - 1) * StepsPerLsb));

    private static double InRange(double reported, AdcSpec spec, double low, double high)
    {
        double half = (high - low) / (spec.Levels - 1) / 2;
        Assert.InRange(reported, low - half, high + half);
        return reported;
    }
}
