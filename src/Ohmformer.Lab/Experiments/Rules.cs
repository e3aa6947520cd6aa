using System.Globalization;

namespace Ohmformer.Lab.Experiments;

/// <summary>A difference that a claim says is positive, measured with several noise seeds on the same samples.</summary>
/// <param name="What">What is compared, for people.</param>
/// <param name="Differences">Shape [seeds], in points (percent of the samples).</param>
/// <param name="OrEqual">Whether the claim says "not negative" instead: it then holds unless the difference is negative beyond its interval.</param>
internal sealed record Comparison(string What, IReadOnlyList<double> Differences, bool OrEqual = false)
{
    private const double Normal = 1.96;

    /// <summary>Mean over the seeds.</summary>
    public double Mean => Differences.Average();

    /// <summary>Samples behind each difference; null to leave them out of the interval.</summary>
    public int? Samples { get; init; }

    /// <summary>Half of the 95 % interval over trainings, <see cref="Spread.HalfWidth"/>; 0 where the same networks are on both sides.</summary>
    public double Trainings { get; init; }

    /// <summary>
    /// Half of the 95 % interval of the mean: over seeds by Student's t and, added in squares, over trainings and over samples, these by the smallest variance that a
    /// difference of paired shares can have, that of McNemar's test where all samples that differ do so in one direction (one sample at least). Infinite for one seed.
    /// </summary>
    public double HalfWidth
    {
        get
        {
            int n = Differences.Count;
            if (n < 2) return double.PositiveInfinity;
            double mean = Mean, variance = Differences.Sum(d => (d - mean) * (d - mean)) / (n - 1);
            double seeds = new Spread(variance, n - 1).HalfWidth(1.0 / n);
            double samples = Samples is { } count ? 100 * Normal * Math.Sqrt(Math.Max(Math.Abs(mean) / 100, 1.0 / count) / count) : 0;
            return Math.Sqrt(seeds * seeds + Trainings * Trainings + samples * samples);
        }
    }

    /// <summary>Whether the difference is positive in the mean.</summary>
    public bool Holds => Mean > 0 || (OrEqual && (Mean == 0 || IsClear));

    /// <summary>Whether it is positive beyond its interval; where equal will do, whether it is not negative beyond it. Never with one seed.</summary>
    public bool IsClear => double.IsFinite(HalfWidth) && (OrEqual ? Mean >= -HalfWidth : Mean > HalfWidth);

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{What}: {Mean:+0.0;-0.0;0.0}{(double.IsFinite(HalfWidth) ? $" ± {HalfWidth:F1}" : "")} points");
}

/// <summary>How far accuracies lie apart that should be the same.</summary>
/// <param name="Variance">Their variance, in squared points.</param>
/// <param name="Degrees">Its degrees of freedom.</param>
internal sealed record Spread(double Variance, int Degrees)
{
    // 97.5 % quantiles of Student's t with 1, 2, ... degrees of freedom; more than ten count as ten.
    private static readonly double[] Quantiles = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

    /// <summary>The pooled variance within groups, such as trainings of one network that differ in their seed alone.</summary>
    /// <param name="groups">Accuracies of each group, in points.</param>
    public static Spread Within(IEnumerable<IReadOnlyCollection<double>> groups)
    {
        double squares = 0;
        int degrees = 0;
        foreach (var group in groups.Where(g => g.Count > 1))
        {
            double mean = group.Average();
            squares += group.Sum(v => (v - mean) * (v - mean));
            degrees += group.Count - 1;
        }
        return new(degrees == 0 ? 0 : squares / degrees, degrees);
    }

    /// <summary>Half of the 95 % interval of a weighted sum of independent means, by Student's t; infinite without a degree of freedom.</summary>
    /// <param name="weights">The sum of the squared weights, each over the number of values behind its mean.</param>
    public double HalfWidth(double weights) => Degrees == 0 ? double.PositiveInfinity : Quantiles[Math.Min(Degrees, Quantiles.Length) - 1] * Math.Sqrt(Variance * weights);
}

/// <summary>The rules by which every experiment judges claims. They are the same for all claims and never depend on what was found.</summary>
internal static class Rules
{
    /// <summary>A relative error below which a figure that misses its tolerance still counts as a trend.</summary>
    public const double Near = 0.1;

    /// <summary>Mean differences, in points, up to which accuracies count as equal, and as about equal.</summary>
    public const double Equal = 2, AboutEqual = 5;

    /// <summary>Mean rank correlation from which two orders count as the same.</summary>
    public const double SameOrder = 0.8;

    /// <summary>The rules for people.</summary>
    public static IReadOnlyList<string> Words { get; } =
    [
        "A figure is reproduced when it lies within its tolerance (0.3 % and the rounding of the paper, where nothing else is said), a trend within 10 %.",
        "An ordering is reproduced when every difference is positive beyond its 95 % interval (paired; noise seeds and trainings by Student's t, samples by the smallest variance of McNemar's test), a trend when most are positive and so is their mean. 'Not worse' holds unless the difference is negative beyond its interval.",
        "Accuracies are equal when no mean difference exceeds 2 points, about equal (trend) up to 5.",
        "Two rankings agree from a mean rank correlation of 0.8, a trend above 0.",
        "Everything else is not reproduced. Claims without a measurement are not run; for other programs these count as not reproduced.",
    ];

    /// <summary>An ordering: reproduced when every difference is positive beyond its interval; trend when most are positive and so is their mean.</summary>
    /// <param name="differences">The differences.</param>
    /// <param name="samples">Samples behind each.</param>
    public static Finding Order(IEnumerable<Comparison> differences, int samples) => Order([.. differences.Select(c => c with { Samples = samples })]);

    /// <summary>An ordering of differences that know the samples behind them.</summary>
    /// <inheritdoc cref="Order(IEnumerable{Comparison}, int)"/>
    public static Finding Order(IReadOnlyList<Comparison> differences)
    {
        Comparison[] comparisons = [.. differences];
        if (comparisons.Length == 0) throw new ArgumentException("a claim needs something to compare", nameof(differences));
        int holding = comparisons.Count(c => c.Holds), clear = comparisons.Count(c => c.IsClear);
        double mean = comparisons.Average(c => c.Mean);
        var verdict = clear == comparisons.Length ? Verdict.Reproduced : 2 * holding > comparisons.Length && mean > 0 ? Verdict.Trend : Verdict.NotReproduced;
        return new(verdict, string.Create(
            CultureInfo.InvariantCulture,
            $"{holding} of {comparisons.Length} differences hold, {clear} beyond their intervals; {mean:+0.0;-0.0;0.0} points in the mean; weakest: {comparisons.MinBy(c => c.Mean)}"));
    }

    /// <summary>A claim of several parts holds as far as its weakest does.</summary>
    public static Finding All(params IReadOnlyList<Finding> parts) => new(parts.Max(p => p.Verdict), string.Join("; ", parts.Select(p => p.Ours)));

    /// <summary>Figures: reproduced when each lies within its tolerance, trend when each lies within a tenth of the paper's.</summary>
    /// <param name="figures">Paper's figure, ours, and the largest absolute difference.</param>
    /// <param name="ours">Our figures in words.</param>
    public static Finding Figures(IReadOnlyCollection<(double Paper, double Ours, double Tolerance)> figures, string ours)
    {
        double worst = figures.Max(f => Math.Abs(f.Ours - f.Paper) / Math.Max(Math.Abs(f.Paper), double.Epsilon));
        var verdict = figures.All(f => Math.Abs(f.Ours - f.Paper) <= f.Tolerance) ? Verdict.Reproduced
            : figures.All(f => Math.Abs(f.Ours - f.Paper) <= Near * Math.Abs(f.Paper)) ? Verdict.Trend : Verdict.NotReproduced;
        return new(verdict, ours + (figures.All(f => f.Paper != 0) ? string.Create(CultureInfo.InvariantCulture, $"; largest difference {100 * worst:F2} %") : ""));
    }

    /// <summary>Equal accuracies: reproduced when no mean difference exceeds 2 points, trend when none exceeds 5.</summary>
    public static Finding NoChange(IReadOnlyList<Comparison> comparisons)
    {
        var worst = comparisons.MaxBy(c => Math.Abs(c.Mean))!;
        double most = Math.Abs(worst.Mean);
        return new(most <= Equal ? Verdict.Reproduced : most <= AboutEqual ? Verdict.Trend : Verdict.NotReproduced, $"largest difference of {comparisons.Count}: {worst}");
    }

    /// <summary>The same order: reproduced from a mean rank correlation of 0.8, trend above 0.</summary>
    /// <param name="pairs">Pairs of equally long lists.</param>
    public static Finding SameRanks(IReadOnlyList<(string What, double[] First, double[] Second)> pairs)
    {
        double[] correlations = [.. pairs.Select(p => RankCorrelation(p.First, p.Second))];
        double mean = correlations.Average();
        int worst = Array.IndexOf(correlations, correlations.Min());
        return new(mean >= SameOrder ? Verdict.Reproduced : mean > 0 ? Verdict.Trend : Verdict.NotReproduced, string.Create(
            CultureInfo.InvariantCulture, $"mean rank correlation {mean:F2} of {pairs.Count}; smallest: {pairs[worst].What}, {correlations[worst]:F2}"));
    }

    /// <summary>Spearman's rank correlation; equal values share their mean rank; 0 where one list is constant.</summary>
    public static double RankCorrelation(double[] first, double[] second)
    {
        double[] a = Ranks(first), b = Ranks(second);
        double mean = (a.Length + 1) / 2.0;
        double covariance = a.Zip(b, (x, y) => (x - mean) * (y - mean)).Sum(), norm = Math.Sqrt(a.Sum(x => (x - mean) * (x - mean)) * b.Sum(y => (y - mean) * (y - mean)));
        return norm == 0 ? 0 : covariance / norm;
    }

    private static double[] Ranks(double[] values) => [.. values.Select(v => values.Count(w => w < v) + (values.Count(w => w == v) + 1) / 2.0)];
}
