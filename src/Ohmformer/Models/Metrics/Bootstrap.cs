using Ohmformer.Numerics;

namespace Ohmformer.Models.Metrics;

/// <summary>A number computed from samples.</summary>
/// <param name="samples">Indices of the samples to compute it from; an index may occur several times.</param>
public delegate double Statistic(ReadOnlySpan<int> samples);

/// <summary>
/// Confidence intervals of statistics without a formula: the statistic of many sets drawn from the samples with replacement
/// (percentile interval; Efron, Annals of Statistics 7, 1979).
/// </summary>
public static class Bootstrap
{
    /// <summary>Sets drawn when the caller names no number.</summary>
    public const int DefaultResamples = 2000;

    private const double Tail = 0.025;

    /// <summary>The 95 % interval of a statistic.</summary>
    /// <param name="samples">Number of samples, at least 1.</param>
    /// <param name="statistic">The statistic; sets for which it is not a number are left out.</param>
    /// <param name="seed">Seed; the same one gives the same interval.</param>
    /// <param name="resamples">Sets to draw.</param>
    /// <returns>The interval; not a number where the statistic is none of any set.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is less than 1.</exception>
    public static Interval Of(int samples, Statistic statistic, ulong seed = 1, int resamples = DefaultResamples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 1);
        var values = new List<double>(resamples);
        var drawn = new int[samples];
        for (int set = 0; set < resamples; set++)
        {
            var key = new NoiseKey(seed, NoisePurpose.Sampling, site: 0, image: set + 1);
            for (int i = 0; i < samples; i++) drawn[i] = (int)((ulong)key.Word((uint)i) * (ulong)samples >> 32);
            double value = statistic(drawn);
            if (!double.IsNaN(value)) values.Add(value);
        }
        values.Sort();
        return values.Count == 0 ? new(double.NaN, double.NaN) : new(Percentile(values, Tail), Percentile(values, 1 - Tail));
    }

    /// <summary>The value below which a share lies, linear between two values.</summary>
    private static double Percentile(List<double> sorted, double share)
    {
        double place = share * (sorted.Count - 1);
        int below = (int)place;
        return below + 1 == sorted.Count ? sorted[below] : sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]);
    }
}
