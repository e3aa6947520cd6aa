using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Runs;
using Ohmformer.Lab.Zoo;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;

namespace Ohmformer.Lab.Experiments;

/// <summary>How much is measured.</summary>
/// <param name="Samples">Samples.</param>
/// <param name="Seeds">Noise seeds.</param>
/// <param name="Compared">First samples whose attention blocks are compared with ideal ones.</param>
internal readonly record struct Sampling(int Samples, int Seeds, int Compared)
{
    /// <summary>Forward passes on one design.</summary>
    public long Passes => (long)Samples * Seeds;
}

/// <summary>Measures networks on designs. What is finished is kept and not measured again; the progress tells the time that is left.</summary>
internal sealed class ScoreRuns(ExperimentRequest request, IProgress<PhaseProgress> progress, CancellationToken cancellation)
{
    private readonly ScoreJournal _journal = new(request.Parts);
    private readonly Dictionary<string, (string Identity, double Macs)> _networks = [];
    private readonly Stopwatch _clock = new();
    private double _measured, _left;

    /// <summary>Announces designs that will be measured, for the time that is left.</summary>
    /// <param name="model">The network.</param>
    /// <param name="designs">How many designs.</param>
    /// <param name="sampling">How much on each.</param>
    public void Announce(ExperimentModel model, int designs, Sampling sampling) => _left += designs * Work(model, sampling);

    /// <summary>The metric in single precision, in percent.</summary>
    /// <param name="model">The network.</param>
    /// <param name="pruning">Tokens that drop out; null for none.</param>
    /// <param name="samples">Samples.</param>
    /// <exception cref="Files.InputException">The model or the data cannot be used.</exception>
    public double Float(ExperimentModel model, TokenPruning? pruning, int samples)
    {
        string what = $"{model.Name}: float32{(pruning is null ? "" : ", sparse")}", key = Key(model, $"{samples}\nfloat32 {pruning}");
        if (_journal.Find(key) is { } kept) return kept.Points[0];
        double value = 100 * DesignScores.Float(Asked(model, new(samples, 1, 0)), pruning, new NamedProgress(model.Name, progress), cancellation);
        _journal.Add(new(key, what, [value], []));
        return value;
    }

    /// <summary>The scores of a network on designs.</summary>
    /// <param name="model">The network.</param>
    /// <param name="designs">The designs.</param>
    /// <param name="sampling">How much on each.</param>
    /// <returns>Shape [designs].</returns>
    /// <exception cref="Files.InputException">The model, the data or a design cannot be used.</exception>
    public IReadOnlyList<KeptScore> Run(ExperimentModel model, IReadOnlyList<Design> designs, Sampling sampling)
    {
        string[] keys = [.. designs.Select(d => Key(model, string.Create(
            CultureInfo.InvariantCulture, $"{sampling.Samples} {sampling.Seeds} {sampling.Compared} {request.Seed}\n{DesignFile.Resolved(d)}")))];
        int[] missing = [.. Enumerable.Range(0, keys.Length).Where(i => _journal.Find(keys[i]) is null)];
        _left -= (designs.Count - missing.Length) * Work(model, sampling);
        if (missing.Length > 0) Measure(model, [.. missing.Select(i => (keys[i], designs[i]))], sampling);
        return [.. keys.Select(k => _journal.Find(k)!)];
    }

    private void Measure(ExperimentModel model, IReadOnlyList<(string Key, Design Design)> cells, Sampling sampling)
    {
        var named = new NamedProgress(model.Name, new WithTimeLeft(this));
        _clock.Start();
        foreach (var (cell, score) in cells.Zip(DesignScores.OneByOne(Asked(model, sampling), cells.Select(c => c.Design), sampling.Compared, named, cancellation)))
        {
            double work = Work(model, sampling);
            (_measured, _left) = (_measured + work, _left - work);
            _journal.Add(new(cell.Key, $"{model.Name}: {cell.Design.Name}", [.. score.Score.Values.Select(v => 100 * v)], score.AttentionSnr?.Encoders ?? []));
        }
        _clock.Stop();
    }

    private EvaluationRequest Asked(ExperimentModel model, Sampling sampling) => new()
    {
        Model = model.Model,
        Data = model.Data,
        Samples = sampling.Samples,
        NoiseSeeds = sampling.Seeds,
        Seed = request.Seed,
        Threads = request.Threads,
    };

    private double Work(ExperimentModel model, Sampling sampling) => sampling.Passes * Network(model).Macs;

    private string Key(ExperimentModel model, string what) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Network(model).Identity}\n{what}")));

    private (string Identity, double Macs) Network(ExperimentModel model)
    {
        if (_networks.TryGetValue(model.Model, out var known)) return known;
        string folder = ModelSource.Folder(model.Model);
        byte[] weights = SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, Checkpoint.WeightsFile)));
        string identity = $"{Convert.ToHexStringLower(weights)} {DataIdentity(model)}";
        return _networks[model.Model] = (identity, TransformerWorkload.Of(Checkpoint.Load(folder).Spec).Macs);
    }

    /// <summary>Name and bytes of the data; what the card names where nothing else is named.</summary>
    private static string DataIdentity(ExperimentModel model)
    {
        if (model.Data is null) return EvaluationDefaults.Of(model.Model).Data ?? "";
        long bytes = File.Exists(model.Data) ? new FileInfo(model.Data).Length : new DirectoryInfo(model.Data).EnumerateFiles().Sum(f => f.Length);
        return string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(model.Data))} {bytes}");
    }

    private sealed class WithTimeLeft(ScoreRuns runs) : IProgress<PhaseProgress>
    {
        public void Report(PhaseProgress value) => runs.Forward(value);
    }

    private void Forward(PhaseProgress value)
    {
        string? left = _measured > 0 ? $"{DurationText.Of(_clock.Elapsed * (_left / _measured))} left for everything" : null;
        progress.Report(value with { Detail = left });
    }
}
