using System.Diagnostics;
using System.Globalization;

namespace Ohmformer.Lab.Runs;

/// <summary>The phases of a comparison as one: how many samples of all analog runs are done, what runs now, and how long the rest will take.</summary>
/// <param name="total">Samples of all analog runs.</param>
/// <param name="inner">Is told.</param>
internal sealed class ComparisonProgress(long total, IProgress<PhaseProgress> inner) : IProgress<PhaseProgress>
{
    private readonly Lock _lock = new();
    private readonly Stopwatch _clock = new();
    private string? _phase;
    private long _before, _done;

    /// <inheritdoc/>
    public void Report(PhaseProgress value)
    {
        lock (_lock)
        {
            // Runs in float and integers take a hundredth of the time and do not count.
            if (value.Phase.Contains(Evaluation.AnalogPhase, StringComparison.Ordinal))
            {
                if (value.Phase != _phase) (_phase, _before) = (value.Phase, _done);
                _clock.Start();
                _done = Math.Max(_done, _before + value.Done);
            }
            string left = _done == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {DurationText.Of(_clock.Elapsed * ((double)(total - _done) / _done))} left");
            inner.Report(new("comparing", _done, total, value.Phase + left));
        }
    }
}
