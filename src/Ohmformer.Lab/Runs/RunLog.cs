using System.Globalization;

namespace Ohmformer.Lab.Runs;

/// <summary>What happened in a run, line by line, each with its time.</summary>
internal sealed class RunLog
{
    private readonly List<string> _lines;

    /// <summary>A log that goes on from another, or from nothing.</summary>
    public RunLog(RunLog? before = null) => _lines = [.. before?._lines ?? []];

    /// <summary>The lines so far.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Adds a line.</summary>
    public void Add(FormattableString line) => _lines.Add(
        string.Create(CultureInfo.InvariantCulture, $"{DateTime.Now:yyyy-MM-dd HH:mm:ss} {line.ToString(CultureInfo.InvariantCulture)}"));
}
