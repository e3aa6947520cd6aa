using System.Globalization;
using Ohmformer.Devices;
using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Runs;
using Ohmformer.Mapping;
using Ohmformer.Techniques.ClipFormer;

namespace Ohmformer.Lab.Experiments;

/// <summary>One of the networks of ClipFormer's Table II.</summary>
internal enum ClipFormerVariant
{
    /// <summary>As it was trained.</summary>
    Standard,

    /// <summary>Trained with noise.</summary>
    Vat,

    /// <summary>With fewer tokens.</summary>
    Sparse,
}

/// <summary>One cell of Table II.</summary>
/// <param name="Model">The model.</param>
/// <param name="Variant">What was done to it.</param>
/// <param name="Float">Accuracy in single precision, in percent.</param>
/// <param name="Gamma">Factor of write noise.</param>
/// <param name="Setting">Alpha and beta; (0, 1) is plain.</param>
/// <param name="Score">Accuracy and SNR.</param>
internal sealed record ClipFormerCell(string Model, ClipFormerVariant Variant, double Float, double Gamma, (double Alpha, double Beta) Setting, DesignScore Score)
{
    /// <summary>Accuracy of each seed, in percent.</summary>
    public double[] Points => [.. Score.Score.Values.Select(v => 100 * v)];

    /// <summary>Mean accuracy in percent.</summary>
    public double Mean => 100 * Score.Score.Mean;

    /// <summary>Mean SNR of the attention blocks in dB; NaN where nothing was measured.</summary>
    public double Snr => Score.AttentionSnr?.MeanDecibel ?? double.NaN;

    /// <summary>The setting for people.</summary>
    public string SettingText => TextOf(Setting);

    /// <summary>A setting for people.</summary>
    public static string TextOf((double Alpha, double Beta) setting) =>
        setting == ClipFormerDesigns.Settings[0] ? "plain" : string.Create(CultureInfo.InvariantCulture, $"({setting.Alpha}, {setting.Beta})");
}

/// <summary>Accuracies of one model on designs beside Table II, of each seed, in percent.</summary>
/// <param name="Model">The model.</param>
/// <param name="LowNoise">At gamma 1, by setting.</param>
/// <param name="WriteOnly">Write noise at gamma 3 alone, by ON/OFF ratio.</param>
/// <param name="ReadOnly">Read noise on weights alone.</param>
internal sealed record ClipFormerSideStudy(
    string Model, IReadOnlyDictionary<(double Alpha, double Beta), double[]> LowNoise, IReadOnlyDictionary<double, double[]> WriteOnly, double[] ReadOnly);

/// <summary>Everything that was measured.</summary>
/// <param name="Cells">The cells of Table II.</param>
/// <param name="Sides">The other studies, one for each model.</param>
/// <param name="Samples">Samples of each model.</param>
internal sealed record ClipFormerMeasurement(IReadOnlyList<ClipFormerCell> Cells, IReadOnlyList<ClipFormerSideStudy> Sides, int Samples)
{
    /// <summary>Every model and variant, with its cells.</summary>
    public IReadOnlyList<IGrouping<(string Model, ClipFormerVariant Variant), ClipFormerCell>> Networks => [.. Cells.GroupBy(c => (c.Model, c.Variant))];
}

/// <summary>Runs the models of ClipFormer's experiment on its hardware.</summary>
internal sealed class ClipFormerStudy(ExperimentRequest request, IProgress<PhaseProgress> progress, CancellationToken cancellation)
{
    /// <summary>Share of the tokens that sparse networks keep at each stage (DynamicViT).</summary>
    public const double KeepRatio = 0.7;

    /// <summary>The factor of write noise that counts as low.</summary>
    public const double LowGamma = 1;

    /// <summary>ON/OFF ratios of claim C7; the last is the hardware's.</summary>
    public static readonly double[] Ratios = [25, 50, 100];

    private const int MeasuredSamples = 8;

    private int Samples => request.Samples ?? (request.Mode == ExperimentMode.Full ? 500 : 200);

    private readonly Design _hardware = DesignFile.Load("clipformer-rram");

    /// <summary>Measures all models.</summary>
    public ClipFormerMeasurement Run(IReadOnlyList<ExperimentModel> models)
    {
        var cells = new List<ClipFormerCell>();
        var sides = new List<ClipFormerSideStudy>();
        foreach (var model in models)
        {
            cells.AddRange(Table(model, ClipFormerVariant.Standard));
            if (ExperimentModels.Vat(model, request.Data) is { } vat) cells.AddRange(Table(vat, ClipFormerVariant.Vat).Select(c => c with { Model = model.Name }));
            cells.AddRange(Table(model, ClipFormerVariant.Sparse));
            sides.Add(Side(model));
        }
        return new(cells, sides, Samples);
    }

    private IEnumerable<ClipFormerCell> Table(ExperimentModel model, ClipFormerVariant variant)
    {
        var pruning = variant == ClipFormerVariant.Sparse ? new TokenPruning { KeepRatio = KeepRatio } : null;
        var keys = (from gamma in ClipFormerDesigns.Gammas from setting in ClipFormerDesigns.Settings select (gamma, setting)).ToList();
        double floating = 100 * DesignScores.Float(Request(model), pruning, Named(model.Name), cancellation);
        var scores = Scores(model, keys.Select(k => Of(k.gamma, k.setting, variant) with { TokenPruning = pruning }), MeasuredSamples);
        return keys.Zip(scores, (key, score) => new ClipFormerCell(model.Name, variant, floating, key.gamma, key.setting, score));
    }

    private ClipFormerSideStudy Side(ExperimentModel model)
    {
        var settings = ClipFormerDesigns.Settings.Skip(1).ToList();
        Design[] designs =
        [
            .. settings.Select(s => Of(LowGamma, s, ClipFormerVariant.Standard)),
            .. Ratios.Select(r => WithReadNoise(ClipFormerDesigns.WithOnOffRatio(_hardware, r), 0, 0) with { Name = $"write noise, ON/OFF {r}" }),
            WithReadNoise(ClipFormerDesigns.Of(_hardware, 0, 0, 1), weights: null, attention: 0) with { Name = "read noise of weights" },
        ];
        double[][] points = [.. Scores(model, designs, measured: 0).Select(s => s.Score.Values.Select(v => 100 * v).ToArray())];
        return new(
            model.Name,
            settings.Zip(points).ToDictionary(p => p.First, p => p.Second),
            Ratios.Zip(points.Skip(settings.Count)).ToDictionary(p => p.First, p => p.Second),
            points[^1]);
    }

    private Design Of(double gamma, (double Alpha, double Beta) setting, ClipFormerVariant variant) => ClipFormerDesigns.Of(_hardware, gamma, setting.Alpha, setting.Beta) with
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"{(variant == ClipFormerVariant.Sparse ? "sparse, " : "")}gamma {gamma}, {ClipFormerCell.TextOf(setting)}"),
    };

    /// <summary>A design with other read noise; null keeps it.</summary>
    private static Design WithReadNoise(Design design, double? weights, double? attention)
    {
        return design with { Weights = With(design.Weights, weights), Attention = With(design.DynamicMacro, attention) };

        static Arrays.MacroSpec With(Arrays.MacroSpec macro, double? noise) => noise is null ? macro : macro with { Device = (RramSpec)macro.Device with { ReadNoise = noise.Value } };
    }

    private IReadOnlyList<DesignScore> Scores(ExperimentModel model, IEnumerable<Design> designs, int measured) =>
        DesignScores.Run(Request(model), designs, measured, Named(model.Name), cancellation);

    private EvaluationRequest Request(ExperimentModel model) => new()
    {
        Model = model.Model,
        Data = model.Data,
        Samples = Samples,
        NoiseSeeds = request.Seeds,
        Seed = request.Seed,
        Threads = request.Threads,
    };

    private NamedProgress Named(string model) => new(model, progress);
}
