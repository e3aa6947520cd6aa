using System.Globalization;
using Ohmformer.Cost;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Techniques.ClipFormer;
using Ohmformer.Techniques.Trex;

namespace Ohmformer.Lab.Experiments;

/// <summary>The findings on the claims of ClipFormer.</summary>
internal static class ClipFormerClaims
{
    private const double AreaTolerance = 0.05, SavingTolerance = 0.005, Rounding = 1e-12;

    private static readonly string[] Published = ["deit-small", "lvvit-small"];

    private static readonly (double Alpha, double Beta) Plain = ClipFormerDesigns.Settings[0];

    private static readonly (double Alpha, double Beta)[] Transforms = [.. ClipFormerDesigns.Settings.Skip(1)];

    /// <summary>The findings on all claims.</summary>
    /// <param name="paper">The paper.</param>
    /// <param name="measured">What was measured; null for the exact part alone.</param>
    public static Dictionary<string, Finding> Of(PaperFolder paper, ClipFormerMeasurement? measured)
    {
        var exact = new Dictionary<string, Finding> { ["C9"] = Hardware(paper), ["C11"] = SoftThreshold() };
        if (measured is null) return exact.Concat(paper.Claims.Where(c => !exact.ContainsKey(c.Id)).Select(c => KeyValuePair.Create(c.Id, Finding.NotRun("needs --quick or --full")))).ToDictionary();
        return new(exact)
        {
            ["C1"] = Rules.Order(Networks(measured, ClipFormerVariant.Standard).Select(Curvature), measured.Samples),
            ["C2"] = Rules.Order(Networks(measured, ClipFormerVariant.Standard).SelectMany(Gains), measured.Samples),
            ["C3"] = Rules.Order(Networks(measured, ClipFormerVariant.Standard).SelectMany(BestSettings), measured.Samples),
            ["C4"] = Rules.Order(measured.Sides.SelectMany(LowNoise), measured.Samples),
            ["C5"] = Rules.SameRanks([.. Networks(measured, ClipFormerVariant.Standard).SelectMany(Ranks)]),
            ["C6"] = Vat(measured),
            ["C7"] = Rules.NoChange([.. measured.Sides.SelectMany(OnOff)]),
            ["C8"] = Rules.Order(measured.Sides.Select(s => new Comparison($"{s.Model}, read noise of weights alone less write noise alone at gamma 3", Minus(s.ReadOnly, s.WriteOnly[ClipFormerStudy.Ratios[^1]]))), measured.Samples),
            ["C10"] = Rules.Order(measured.Cells.Where(c => c.Variant == ClipFormerVariant.Sparse && c.Setting == Plain).Select(c => Vulnerability(c, measured)), measured.Samples),
        };
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

    private static IEnumerable<IGrouping<(string Model, ClipFormerVariant Variant), ClipFormerCell>> Networks(ClipFormerMeasurement measured, ClipFormerVariant variant) =>
        measured.Networks.Where(n => n.Key.Variant == variant);

    /// <summary>C1: what is lost from gamma 4 to 5 less what is lost from 3 to 4.</summary>
    private static Comparison Curvature(IGrouping<(string Model, ClipFormerVariant), ClipFormerCell> network) =>
        new($"{network.Key.Model}, loss from gamma 4 to 5 less that from 3 to 4", Minus(Minus(At(network, 4), At(network, 5)), Minus(At(network, 3), At(network, 4))));

    /// <summary>C2: the gain of the best setting at every gamma, and its growth.</summary>
    private static IEnumerable<Comparison> Gains(IGrouping<(string Model, ClipFormerVariant), ClipFormerCell> network)
    {
        double[][] gains = [.. ClipFormerDesigns.Gammas.Select(g => Minus(Best(network, g).Points, At(network, g)))];
        foreach (var (gamma, gain) in ClipFormerDesigns.Gammas.Zip(gains)) yield return new($"{network.Key.Model}, gain at gamma {gamma}", gain, OrEqual: true);
        for (int i = 1; i < gains.Length; i++)
            yield return new($"{network.Key.Model}, growth of the gain to gamma {ClipFormerDesigns.Gammas[i]}", Minus(gains[i], gains[i - 1]));
    }

    /// <summary>C3: beta at both ends, and alpha everywhere.</summary>
    private static IEnumerable<Comparison> BestSettings(IGrouping<(string Model, ClipFormerVariant), ClipFormerCell> network)
    {
        string model = network.Key.Model;
        yield return new($"{model}, gamma 3, beta 1 less beta 0.25", Minus(At(network, 3, (2, 1)), At(network, 3, (2, 0.25))));
        yield return new($"{model}, gamma 5, beta 0.25 less beta 1", Minus(At(network, 5, (2, 0.25)), At(network, 5, (2, 1))));
        foreach (double gamma in ClipFormerDesigns.Gammas)
            foreach (double beta in (double[])[1, 0.25])
                yield return new(string.Create(CultureInfo.InvariantCulture, $"{model}, gamma {gamma}, beta {beta}, alpha 2 less alpha 1"), Minus(At(network, gamma, (2, beta)), At(network, gamma, (1, beta))), OrEqual: true);
    }

    private static IEnumerable<Comparison> LowNoise(ClipFormerSideStudy side) => ((double[])[1, 2]).Select(alpha =>
        new Comparison($"{side.Model}, gamma {ClipFormerStudy.LowGamma}, alpha {alpha}, beta 1 less beta 0.25", Minus(side.LowNoise[(alpha, 1)], side.LowNoise[(alpha, 0.25)])));

    private static IEnumerable<(string What, double[] First, double[] Second)> Ranks(IGrouping<(string Model, ClipFormerVariant), ClipFormerCell> network) =>
        network.GroupBy(c => c.Gamma).Select(g => ($"{network.Key.Model}, gamma {g.Key}", g.Select(c => c.Snr).ToArray(), g.Select(c => c.Mean).ToArray()));

    private static Finding Vat(ClipFormerMeasurement measured)
    {
        var comparisons = new List<Comparison>();
        foreach (var vat in Networks(measured, ClipFormerVariant.Vat))
        {
            var standard = measured.Networks.Single(n => n.Key == (vat.Key.Model, ClipFormerVariant.Standard));
            foreach (double gamma in ClipFormerDesigns.Gammas)
            {
                comparisons.Add(new($"{vat.Key.Model}, gamma {gamma}, VAT less no VAT", Minus(At(vat, gamma), At(standard, gamma))));
                comparisons.Add(new($"{vat.Key.Model}, gamma {gamma}, VAT with less without ClipFormer", Minus(Best(vat, gamma).Points, At(vat, gamma))));
            }
        }
        return comparisons.Count > 0 ? Rules.Order(comparisons, measured.Samples) : Finding.NotRun("needs a model trained with noise, shipped as models/NAME-vat or in the folder models of --data; ohmformer train --recipe models/vit-digits-vat/recipe.yaml makes one");
    }

    private static IEnumerable<Comparison> OnOff(ClipFormerSideStudy side) => ClipFormerStudy.Ratios[..^1].Select(ratio =>
        new Comparison($"{side.Model}, R {ratio} less R {ClipFormerStudy.Ratios[^1]}", Minus(side.WriteOnly[ratio], side.WriteOnly[ClipFormerStudy.Ratios[^1]])));

    /// <summary>C10: what write noise costs the sparse network less what it costs the whole one.</summary>
    private static Comparison Vulnerability(ClipFormerCell sparse, ClipFormerMeasurement measured)
    {
        var whole = measured.Cells.Single(c => c.Model == sparse.Model && c.Variant == ClipFormerVariant.Standard && c.Gamma == sparse.Gamma && c.Setting == sparse.Setting);
        double offset = sparse.Float - whole.Float;
        return new($"{sparse.Model}, gamma {sparse.Gamma}, loss of the sparse network less that of the whole one", [.. Minus(whole.Points, sparse.Points).Select(d => d + offset)]);
    }

    /// <summary>The best transform at a gamma.</summary>
    public static ClipFormerCell Best(IEnumerable<ClipFormerCell> network, double gamma) => network.Where(c => c.Gamma == gamma && Transforms.Contains(c.Setting)).MaxBy(c => c.Mean)!;

    private static double[] At(IEnumerable<ClipFormerCell> network, double gamma) => At(network, gamma, Plain);

    private static double[] At(IEnumerable<ClipFormerCell> network, double gamma, (double Alpha, double Beta) setting) => network.Single(c => c.Gamma == gamma && c.Setting == setting).Points;

    private static double[] Minus(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x - y)];
}
