using System.Globalization;
using Ohmformer.Lab.Charts;
using Ohmformer.Techniques.Trex;

namespace Ohmformer.Lab.Experiments;

/// <summary>TReX (arXiv 2408.12742): Tables IV and V, its figures, and claims T1 to T13.</summary>
internal sealed class TrexExperiment : IExperiment
{
    private const int Layers = TrexFineTuning.Layers, Reuses = TrexFineTuning.ComparedReuses;

    /// <inheritdoc/>
    public PaperFolder Paper { get; } = new(
        "trex", "trex_arxiv_2024", "Moitra, Bhattacharjee, Kim, Panda: TReX - Reusing Vision Transformer's Attention for Efficient Xbar-based Computing, arXiv 2408.12742");

    /// <inheritdoc/>
    public string FullDuration => "about an hour for four models, by estimate";

    /// <inheritdoc/>
    public ExperimentReport Run(ExperimentRequest request, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        var costs = new TrexCosts(Paper);
        var models = ExperimentModels.Of(request);
        var study = new TrexStudy(request, progress, cancellation);
        var similarities = models.Select(study.Similarity).ToList();
        var noise = models.Select(study.Designs).ToList();
        var findings = costs.Findings();
        var tuning = models.Count == 0 ? null : new TrexFineTuning(request, progress, cancellation);
        IReadOnlyList<TrexTrained> trained = tuning?.Run() ?? [];
        foreach (var (id, finding) in TrexClaims.Of(similarities, noise, trained, tuning?.Samples ?? 0)) findings[id] = finding;
        return new()
        {
            Paper = Paper,
            Claims = Paper.Judge(findings),
            Tables = [costs.Table(), costs.HonestTable(), TrexCosts.Baselines(), Patterns(), .. noise.Count > 0 ? (ReportTable[])[TrainedTable(trained), TrexTogether.Table(tuning!.Combinations), NoiseTable(noise)] : []],
            Figures = [costs.Tradeoff(), PatternFigure(), .. trained.Count > 0 ? (ReportFigure[])[AccuracyFigure(trained)] : [], .. similarities.Select(Figure)],
            Conditions =
            [
                "Costs: the design trex-fefet (Tables II and III of the paper); two softmax constants are fitted to its Tables IV and V, which print neither.",
                models.Count == 0 ? "Only the exact part was run; it needs no model."
                    : $"T6 and T8: {string.Join(", ", models.Select(m => m.Name))}, without reuse; T3, T4, T5 and T7: vit-digits with reuse, fine-tuned for one epoch on {(request.Mode == ExperimentMode.Full ? "all training images" : "1,600 images (20 %)")} by cross-entropy alone, without noise and distillation, which the paper's algorithm has; {request.Seeds} noise seeds from {request.Seed} on; intervals in tables and figures are 95 % over these seeds, on the same samples.",
            ],
        };
    }

    private static ReportTable Patterns() => new(
        "patterns", $"The {ReusePattern.All(Layers, Reuses).Count} uniform patterns of {Reuses} reuses among {Layers} encoders",
        ["kind", "step", "encoders"],
        [.. ReusePattern.All(Layers, Reuses).Select(p => (IReadOnlyList<string>)[p.Kind.ToString().ToLowerInvariant(), $"{p.Step}", string.Join(' ', p.Encoders)])]);

    private static ReportFigure PatternFigure()
    {
        var patterns = ReusePattern.All(Layers, Reuses);
        return ReportFigure.Of("patterns", new()
        {
            Title = $"The {patterns.Count} uniform patterns of {Reuses} reuses among {Layers} encoders",
            Subtitle = $"in place of {ReusePattern.Subsets(Layers, Reuses):F0} subsets; each column is a pattern, each marker an encoder that reuses attention",
            X = new("pattern"),
            Y = new("encoder") { Minimum = 0, Maximum = Layers - 1 },
            Series = [.. patterns.Index().GroupBy(p => p.Item.Kind).Select(kind => new Series(
                kind.Key.ToString().ToLowerInvariant(), [.. kind.SelectMany(p => p.Item.Encoders.Select(e => new ChartPoint(p.Index + 1, e)))]) { Style = SeriesStyle.Markers })],
        });
    }

    private static ReportFigure AccuracyFigure(IReadOnlyList<TrexTrained> trained)
    {
        TrexTrained[] numbers = [trained[0], .. TrexFineTuning.Numbers.Select(n => trained.First(t => t.Reuses == n))];
        return ReportFigure.Of("accuracy-reuse", new()
        {
            Title = "vit-digits: accuracy over the encoders that reuse attention",
            Subtitle = $"fine-tuned on a small budget; the band is the 95 % interval over {trained[0].Points.Length} noise seeds",
            X = new("encoders that reuse attention"),
            Y = new("top-1 accuracy") { Unit = "%" },
            Series =
            [
                new("FeFET", [.. numbers.Select(t => Point(t))]) { Style = SeriesStyle.LineAndMarkers },
                new("float32", [.. numbers.Select(t => new ChartPoint(t.Reuses, t.Float))]) { Style = SeriesStyle.LineAndMarkers, Dashed = true },
            ],
        });

        static ChartPoint Point(TrexTrained trained)
        {
            var spread = new Comparison("", trained.Points);
            return double.IsFinite(spread.HalfWidth)
                ? new(trained.Reuses, spread.Mean) { Low = Math.Max(0, spread.Mean - spread.HalfWidth), High = Math.Min(100, spread.Mean + spread.HalfWidth) }
                : new(trained.Reuses, spread.Mean);
        }
    }

    private static ReportTable TrainedTable(IReadOnlyList<TrexTrained> trained) => new(
        "fine-tuned", "vit-digits with reuse, fine-tuned on a small budget, accuracy in % on FeFET (mean and 95 % interval over seeds)",
        ["encoders that reuse", "in place of attention", "float32", "FeFET", "±"],
        [.. trained.Select(t =>
        {
            var spread = new Comparison("", t.Points);
            return (IReadOnlyList<string>)
            [
                t.Reuse is null ? "none" : string.Join(' ', t.Reuse.Encoders), t.Reuse?.StandIn.ToString().ToLowerInvariant() ?? "", Percent(t.Float), Percent(spread.Mean),
                double.IsFinite(spread.HalfWidth) ? Percent(spread.HalfWidth) : "",
            ];
        })]);

    private static string Percent(double value) => value.ToString("F2", CultureInfo.InvariantCulture);

    private static ReportTable NoiseTable(List<TrexNoiseStudy> studies) => new(
        "devices", "Non-ideal accuracy without reuse, in % (mean over seeds)",
        ["model", "float32", .. studies[0].Points.Keys],
        [.. studies.Select(s => (IReadOnlyList<string>)[s.Model, Percent(s.Float), .. s.Points.Values.Select(p => Percent(p.Average()))])]);

    private static ReportFigure Figure(TrexSimilarity similarity) => new($"cka-{similarity.Model.Split(' ')[0]}", new HeatMap
    {
        Title = $"{similarity.Model}: likeness of the attention outputs of its encoders",
        Subtitle = $"linear CKA of the class tokens' concatenated head outputs, {similarity.Samples} samples, float32",
        Axis = "encoder",
        Names = [.. Enumerable.Range(0, similarity.Alignment.GetLength(0)).Select(i => i.ToString(CultureInfo.InvariantCulture))],
        Values = similarity.Alignment,
    }.Svg());
}
