using Ohmformer.Files;

namespace Ohmformer.Lab.Experiments;

/// <summary>The table of the published systems in README.md, between two marks; one row for each paper.</summary>
public static class StatusTable
{
    private const string
        Begin = "<!-- verdicts: `ohmformer reproduce PAPER --full --update-readme` writes the row of PAPER -->", End = "<!-- end of verdicts -->",
        Header = "| system | claims | reproduced | trend | not reproduced | not run | mode |\n|---|---|---|---|---|---|---|";

    /// <summary>Writes the row of a paper into a README.</summary>
    /// <param name="path">The file; it has the two marks.</param>
    /// <param name="report">What was found.</param>
    /// <param name="mode">How thorough the run was.</param>
    /// <exception cref="InputException">There is no such file, or it lacks the marks.</exception>
    public static void Update(string path, ExperimentReport report, ExperimentMode mode)
    {
        if (!File.Exists(path)) throw new InputException($"{path}: there is no such file; run the command in the root of a checkout.");
        AtomicFile.WriteAllText(path, Updated(path, File.ReadAllText(path), report, mode));
    }

    /// <summary>The text with the row.</summary>
    internal static string Updated(string path, string text, ExperimentReport report, ExperimentMode mode)
    {
        int begin = text.IndexOf(Begin, StringComparison.Ordinal), end = text.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin) throw new InputException($"{path}: lacks the lines '{Begin}' and '{End}', between which the table stands; add them where it should be.");
        var paper = report.Paper;
        var rows = text[(begin + Begin.Length)..end].Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l.StartsWith("| [", StringComparison.Ordinal) && !IsOf(paper, l));
        var counts = VerdictCounts.Of(report.Claims);
        string row = $"| [{paper.Name}](papers/{paper.Folder}) | {report.Claims.Count} | {counts.Reproduced} | {counts.Trend} | {counts.NotReproduced} | {counts.NotRun} | {mode.ToString().ToLowerInvariant()} |";
        return $"{text[..begin]}{Begin}\n{Header}\n{string.Join('\n', rows.Append(row).Order(StringComparer.Ordinal))}\n{text[end..]}";
    }

    private static bool IsOf(PaperFolder paper, string row) => row.StartsWith($"| [{paper.Name}]", StringComparison.Ordinal);
}
