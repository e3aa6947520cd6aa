using System.Globalization;
using CsvHelper;
using Ohmformer.Files;
using Ohmformer.Lab.Charts;
using Ohmformer.Lab.Designs;
using Ohmformer.Models.Metrics;

namespace Ohmformer.Lab.Runs;

/// <summary>
/// What a run leaves behind: design.yaml (fully resolved), result.json, results.csv, diagnostics.csv, attention-snr.csv and log.txt. A result can be
/// repeated from its folder alone. A comparison leaves such a folder for each design. The folder appears complete or not at all.
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
    public static string Choose(string? path, EvaluationRequest request) => Choose(path, $"{LastName(request.Design)}-{LastName(request.Model)}");

    /// <summary>The folder of a comparison, checked before the runs start.</summary>
    /// <param name="path">The folder to make; null for runs/[time]-compare-[model] below the current folder.</param>
    /// <param name="request">What will be compared.</param>
    /// <returns>The full path; nothing is made yet.</returns>
    /// <exception cref="InputException">The folder exists with other content, or cannot be written.</exception>
    public static string Choose(string? path, ComparisonRequest request) => Choose(path, $"compare-{LastName(request.Models[0])}");

    /// <summary>The folder of a run of any kind, checked before it starts.</summary>
    /// <param name="path">The folder to make; null for runs/[time]-[name] below the current folder.</param>
    /// <param name="name">What the run is of.</param>
    internal static string Choose(string? path, string name)
    {
        if (path is { Length: 0 }) throw new InputException("the folder of the run is an empty text; name one with --output.");
        string folder = Path.GetFullPath(path ?? Unused(Default(name)));
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new InputException($"{path}: exists and is not empty; name another folder with --output.");
        AtomicFile.CheckWritable(Path.Combine(folder, ResultFileName));
        return folder;
    }

    /// <summary>Writes the folder of a run.</summary>
    /// <param name="folder">What <c>Choose</c> returned.</param>
    /// <param name="run">The run.</param>
    /// <exception cref="IOException">The folder cannot be written; nothing is left of it.</exception>
    public static void Write(string folder, EvaluationRun run) => Complete(folder, temporary => WriteRun(temporary, run));

    /// <summary>Writes the folder of a comparison: the folder of each run, named by its place, model and design, the results of all, and charts.</summary>
    /// <param name="folder">What <c>Choose</c> returned.</param>
    /// <param name="runs">The runs.</param>
    /// <exception cref="IOException">The folder cannot be written; nothing is left of it.</exception>
    public static void Write(string folder, IReadOnlyList<EvaluationRun> runs) => Complete(folder, temporary =>
    {
        bool models = runs.DistinctBy(r => r.Result.Model).Skip(1).Any();
        foreach (var (i, run) in runs.Index())
        {
            string name = models ? $"{ModelSource.ShortName(run.Result.Model)}-{run.Design.Name}" : run.Design.Name;
            WriteRun(Path.Combine(temporary, string.Create(CultureInfo.InvariantCulture, $"{i + 1}-{name}")), run);
        }
        EvaluationResult[] results = [.. runs.Select(r => r.Result)];
        ResultJson.Write(Path.Combine(temporary, ResultFileName), results);
        AtomicFile.WriteAllText(Path.Combine(temporary, TableFileName), Csv(results));
        foreach (var (file, chart) in new ComparisonCharts(results).All()) AtomicFile.WriteAllText(Path.Combine(temporary, file), Svg.Of(chart));
    });

    private static void WriteRun(string folder, EvaluationRun run)
    {
        Directory.CreateDirectory(folder);
        AtomicFile.WriteAllText(Path.Combine(folder, DesignFileName), DesignFile.Resolved(run.Design));
        ResultJson.Write(Path.Combine(folder, ResultFileName), run.Result);
        AtomicFile.WriteAllText(Path.Combine(folder, TableFileName), Csv([run.Result]));
        AtomicFile.WriteAllText(Path.Combine(folder, DiagnosticsFileName), Table(run.Result.Diagnostics.Select(Row)));
        if (run.Result.AttentionSnr is { } attention)
            AtomicFile.WriteAllText(Path.Combine(folder, AttentionFileName), Table(attention.Encoders.Select(e => new { encoder = e.Encoder, snr_decibel = e.Decibel })));
        AtomicFile.WriteAllText(Path.Combine(folder, LogFileName), string.Join('\n', run.Log) + "\n");
    }

    /// <summary>Fills a temporary folder beside the right one, then renames it.</summary>
    internal static void Complete(string folder, Action<string> fill)
    {
        string parent = Path.GetDirectoryName(folder) ?? throw new IOException($"'{folder}' cannot be a run folder.");
        string temporary = Path.Combine(parent, $".{Path.GetFileName(folder)}.{Path.GetRandomFileName()}");
        try
        {
            fill(temporary);
            if (Directory.Exists(folder)) Directory.Delete(folder);
            Directory.Move(temporary, folder);
        }
        catch
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
            throw;
        }
    }

    /// <summary>Results as a table with one row for each arithmetic and seed; the settings of designs are its last columns.</summary>
    /// <param name="results">All with settings of the same keys, one at least.</param>
    public static string Csv(IReadOnlyList<EvaluationResult> results) => Written(csv =>
    {
        csv.WriteHeader(Rows(results[0]).First().GetType());
        foreach (var setting in results[0].Settings) csv.WriteField(setting.Key);
        csv.NextRecord();
        foreach (var result in results)
        {
            foreach (object row in Rows(result))
            {
                csv.WriteRecord(row);
                foreach (var setting in result.Settings) csv.WriteField(setting.Value);
                csv.NextRecord();
            }
        }
    });

    private static string Table(IEnumerable<object> rows) => Written(csv => csv.WriteRecords(rows));

    private static string Written(Action<CsvWriter> write)
    {
        using var text = new StringWriter { NewLine = "\n" };
        using (var csv = new CsvWriter(text, new CsvHelper.Configuration.CsvConfiguration(CultureInfo.InvariantCulture) { NewLine = "\n" }))
            write(csv);
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
        object Row(string arithmetic, ulong? seed, Func<ScoreResult, (double Value, Interval Interval)> of)
        {
            var (headline, accuracy, five) = (of(result.Headline), Maybe(result.Accuracy, of), Maybe(result.Top5Accuracy, of));
            return new
            {
                design = result.Design,
                model = result.Model,
                data = result.Data,
                samples = result.Samples,
                arithmetic,
                seed,
                accuracy = accuracy?.Value,
                energy_joule = result.Cost.EnergyJoule,
                latency_second = result.Cost.LatencySecond,
                area_square_metre = result.Cost.AreaSquareMeter,
                edap = result.Cost.Edap,
                version = result.Version,
                task = result.Task,
                metric = CostResults.SnakeCase(result.Metric.ToString()),
                score = headline.Value,
                score_low = headline.Interval.Low,
                score_high = headline.Interval.High,
                accuracy_low = accuracy?.Interval.Low,
                accuracy_high = accuracy?.Interval.High,
                top5_accuracy = five?.Value,
                top5_low = five?.Interval.Low,
                top5_high = five?.Interval.High,
            };
        }
        yield return Row("float", null, s => (s.Float, s.FloatInterval));
        yield return Row("digital", null, s => (s.Digital, s.DigitalInterval));
        foreach (var (i, seed) in result.Headline.Analog.Seeds.Index()) yield return Row("analog", seed, s => (s.Analog.Values[i], s.Analog.Intervals[i]));
    }

    private static (double Value, Interval Interval)? Maybe(ScoreResult? score, Func<ScoreResult, (double Value, Interval Interval)> of) => score is null ? null : of(score);

    private static string Default(string name) => Path.Combine("runs", string.Create(CultureInfo.InvariantCulture, $"{DateTime.Now:yyyyMMdd-HHmmss}-{name}"));

    private static string LastName(string nameOrPath) => Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(nameOrPath)));

    /// <summary>The path itself, or with "-2", "-3", ... when runs of the same second have taken it.</summary>
    private static string Unused(string path) =>
        Enumerable.Range(1, int.MaxValue).Select(i => i == 1 ? path : string.Create(CultureInfo.InvariantCulture, $"{path}-{i}")).First(p => !Path.Exists(p));
}
