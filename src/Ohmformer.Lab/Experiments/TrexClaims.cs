using Ohmformer.Lab.Designs;
using Ohmformer.Models;
using Ohmformer.Techniques.Trex;

namespace Ohmformer.Lab.Experiments;

/// <summary>The findings on the claims of TReX that need models. Accuracies are those with the noise of training where nothing else is said.</summary>
internal sealed class TrexClaims
{
    // Of 12 and of 6 encoders: about 40 %, the most that was trained; a third at most, and two thirds.
    private const int Some = 5, Many = 9, HeavyText = 4;
    private static readonly int[] ModerateText = [1, 2];

    private readonly IReadOnlyList<TrexSimilarity> _similarities;
    private readonly IReadOnlyList<TrexModelResult> _models, _texts;
    private readonly Spread _trainings;

    /// <summary>Prepares the findings.</summary>
    /// <param name="similarities">Likeness of attention outputs, one for each model; empty for the exact part alone.</param>
    /// <param name="models">Studies of images and speech; empty for the exact part alone.</param>
    /// <param name="texts">Studies of text.</param>
    public TrexClaims(IReadOnlyList<TrexSimilarity> similarities, IReadOnlyList<TrexModelResult> models, IReadOnlyList<TrexModelResult> texts)
    {
        (_similarities, _models, _texts) = (similarities, models, texts);
        _trainings = Spread.Within(models.Concat(texts).SelectMany(m => m.Tuned.GroupBy(t => (m.Model, t.Network.Name))).Select(g => g.Select(t => t.Accuracy.Mean).ToArray()));
    }

    private IEnumerable<TrexModelResult> Compared => _models.Where(m => m.Budget.Compared is not null);

    /// <summary>The findings on T3 to T9 and T13.</summary>
    public Dictionary<string, Finding> Findings() => new()
    {
        ["T3"] = Order(_models.Select(m => (m, Decline(m)))),
        ["T4"] = Order(Compared.SelectMany(m => Kinds(m).Select(c => (m, c)))),
        ["T5"] = !Compared.Any() ? Unmeasured : Rules.All(Order(Compared.Select(m => (m, Uniform(m)))), Ranks()),
        ["T6"] = _similarities.Count > 0 ? Rules.SameRanks([.. _similarities.Select(Distances)]) : Unmeasured,
        ["T7"] = Order(Compared.SelectMany(m => StandIns(m).Select(c => (m, c)))),
        ["T8"] = Order(_models.SelectMany(m => Devices(m).Select(c => (m, c)))),
        ["T9"] = Order(Compared.SelectMany(m => Techniques(m).Select(c => (m, c)))),
        ["T13"] = _texts.Count > 0 ? Rules.All(Rules.NoChange([.. _texts.SelectMany(Moderate)]), Order(_texts.Select(m => (m, Heavy(m)))))
            : _models.Count == 0 ? Unmeasured : Finding.NotRun("needs --full and the sentences of SST-2 in the folder of --data"),
    };

    private Finding Unmeasured => Finding.NotRun(_models.Count == 0 ? "needs --quick or --full" : "needs one of the models whose patterns are compared, such as vit-digits");

    private Finding Order(IEnumerable<(TrexModelResult Model, Comparison Comparison)> differences)
    {
        Comparison[] named = [.. differences.Select(d => d.Comparison with { What = $"{d.Model.Model}, {d.Comparison.What}" })];
        return named.Length == 0 ? Unmeasured : Rules.Order(named);
    }

    /// <summary>T3: points lost per reuse beyond 5 of 12 encoders less those lost per reuse up to there.</summary>
    private Comparison Decline(TrexModelResult model)
    {
        var (none, some, many) = (model.OfNumber(0), model.OfNumber(Some), model.OfNumber(Many));
        const double first = Some, second = Many - Some;
        return Weighted(
            model, $"points lost per reuse from {Some} to {Many} less those up to {Some}", [(none, -1 / first), (some, 1 / first + 1 / second), (many, -1 / second)]);
    }

    /// <summary>T4: kinds of patterns after partial training.</summary>
    private static IEnumerable<Comparison> Kinds(TrexModelResult model)
    {
        TrexPartial[] continuous = OfKind(ReusePatternKind.Continuous), strided = OfKind(ReusePatternKind.Strided), pyramid = OfKind(ReusePatternKind.Pyramid);
        var spread = Spread.Within(((TrexPartial[][])[continuous, strided, pyramid]).Select(Means));
        yield return Groups(model, "strided less pyramid", strided, pyramid, spread);
        yield return Groups(model, "pyramid less continuous", pyramid, continuous, spread);

        TrexPartial[] OfKind(ReusePatternKind kind) => [.. model.Patterns.Where(p => p.Kind == kind)];
    }

    /// <summary>T5, its first half: uniform patterns against random subsets after partial training.</summary>
    private static Comparison Uniform(TrexModelResult model)
    {
        TrexPartial[] uniform = [.. model.Patterns.Where(p => p.Kind is not null)], random = [.. model.Patterns.Where(p => p.Kind is null)];
        return Groups(model, "uniform less random", uniform, random, Spread.Within([Means(uniform), Means(random)]));
    }

    /// <summary>T5, its second half: the losses of partial training against the accuracies of full training, over patterns of all ranks.</summary>
    private Finding Ranks()
    {
        var pairs = Compared.Select(m => (m.Model, Ranked: m.Ranked)).Where(p => p.Ranked.Count > 2)
            .Select(p => ($"{p.Model}, partial against full training", p.Ranked.Select(r => -r.Partial.Loss).ToArray(), p.Ranked.Select(r => r.Tuned.Accuracy.Mean).ToArray())).ToList();
        return pairs.Count > 0 ? Rules.SameRanks(pairs) : new(Verdict.Trend, "whether partial training ranks as full training does is measured by --full alone, so a trend at most");
    }

    /// <summary>T7: transformation block, identity, nothing on the same encoders.</summary>
    private IEnumerable<Comparison> StandIns(TrexModelResult model)
    {
        var block = model.OfNumber(model.Budget.Compared!.Value);
        var encoders = block[0].Network.Reuse!.Encoders;
        var (identity, nothing) = (Of(AttentionStandIn.Identity), Of(AttentionStandIn.Nothing));
        yield return Weighted(model, "transformation less identity", [(block, 1), (identity, -1)]);
        yield return Weighted(model, "identity less nothing", [(identity, 1), (nothing, -1)]);

        IReadOnlyList<TrexTuned> Of(AttentionStandIn standIn) => model.Of(new() { Reuse = new(encoders, standIn) });
    }

    /// <summary>T6: mean likeness at each distance, and minus the distance.</summary>
    private static (string What, double[] First, double[] Second) Distances(TrexSimilarity similarity)
    {
        int layers = similarity.Alignment.GetLength(0);
        int[] distances = [.. Enumerable.Range(1, layers - 1)];
        return (similarity.Model, [.. distances.Select(d => -(double)d)], [.. distances.Select(d => Enumerable.Range(0, layers - d).Average(i => similarity.Alignment[i, i + d]))]);
    }

    /// <summary>T8: FeFET below hybrid, and hybrid not above SRAM, on arrays.</summary>
    private static IEnumerable<Comparison> Devices(TrexModelResult model) =>
        from network in model.Arrays.GroupBy(a => a.Network)
        where network.Count() == TrexStudy.DesignNames.Length
        let points = network.ToDictionary(a => a.Design, a => a.Points)
        let feFet = points[TrexStudy.DesignNames[0]]
        let hybrid = points[TrexStudy.DesignNames[1]]
        let sram = points[TrexStudy.DesignNames[2]]
        let name = network.Key?.Words ?? "original"
        from comparison in (Comparison[])[new($"{name}, hybrid less FeFET", Minus(hybrid, feFet)), new($"{name}, SRAM less hybrid", Minus(sram, hybrid), OrEqual: true)]
        select comparison with { Samples = model.ArraySamples };

    /// <summary>T9: against each other technique the network with the fewest reuses whose EDAP is not higher.</summary>
    private IEnumerable<Comparison> Techniques(TrexModelResult model)
    {
        var design = DesignFile.Load(TrexModelStudy.Hardware);
        foreach (var other in model.Tuned.Select(t => t.Network).Where(n => n.SharedEncoders > 1 || n.Pruning is not null).DistinctBy(n => n.Name))
        {
            double edap = other.Cost(design, model.Spec).EdapMilli;
            var cheaper = model.Budget.Numbers.Order().Where(n => new TrexNetwork { Reuse = model.Best[n] }.Cost(design, model.Spec).EdapMilli <= edap).ToList();
            if (cheaper is [var reuses, ..]) yield return Weighted(model, $"{reuses} reuses less {other.Words}", [(model.OfNumber(reuses), 1), (model.Of(other), -1)]);
        }
    }

    /// <summary>T13: up to a third of the encoders against the network without reuse.</summary>
    private IEnumerable<Comparison> Moderate(TrexModelResult model) =>
        ModerateText.Select(reuses => Weighted(model, $"{reuses} reuses less none", [(model.OfNumber(reuses), 1), (model.OfNumber(0), -1)]));

    /// <summary>T13: the network without reuse against two thirds.</summary>
    private Comparison Heavy(TrexModelResult model) => Weighted(model, $"no reuse less {HeavyText} reuses", [(model.OfNumber(0), 1), (model.OfNumber(HeavyText), -1)]);

    /// <summary>A weighted sum of the accuracies of networks, for each noise seed the mean over their trainings.</summary>
    private Comparison Weighted(TrexModelResult model, string what, IReadOnlyList<(IReadOnlyList<TrexTuned> Trainings, double Weight)> terms) => new(
        what, [.. Enumerable.Range(0, terms[0].Trainings[0].Accuracy.Noisy.Length).Select(seed => terms.Sum(t => t.Weight * t.Trainings.Average(n => n.Accuracy.Noisy[seed])))])
    {
        Samples = model.Samples,
        Trainings = _trainings.HalfWidth(terms.Sum(t => t.Weight * t.Weight / t.Trainings.Count)),
    };

    /// <summary>The difference of the means of two groups of patterns, each of which was trained once.</summary>
    private static Comparison Groups(TrexModelResult model, string what, TrexPartial[] first, TrexPartial[] second, Spread spread) => new(
        what, [.. Enumerable.Range(0, first[0].Accuracy.Noisy.Length).Select(seed => first.Average(p => p.Accuracy.Noisy[seed]) - second.Average(p => p.Accuracy.Noisy[seed]))])
    {
        Samples = model.PartialSamples,
        Trainings = spread.HalfWidth(1.0 / first.Length + 1.0 / second.Length),
    };

    private static double[] Means(TrexPartial[] patterns) => [.. patterns.Select(p => p.Accuracy.Mean)];

    private static double[] Minus(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x - y)];
}
