using Ohmformer.Lab.Experiments;
using Ohmformer.Models;
using Ohmformer.Techniques.Trex;

namespace Ohmformer.Tests.Lab.Experiments;

/// <summary>What is made of measured accuracies.</summary>
public sealed class TrexClaimsTests
{
    private static readonly TransformerSpec Spec = KnownShapes.Get("deit-small");

    [Fact]
    public void Claims_without_measurement_are_not_run()
    {
        var findings = new TrexClaims([], [], []).Findings();
        Assert.Equal(["T13", "T3", "T4", "T5", "T6", "T7", "T8", "T9"], findings.Keys.Order(StringComparer.Ordinal));
        Assert.All(findings.Values, f => Assert.Equal(Verdict.NotRun, f.Verdict));
    }

    /// <summary>1 point for each of the first 5 reuses, 10 for each of the next 4.</summary>
    [Fact]
    public void A_fall_that_becomes_steeper_is_told_from_one_that_does_not()
    {
        Assert.Equal(Verdict.Reproduced, Finding("T3", Model(Network(0, 95), Network(5, 90), Network(9, 50))).Verdict);
        Assert.Equal(Verdict.NotReproduced, Finding("T3", Model(Network(0, 95), Network(5, 60), Network(9, 50))).Verdict);
        Assert.Contains("+9.0 ± ", Finding("T3", Model(Network(0, 95), Network(5, 90), Network(9, 50))).Ours, StringComparison.Ordinal);
    }

    /// <summary>Without a second training nothing says how far trainings lie apart.</summary>
    [Fact]
    public void One_training_is_a_trend_at_most()
    {
        var model = Model(Network(0, 95), Network(5, 90), Network(9, 50));
        Assert.Equal(Verdict.Trend, Finding("T3", model with { Tuned = [.. model.Tuned.Where(t => t.Network.Seed == 1)] }).Verdict);
    }

    /// <summary>Sharing by 2 halves the EDAP of DeiT-S; 5 reuses, everything counted, divide it by 2.09.</summary>
    [Fact]
    public void Techniques_are_compared_at_no_higher_cost()
    {
        var shared = new TrexNetwork { SharedEncoders = 2 };
        var finding = Finding("T9", Model(Network(0, 95), Network(5, 90), Network(7, 85), Network(9, 50), (shared, 80)));
        Assert.Contains("5 reuses less weights shared by 2: +10.0", finding.Ours, StringComparison.Ordinal);
        Assert.Equal(Verdict.Reproduced, finding.Verdict);
    }

    [Fact]
    public void Uniform_patterns_and_ranks_make_one_claim()
    {
        TrexPartial Pattern(int first, ReusePatternKind? kind, double loss, double accuracy) => new(new() { Reuse = new(Enumerable.Range(first, 5)) }, kind, loss, new(accuracy, [accuracy, accuracy]));
        var model = Model(Network(0, 95), Network(5, 90), Network(7, 85), Network(9, 50)) with
        {
            Patterns =
            [
                Pattern(1, ReusePatternKind.Continuous, 0.1, 80), Pattern(2, ReusePatternKind.Strided, 0.2, 80), Pattern(3, ReusePatternKind.Pyramid, 0.3, 80),
                Pattern(4, null, 0.5, 40), Pattern(5, null, 0.5, 40),
            ],
        };
        TrexTuned Tuned(int first, double accuracy) => new(new() { Reuse = new(Enumerable.Range(first, 5)) }, new(accuracy, [accuracy, accuracy]));
        TrexTuned[] others = [.. model.Tuned.Where(t => t.Network.Reuses != 5 || t.Network.Reuse!.StandIn != AttentionStandIn.Transformation)];
        Assert.Equal(Verdict.Reproduced, Finding("T5", model with { Tuned = [.. others, Tuned(1, 90), Tuned(2, 89), Tuned(3, 88)] }).Verdict);
        Assert.Equal(Verdict.NotReproduced, Finding("T5", model with { Tuned = [.. others, Tuned(1, 88), Tuned(2, 89), Tuned(3, 90)] }).Verdict);
    }

    private static Finding Finding(string claim, TrexModelResult model) => new TrexClaims([], [model], []).Findings()[claim];

    private static (TrexNetwork Network, double Accuracy) Network(int reuses, double accuracy) => (new() { Reuse = reuses == 0 ? null : new(Enumerable.Range(1, reuses)) }, accuracy);

    /// <summary>Two trainings of each network that differ by 0.02 points, two noise seeds that do not.</summary>
    private static TrexModelResult Model(params (TrexNetwork Network, double Accuracy)[] networks)
    {
        List<TrexTuned> tuned = [.. from n in networks from seed in new[] { 1, 2 } let points = n.Accuracy + 0.02 * (seed - 1.5) select new TrexTuned(n.Network with { Seed = (ulong)seed }, new(points, [points, points]))];
        // The stand-ins of T7.
        var compared = networks.First(n => n.Network.Reuses == 5);
        foreach (var standIn in new[] { AttentionStandIn.Identity, AttentionStandIn.Nothing })
            tuned.Add(new(new() { Reuse = new(compared.Network.Reuse!.Encoders, standIn) }, new(50, [50, 50])));
        return new()
        {
            Model = "small",
            Spec = Spec,
            Budget = new() { Numbers = [.. networks.Select(n => n.Network.Reuses).Where(n => n > 0)], Epochs = 1, Compared = 5, Trainings = 2 },
            Best = networks.Where(n => n.Network.Reuse is not null).ToDictionary(n => n.Network.Reuses, n => n.Network.Reuse!),
            Patterns =
            [
                .. ReusePattern.All(12, 5).Select(p => new TrexPartial(new() { Reuse = p.Reuse }, p.Kind, 1, new(80, [80, 80]))),
                .. TrexModelStudy.RandomSubsets(12, 5, 2, 1).Select(r => new TrexPartial(new() { Reuse = r }, null, 1, new(80, [80, 80]))),
            ],
            Tuned = tuned,
            Arrays = [],
            ComparedFolder = null,
            Samples = 1 << 30,
            PartialSamples = 1 << 30,
            ArraySamples = 0,
        };
    }
}
