using Ohmformer.Arrays;
using Ohmformer.Numerics;

namespace Ohmformer.Mapping;

/// <summary>What one product did so far; filled by several threads.</summary>
/// <param name="site">The product.</param>
/// <param name="macro">The macro that runs it.</param>
/// <param name="unsignedInputs">Whether its driving operand is a probability.</param>
/// <param name="isDynamic">Whether its second operand is written for every input.</param>
internal sealed class SiteRecord(ProductSite site, MacroSpec macro, bool unsignedInputs, bool isDynamic)
{
    private readonly Lock _lock = new();
    private readonly ReadStatistics _statistics = new(macro, unsignedInputs);
    private ActivityCounts _setup, _inference;
    private readonly UnorderedSum _signal = new(), _error = new();
    private bool _diagnosed;

    public bool IsDynamic => isDynamic;

    public void AddSetup(ActivityCounts counts)
    {
        lock (_lock) _setup += counts;
    }

    public void AddInference(ActivityCounts counts)
    {
        lock (_lock) _inference += counts;
    }

    public void AddStatistics(ReadStatistics statistics)
    {
        lock (_lock) _statistics.Add(statistics);
    }

    /// <summary>Adds the powers of the exact product and of its error, both in real units.</summary>
    public void AddErrors(ReadOnlySpan<float> exact, ReadOnlySpan<float> result)
    {
        double signal = 0, error = 0;
        for (int i = 0; i < exact.Length; i++)
        {
            double difference = (double)result[i] - exact[i];
            signal += (double)exact[i] * exact[i];
            error += difference * difference;
        }
        lock (_lock)
        {
            _signal.Add(signal);
            _error.Add(error);
            _diagnosed = true;
        }
    }

    public ReadStatistics NewStatistics() => new(macro, unsignedInputs);

    public SiteActivity Activity
    {
        get
        {
            lock (_lock) return new(site, _setup, _inference);
        }
    }

    /// <summary>Null when no diagnosed input has passed.</summary>
    public SiteDiagnostics? Diagnostics
    {
        get
        {
            lock (_lock)
            {
                return !_diagnosed ? null : new()
                {
                    Site = site,
                    ClippedShare = !macro.Converts ? null : _statistics.ClippedShare,
                    UsedRangeShare = !macro.Converts ? null : _statistics.UsedRangeShare,
                    ZeroPulseShare = _statistics.ZeroPulseShare,
                    GMinCurrentShare = _statistics.GMinCurrentShare,
                    ZeroError = _statistics.ZeroError,
                    SnrDecibel = _error.Value == 0 ? double.PositiveInfinity : 10 * Math.Log10(_signal.Value / _error.Value),
                };
            }
        }
    }

    /// <summary>Writes the converter ranges that the recorded values ask for.</summary>
    public void Calibrate(AdcCalibration calibration, double percentile)
    {
        lock (_lock) calibration.Set(site.Id, _statistics, percentile);
    }
}
