using Ohmformer.Lab.Charts;

namespace Ohmformer.Tests.Lab.Charts;

public sealed class TicksTests
{
    [Theory]
    [InlineData(0, 10, 11, "0 1 2 3 4 5 6 7 8 9 10")]
    [InlineData(0, 10, 6, "0 2 4 6 8 10")]
    [InlineData(0, 10, 3, "0 5 10")]
    [InlineData(0, 10, 2, "0 10")]
    [InlineData(-0.3, 0.3, 8, "−0.3 −0.2 −0.1 0.0 0.1 0.2 0.3")]
    [InlineData(1, 50, 8, "10 20 30 40 50")]
    [InlineData(97.31, 98.77, 4, "97.5 98.0 98.5")]
    [InlineData(0, 250000, 6, "0 50,000 100,000 150,000 200,000 250,000")]
    public void Steps_are_1_2_or_5_times_a_power_of_ten(double from, double to, int most, string labels) =>
        Assert.Equal(labels, Labels(Ticks.Linear(from, to, most)));

    [Fact]
    public void Steps_are_as_small_as_the_room_allows_for_any_range()
    {
        var random = new Random(1);
        for (int i = 0; i < 300; i++)
        {
            double from = (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-12, 12)), to = from + (random.NextDouble() * Math.Pow(10, random.Next(-9, 9))) + (1e-6 * Math.Abs(from));
            int most = random.Next(2, 20);
            var marks = Ticks.Linear(from, to, most).Marks;
            Assert.InRange(marks.Count, 0, most);
            Assert.Equal(marks.Count, marks.Select(m => m.Label).Distinct().Count());
            if (marks.Count < 2) continue;
            double step = marks[1].Value - marks[0].Value, mantissa = step / Math.Pow(10, Math.Floor(Math.Log10(step) + 1e-6));
            Assert.Contains((double[])[1, 2, 5], m => Math.Abs(m - mantissa) < 1e-3);
            Assert.InRange(marks[0].Value, from - (1e-6 * step), from + (1.000001 * step));
            Assert.InRange(marks[^1].Value, to - (1.000001 * step), to + (1e-6 * step));
        }
    }

    [Theory]
    [InlineData(0, 4e9, 6, 9, "0 1 2 3 4")]
    [InlineData(0, 3e-6, 7, -6, "0.0 0.5 1.0 1.5 2.0 2.5 3.0")]
    [InlineData(0, 2.5e-4, 6, -6, "0 50 100 150 200 250")]
    public void Labels_of_large_and_small_numbers_leave_a_power_of_a_thousand_to_the_title(double from, double to, int most, int exponent, string labels)
    {
        var ticks = Ticks.Linear(from, to, most);
        Assert.Equal(exponent, ticks.Exponent);
        Assert.Equal(labels, Labels(ticks));
    }

    [Theory]
    [InlineData(0.001, 1000, 10, "0.001 0.01 0.1 1 10 100 1,000")]
    [InlineData(1, 1e9, 5, "1 100 10,000 10⁶ 10⁸")]
    [InlineData(1e-9, 1e-6, 9, "10⁻⁹ 10⁻⁸ 10⁻⁷ 10⁻⁶")]
    [InlineData(3, 60, 9, "5 10 20 50")]
    [InlineData(1.5e6, 3e7, 9, "2·10⁶ 5·10⁶ 10⁷ 2·10⁷")]
    [InlineData(22, 31, 5, "22 24 26 28 30")]
    public void Logarithmic_ticks_are_powers_of_ten_or_round_numbers_between(double from, double to, int most, string labels) =>
        Assert.Equal(labels, Labels(Ticks.Log(from, to, most)));

    [Fact]
    public void Marks_between_powers_of_ten_are_their_multiples() =>
        Assert.Equal([0.5, 0.6, 0.7, 0.8, 0.9, 2, 3, 4, 5, 6, 7, 8, 9, 20, 30], Ticks.Between(0.5, 30, Ticks.Log(0.1, 100, 9)).Select(v => Math.Round(v, 9)));

    [Theory]
    [InlineData(43, 100, 8, 40)]
    [InlineData(-0.7, 12, 8, -2)]
    [InlineData(0, 12, 8, 0)]
    public void An_upright_axis_starts_at_the_tick_below(double from, double to, int most, double start) => Assert.Equal(start, Ticks.Below(from, to, most));

    [Theory]
    [InlineData(0.07, 0.05)]
    [InlineData(0.05, 0.05)]
    [InlineData(999, 500)]
    [InlineData(1000, 1000)]
    public void An_upright_logarithmic_axis_starts_at_1_2_or_5(double value, double start) => Assert.Equal(start, Ticks.BelowLog(value), 1e-12);

    private static string Labels(Ticks ticks) => string.Join(' ', ticks.Marks.Select(m => m.Label));
}
