using Ohmformer.Lab.Tasks;
using Ohmformer.Models.Metrics;

namespace Ohmformer.Tests.Lab;

/// <summary>Metrics of evaluations against the formulas that MetricsTests checks, and by hand.</summary>
public sealed class ScoresTests
{
    [Fact]
    public void Accuracy_counts_right_samples_and_has_the_interval_of_the_mean_over_runs()
    {
        SampleScore[] first = [Class(0, 0), Class(1, 1), Class(1, 0), Class(2, 2)], second = [Class(1, 0), Class(0, 1), Class(1, 0), Class(2, 2)];
        Assert.Equal(0.75, Scores.Of(Metric.Accuracy, first));
        Assert.Equal(0.25, Scores.Of(Metric.Accuracy, second));
        Assert.Equal(Interval.Wilson(0.5, 4), Scores.IntervalOf(Metric.Accuracy, [first, second]));
    }

    [Fact]
    public void Matthews_correlation_is_that_of_the_classes()
    {
        SampleScore[] scores = [Class(1, 1), Class(0, 1), Class(1, 1), Class(1, 0)];
        Assert.Equal(-1.0 / 3, Scores.Of(Metric.MatthewsCorrelation, scores), 1e-12);
        var interval = Scores.IntervalOf(Metric.MatthewsCorrelation, [scores]);
        Assert.InRange(-1.0 / 3, interval.Low, interval.High);
    }

    [Fact]
    public void Perplexity_weighs_tokens_and_not_windows()
    {
        SampleScore[] scores = [new() { Value = 2, Tokens = 1 }, new() { Value = 3, Tokens = 9 }];
        Assert.Equal(Math.Exp(0.5), Scores.Of(Metric.Perplexity, scores), 1e-12);
        Assert.Equal(Perplexity.IntervalOf([(2, 1), (3, 9)]), Scores.IntervalOf(Metric.Perplexity, [scores]));
    }

    [Fact]
    public void F1_is_the_mean_overlap()
    {
        SampleScore[] scores = [new() { Value = 1, Right = true }, new() { Value = 0.5, Right = false }, new() { Right = false }];
        Assert.Equal(0.5, Scores.Of(Metric.F1, scores));
        Assert.Equal(1.0 / 3, Scores.Of(Metric.Accuracy, scores), 1e-12);
    }

    [Fact]
    public void The_first_of_equal_logits_and_no_number_are_treated_as_in_top_1()
    {
        Assert.Equal((true, (1, 1)), Result([0, 2, 2], 1));
        Assert.Equal((false, (1, 2)), Result([0, 2, 2], 2));
        Assert.False(SampleScore.OfClass([float.NaN, 1], 0).Right);
    }

    [Theory]
    [InlineData(3, true, true)] // the largest
    [InlineData(0, false, true)] // the fifth
    [InlineData(6, false, false)] // as large as the fifth, but a higher class
    [InlineData(1, false, false)] // the smallest
    [InlineData(5, false, false)] // not a number
    public void Top_5_are_the_classes_of_the_five_largest_logits(int label, bool first, bool amongFive)
    {
        float[] logits = [1, -1, 2, 9, 3, float.NaN, 1, 4];
        var score = SampleScore.OfClass(logits, label);
        Assert.Equal((first, amongFive), (score.Right, score.AmongFive));
    }

    [Fact]
    public void Top_5_accuracy_counts_samples_and_has_the_interval_of_Wilson()
    {
        float[] logits = [6, 5, 4, 3, 2, 1, 0];
        SampleScore[] scores = [.. Enumerable.Range(0, 7).Select(label => SampleScore.OfClass(logits, label))];
        Assert.Equal(5.0 / 7, Scores.Of(Metric.Top5Accuracy, scores), 1e-12);
        Assert.Equal(1.0 / 7, Scores.Of(Metric.Accuracy, scores), 1e-12);
        Assert.Equal(Interval.Wilson(5.0 / 7, 7), Scores.IntervalOf(Metric.Top5Accuracy, [scores]));
    }

    private static SampleScore Class(int predicted, int actual) => new() { Right = predicted == actual, Class = (predicted, actual) };

    private static (bool?, (int, int)) Result(float[] logits, int label) => (SampleScore.OfClass(logits, label).Right, SampleScore.OfClass(logits, label).Class);
}
