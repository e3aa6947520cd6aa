using FsCheck;
using FsCheck.Fluent;

namespace Ohmformer.Tests.Physics;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("0.2 V", 0.2)]
    [InlineData("200mV", 0.2)]
    [InlineData("  -1.5 kV ", -1500)]
    [InlineData("1e-3 V", 1e-3)]
    [InlineData("2 uV", 2e-6)]
    [InlineData("2 µV", 2e-6)] // micro sign, U+00B5
    [InlineData("2 μV", 2e-6)] // Greek mu, U+03BC
    [InlineData("3 nV", 3e-9)]
    [InlineData("3 pV", 3e-12)]
    [InlineData("3 fV", 3e-15)]
    [InlineData("3 aV", 3e-18)]
    [InlineData("3 zV", 3e-21)]
    [InlineData("4 MV", 4e6)]
    [InlineData("4 GV", 4e9)]
    [InlineData("4 TV", 4e12)]
    [InlineData("0 V", 0)]
    public void Reads_a_number_with_prefix_and_unit(string text, double volt)
    {
        Assert.True(Voltage.TryParse(text, out var voltage));
        Assert.Equal(volt, voltage.Si);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("V")]
    [InlineData("0.2")]
    [InlineData("0.2 A")]
    [InlineData("0.2 v")]
    [InlineData("0.2 KV")]
    [InlineData("0.2 xV")]
    [InlineData("0.2 m V")]
    [InlineData("0.2 V V")]
    [InlineData("0.2 mkV")]
    [InlineData("1,000 V")]
    [InlineData("0,2 V")]
    [InlineData("0x10 V")]
    [InlineData("NaN V")]
    [InlineData("Infinity V")]
    [InlineData("1e308 TV")]
    [InlineData("2 V2")]
    public void Rejects_what_is_not_a_number_with_this_unit(string? text) => Assert.False(Voltage.TryParse(text, out _));

    [Fact]
    public void Squares_the_prefix_of_an_area()
    {
        Assert.Equal(1200e-12, Area.Parse("1200 um2").Si);
        Assert.Equal(0.03e-6, Area.Parse("0.03 mm2").Si);
        Assert.Equal(5, Area.Parse("5 m2").Si);
        Assert.False(Area.TryParse("5 mm", out _));
        Assert.False(Length.TryParse("5 mm2", out _));
    }

    [Fact]
    public void Tells_units_with_a_common_letter_apart()
    {
        Assert.Equal(1e-12, Time.Parse("1 ps").Si);
        Assert.Equal(1e-12, Conductance.Parse("1 pS").Si);
        Assert.Equal(1e-3, Length.Parse("1 mm").Si);
        Assert.Equal(1.28e9, Frequency.Parse("1.28 GHz").Si);
        Assert.Equal(3.9e-6, Power.Parse("3.9 uW").Si);
        Assert.False(Time.TryParse("1 pS", out _));
    }

    [Fact]
    public void Says_how_to_write_a_quantity()
    {
        var error = Assert.Throws<FormatException>(() => Energy.Parse("12"));
        Assert.Equal("'12' is not a quantity in J; write a number and a unit, for example \"1 J\".", error.Message);
    }

    [Theory]
    [InlineData(1.67e-12, "1.67 pJ")]
    [InlineData(0.99996, "1 J")]
    [InlineData(0.9999, "999.9 mJ")]
    [InlineData(999.4, "999.4 J")]
    [InlineData(1000, "1 kJ")]
    [InlineData(-2.5e-6, "-2.5 uJ")]
    [InlineData(0, "0 J")]
    [InlineData(1e-25, "1E-25 J")]
    [InlineData(double.PositiveInfinity, "Infinity J")]
    [InlineData(double.NaN, "NaN J")]
    public void Formats_four_digits_with_the_fitting_prefix(double joule, string text)
    {
        Assert.Equal(text, new Energy(joule).ToString());
    }

    [Theory]
    [InlineData(0.03e-6, "0.03 mm2")]
    [InlineData(775.2e-6, "775.2 mm2")]
    [InlineData(25e-12, "25 um2")]
    [InlineData(5676e-12, "5676 um2")]
    [InlineData(0.167e-12, "0.167 um2")]
    public void Formats_an_area_as_publications_do(double area, string text) => Assert.Equal(text, new Area(area).ToString());

    [Fact]
    public void Reads_back_what_it_formats_to_four_digits() => Prop.ForAll(
        Gen.Choose(-200, 119).SelectMany(e => Gen.Choose(1000, 9999).Select(m => m * 1e-3 * Math.Pow(10, e / 10.0))).ToArbitrary(),
        si => Close(si, Energy.Parse(new Energy(si).ToString()).Si) && Close(si, Area.Parse(new Area(si).ToString()).Si))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void Computes_within_one_unit()
    {
        Energy two = new(2), three = new(3);
        Assert.Equal(5, (two + three).Si);
        Assert.Equal(-1, (two - three).Si);
        Assert.Equal(6, (two * 3).Si);
        Assert.Equal(6, (3 * two).Si);
        Assert.Equal(1, (two / 2).Si);
        Assert.Equal(1.5, three / two);
        Assert.Equal(three, Energy.Max(two, three));
        Assert.True(two < three && two <= three && three > two && three >= two);
        Assert.Equal([two, three], new[] { three, two }.Order());
        Assert.Equal(default, Energy.Zero);
    }

    private static bool Close(double expected, double actual) => Math.Abs(actual - expected) <= 5.001e-4 * Math.Abs(expected);
}
