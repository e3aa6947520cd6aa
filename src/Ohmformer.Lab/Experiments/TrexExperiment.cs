using System.Globalization;
using Ohmformer.Lab.Charts;
using Ohmformer.Techniques.Trex;

namespace Ohmformer.Lab.Experiments;

/// <summary>TReX (arXiv 2408.12742): Tables IV and V, its figures, and claims T1 to T13.</summary>
internal sealed class TrexExperiment : IExperiment
{
    private const int Layers = 12, Reuses = 5;

    /// <inheritdoc/>
    public PaperFolder Paper { get; } = new(
        "trex", "trex_arxiv_2024", "Moitra, Bhattacharjee, Kim, Panda: TReX - Reusing Vision Transformer's Attention for Efficient Xbar-based Computing, arXiv 2408.12742");

    /// <inheritdoc/>
    public string FullDuration => "about an hour for four models";

    /// <inheritdoc/>
    public ExperimentReport Run(ExperimentRequest request, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        var costs = new TrexCosts(Paper);
        var models = ExperimentModels.Of(request);
        var study = new TrexStudy(request, progress, cancellation);
        var similarities = models.Select(study.Similarity).ToList();
        var noise = models.Select(study.Designs).ToList();
        var findings = costs.Findings();
        foreach (var (id, finding) in TrexClaims.Of(similarities, noise)) findings[id] = finding;
        return new()
        {
            Paper = Paper,
            Claims = Paper.Judge(findings),
            Tables = [costs.Table(), costs.HonestTable(), TrexCosts.Baselines(), Patterns(), .. noise.Count > 0 ? (ReportTable[])[NoiseTable(noise)] : []],
            Figures = [costs.Tradeoff(), PatternFigure(), .. similarities.Select(Figure)],
            Conditions =
            [
                "Costs: the design trex-fefet (Tables II and III of the paper); two softmax constants are fitted to its Tables IV and V, which print neither.",
                models.Count == 0 ? "Only the exact part was run; it needs no model."
                    : $"Models: {string.Join(", ", models.Select(m => m.Name))}, without reuse; {request.Seeds} noise seeds from {request.Seed} on; intervals are 95 % over these seeds, on the same samples.",
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

    private static ReportTable NoiseTable(IReadOnlyList<TrexNoiseStudy> studies) => new(
        "devices", "Non-ideal accuracy without reuse, in % (mean over seeds)",
        ["model", "float32", .. studies[0].Points.Keys],
        [.. studies.Select(s => (IReadOnlyList<string>)[s.Model, s.Float.ToString("F2", CultureInfo.InvariantCulture), .. s.Points.Values.Select(p => p.Average().ToString("F2", CultureInfo.InvariantCulture))])]);

    private static ReportFigure Figure(TrexSimilarity similarity) => new($"cka-{similarity.Model.Split(' ')[0]}", new HeatMap
    {
        Title = $"{similarity.Model}: likeness of the attention outputs of its encoders",
        Subtitle = $"linear CKA of the class tokens' concatenated head outputs, {similarity.Samples} samples, float32",
        Axis = "encoder",
        Names = [.. Enumerable.Range(0, similarity.Alignment.GetLength(0)).Select(i => i.ToString(CultureInfo.InvariantCulture))],
        Values = similarity.Alignment,
    }.Svg());
}
