using System.Globalization;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;
using Ohmformer.Techniques.Trex;

namespace Ohmformer.Lab.Experiments;

/// <summary>The tables of the study of TReX.</summary>
internal static class TrexTables
{
    private static readonly Design FeFet = DesignFile.Load(TrexModelStudy.Hardware);

    /// <summary>The uniform patterns.</summary>
    /// <param name="layers">Encoders.</param>
    /// <param name="reuses">Encoders that reuse.</param>
    public static ReportTable Patterns(int layers, int reuses)
    {
        var patterns = ReusePattern.All(layers, reuses);
        return new(
            "patterns", $"The {patterns.Count} uniform patterns of {reuses} reuses among {layers} encoders",
            ["kind", "step", "encoders"],
            [.. patterns.Select(p => (IReadOnlyList<string>)[Word(p.Kind), $"{p.Step}", string.Join(' ', p.Encoders)])]);
    }

    /// <summary>Every training of every network, with cost and accuracy.</summary>
    public static ReportTable Tuned(IReadOnlyList<TrexModelResult> models) => new(
        "fine-tuned", "Every network that was fine-tuned, a training each: accuracy in % in single precision, with the noise of training (mean over noise seeds) and on FeFET arrays; EDAP gain with everything counted",
        ["model", "network", "encoders that reuse", "training", "float32", "noise", "± noise seeds", "arrays", "EDAP gain"],
        [.. from model in models
            let baseline = new TrexNetwork().Cost(FeFet, model.Spec).EdapMilli
            from tuned in model.Tuned
            let network = tuned.Network
            select (IReadOnlyList<string>)
            [
                model.Model, network.Words, network.Reuse is { } reuse ? string.Join(' ', reuse.Encoders) : "", $"{network.Seed}", N(tuned.Accuracy.Float), N(tuned.Accuracy.Mean),
                N(new Comparison("", tuned.Accuracy.Noisy).HalfWidth), N(model.Arrays.FirstOrDefault(a => a.Network == network && a.Design == TrexModelStudy.Hardware)?.Points.Average()),
                N(baseline / network.Cost(FeFet, model.Spec).EdapMilli) + "x",
            ]]);

    /// <summary>Patterns and random subsets after partial training, and after full training where there is one.</summary>
    public static ReportTable Partial(IReadOnlyList<TrexModelResult> models) => new(
        "partial", "Patterns and random subsets after one epoch on a share of the training samples: mean cross-entropy of the share, by which TReX ranks, and accuracy on test samples in %; accuracy after fine-tuning where it was done",
        ["model", "kind", "encoders that reuse", "loss", "rank among patterns", "float32", "noise", "noise, fine-tuned"],
        [.. from model in models
            from pattern in model.Patterns
            let rank = 1 + model.Patterns.Count(p => p.Kind is not null && p.Loss < pattern.Loss)
            select (IReadOnlyList<string>)
            [
                model.Model, pattern.Kind is { } kind ? Word(kind) : "random", string.Join(' ', pattern.Network.Reuse!.Encoders), N(pattern.Loss, "F4"), pattern.Kind is null ? "" : $"{rank}",
                N(pattern.Accuracy.Float), N(pattern.Accuracy.Mean), N(model.Ranked.FirstOrDefault(r => r.Partial == pattern).Tuned?.Accuracy.Mean),
            ]]);

    /// <summary>Accuracies on the arrays of all devices.</summary>
    public static ReportTable Devices(IReadOnlyList<TrexModelResult> models) => new(
        "devices", "Non-ideal accuracy on arrays with converters, in % (mean over noise seeds)",
        ["model", "network", .. TrexStudy.DesignNames],
        [.. from model in models
            from network in model.Arrays.GroupBy(a => a.Network)
            select (IReadOnlyList<string>)[model.Model, network.Key?.Words ?? "original", .. TrexStudy.DesignNames.Select(d => N(network.FirstOrDefault(a => a.Design == d)?.Points.Average()))]]);

    /// <summary>The techniques at their cost.</summary>
    public static ReportTable Techniques(IReadOnlyList<TrexModelResult> models) => new(
        "techniques", "Reuse and what it is compared with on one cost model (FeFET, everything counted), fine-tuned alike; accuracy with noise in %, the mean over trainings, and the smallest and largest",
        ["model", "network", "energy uJ", "delay us", "area mm2", "EDAP uJ us mm2", "EDAP gain", "noise", "least", "most"],
        [.. from model in models
            let baseline = new TrexNetwork().Cost(FeFet, model.Spec).EdapMilli
            from network in Costed(model)
            let cost = network[0].Network.Cost(FeFet, model.Spec)
            let means = network.Select(t => t.Accuracy.Mean).ToList()
            select (IReadOnlyList<string>)
            [
                model.Model, network[0].Network.Words, N(cost.Energy.Si * 1e6, "F3"), N(cost.Delay.Si * 1e6, "F1"), N(cost.Area.Si * 1e6, "F1"), N(cost.EdapMilli * 1e6, "F0"), N(baseline / cost.EdapMilli) + "x",
                N(means.Average()), N(means.Min()), N(means.Max()),
            ]]);

    /// <summary>The fine-tuned networks that stand for a technique: no reuse, the best patterns, shared weights, pruned tokens.</summary>
    public static IEnumerable<IReadOnlyList<TrexTuned>> Costed(TrexModelResult model) =>
        ((IReadOnlyList<TrexTuned>[])[model.OfNumber(0), .. model.Budget.Numbers.Select(model.OfNumber)])
        .Concat(model.Tuned.Where(t => t.Network.SharedEncoders > 1 || t.Network.Pruning is not null).GroupBy(t => t.Network.Name).Select(g => (IReadOnlyList<TrexTuned>)[.. g]));

    /// <summary>A kind of patterns as a word.</summary>
    public static string Word(ReusePatternKind kind) => kind.ToString().ToLowerInvariant();

    private static string N(double? value, string format = "F2") => value is { } number && double.IsFinite(number) ? number.ToString(format, CultureInfo.InvariantCulture) : "";
}
