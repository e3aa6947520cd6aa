using System.Globalization;
using CsvHelper;
using Ohmformer.Files;
using Ohmformer.Lab.Runs;

namespace Ohmformer.Lab.Experiments;

/// <summary>What an experiment leaves behind: index.html, claims.json, and every table and figure as a file. The folder appears complete or not at all.</summary>
public static class ExperimentFolder
{
    private const string PageFile = "index.html", ClaimsFile = "claims.json";

    /// <summary>The folder, checked before the experiment runs.</summary>
    /// <param name="path">The folder to make; null for runs/[time]-reproduce-[paper] below the current folder.</param>
    /// <param name="paper">The paper.</param>
    /// <returns>The full path; nothing is made yet.</returns>
    /// <exception cref="InputException">The folder exists with other content, or cannot be written.</exception>
    public static string Choose(string? path, PaperFolder paper) => RunFolder.Choose(path, $"reproduce-{paper.Name}");

    /// <summary>Writes the folder.</summary>
    /// <param name="folder">What <see cref="Choose"/> returned.</param>
    /// <param name="report">What was found.</param>
    /// <param name="command">The command line that repeats it.</param>
    /// <exception cref="IOException">The folder cannot be written; nothing is left of it.</exception>
    public static void Write(string folder, ExperimentReport report, string command) => RunFolder.Complete(folder, temporary =>
    {
        ResultJson.Write(Path.Combine(temporary, ClaimsFile), ClaimResult.ForPrograms(report.Claims));
        foreach (var table in report.Tables) AtomicFile.WriteAllText(Path.Combine(temporary, table.Name + ".csv"), Csv(table));
        foreach (var figure in report.Figures) AtomicFile.WriteAllText(Path.Combine(temporary, figure.Name + ".svg"), figure.Image);
        AtomicFile.WriteAllText(Path.Combine(temporary, PageFile), ExperimentPage.Html(report, command));
    });

    private static string Csv(ReportTable table)
    {
        using var text = new StringWriter { NewLine = "\n" };
        using (var csv = new CsvWriter(text, new CsvHelper.Configuration.CsvConfiguration(CultureInfo.InvariantCulture) { NewLine = "\n" }))
        {
            foreach (var row in (IReadOnlyList<string>[])[table.Columns, .. table.Rows])
            {
                foreach (string field in row) csv.WriteField(field);
                csv.NextRecord();
            }
        }
        return text.ToString();
    }
}
