using System.Globalization;
using CsvHelper;
using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;

namespace Ohmformer.Lab.Runs;

/// <summary>
/// What a run leaves behind: design.yaml (fully resolved), result.json, results.csv and log.txt. A result can be repeated from
/// its folder alone. The folder appears complete or not at all.
/// </summary>
public static class RunFolder
{
    /// <summary>Writes the folder of a run.</summary>
    /// <param name="path">The folder to make; null for runs/[time]-[design]-[model] below the current folder.</param>
    /// <param name="design">The design, written with all its defaults.</param>
    /// <param name="result">The result.</param>
    /// <param name="log">What happened, line by line.</param>
    /// <returns>The folder that was written.</returns>
    /// <exception cref="IOException">The folder exists with other content, or cannot be written.</exception>
    public static string Write(string? path, Design design, EvaluationResult result, IEnumerable<string> log)
    {
        string folder = Path.GetFullPath(path ?? Default(result));
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new IOException($"The run folder '{folder}' exists and is not empty; name another one with --output.");
        string parent = Path.GetDirectoryName(folder) ?? throw new IOException($"'{folder}' cannot be a run folder.");
        string temporary = Path.Combine(parent, $".{Path.GetFileName(folder)}.{Path.GetRandomFileName()}");
        try
        {
            Directory.CreateDirectory(temporary);
            AtomicFile.WriteAllText(Path.Combine(temporary, "design.yaml"), DesignFile.Resolved(design));
            ResultJson.Write(Path.Combine(temporary, "result.json"), result);
            AtomicFile.WriteAllText(Path.Combine(temporary, "results.csv"), Csv([result]));
            AtomicFile.WriteAllText(Path.Combine(temporary, "log.txt"), string.Join('\n', log) + "\n");
            if (Directory.Exists(folder)) Directory.Delete(folder);
            Directory.Move(temporary, folder);
        }
        catch
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
            throw;
        }
        return folder;
    }

    /// <summary>Results as a table with one row for each arithmetic and seed.</summary>
    public static string Csv(IEnumerable<EvaluationResult> results)
    {
        using var text = new StringWriter { NewLine = "\n" };
        using (var csv = new CsvWriter(text, new CsvHelper.Configuration.CsvConfiguration(CultureInfo.InvariantCulture) { NewLine = "\n" }))
            csv.WriteRecords(results.SelectMany(Rows));
        return text.ToString();
    }

    private static IEnumerable<object> Rows(EvaluationResult result)
    {
        object Row(string arithmetic, ulong? seed, double accuracy) => new
        {
            design = result.Design,
            model = result.Model,
            data = result.Data,
            samples = result.Samples,
            arithmetic,
            seed,
            accuracy,
            energy_joule = result.Cost.EnergyJoule,
            latency_second = result.Cost.LatencySecond,
            area_square_metre = result.Cost.AreaSquareMeter,
            edap = result.Cost.Edap,
            version = result.Version,
        };
        yield return Row("float", null, result.Accuracy.Float);
        yield return Row("digital", null, result.Accuracy.Digital);
        foreach (var (seed, accuracy) in result.Accuracy.Analog.Seeds.Zip(result.Accuracy.Analog.Values)) yield return Row("analog", seed, accuracy);
    }

    private static string Default(EvaluationResult result) => Path.Combine(
        "runs",
        string.Create(CultureInfo.InvariantCulture, $"{DateTime.Now:yyyyMMdd-HHmmss}-{result.Design}-{Path.GetFileName(result.Model)}"));
}
