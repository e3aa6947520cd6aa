using System.Globalization;
using Ohmformer.Cost;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Techniques.ClipFormer;
using Ohmformer.Techniques.Trex;
using static Ohmformer.Lab.Experiments.ClipFormerOrders;

namespace Ohmformer.Lab.Experiments;

/// <summary>The findings on the claims of ClipFormer.</summary>
internal static class ClipFormerClaims
{
    private const double AreaTolerance = 0.05, SavingTolerance = 0.005, Rounding = 1e-12;

    private static readonly string[] Published = ["deit-small", "lvvit-small"];

    /// <summary>The findings on all claims.</summary>
    /// <param name="paper">The paper.</param>
    /// <param name="measured">What was measured; null for the exact part alone.</param>
    public static Dictionary<string, Finding> Of(PaperFolder paper, ClipFormerMeasurement? measured)
    {
        var exact = new Dictionary<string, Finding> { ["C9"] = Hardware(paper), ["C11"] = SoftThreshold() };
        if (measured is null) return exact.Concat(paper.Claims.Where(c => !exact.ContainsKey(c.Id)).Select(c => KeyValuePair.Create(c.Id, Finding.NotRun("needs --quick or --full")))).ToDictionary();
        return new(exact.Concat(AtThePapersNoise(measured)))
        {
            ["C4"] = Rules.Order(measured.Sides.SelectMany(LowNoise), measured.Table.Sampling.Samples),
            ["C7"] = Rules.NoChange([.. measured.Sides.SelectMany(OnOff)]),
            ["C8"] = Rules.Order(measured.Sides.Select(s => new Comparison($"{s.Model}, read noise of weights alone less write noise alone at gamma 3", Minus(s.ReadOnly, s.WriteOnly[ClipFormerStudy.Ratios[^1]]))), measured.Table.Sampling.Samples),
        };
    }

    /// <summary>What the claims about Table II come to where the plain networks lose what DeiT-S loses; empty where none loses so much.</summary>
    public static IReadOnlyDictionary<string, Finding> AtEqualDamage(ClipFormerStress stress)
    {
        var table = stress.EqualDamage;
        string[] complete = [.. table.Networks.Where(n => n.Select(c => c.Level).Distinct().Count() == ClipFormerDesigns.Gammas.Count).Select(n => n.Key.Model).Distinct()];
        return complete.Length == 0 ? new() : new ClipFormerOrders(table with { Cells = [.. table.Cells.Where(c => complete.Contains(c.Model))] }).Findings
            .Where(f => f.Key != "C1").ToDictionary(); // The levels are chosen by this very loss.
    }

    /// <summary>The claims about Table II, and in words what they come to at equal damage.</summary>
    private static Dictionary<string, Finding> AtThePapersNoise(ClipFormerMeasurement measured)
    {
        var findings = new ClipFormerOrders(measured.Table).Findings;
        if (measured.Stress is not { } stress) return findings;
        var equal = AtEqualDamage(stress);
        return findings.ToDictionary(f => f.Key, f => equal.TryGetValue(f.Key, out var there)
            ? f.Value with { Ours = $"{f.Value.Ours}. At noise where the plain network loses what DeiT-S loses: {there.Verdict.Words()}" }
            : f.Value);
    }

    /// <summary>Attention of DeiT-S and LV-ViT-S in Table I's hardware, priced with and without the transform.</summary>
    public static IReadOnlyList<(string Network, double Area, double AreaSaved, double EnergySaved, double SavedWithoutClip)> Costs()
    {
        var hardware = DesignFile.Load("clipformer-rram");
        return [.. Published.Select(name =>
        {
            var all = TrexSim.Encoders(KnownShapes.Get(name), KnownShapes.Get(name).Tokens);
            var attention = all with { Products = [.. all.Products.Where(p => p.Site.Class is LayerClass.QueryKeyValue or LayerClass.Scores or LayerClass.Context)], Digital = [] };
            CostReport plain = Cost(0, 1), clipped = Cost(2, 0.25), shifted = Cost(2, 1);
            return (name, plain.Area.Si * 1e6, Saved(plain.Area.Si, clipped.Area.Si), Saved(plain.Energy.Si, clipped.Energy.Si), Saved(plain.Area.Si, shifted.Area.Si) + Saved(plain.Energy.Si, shifted.Energy.Si));

            CostReport Cost(double alpha, double beta) => CostModel.Estimate(ClipFormerDesigns.Of(hardware, 3, alpha, beta), attention);
        })];

        static double Saved(double plain, double other) => 100 * (1 - other / plain);
    }

    private static Finding Hardware(PaperFolder paper)
    {
        var published = paper.Rows("hardware.csv");
        var ours = Costs();
        var figures = ours.SelectMany(o =>
        {
            var row = published.Single(r => r["network"] == o.Network);
            double Of(string column) => double.Parse(row[column], CultureInfo.InvariantCulture);
            return ((double, double, double)[])
                [(Of("area_mm2"), o.Area, AreaTolerance), (Of("area_saved_percent"), o.AreaSaved, SavingTolerance), (Of("energy_saved_percent"), o.EnergySaved, SavingTolerance), (0, o.SavedWithoutClip, Rounding)];
        }).ToList();
        return Rules.Figures(figures, string.Create(
            CultureInfo.InvariantCulture,
            $"{ours[0].Area:F1} and {ours[1].Area:F1} mm2; -{ours[0].AreaSaved:F2} % area, -{ours[0].EnergySaved:F2} % energy at beta 0.25 (LV-ViT-S -{ours[1].AreaSaved:F2} and -{ours[1].EnergySaved:F2} %); {ours.Sum(o => o.SavedWithoutClip):F2} % at beta 1"));
    }

    /// <summary>The transform of every weight of 8 bits against the soft threshold.</summary>
    private static Finding SoftThreshold()
    {
        var device = DesignFile.Load("clipformer-rram").DynamicMacro.Device;
        double worst = 0, low = device.NormalizedGMin, shift = 1 / (device.OnOffRatio - 1);
        foreach (double alpha in (double[])[0, 0.5, 1, 2, 10])
        {
            var transform = new ClipFormerSpec { Alpha = alpha, Beta = 1, Source = "ClipFormer, algorithm 1" }.Build(device);
            for (int level = 0; level <= 127; level++)
            {
                double x = level / 127.0, moved = (transform.Transform(low + x * (1 - low)) - low) / (1 - low);
                worst = Math.Max(worst, Math.Abs(moved - Math.Max(x - alpha * shift, 0)));
            }
        }
        return new(worst <= Rounding ? Verdict.Reproduced : Verdict.NotReproduced, string.Create(
            CultureInfo.InvariantCulture, $"{100 * shift:F2} % of full scale at alpha 1, R {device.OnOffRatio:F0}; largest difference over 5 alphas and 128 weights {worst:0.#E+0}"));
    }

    private static IEnumerable<Comparison> LowNoise(ClipFormerSideStudy side) => ((double[])[1, 2]).Select(alpha =>
        new Comparison($"{side.Model}, gamma {ClipFormerStudy.LowGamma}, alpha {alpha}, beta 1 less beta 0.25", Minus(side.LowNoise[(alpha, 1)], side.LowNoise[(alpha, 0.25)])));

    private static IEnumerable<Comparison> OnOff(ClipFormerSideStudy side) => ClipFormerStudy.Ratios[..^1].Select(ratio =>
        new Comparison($"{side.Model}, R {ratio} less R {ClipFormerStudy.Ratios[^1]}", Minus(side.WriteOnly[ratio], side.WriteOnly[ClipFormerStudy.Ratios[^1]])));
}
