using System.Globalization;
using Ohmformer.Lab.Runs;

namespace Ohmformer.Lab.Experiments;

/// <summary>TReX (arXiv 2408.12742): Tables IV and V, its figures, and claims T1 to T13.</summary>
internal sealed class TrexExperiment : IExperiment
{
    private const int Layers = 12, Reuses = 5, TogetherSamples = 100, TogetherSeeds = 3;

    /// <inheritdoc/>
    public PaperFolder Paper { get; } = new(
        "trex", "trex_arxiv_2024", "Moitra, Bhattacharjee, Kim, Panda: TReX - Reusing Vision Transformer's Attention for Efficient Xbar-based Computing, arXiv 2408.12742");

    /// <inheritdoc/>
    public string FullDuration => "about 30 minutes for five models, by estimate from 56 minutes of processor time";

    /// <inheritdoc/>
    public ExperimentReport Run(ExperimentRequest request, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        if (request.Parts is { } parts) return Run(request, parts, progress, cancellation);
        var temporary = Directory.CreateTempSubdirectory("ohmformer-trex-");
        try
        {
            return Run(request, temporary.FullName, progress, cancellation);
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }

    private ExperimentReport Run(ExperimentRequest request, string parts, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        var costs = new TrexCosts(Paper);
        var models = ExperimentModels.Of(request, texts: true).Where(m => !ExperimentModels.IsText(m)).ToList();
        var study = new TrexStudy(request, progress, cancellation);
        var similarities = models.Select(study.Similarity).ToList();
        List<TrexModelResult> results = [.. models.Select(Study)], texts = [.. ExperimentModels.Of(request, texts: true).Where(ExperimentModels.IsText).Select(Study)];
        List<TrexCombination> combinations = [.. results.Where(r => r.Model == EvaluationRequest.DefaultModel).SelectMany(r => Together(request, r, new(parts), progress, cancellation))];
        var findings = costs.Findings();
        foreach (var (id, finding) in new TrexClaims(similarities, results, texts).Findings()) findings[id] = finding;
        List<TrexModelResult> all = [.. results, .. texts];
        return new()
        {
            Paper = Paper,
            Claims = Paper.Judge(findings),
            Tables = [costs.Table(), costs.HonestTable(), TrexCosts.Baselines(), TrexTables.Patterns(Layers, Reuses), .. all.Count > 0 ? Measured(all, combinations) : []],
            Figures = [costs.Tradeoff(), TrexFigures.Patterns(Layers, Reuses), .. all.SelectMany(TrexFigures.Of), .. similarities.Select(TrexFigures.Similarity)],
            Conditions = Conditions(request, all),
        };

        TrexModelResult Study(ExperimentModel model) => TrexModelStudy.Run(model, request, parts, progress, cancellation);
    }

    private static ReportTable[] Measured(List<TrexModelResult> models, List<TrexCombination> combinations) =>
        [TrexTables.Tuned(models), TrexTables.Techniques(models), TrexTables.Partial(models), TrexTables.Devices(models), .. combinations.Count > 0 ? (ReportTable[])[TrexTogether.Table(combinations)] : []];

    /// <summary>ClipFormer on the original model and on the one with the compared number of reuses.</summary>
    private static List<TrexCombination> Together(ExperimentRequest request, TrexModelResult model, KeptParts parts, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        var asked = new EvaluationRequest
        {
            Model = EvaluationRequest.DefaultModel,
            Data = ExperimentModels.ShippedDigits,
            Samples = request.Samples ?? TogetherSamples,
            NoiseSeeds = Math.Min(request.Seeds, TogetherSeeds),
            Seed = request.Seed,
            Threads = request.Threads,
        };
        var reuse = model.Best[model.Budget.Compared!.Value];
        return
        [
            .. TrexTogether.Of(asked.Model, model.Spec, asked, parts, new NamedProgress(asked.Model, progress), cancellation),
            .. TrexTogether.Of($"{asked.Model}, {reuse.Encoders.Count} reuses", model.Spec with { Reuse = reuse }, asked with { Model = model.ComparedFolder! }, parts, new NamedProgress("TReX", progress), cancellation),
        ];
    }

    private static List<string> Conditions(ExperimentRequest request, List<TrexModelResult> models)
    {
        const string cost = "Costs: the design trex-fefet (Tables II and III of the paper); two softmax constants are fitted to its Tables IV and V, which print neither.";
        if (models.Count == 0) return [cost, "Only the exact part was run; it needs no model."];
        return
        [
            cost,
            "Training: the recipe trex (noise of FeFET cells, distillation from the original model), for every network in the same way, that without reuse and those of other techniques included; the best pattern by loss after partial training is fine-tuned. Small trained networks stand in for those of the paper.",
            .. models.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Model}: {m.Budget}; {m.Samples} test samples, {m.PartialSamples} for patterns{(m.ArraySamples == 0 ? "" : $", {m.ArraySamples} on arrays")}.")),
            $"{request.Seeds} noise seeds; intervals of verdicts also contain the spread of trainings that differ in their seed alone, pooled over all networks. Without a second training no interval is finite, so an ordering is a trend at most.",
        ];
    }
}
