using Ohmformer.Lab.Experiments;

namespace Ohmformer.Tests.Lab.Experiments;

/// <summary>The rules of verdicts.</summary>
public sealed class RulesTests
{
    /// <summary>Mean 2, deviation 1, n = 4: 3.182 / sqrt(4) by Student's t.</summary>
    [Fact]
    public void Intervals_are_those_of_Student()
    {
        var comparison = new Comparison("", [2 - Math.Sqrt(0.75), 2 + Math.Sqrt(0.75), 2 - Math.Sqrt(0.75), 2 + Math.Sqrt(0.75)]);
        Assert.Equal(2, comparison.Mean, 1e-12);
        Assert.Equal(3.182 / 2, comparison.HalfWidth, 1e-12);
        Assert.True(comparison.IsClear);
        Assert.Equal(double.PositiveInfinity, new Comparison("", [5]).HalfWidth);
        Assert.False(new Comparison("", [5]).IsClear);

        // 25 of 100 samples differ, all in one direction: 1.96 sqrt(0.25 / 100).
        Assert.Equal(9.8, new Comparison("", [25, 25]) { Samples = 100 }.HalfWidth, 1e-9);
        Assert.Equal(1.96, new Comparison("", [0, 0]) { Samples = 100 }.HalfWidth, 1e-9);
    }

    /// <summary>Groups 1, 3 and 5, 5, 8: squares 2 and 6 with 1 and 2 degrees of freedom.</summary>
    [Fact]
    public void Spreads_are_pooled_within_groups()
    {
        var spread = Spread.Within([[1, 3], [5, 5, 8], [100]]);
        Assert.Equal(8.0 / 3, spread.Variance, 1e-12);
        Assert.Equal(3, spread.Degrees);
        Assert.Equal(3.182 * Math.Sqrt(8.0 / 3 * 0.75), spread.HalfWidth(0.75), 1e-12);
        Assert.Equal(double.PositiveInfinity, Spread.Within([[1], [2]]).HalfWidth(1));
        Assert.Equal(5, new Comparison("", [7, 7]) { Trainings = 5 }.HalfWidth, 1e-12);
        Assert.False(new Comparison("", [7, 7]) { Trainings = double.PositiveInfinity }.IsClear);
    }

    [Fact]
    public void A_claim_of_parts_holds_as_its_weakest()
    {
        var finding = Rules.All(new(Verdict.Reproduced, "a"), new(Verdict.Trend, "b"));
        Assert.Equal(Verdict.Trend, finding.Verdict);
        Assert.Equal("a; b", finding.Ours);
        Assert.Equal(Verdict.NotReproduced, Rules.All(new(Verdict.NotReproduced, "a"), new(Verdict.Reproduced, "b")).Verdict);
    }

    [Fact]
    public void Orders_hold_clearly_in_the_mean_or_not()
    {
        Comparison clear = new("a", [2, 2.1, 1.9]), mean = new("b", [4, -2, 1]), against = new("c", [-0.5, -0.5, -0.6]);
        Assert.Equal(Verdict.Reproduced, Rules.Order([clear, clear], 100000).Verdict);
        Assert.Equal(Verdict.Trend, Rules.Order([clear, mean], 100000).Verdict);
        Assert.Equal(Verdict.Trend, Rules.Order([clear, clear, against], 100000).Verdict);
        Assert.Equal(Verdict.NotReproduced, Rules.Order([clear, against], 100000).Verdict);
        Assert.Equal(Verdict.NotReproduced, Rules.Order([against], 100000).Verdict);
        Assert.Contains("weakest: c: -0.5 ± 0.2 points", Rules.Order([clear, against], 100000).Ours, StringComparison.Ordinal);
    }

    [Fact]
    public void Not_worse_holds_unless_it_is_clearly_worse()
    {
        Assert.True(new Comparison("", [0.4, -0.6, 0.1], OrEqual: true).IsClear);
        Assert.True(new Comparison("", [0, 0, 0], OrEqual: true).IsClear);
        Assert.True(new Comparison("", [0], OrEqual: true).Holds);
        Assert.False(new Comparison("", [0], OrEqual: true).IsClear);
        Assert.False(new Comparison("", [-2, -2.1, -1.9], OrEqual: true).Holds);
        Assert.False(new Comparison("", [0, 0, 0]).Holds);
    }

    [Theory]
    [InlineData(100.2, Verdict.Reproduced)]
    [InlineData(108, Verdict.Trend)]
    [InlineData(111, Verdict.NotReproduced)]
    public void Figures_lie_within_a_tolerance_or_a_tenth(double ours, Verdict verdict) => Assert.Equal(verdict, Rules.Figures([(100, ours, 0.3)], "").Verdict);

    [Fact]
    public void Accuracies_are_equal_up_to_two_points()
    {
        Assert.Equal(Verdict.Reproduced, Rules.NoChange([new("", [2, -2]), new("", [1.5, 2])]).Verdict);
        Assert.Equal(Verdict.Trend, Rules.NoChange([new("", [-4, -4])]).Verdict);
        Assert.Equal(Verdict.NotReproduced, Rules.NoChange([new("", [0, 0]), new("", [-6, -6])]).Verdict);
    }

    /// <summary>Spearman with ties: ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4 correlate by 4.5 / sqrt(4.5 * 5).</summary>
    [Fact]
    public void Rank_correlation_shares_ranks_of_ties()
    {
        Assert.Equal(1, Rules.RankCorrelation([1, 5, 9], [0.1, 0.2, 7]), 1e-12);
        Assert.Equal(-1, Rules.RankCorrelation([1, 5, 9], [3, 2, 1]), 1e-12);
        Assert.Equal(4.5 / Math.Sqrt(22.5), Rules.RankCorrelation([1, 2, 2, 4], [1, 2, 3, 4]), 1e-12);
        Assert.Equal(0, Rules.RankCorrelation([1, 1, 1], [1, 2, 3]));
    }
}
