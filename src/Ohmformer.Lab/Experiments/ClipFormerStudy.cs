using System.Globalization;
using Ohmformer.Devices;
using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Runs;
using Ohmformer.Mapping;
using Ohmformer.Techniques.ClipFormer;

namespace Ohmformer.Lab.Experiments;

/// <summary>Runs the models of ClipFormer's experiment on its hardware.</summary>
internal sealed class ClipFormerStudy
{
    /// <summary>Share of the tokens that sparse networks keep at each stage (DynamicViT).</summary>
    public const double KeepRatio = 0.7;

    /// <summary>The factor of write noise that counts as low.</summary>
    public const double LowGamma = 1;

    /// <summary>ON/OFF ratios of claim C7; the last is the hardware's.</summary>
    public static readonly double[] Ratios = [25, 50, 100];

    /// <summary>Stronger noise than the paper's, chosen by what the plain accuracy of the four standard networks loses there.</summary>
    public static readonly double[] StrongGammas = [5, 8, 12, 16, 24, 32];

    private const int ComparedSamples = 8, SideDesigns = 8;

    private static readonly TokenPruning Pruning = new() { KeepRatio = KeepRatio };

    private readonly ExperimentRequest _request;
    private readonly IProgress<PhaseProgress> _progress;
    private readonly CancellationToken _cancellation;
    private readonly ScoreRuns _runs;
    private readonly Sampling _sampling, _sweepSampling;
    private readonly Design _hardware = DesignFile.Load("clipformer-rram");

    private bool Full => _request.Mode == ExperimentMode.Full;

    /// <summary>Prepares the study.</summary>
    /// <param name="request">How thoroughly, on what.</param>
    /// <param name="progress">Is told about every sample.</param>
    /// <param name="cancellation">Stops between matrix products.</param>
    public ClipFormerStudy(ExperimentRequest request, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        (_request, _progress, _cancellation) = (request, progress, cancellation);
        _runs = new(request, progress, cancellation);
        _sampling = new(request.Samples ?? (Full ? 500 : 200), request.Seeds, ComparedSamples);
        _sweepSampling = _sampling with { Samples = (_sampling.Samples + 1) / 2, Seeds = Math.Min(_sampling.Seeds, 3) };
    }

    /// <summary>Measures all models, one after the other.</summary>
    /// <param name="models">The models.</param>
    /// <param name="published">What noise takes from the paper's network, that equal damage refers to.</param>
    public ClipFormerMeasurement Run(IReadOnlyList<ExperimentModel> models, PublishedDamage published)
    {
        ClipFormerNetwork[][] networks = [.. models.Select(m => Networks(m).ToArray())];
        foreach (var model in networks) Announce(model);
        var table = new List<ClipFormerCell>();
        var sides = new List<ClipFormerSideStudy>();
        var stress = new List<ClipFormerStress>();
        foreach (var model in networks)
        {
            table.AddRange(model.SelectMany(n => Cells(n, Gammas(ClipFormerDesigns.Gammas), ClipFormerDesigns.Settings, _hardware, _sampling)));
            sides.Add(Side(model[0].Model));
            if (Full) stress.Add(Stress(model, published));
        }
        return new(new(table, _sampling), sides, Full ? ClipFormerStress.Join(stress) : null);
    }

    /// <summary>The four networks that a model is measured as; two where none was trained with noise.</summary>
    private IEnumerable<ClipFormerNetwork> Networks(ExperimentModel model)
    {
        var vat = VatNetwork.Of(model, _request, _progress, _cancellation);
        yield return new(model.Name, ClipFormerVariant.Standard, model);
        if (vat is not null) yield return new(model.Name, ClipFormerVariant.Vat, vat);
        yield return new(model.Name, ClipFormerVariant.Sparse, model);
        if (vat is not null) yield return new(model.Name, ClipFormerVariant.SparseVat, vat);
    }

    private void Announce(ClipFormerNetwork[] model)
    {
        int cells = ClipFormerDesigns.Gammas.Count * ClipFormerDesigns.Settings.Count;
        foreach (var network in model) _runs.Announce(network.Model, cells, _sampling);
        _runs.Announce(model[0].Model, SideDesigns, _sampling);
        if (!Full) return;
        foreach (var network in model) _runs.Announce(network.Model, cells, _sampling);
        _runs.Announce(model[0].Model, StrongGammas.Length * (ClipFormerDesigns.Settings.Count + ClipFormerDesigns.Ends.Count), _sweepSampling);
        if (model.FirstOrDefault(n => n.Variant == ClipFormerVariant.Vat) is { } vat) _runs.Announce(vat.Model, StrongGammas.Length * ClipFormerDesigns.Ends.Count, _sweepSampling);
    }

    /// <summary>Stronger noise: the sweep, the noise of equal damage, and the other reading of wMax.</summary>
    private ClipFormerStress Stress(ClipFormerNetwork[] model, PublishedDamage published)
    {
        var strong = Gammas(StrongGammas);
        var standard = model[0];
        var sweep = Cells(standard, strong, ClipFormerDesigns.Settings, _hardware, _sweepSampling);
        var damage = EqualDamage(standard, sweep, published);
        var equal = model.SelectMany(n => Cells(n, damage, ClipFormerDesigns.Settings, _hardware, _sampling)).ToList();
        if (model.FirstOrDefault(n => n.Variant == ClipFormerVariant.Vat) is { } vat) sweep.AddRange(Cells(vat, strong, ClipFormerDesigns.Ends, _hardware, _sweepSampling));
        var perTensor = Cells(standard, strong, ClipFormerDesigns.Ends, PerTensor(_hardware), _sweepSampling);
        return new(sweep, perTensor, _sweepSampling, new(equal, _sampling));
    }

    /// <summary>The noise at which the plain standard network loses what the paper's loses at its gammas; a level that it does not reach is left out.</summary>
    private static List<(double Level, double Gamma)> EqualDamage(ClipFormerNetwork standard, List<ClipFormerCell> sweep, PublishedDamage published)
    {
        double chance = 100.0 / ModelSource.Load(standard.Model.Model).Spec.Classes;
        (double, double)[] damage = [.. sweep.Where(c => c.Setting == ClipFormerDesigns.Settings[0]).Select(c => (c.Gamma, PublishedDamage.Of(c.Float, c.Mean, chance)))];
        return [.. from level in ClipFormerDesigns.Gammas
            let gamma = PublishedDamage.Crossing(damage, published.At(level))
            where gamma is not null
            select (level, Math.Round(gamma.Value, 1))];
    }

    private static List<(double Level, double Gamma)> Gammas(IEnumerable<double> gammas) => [.. gammas.Select(g => (g, g))];

    private List<ClipFormerCell> Cells(
        ClipFormerNetwork network, List<(double Level, double Gamma)> noise, IReadOnlyList<(double Alpha, double Beta)> settings, Design hardware, Sampling sampling)
    {
        var pruning = network.IsSparse ? Pruning : null;
        var keys = (from n in noise from setting in settings select (n.Level, n.Gamma, Setting: setting)).ToList();
        double floating = _runs.Float(network.Model, pruning, sampling.Samples);
        var scores = _runs.Run(network.Model, [.. keys.Select(k => Of(hardware, k.Gamma, k.Setting, network.IsSparse) with { TokenPruning = pruning })], sampling);
        return [.. keys.Zip(scores, (key, score) => new ClipFormerCell(network.Name, network.Variant, floating, key.Level, key.Gamma, key.Setting, score))];
    }

    private ClipFormerSideStudy Side(ExperimentModel model)
    {
        var settings = ClipFormerDesigns.Settings.Skip(1).ToList();
        Design[] designs =
        [
            .. settings.Select(s => Of(_hardware, LowGamma, s, isSparse: false)),
            .. Ratios.Select(r => WithReadNoise(ClipFormerDesigns.WithOnOffRatio(_hardware, r), 0, 0) with { Name = $"write noise, ON/OFF {r}" }),
            WithReadNoise(ClipFormerDesigns.Of(_hardware, 0, 0, 1), weights: null, attention: 0) with { Name = "read noise of weights" },
        ];
        double[][] points = [.. _runs.Run(model, designs, _sampling with { Compared = 0 }).Select(s => s.Points.ToArray())];
        return new(
            model.Name,
            settings.Zip(points).ToDictionary(p => p.First, p => p.Second),
            Ratios.Zip(points.Skip(settings.Count)).ToDictionary(p => p.First, p => p.Second),
            points[^1]);
    }

    private static Design Of(Design hardware, double gamma, (double Alpha, double Beta) setting, bool isSparse) => ClipFormerDesigns.Of(hardware, gamma, setting.Alpha, setting.Beta) with
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"{(isSparse ? "sparse, " : "")}gamma {gamma}, {ClipFormerCell.TextOf(setting)}"),
    };

    /// <summary>One wMax for the K, or V, of all heads of an input.</summary>
    private static Design PerTensor(Design design)
    {
        var heads = new OperandQuantization { Granularity = Granularity.Heads };
        return design with { Quantization = (design.Quantization ?? new()) with { Keys = heads, Values = heads } };
    }

    /// <summary>A design with other read noise; null keeps it.</summary>
    private static Design WithReadNoise(Design design, double? weights, double? attention)
    {
        return design with { Weights = With(design.Weights, weights), Attention = With(design.DynamicMacro, attention) };

        static Arrays.MacroSpec With(Arrays.MacroSpec macro, double? noise) => noise is null ? macro : macro with { Device = (RramSpec)macro.Device with { ReadNoise = noise.Value } };
    }
}
