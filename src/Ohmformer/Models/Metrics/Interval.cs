namespace Ohmformer.Models.Metrics;

/// <summary>A 95 % confidence interval.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>The 97.5 % quantile of the standard normal distribution.</summary>
    private const double Quantile = 1.959963984540054;

    /// <summary>
    /// The interval of a share by its score test, which stays in [0, 1] and holds for few samples and shares near 0 or 1, too
    /// (Wilson, JASA 22, 1927; method 3 of Newcombe, Statistics in Medicine 17, 1998).
    /// </summary>
    /// <param name="share">Share observed, in [0, 1].</param>
    /// <param name="samples">Number of independent samples, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public static Interval Wilson(double share, long samples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        if (share is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(share), share, "a share lies in [0, 1]");
        double weight = Quantile * Quantile / samples;
        double center = (share + weight / 2) / (1 + weight);
        double half = Quantile * Math.Sqrt(share * (1 - share) / samples + weight / (4 * samples)) / (1 + weight);
        return new(share == 0 ? 0 : Math.Max(0, center - half), share == 1 ? 1 : Math.Min(1, center + half));
    }
}
