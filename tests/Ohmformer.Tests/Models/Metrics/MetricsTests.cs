using Ohmformer.Models.Metrics;

namespace Ohmformer.Tests.Models.Metrics;

/// <summary>Metrics against published examples, closed forms and scipy 1.10.</summary>
public sealed class MetricsTests
{
    /// <summary>Newcombe, Statistics in Medicine 17 (1998), table I, method 3; the last two from scipy.stats.binomtest.</summary>
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    [InlineData(20, 20, 0.8388748, 1.0)]
    [InlineData(4863, 5000, 0.96769953, 0.97677484)]
    public void Wilson_intervals_are_the_published_ones(int correct, int samples, double low, double high)
    {
        var interval = Interval.Wilson((double)correct / samples, samples);
        Assert.Equal(low, interval.Low, 5e-5);
        Assert.Equal(high, interval.High, 5e-5);
    }

    [Fact]
    public void Wilson_refuses_what_is_no_share()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Interval.Wilson(0.5, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Interval.Wilson(1.01, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Interval.Wilson(double.NaN, 5));
    }

    [Fact]
    public void Top_k_counts_the_larger_logits()
    {
        float[] logits = [3, 1, 4, 1, 5];
        Assert.Equal([true, false, false], new[] { 4, 2, 0 }.Select(label => ClassificationMetrics.IsTop(logits, label, 1)));
        Assert.Equal([false, true, false], new[] { 1, 0, 3 }.Select(label => ClassificationMetrics.IsTop(logits, label, 3)));
        Assert.True(ClassificationMetrics.IsTop(logits, 3, 5));
        Assert.Equal((true, false), (ClassificationMetrics.IsTop([2, 2], 0, 1), ClassificationMetrics.IsTop([2, 2], 1, 1)));
        Assert.False(ClassificationMetrics.IsTop([float.NaN, 1], 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ClassificationMetrics.IsTop([1], 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ClassificationMetrics.IsTop([1], 0, 0));
    }

    [Fact]
    public void Matthews_correlation_is_the_published_one()
    {
        // scikit-learn's documentation: -0.33; the example of Wikipedia's article on the coefficient: TP 6, FN 2, FP 1, TN 3 give 0.478.
        Assert.Equal(-1.0 / 3, ClassificationMetrics.Matthews([1, 0, 1, 1], [1, 1, 1, 0]), 1e-12);
        int[] actual = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0], predicted = [0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1];
        Assert.Equal(0.478, ClassificationMetrics.Matthews(predicted, actual), 5e-4);
        Assert.Equal(9.0 / 12, ClassificationMetrics.Accuracy(predicted, actual));
        Assert.Equal(2.0 * 6 / (2 * 6 + 1 + 2), ClassificationMetrics.F1(predicted, actual), 1e-12);
        // Three classes: the correlation of indicator matrices, by numpy.
        Assert.Equal(0.5606060606060606, ClassificationMetrics.Matthews([0, 1, 2, 2, 1, 0, 1, 2, 0, 2], [0, 1, 1, 2, 2, 0, 1, 0, 0, 2]), 1e-12);
        Assert.Equal((1, -1, 0, 0), (ClassificationMetrics.Matthews([0, 1], [0, 1]), ClassificationMetrics.Matthews([1, 0], [0, 1]), ClassificationMetrics.Matthews([1, 1], [0, 1]), ClassificationMetrics.F1([0], [0])));
        Assert.Throws<ArgumentException>(() => ClassificationMetrics.Matthews([], []));
        Assert.Throws<ArgumentException>(() => ClassificationMetrics.Accuracy([1], [1, 2]));
    }

    [Theory]
    [InlineData("The Cat's, hat!", "cats hat")]
    [InlineData("  an  apple\ta day ", "apple day")]
    [InlineData("$5.00 theme", "500 theme")]
    [InlineData("“Quoted” Über", "“quoted” über")]
    [InlineData("The", "")]
    public void Answers_are_normalized_as_by_the_official_script(string text, string expected) => Assert.Equal(expected, AnswerScore.Normalize(text));

    [Theory]
    [InlineData("the cat sat", new[] { "a cat sat down" }, 0, 0.8)]
    [InlineData("The Denver Broncos.", new[] { "Carolina Panthers", "Denver Broncos" }, 1, 1)]
    [InlineData("x x y", new[] { "x z" }, 0, 0.4)]
    [InlineData("", new string[0], 1, 1)]
    [InlineData("something", new string[0], 0, 0)]
    [InlineData("", new[] { "something" }, 0, 0)]
    [InlineData("a", new[] { "the", "b" }, 0, 0)]
    public void Answers_are_scored_as_by_the_official_script(string answer, string[] truths, double exact, double f1)
    {
        var score = AnswerScore.Of(answer, truths);
        Assert.Equal(exact, score.ExactMatch);
        Assert.Equal(f1, score.F1, 1e-12);
    }

    [Fact]
    public void Perplexity_is_the_exponential_of_the_mean_loss()
    {
        double[] expected = [1.757580508495379, 5.257580508495379, 3.007580508495379, 0.25758050849537906]; // scipy.special.logsumexp
        foreach (var (token, loss) in expected.Index()) Assert.Equal(loss, Perplexity.NegativeLogLikelihood([1.5f, -2, 0.25f, 3], token), 1e-12);
        Assert.Equal(Math.Log(7), Perplexity.NegativeLogLikelihood(new float[7], 3), 1e-12);
        Assert.Equal(0, Perplexity.NegativeLogLikelihood([1000, -1000], 0));
        Assert.Equal(7, Perplexity.Of([(3 * Math.Log(7), 3), (Math.Log(7), 1), (0, 0)]), 1e-12);
        Assert.Equal(1, Perplexity.IntervalOf([(Math.Log(7), 1), (2 * Math.Log(7), 2)]).Low / 7, 1e-12);
        Assert.True(double.IsNaN(Perplexity.Of([])));
    }

    [Fact]
    public void Bootstrap_intervals_are_those_of_scipy()
    {
        double[] x = [0.5, 1.5, 2.0, 4.0, 8.0, 3.0, 2.5, 1.0, 6.0, 0.25];
        var interval = Bootstrap.Of(x.Length, Mean, resamples: 20_000);
        Assert.Equal(1.525, interval.Low, 0.05); // scipy.stats.bootstrap, percentile method, 200,000 resamples
        Assert.Equal(4.45, interval.High, 0.05);
        Assert.Equal(interval, Bootstrap.Of(x.Length, Mean, resamples: 20_000));
        Assert.NotEqual(interval, Bootstrap.Of(x.Length, Mean, seed: 2, resamples: 20_000));
        Assert.Equal(new(1, 1), Bootstrap.Of(1, _ => 1, resamples: 1));
        Assert.True(double.IsNaN(Bootstrap.Of(3, _ => double.NaN).Low));

        double Mean(ReadOnlySpan<int> drawn)
        {
            double sum = 0;
            foreach (int i in drawn) sum += x[i];
            return sum / drawn.Length;
        }
    }

    [Fact]
    public void Bootstrap_of_a_share_is_near_its_wilson_interval()
    {
        bool[] right = [.. Enumerable.Range(0, 500).Select(i => i % 5 != 0)];
        var drawn = Bootstrap.Of(right.Length, samples =>
        {
            int correct = 0;
            foreach (int i in samples) correct += right[i] ? 1 : 0;
            return (double)correct / samples.Length;
        });
        var wilson = Interval.Wilson(0.8, 500);
        Assert.Equal(wilson.Low, drawn.Low, 0.006);
        Assert.Equal(wilson.High, drawn.High, 0.006);
    }

    /// <summary>Closed forms, and scipy's chi2.sf and binomtest.</summary>
    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(7, 7, 1)]
    [InlineData(6, 0, 0.03125)]
    [InlineData(3, 12, 0.03515625)]
    [InlineData(13, 11, 0.8388197422027588)]
    [InlineData(10, 15, 0.4237107971667936)]
    [InlineData(121, 59, 5.450094825427117e-06)] // The counts of Wikipedia's article on the test.
    public void Mcnemar_gives_the_reference_p_values(int onlyFirst, int onlySecond, double p)
    {
        var comparison = new PairedComparison { Both = 100, OnlyFirst = onlyFirst, OnlySecond = onlySecond, Neither = 20 };
        Assert.Equal(p, comparison.PValue, 1e-12);
        Assert.Equal((double)(onlySecond - onlyFirst) / (120 + onlyFirst + onlySecond), comparison.Difference, 1e-12);
    }

    [Fact]
    public void Pairs_are_counted_by_kind()
    {
        var comparison = PairedComparison.Of([true, true, false, false, true], [true, false, true, false, false]);
        Assert.Equal((1, 2, 1, 1), (comparison.Both, comparison.OnlyFirst, comparison.OnlySecond, comparison.Neither));
        Assert.Throws<ArgumentException>(() => PairedComparison.Of([], []));
        Assert.Throws<ArgumentException>(() => PairedComparison.Of([true], [true, false]));
    }
}
