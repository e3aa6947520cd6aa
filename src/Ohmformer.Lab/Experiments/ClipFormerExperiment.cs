using System.Globalization;
using Ohmformer.Lab.Charts;
using Ohmformer.Techniques.ClipFormer;

namespace Ohmformer.Lab.Experiments;

/// <summary>ClipFormer (arXiv 2402.02586): Table II, its figures, and claims C1 to C11.</summary>
internal sealed class ClipFormerExperiment : IExperiment
{
    /// <inheritdoc/>
    public PaperFolder Paper { get; } = new(
        "clipformer", "clipformer_arxiv_2024", "Bhattacharjee, Moitra, Panda: ClipFormer: Key-Value Clipping of Transformers on Memristive Crossbars for Write Noise Mitigation, arXiv 2402.02586");

    /// <inheritdoc/>
    public string FullDuration => "hours for four models, by estimate";

    /// <inheritdoc/>
    public ExperimentReport Run(ExperimentRequest request, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        var models = ExperimentModels.Of(request);
        var measured = models.Count > 0 ? new ClipFormerStudy(request, progress, cancellation).Run(models) : null;
        return new()
        {
            Paper = Paper,
            Claims = Paper.Judge(ClipFormerClaims.Of(Paper, measured)),
            Tables = [.. measured is null ? (ReportTable[])[] : [Summary(measured)], Published(), Hardware(), .. measured is null ? (ReportTable[])[] : [Table(measured)]],
            Figures = measured is null ? [] : [.. measured.Networks.Where(n => n.Key.Variant == ClipFormerVariant.Standard).SelectMany(Figures)],
            Conditions = Conditions(request, models, measured),
        };
    }

    private static List<string> Conditions(ExperimentRequest request, IReadOnlyList<ExperimentModel> models, ClipFormerMeasurement? measured)
    {
        List<string> conditions = ["Hardware: the design clipformer-rram (Table I of the paper): write and read noise drawn per 8-bit weight, 64 x 64 crossbars, R = 100."];
        if (measured is null) return [.. conditions, "Only the exact part was run; it needs no model."];
        var score = measured.Cells[0].Score.Score;
        return
        [
            .. conditions,
            $"Models: {string.Join(", ", models.Select(m => m.Name))}; the first {measured.Samples} samples of their evaluation data; small trained networks stand in for those of the paper.",
            $"{score.Seeds.Count} noise seeds from {score.Seeds[0]} on; intervals in tables and figures are 95 % over these seeds, on the same samples.",
            string.Create(CultureInfo.InvariantCulture, $"Sparse: token pruning without retraining keeps {ClipFormerStudy.KeepRatio} of the tokens behind a quarter, a half and three quarters of the encoders."),
        ];
    }

    private static ReportTable Table(ClipFormerMeasurement measured) => new(
        "table2-ours", "Every setting, top-1 accuracy in % (mean and 95 % interval over seeds) and mean SNR of attention",
        ["model", "variant", "float32", "gamma", "alpha", "beta", "accuracy", "±", "mean SNR dB", .. measured.Cells[0].Score.Score.Seeds.Select(s => $"seed {s}")],
        [.. measured.Cells.Select(c => (IReadOnlyList<string>)
        [
            c.Model, VariantText(c.Variant), N(c.Float), N(c.Gamma, "0.##"), N(c.Setting.Alpha, "0.##"), N(c.Setting.Beta, "0.##"),
            N(c.Mean), N(new Comparison("", c.Points).HalfWidth), N(c.Snr), .. c.Points.Select(p => N(p)),
        ])]);

    private static ReportTable Summary(ClipFormerMeasurement measured) => new(
        "table2-summary", "Ours in the form of Table II",
        ["model", "float32", "gamma", "plain", "ClipFormer", "best (alpha, beta)"],
        [.. from network in measured.Networks
            from gamma in ClipFormerDesigns.Gammas
            let plain = network.Single(c => c.Gamma == gamma && c.SettingText == "plain")
            let best = ClipFormerClaims.Best(network, gamma)
            select (IReadOnlyList<string>)[NameOf(network.Key), N(plain.Float), N(gamma, "0.##"), N(plain.Mean), N(best.Mean), best.SettingText]]);

    private ReportTable Published() => new(
        "table2-paper", "Table II of the paper: ImageNet-1k top-1 accuracy in %",
        ["model", "software", "gamma", "plain", "ClipFormer", "best (alpha, beta)"],
        [.. Paper.Rows("table2.csv").Select(r => (IReadOnlyList<string>)[r["model"], r["software"], r["gamma"], r["plain"], r["clipformer"], $"({r["best_alpha"]}, {r["best_beta"]})"])]);

    private ReportTable Hardware() => new(
        "hardware", "Attention on the hardware of Table I, and what beta = 0.25 saves",
        ["network", "area mm2, paper", "ours", "area saved %, paper", "ours", "energy saved %, paper", "ours"],
        [.. ClipFormerClaims.Costs().Zip(Paper.Rows("hardware.csv"), (ours, paper) => (IReadOnlyList<string>)
            [ours.Network, paper["area_mm2"], N(ours.Area, "F1"), paper["area_saved_percent"], N(ours.AreaSaved), paper["energy_saved_percent"], N(ours.EnergySaved)])]);

    private static IEnumerable<ReportFigure> Figures(IGrouping<(string Model, ClipFormerVariant Variant), ClipFormerCell> network)
    {
        string file = FileName(network.Key.Model);
        yield return ReportFigure.Of($"accuracy-gamma-{file}", new()
        {
            Title = $"{network.Key.Model}: accuracy over write noise",
            Subtitle = $"(alpha, beta) of the transform; bands are 95 % intervals over {network.First().Points.Length} noise seeds; float32 {N(network.First().Float)} %",
            X = new("gamma, factor of write noise") { Categories = [.. ClipFormerDesigns.Gammas.Select(g => N(g, "0.##"))] },
            Y = new("top-1 accuracy") { Unit = "%" },
            Series = [.. network.GroupBy(c => c.SettingText).Select(s => new Series(s.Key, [.. s.Select((c, i) => Point(i, c))]) { Style = SeriesStyle.LineAndMarkers })],
        });
        yield return ReportFigure.Of($"accuracy-snr-{file}", new()
        {
            Title = $"{network.Key.Model}: accuracy over the mean SNR of attention",
            Subtitle = "every gamma and setting; intervals are 95 % over noise seeds",
            X = new("mean SNR over the encoders") { Unit = "dB" },
            Y = new("top-1 accuracy") { Unit = "%" },
            Series = [.. network.GroupBy(c => c.Gamma).Select(g => new Series($"gamma {g.Key}", [.. g.Select(c => Point(c.Snr, c) with { Label = c.SettingText })]) { Style = SeriesStyle.Markers })],
            Height = 480,
        });
        yield return ReportFigure.Of($"snr-encoders-{file}", new()
        {
            Title = $"{network.Key.Model}: SNR of attention in every encoder",
            Subtitle = $"gamma {N(ClipFormerDesigns.Gammas[^1], "0.##")}",
            X = new("encoder"),
            Y = new("SNR") { Unit = "dB" },
            Series = [.. network.Where(c => c.Gamma == ClipFormerDesigns.Gammas[^1] && c.Score.AttentionSnr is not null).Select(c =>
                new Series(c.SettingText, [.. c.Score.AttentionSnr!.Encoders.Select((e, i) => new ChartPoint(i, e.Decibel))]) { Style = SeriesStyle.LineAndMarkers })],
        });
    }

    private static ChartPoint Point(double x, ClipFormerCell cell)
    {
        double half = new Comparison("", cell.Points).HalfWidth;
        return double.IsFinite(half) ? new(x, cell.Mean) { Low = Math.Max(0, cell.Mean - half), High = Math.Min(100, cell.Mean + half) } : new(x, cell.Mean);
    }

    private static string NameOf((string Model, ClipFormerVariant Variant) network) => network.Variant switch
    {
        ClipFormerVariant.Vat => $"{network.Model} + VAT",
        ClipFormerVariant.Sparse => $"Sparse {network.Model}",
        _ => network.Model,
    };

    private static string VariantText(ClipFormerVariant variant) => variant == ClipFormerVariant.Vat ? "VAT" : variant.ToString().ToLowerInvariant();

    private static string FileName(string model) => model.Split(' ')[0];

    private static string N(double value, string format = "F2") => double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : "";
}
