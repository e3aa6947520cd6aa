using System.Diagnostics;
using System.Globalization;
using Ohmformer.Lab;

namespace Ohmformer.Cli;

/// <summary>Progress as plain lines, for output that is not a terminal: the first after 2 s, then one every 5 s.</summary>
internal sealed class ProgressLines(TextWriter writer) : IProgress<PhaseProgress>
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(2), Between = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _next = First;

    /// <inheritdoc/>
    public void Report(PhaseProgress value)
    {
        lock (_lock)
        {
            if (_clock.Elapsed < _next) return;
            _next = _clock.Elapsed + Between;
            string detail = value.Detail is null ? "" : ", " + value.Detail;
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{value.Phase}: {value.Done} of {value.Total}{detail}"));
        }
    }
}
