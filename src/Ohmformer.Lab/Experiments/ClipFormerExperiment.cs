using System.Globalization;

namespace Ohmformer.Lab.Experiments;

/// <summary>ClipFormer (arXiv 2402.02586): Table II, its figures, and claims C1 to C11.</summary>
internal sealed class ClipFormerExperiment : IExperiment
{
    private const string DamagedNetwork = "DeiT-S";
    private const double ChanceOfImageNet = 0.1;

    /// <inheritdoc/>
    public PaperFolder Paper { get; } = new(
        "clipformer", "clipformer_arxiv_2024", "Bhattacharjee, Moitra, Panda: ClipFormer: Key-Value Clipping of Transformers on Memristive Crossbars for Write Noise Mitigation, arXiv 2402.02586");

    /// <inheritdoc/>
    public string FullDuration => "about 40 minutes for four models, extrapolated from a run on 100 samples";

    /// <inheritdoc/>
    public ExperimentReport Run(ExperimentRequest request, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        var models = ExperimentModels.Of(request);
        var measured = models.Count > 0 ? new ClipFormerStudy(request, progress, cancellation).Run(models, Damage()) : null;
        return new()
        {
            Paper = Paper,
            Claims = Paper.Judge(ClipFormerClaims.Of(Paper, measured)),
            Tables = [.. measured is null ? (ReportTable[])[] : [ClipFormerTables.Summary(measured.Table)], Published(), Hardware(), .. measured is null ? [] : (ReportTable[])[ClipFormerRanges.Table(models, request, progress, cancellation), .. ClipFormerTables.Of(measured, Paper)]],
            Figures = measured is null ? [] : ClipFormerFigures.Of(measured),
            Conditions = Conditions(request, models, measured),
        };
    }

    private PublishedDamage Damage()
    {
        var rows = Paper.Rows("table2.csv").Where(r => r["model"] == DamagedNetwork).ToList();
        return new(Of(rows[0]["software"]), ChanceOfImageNet, rows.ToDictionary(r => Of(r["gamma"]), r => Of(r["plain"])));

        static double Of(string number) => double.Parse(number, CultureInfo.InvariantCulture);
    }

    private static List<string> Conditions(ExperimentRequest request, IReadOnlyList<ExperimentModel> models, ClipFormerMeasurement? measured)
    {
        List<string> conditions = ["Hardware: the design clipformer-rram (Table I of the paper): write and read noise drawn per 8-bit weight, 64 x 64 crossbars, R = 100."];
        if (measured is null) return [.. conditions, "Only the exact part was run; it needs no model."];
        conditions.AddRange(
        [
            $"Models: {string.Join(", ", models.Select(m => m.Name))}; the first {measured.Table.Sampling.Samples} samples of their evaluation data; small trained networks stand in for those of the paper.",
            $"{measured.Table.Sampling.Seeds} noise seeds from {request.Seed} on; intervals in tables and figures are 95 % over these seeds, on the same samples.",
            string.Create(CultureInfo.InvariantCulture, $"Sparse: token pruning without retraining keeps {ClipFormerStudy.KeepRatio} of the tokens behind a quarter, a half and three quarters of the encoders. VAT: one epoch of variation-aware training at gamma 2."),
        ]);
        if (measured.Stress is not { } stress) return conditions;
        conditions.AddRange(
        [
            $"Stronger noise than the paper's: {stress.SweepSampling.Samples} samples, {stress.SweepSampling.Seeds} noise seeds, at gammas chosen by the plain accuracy of the standard networks alone.",
            $"Equal damage: gamma at which the plain standard network loses the share of its accuracy above chance that DeiT-S loses at gamma 3, 4 and 5, by lines between the gammas of the sweep; {stress.EqualDamage.Sampling.Samples} samples, {stress.EqualDamage.Sampling.Seeds} noise seeds.",
        ]);
        return conditions;
    }

    private ReportTable Published() => new(
        "table2-paper", "Table II of the paper: ImageNet-1k top-1 accuracy in %",
        ["model", "software", "gamma", "plain", "ClipFormer", "best (alpha, beta)"],
        [.. Paper.Rows("table2.csv").Select(r => (IReadOnlyList<string>)[r["model"], r["software"], r["gamma"], r["plain"], r["clipformer"], $"({r["best_alpha"]}, {r["best_beta"]})"])]);

    private ReportTable Hardware() => new(
        "hardware", "Attention on the hardware of Table I, and what beta = 0.25 saves",
        ["network", "area mm2, paper", "ours", "area saved %, paper", "ours", "energy saved %, paper", "ours"],
        [.. ClipFormerClaims.Costs().Zip(Paper.Rows("hardware.csv"), (ours, paper) => (IReadOnlyList<string>)
            [ours.Network, paper["area_mm2"], N(ours.Area, "F1"), paper["area_saved_percent"], N(ours.AreaSaved, "F2"), paper["energy_saved_percent"], N(ours.EnergySaved, "F2")])]);

    private static string N(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
