using System.Globalization;
using Ohmformer.Techniques.ClipFormer;

namespace Ohmformer.Lab.Experiments;

/// <summary>The tables of what ClipFormer's experiment measures.</summary>
internal static class ClipFormerTables
{
    /// <summary>Cells in the form of Table II.</summary>
    public static ReportTable Summary(ClipFormerTable table) => new(
        "table2-summary", "Ours in the form of Table II",
        ["model", "float32", "gamma", "plain", "ClipFormer", "best (alpha, beta)"],
        [.. Rows(table).Select(r => (IReadOnlyList<string>)[r.Name, N(r.Plain.Float), N(r.Plain.Gamma, Short), N(r.Plain.Mean), N(r.Best.Mean), r.Best.SettingText])]);

    /// <summary>All other tables, the largest last.</summary>
    public static IReadOnlyList<ReportTable> Of(ClipFormerMeasurement measured, PaperFolder paper) => measured.Stress is not { } stress
        ? [Every("table2-ours", "Every setting", measured.Table)]
        :
        [
            EqualDamage(stress.EqualDamage),
            EqualDamageClaims(stress, paper),
            Sweep(stress),
            Every("table2-ours", "Every setting", measured.Table),
            Every("equal-damage-ours", "Every setting at equal damage", stress.EqualDamage),
        ];

    private static ReportTable EqualDamage(ClipFormerTable table) => new(
        "equal-damage", "Table II at equal damage: gamma at which the plain standard network loses what DeiT-S loses at gamma 3, 4 and 5",
        ["model", "float32", "as DeiT-S at gamma", "gamma", "plain", "ClipFormer", "best (alpha, beta)"],
        [.. Rows(table).Select(r => (IReadOnlyList<string>)
            [r.Name, N(r.Plain.Float), N(r.Plain.Level, Short), N(r.Plain.Gamma, Short), N(r.Plain.Mean), N(r.Best.Mean), r.Best.SettingText])]);

    private static ReportTable EqualDamageClaims(ClipFormerStress stress, PaperFolder paper)
    {
        var findings = ClipFormerClaims.AtEqualDamage(stress);
        return new(
            "equal-damage-claims", "The claims about Table II at equal damage (the verdicts above are those at the paper's gammas)",
            ["claim", "verdict at equal damage", "ours at equal damage"],
            [.. paper.Claims.Where(c => findings.ContainsKey(c.Id)).Select(c => (IReadOnlyList<string>)[$"{c.Id}: {c.Text}", findings[c.Id].Verdict.Words(), findings[c.Id].Ours])]);
    }

    private static ReportTable Sweep(ClipFormerStress stress)
    {
        return new(
            "strong-noise", "Stronger noise than the paper's: top-1 accuracy in % (mean and 95 % interval over seeds) by (alpha, beta)",
            ["model", "wMax of K and V", "gamma", .. ClipFormerDesigns.Settings.Select(ClipFormerCell.TextOf)],
            [.. Rows(stress.Sweep, "one head"), .. Rows(stress.PerTensor, "all heads")]);

        static IEnumerable<IReadOnlyList<string>> Rows(IEnumerable<ClipFormerCell> cells, string scale) => cells
            .GroupBy(c => (c.Model, c.Variant, c.Gamma))
            .Select(row => (IReadOnlyList<string>)
            [
                NameOf((row.Key.Model, row.Key.Variant)), scale, N(row.Key.Gamma, Short), .. ClipFormerDesigns.Settings.Select(s => row.FirstOrDefault(c => c.Setting == s) is { } cell ? Spread(cell) : ""),
            ]);
    }

    private static ReportTable Every(string name, string title, ClipFormerTable table) => new(
        name, $"{title}: top-1 accuracy in % (mean and 95 % interval over seeds) and mean SNR of attention",
        ["model", "variant", "float32", "gamma", "alpha", "beta", "accuracy", "±", "mean SNR dB", .. table.Cells[0].Points.Select((_, i) => $"draw {i + 1}")],
        [.. table.Cells.Select(c => (IReadOnlyList<string>)
        [
            c.Model, VariantText(c.Variant), N(c.Float), N(c.Gamma, Short), N(c.Setting.Alpha, Short), N(c.Setting.Beta, Short),
            N(c.Mean), N(HalfWidth(c)), N(c.Snr), .. c.Points.Select(p => N(p)),
        ])]);

    private static IEnumerable<(string Name, ClipFormerCell Plain, ClipFormerCell Best)> Rows(ClipFormerTable table) =>
        from network in table.Networks
        from level in network.Select(c => c.Level).Distinct()
        select (NameOf(network.Key), network.Single(c => c.Level == level && c.Setting == ClipFormerDesigns.Settings[0]), ClipFormerOrders.Best(network, level));

    private static string NameOf((string Model, ClipFormerVariant Variant) network) => network.Variant switch
    {
        ClipFormerVariant.Vat => $"{network.Model} + VAT",
        ClipFormerVariant.Sparse => $"Sparse {network.Model}",
        ClipFormerVariant.SparseVat => $"Sparse {network.Model} + VAT",
        _ => network.Model,
    };

    private static string VariantText(ClipFormerVariant variant) => variant switch
    {
        ClipFormerVariant.Vat => "VAT",
        ClipFormerVariant.Sparse => "sparse",
        ClipFormerVariant.SparseVat => "sparse + VAT",
        _ => "standard",
    };

    private static string Spread(ClipFormerCell cell) => double.IsFinite(HalfWidth(cell)) ? $"{N(cell.Mean, "F1")} ± {N(HalfWidth(cell), "F1")}" : N(cell.Mean, "F1");

    private static double HalfWidth(ClipFormerCell cell) => new Comparison("", cell.Points).HalfWidth;

    private const string Short = "0.##";

    private static string N(double value, string format = "F2") => double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : "";
}
