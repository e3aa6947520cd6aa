using System.Globalization;
using CsvHelper;
using Ohmformer.Files;
using Ohmformer.Lab.Runs;

namespace Ohmformer.Lab.Experiments;

/// <summary>
/// What an experiment leaves behind: index.html, claims.json, every table and figure as a file, and the parts from which a run that was interrupted goes on.
/// The page is written last.
/// </summary>
public static class ExperimentFolder
{
    private const string PageFile = "index.html", ClaimsFile = "claims.json", PartsFolder = "parts";

    /// <summary>The folder, checked before the experiment runs.</summary>
    /// <param name="path">The folder to make; null for runs/[time]-reproduce-[paper] below the current folder.</param>
    /// <param name="paper">The paper.</param>
    /// <param name="resume">Whether to go on with what the folder holds.</param>
    /// <returns>The full path; nothing is made yet.</returns>
    /// <exception cref="InputException">The folder exists with other content, holds nothing to go on with, or cannot be written.</exception>
    public static string Choose(string? path, PaperFolder paper, bool resume)
    {
        if (resume && path is null) throw new InputException("--resume: name the folder of the run that was interrupted with --output.");
        bool begun = path is { Length: > 0 } && Directory.Exists(PartsOf(path));
        if (resume && !begun) throw new InputException($"{path}: holds no run that was interrupted; leave out --resume to begin one.");
        if (begun && !resume) throw new InputException($"{path}: holds a run that was begun; go on with it (--resume) or name another folder.");
        if (!begun) return RunFolder.Choose(path, $"reproduce-{paper.Name}");
        AtomicFile.CheckWritable(Path.Combine(path!, PageFile));
        return Path.GetFullPath(path!);
    }

    /// <summary>Where a run keeps what is finished.</summary>
    /// <param name="folder">What <see cref="Choose"/> returned.</param>
    public static string PartsOf(string folder) => Path.Combine(folder, PartsFolder);

    /// <summary>Runs an experiment that keeps its finished parts in the folder.</summary>
    /// <param name="folder">What <see cref="Choose"/> returned.</param>
    /// <param name="experiment">The experiment.</param>
    /// <param name="request">How thoroughly, on what.</param>
    /// <param name="progress">Is told about every sample.</param>
    /// <param name="cancellation">Stops between matrix products.</param>
    /// <exception cref="InputException">A model or its data cannot be used.</exception>
    /// <exception cref="InterruptedException">The user interrupted; --resume goes on.</exception>
    public static ExperimentReport Run(string folder, IExperiment experiment, ExperimentRequest request, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        try
        {
            return experiment.Run(request with { Parts = PartsOf(folder) }, progress, cancellation);
        }
        catch (OperationCanceledException interruption) when (Directory.Exists(PartsOf(folder)))
        {
            throw new InterruptedException($"what is done is saved in {folder}; the same command with --output {folder} --resume goes on.", interruption);
        }
    }

    /// <summary>Writes the folder.</summary>
    /// <param name="folder">What <see cref="Choose"/> returned.</param>
    /// <param name="report">What was found.</param>
    /// <param name="command">The command line that repeats it.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void Write(string folder, ExperimentReport report, string command)
    {
        ResultJson.Write(Path.Combine(folder, ClaimsFile), ClaimResult.ForPrograms(report.Claims));
        foreach (var table in report.Tables) AtomicFile.WriteAllText(Path.Combine(folder, table.Name + ".csv"), Csv(table));
        foreach (var figure in report.Figures) AtomicFile.WriteAllText(Path.Combine(folder, figure.Name + ".svg"), figure.Image);
        AtomicFile.WriteAllText(Path.Combine(folder, PageFile), ExperimentPage.Html(report, command));
    }

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
