namespace Ohmformer.Arrays;

/// <summary>Converter ranges found on calibration inputs, per product of the network and slice.</summary>
public sealed class AdcCalibration
{
    /// <summary>Noise seed of calibration runs: a chip of its own, not one of those that are evaluated.</summary>
    public const ulong Seed = ulong.MaxValue;

    private readonly Dictionary<(int Site, int Slice), BitLineRange> _ranges = [];

    /// <summary>Records the ranges of one product.</summary>
    /// <param name="site">Number of the product in the network.</param>
    /// <param name="statistics">What its bit lines carried on the calibration inputs.</param>
    /// <param name="percentile">Percentile of the values inside the range.</param>
    public void Set(int site, ReadStatistics statistics, double percentile)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        for (int slice = 0; slice < statistics.Slices; slice++) _ranges[(site, slice)] = statistics.Percentile(slice, percentile);
    }

    internal BitLineRange? Find(int site, int slice) => _ranges.TryGetValue((site, slice), out var range) ? range : null;
}
