using Ohmformer.Models;
using Ohmformer.Techniques.Trex;

namespace Ohmformer.Lab.Experiments;

/// <summary>The findings on the claims of TReX that need models.</summary>
internal static class TrexClaims
{
    private const string Unmeasured = "needs --quick or --full";

    /// <summary>The findings on T3 to T9 and T13.</summary>
    /// <param name="similarities">Likeness of attention outputs, one for each model; empty for the exact part alone.</param>
    /// <param name="noise">Accuracies on devices, one for each model.</param>
    /// <param name="trained">Networks with reuse; empty for the exact part alone.</param>
    /// <param name="samples">Samples on which these were measured.</param>
    public static Dictionary<string, Finding> Of(IReadOnlyList<TrexSimilarity> similarities, IReadOnlyList<TrexNoiseStudy> noise, IReadOnlyList<TrexTrained> trained, int samples)
    {
        var none = Finding.NotRun(Unmeasured);
        bool measured = trained.Count > 0;
        return new()
        {
            ["T3"] = measured ? Rules.Order([Decline(trained)], samples) : none,
            ["T4"] = measured ? Rules.Order(Kinds(trained), samples) : none,
            ["T5"] = measured ? Half(Rules.Order(Uniform(trained), samples)) : none,
            ["T6"] = similarities.Count > 0 ? Rules.SameRanks([.. similarities.Select(Distances)]) : none,
            ["T7"] = measured ? Rules.Order(StandIns(trained), samples) : none,
            ["T8"] = noise.Count > 0 ? Rules.Order(noise.SelectMany(Devices), noise[0].Samples) : none,
            ["T9"] = Finding.NotRun("needs networks that share weights and networks trained for pruned tokens"),
            ["T13"] = Finding.NotRun("needs a text network fine-tuned with reuse"),
        };
    }

    /// <summary>T3: points lost per reuse beyond 5 of 12 encoders less those lost per reuse up to there.</summary>
    private static Comparison Decline(IReadOnlyList<TrexTrained> trained)
    {
        var some = Number(trained, TrexFineTuning.ComparedReuses);
        var many = Number(trained, TrexFineTuning.Numbers[^1]);
        double first = some.Reuses, second = many.Reuses - some.Reuses;
        return new(
            $"points lost per reuse from {some.Reuses} to {many.Reuses} less those up to {some.Reuses}",
            [.. trained[0].Points.Select((none, seed) => (some.Points[seed] - many.Points[seed]) / second - (none - some.Points[seed]) / first)]);
    }

    /// <summary>T4: the mean accuracies of kinds of patterns.</summary>
    private static IEnumerable<Comparison> Kinds(IReadOnlyList<TrexTrained> trained)
    {
        double[] continuous = Mean(OfKind(ReusePatternKind.Continuous)), strided = Mean(OfKind(ReusePatternKind.Strided)), pyramid = Mean(OfKind(ReusePatternKind.Pyramid));
        yield return new("strided less pyramid", Minus(strided, pyramid));
        yield return new("pyramid less continuous", Minus(pyramid, continuous));

        IEnumerable<TrexTrained> OfKind(ReusePatternKind kind) => Patterns(trained).Where(t => t.Kind == kind).Select(t => t.Trained);
    }

    /// <summary>T5, its first half: uniform patterns against random subsets, in the mean.</summary>
    private static IEnumerable<Comparison> Uniform(IReadOnlyList<TrexTrained> trained)
    {
        var uniform = Patterns(trained).Select(p => p.Trained).ToList();
        var random = trained.Where(t => t.Reuses == TrexFineTuning.ComparedReuses && t.Reuse!.StandIn == AttentionStandIn.Transformation).Except(uniform);
        yield return new("uniform less random", Minus(Mean(uniform), Mean(random)));
    }

    /// <summary>What half of a claim shows is at most a trend.</summary>
    private static Finding Half(Finding finding) => new(
        finding.Verdict == Verdict.Reproduced ? Verdict.Trend : finding.Verdict, finding.Ours + "; whether partial training ranks as full training does was not measured, so a trend at most");

    /// <summary>T7: transformation block, identity, nothing on the same encoders.</summary>
    private static IEnumerable<Comparison> StandIns(IReadOnlyList<TrexTrained> trained)
    {
        TrexTrained identity = Of(AttentionStandIn.Identity), nothing = Of(AttentionStandIn.Nothing);
        var block = trained.Single(t => t.Reuse is { StandIn: AttentionStandIn.Transformation } && t.Reuse.Encoders.SequenceEqual(identity.Reuse!.Encoders));
        yield return new("transformation less identity", Minus(block.Points, identity.Points));
        yield return new("identity less nothing", Minus(identity.Points, nothing.Points));

        TrexTrained Of(AttentionStandIn standIn) => trained.Single(t => t.Reuse?.StandIn == standIn);
    }

    /// <summary>T6: mean likeness at each distance, and minus the distance.</summary>
    private static (string What, double[] First, double[] Second) Distances(TrexSimilarity similarity)
    {
        int layers = similarity.Alignment.GetLength(0);
        int[] distances = [.. Enumerable.Range(1, layers - 1)];
        return (similarity.Model, [.. distances.Select(d => -(double)d)], [.. distances.Select(d => Enumerable.Range(0, layers - d).Average(i => similarity.Alignment[i, i + d]))]);
    }

    /// <summary>T8: FeFET below hybrid, and hybrid not above SRAM.</summary>
    private static IEnumerable<Comparison> Devices(TrexNoiseStudy study)
    {
        var (feFet, hybrid, sram) = (study.Points[TrexStudy.DesignNames[0]], study.Points[TrexStudy.DesignNames[1]], study.Points[TrexStudy.DesignNames[2]]);
        yield return new($"{study.Model}, hybrid less FeFET", Minus(hybrid, feFet));
        yield return new($"{study.Model}, SRAM less hybrid", Minus(sram, hybrid), OrEqual: true);
    }

    /// <summary>The trained networks whose encoders follow a uniform pattern of the compared number of reuses.</summary>
    private static IEnumerable<(ReusePatternKind Kind, TrexTrained Trained)> Patterns(IReadOnlyList<TrexTrained> trained) =>
        from pattern in ReusePattern.All(TrexFineTuning.Layers, TrexFineTuning.ComparedReuses)
        from network in trained
        where pattern.Reuse.Equals(network.Reuse)
        select (pattern.Kind, network);

    /// <summary>The first network trained with a number of reuses.</summary>
    private static TrexTrained Number(IReadOnlyList<TrexTrained> trained, int reuses) => trained.First(t => t.Reuses == reuses);

    private static double[] Mean(IEnumerable<TrexTrained> networks)
    {
        double[][] points = [.. networks.Select(n => n.Points)];
        return [.. Enumerable.Range(0, points[0].Length).Select(seed => points.Average(p => p[seed]))];
    }

    private static double[] Minus(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x - y)];
}
