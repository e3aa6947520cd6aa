using System.Globalization;
using CsvHelper;
using Ohmformer.Files;
using Ohmformer.Lab.Designs;

namespace Ohmformer.Lab.Runs;

/// <summary>
/// What a run leaves behind: design.yaml (fully resolved), result.json, results.csv, diagnostics.csv, attention-snr.csv and log.txt. A result can be
/// repeated from its folder alone. The folder appears complete or not at all.
/// </summary>
public static class RunFolder
{
    private const string
        DesignFileName = "design.yaml", ResultFileName = "result.json", TableFileName = "results.csv", DiagnosticsFileName = "diagnostics.csv",
        AttentionFileName = "attention-snr.csv", LogFileName = "log.txt";

    /// <summary>The folder of a run, checked before the run starts.</summary>
    /// <param name="path">The folder to make; null for runs/[time]-[design]-[model] below the current folder.</param>
    /// <param name="request">What will be evaluated.</param>
    /// <returns>The full path; nothing is made yet.</returns>
    /// <exception cref="InputException">The folder exists with other content, or cannot be written.</exception>
    public static string Choose(string? path, EvaluationRequest request)
    {
        if (path is { Length: 0 }) throw new InputException("the folder of the run is an empty text; name one with --output.");
        string folder = Path.GetFullPath(path ?? Unused(Default(request)));
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new InputException($"{path}: exists and is not empty; name another folder with --output.");
        AtomicFile.CheckWritable(Path.Combine(folder, ResultFileName));
        return folder;
    }

    /// <summary>Writes the folder of a run.</summary>
    /// <param name="folder">What <see cref="Choose"/> returned.</param>
    /// <param name="run">The run.</param>
    /// <exception cref="IOException">The folder cannot be written; nothing is left of it.</exception>
    public static void Write(string folder, EvaluationRun run)
    {
        string parent = Path.GetDirectoryName(folder) ?? throw new IOException($"'{folder}' cannot be a run folder.");
        string temporary = Path.Combine(parent, $".{Path.GetFileName(folder)}.{Path.GetRandomFileName()}");
        try
        {
            Directory.CreateDirectory(temporary);
            AtomicFile.WriteAllText(Path.Combine(temporary, DesignFileName), DesignFile.Resolved(run.Design));
            ResultJson.Write(Path.Combine(temporary, ResultFileName), run.Result);
            AtomicFile.WriteAllText(Path.Combine(temporary, TableFileName), Csv([run.Result]));
            AtomicFile.WriteAllText(Path.Combine(temporary, DiagnosticsFileName), Table(run.Result.Diagnostics.Select(Row)));
            if (run.Result.AttentionSnr is { } attention)
                AtomicFile.WriteAllText(Path.Combine(temporary, AttentionFileName), Table(attention.Encoders.Select(e => new { encoder = e.Encoder, snr_decibel = e.Decibel })));
            AtomicFile.WriteAllText(Path.Combine(temporary, LogFileName), string.Join('\n', run.Log) + "\n");
            if (Directory.Exists(folder)) Directory.Delete(folder);
            Directory.Move(temporary, folder);
        }
        catch
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
            throw;
        }
    }

    /// <summary>Results as a table with one row for each arithmetic and seed.</summary>
    public static string Csv(IEnumerable<EvaluationResult> results) => Table(results.SelectMany(Rows));

    private static string Table(IEnumerable<object> rows)
    {
        using var text = new StringWriter { NewLine = "\n" };
        using (var csv = new CsvWriter(text, new CsvHelper.Configuration.CsvConfiguration(CultureInfo.InvariantCulture) { NewLine = "\n" }))
            csv.WriteRecords(rows);
        return text.ToString();
    }

    private static object Row(SiteResult site) => new
    {
        site = site.Site,
        layer_class = site.LayerClass,
        clipped_share = site.ClippedShare,
        range_used = site.RangeUsed,
        bit_sparsity = site.BitSparsity,
        gmin_current_share = site.GminCurrentShare,
        snr_decibel = site.SnrDecibel,
    };

    private static IEnumerable<object> Rows(EvaluationResult result)
    {
        object Row(string arithmetic, ulong? seed, double? accuracy, double score) => new
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
            task = result.Task,
            metric = CostResults.SnakeCase(result.Metric.ToString()),
            score,
        };
        var (headline, accuracy) = (result.Headline, result.Accuracy);
        yield return Row("float", null, accuracy?.Float, headline.Float);
        yield return Row("digital", null, accuracy?.Digital, headline.Digital);
        foreach (var (i, seed) in headline.Analog.Seeds.Index()) yield return Row("analog", seed, accuracy?.Analog.Values[i], headline.Analog.Values[i]);
    }

    private static string Default(EvaluationRequest request) => Path.Combine(
        "runs",
        string.Create(CultureInfo.InvariantCulture, $"{DateTime.Now:yyyyMMdd-HHmmss}-{LastName(request.Design)}-{LastName(request.Model)}"));

    private static string LastName(string nameOrPath) => Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(nameOrPath)));

    /// <summary>The path itself, or with "-2", "-3", ... when runs of the same second have taken it.</summary>
    private static string Unused(string path) =>
        Enumerable.Range(1, int.MaxValue).Select(i => i == 1 ? path : string.Create(CultureInfo.InvariantCulture, $"{path}-{i}")).First(p => !Path.Exists(p));
}
