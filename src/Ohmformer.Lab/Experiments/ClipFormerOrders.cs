using System.Globalization;
using Ohmformer.Techniques.ClipFormer;
using Network = System.Linq.IGrouping<(string Model, Ohmformer.Lab.Experiments.ClipFormerVariant Variant), Ohmformer.Lab.Experiments.ClipFormerCell>;

namespace Ohmformer.Lab.Experiments;

/// <summary>What cells in the structure of Table II say of the claims about them.</summary>
internal sealed class ClipFormerOrders(ClipFormerTable table)
{
    private static readonly (double Alpha, double Beta) Plain = ClipFormerDesigns.Settings[0];

    private static readonly (double Alpha, double Beta)[] Transforms = [.. ClipFormerDesigns.Settings.Skip(1)];

    /// <summary>The findings on C1, C2, C3, C5, C6 and C10.</summary>
    public Dictionary<string, Finding> Findings => new()
    {
        ["C1"] = Order(Standard.Select(Curvature)),
        ["C2"] = Order(Standard.SelectMany(Gains)),
        ["C3"] = Order(Standard.SelectMany(BestSettings)),
        ["C5"] = Rules.SameRanks([.. Standard.SelectMany(Ranks)]),
        ["C6"] = Vat(),
        ["C10"] = Order(table.Cells.Where(c => c.Variant == ClipFormerVariant.Sparse && c.Setting == Plain).Select(Vulnerability)),
    };

    private IEnumerable<Network> Standard => table.Networks.Where(n => n.Key.Variant == ClipFormerVariant.Standard);

    private Finding Order(IEnumerable<Comparison> comparisons) => Rules.Order(comparisons, table.Sampling.Samples);

    /// <summary>C1: what is lost from gamma 4 to 5 less what is lost from 3 to 4.</summary>
    private static Comparison Curvature(Network network) =>
        new($"{network.Key.Model}, loss from gamma 4 to 5 less that from 3 to 4", Minus(Minus(At(network, 4), At(network, 5)), Minus(At(network, 3), At(network, 4))));

    /// <summary>C2: the gain of the best setting at every level, and its growth.</summary>
    private static IEnumerable<Comparison> Gains(Network network)
    {
        double[][] gains = [.. ClipFormerDesigns.Gammas.Select(level => Minus(Best(network, level).Points, At(network, level)))];
        foreach (var (level, gain) in ClipFormerDesigns.Gammas.Zip(gains)) yield return new($"{Noise(network, level)}, gain", gain, OrEqual: true);
        for (int i = 1; i < gains.Length; i++)
            yield return new($"{Noise(network, ClipFormerDesigns.Gammas[i])}, growth of the gain", Minus(gains[i], gains[i - 1]));
    }

    /// <summary>C3: beta at both ends, and alpha everywhere.</summary>
    private static IEnumerable<Comparison> BestSettings(Network network)
    {
        yield return new($"{Noise(network, 3)}, beta 1 less beta 0.25", Minus(At(network, 3, (2, 1)), At(network, 3, (2, 0.25))));
        yield return new($"{Noise(network, 5)}, beta 0.25 less beta 1", Minus(At(network, 5, (2, 0.25)), At(network, 5, (2, 1))));
        foreach (double level in ClipFormerDesigns.Gammas)
            foreach (double beta in (double[])[1, 0.25])
                yield return new(string.Create(CultureInfo.InvariantCulture, $"{Noise(network, level)}, beta {beta}, alpha 2 less alpha 1"), Minus(At(network, level, (2, beta)), At(network, level, (1, beta))), OrEqual: true);
    }

    /// <summary>C5: the settings by their SNR and by their accuracy.</summary>
    private static IEnumerable<(string What, double[] First, double[] Second)> Ranks(Network network) =>
        network.GroupBy(c => c.Level).Select(g => (Noise(network, g.Key), g.Select(c => c.Snr).ToArray(), g.Select(c => c.Mean).ToArray()));

    /// <summary>C6: VAT against none, and the best transform on VAT against none.</summary>
    private Finding Vat()
    {
        var comparisons = new List<Comparison>();
        foreach (var vat in table.Networks.Where(n => n.Key.Variant == ClipFormerVariant.Vat))
        {
            var standard = Standard.Single(n => n.Key.Model == vat.Key.Model);
            foreach (double level in ClipFormerDesigns.Gammas)
            {
                comparisons.Add(new($"{Noise(vat, level)}, VAT less no VAT", Minus(At(vat, level), At(standard, level))));
                comparisons.Add(new($"{Noise(vat, level)}, VAT with less without ClipFormer", Minus(Best(vat, level).Points, At(vat, level))));
            }
        }
        return comparisons.Count > 0 ? Order(comparisons) : Finding.NotRun("needs a model trained with noise, shipped as models/NAME-vat or in the folder models of --data; ohmformer train --recipe models/vit-digits-vat/recipe.yaml makes one");
    }

    /// <summary>C10: what write noise costs the sparse network less what it costs the whole one.</summary>
    private Comparison Vulnerability(ClipFormerCell sparse)
    {
        var whole = Standard.Single(n => n.Key.Model == sparse.Model).Single(c => c.Level == sparse.Level && c.Setting == sparse.Setting);
        double offset = sparse.Float - whole.Float;
        return new(string.Create(CultureInfo.InvariantCulture, $"{sparse.Model}, gamma {sparse.Gamma}, loss of the sparse network less that of the whole one"), [.. Minus(whole.Points, sparse.Points).Select(d => d + offset)]);
    }

    /// <summary>The best transform at a level.</summary>
    public static ClipFormerCell Best(IEnumerable<ClipFormerCell> network, double level) => network.Where(c => c.Level == level && Transforms.Contains(c.Setting)).MaxBy(c => c.Mean)!;

    private static string Noise(Network network, double level) =>
        string.Create(CultureInfo.InvariantCulture, $"{network.Key.Model}, gamma {network.First(c => c.Level == level).Gamma}");

    private static double[] At(IEnumerable<ClipFormerCell> network, double level) => At(network, level, Plain);

    private static double[] At(IEnumerable<ClipFormerCell> network, double level, (double Alpha, double Beta) setting) => [.. network.Single(c => c.Level == level && c.Setting == setting).Points];

    /// <summary>Differences seed by seed.</summary>
    public static double[] Minus(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x - y)];
}
