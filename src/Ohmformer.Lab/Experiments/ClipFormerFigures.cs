using System.Globalization;
using Ohmformer.Lab.Charts;
using Ohmformer.Techniques.ClipFormer;
using Network = System.Linq.IGrouping<(string Model, Ohmformer.Lab.Experiments.ClipFormerVariant Variant), Ohmformer.Lab.Experiments.ClipFormerCell>;

namespace Ohmformer.Lab.Experiments;

/// <summary>The figures of ClipFormer's experiment.</summary>
internal static class ClipFormerFigures
{
    /// <summary>All figures.</summary>
    public static IReadOnlyList<ReportFigure> Of(ClipFormerMeasurement measured) =>
    [
        .. measured.Table.Networks.Where(n => n.Key.Variant == ClipFormerVariant.Standard).SelectMany(AtThePapersNoise),
        .. measured.Stress is { } stress ? stress.Sweep.GroupBy(c => c.Model).SelectMany(model => Beyond(model.Key, stress)) : [],
    ];

    private static IEnumerable<ReportFigure> AtThePapersNoise(Network network)
    {
        string file = FileName(network.Key.Model);
        yield return ReportFigure.Of($"accuracy-gamma-{file}", new()
        {
            Title = $"{network.Key.Model}: accuracy over write noise",
            Subtitle = $"(alpha, beta) of the transform; {Bands(network)}; float32 {N(network.First().Float, "F2")} %",
            X = new("gamma, factor of write noise") { Categories = [.. ClipFormerDesigns.Gammas.Select(g => N(g))] },
            Y = new("top-1 accuracy") { Unit = "%" },
            Series = [.. network.GroupBy(c => c.SettingText).Select(s => new Series(s.Key, [.. s.Select((c, i) => Point(i, c))]) { Style = SeriesStyle.LineAndMarkers })],
        });
        yield return ReportFigure.Of($"accuracy-snr-{file}", new()
        {
            Title = $"{network.Key.Model}: accuracy over the mean SNR of attention",
            Subtitle = "every gamma and setting; intervals are 95 % over noise seeds",
            X = new("mean SNR over the encoders") { Unit = "dB" },
            Y = new("top-1 accuracy") { Unit = "%" },
            Series = [.. network.GroupBy(c => c.Gamma).Select(g => new Series($"gamma {g.Key}", [.. g.Select(c => Point(c.Snr, c) with { Label = c.SettingText })]) { Style = SeriesStyle.Markers })],
            Height = 480,
        });
        yield return ReportFigure.Of($"snr-encoders-{file}", new()
        {
            Title = $"{network.Key.Model}: SNR of attention in every encoder",
            Subtitle = $"gamma {N(ClipFormerDesigns.Gammas[^1])}",
            X = new("encoder"),
            Y = new("SNR") { Unit = "dB" },
            Series = [.. network.Where(c => c.Gamma == ClipFormerDesigns.Gammas[^1]).Select(c =>
                new Series(c.SettingText, [.. c.Score.Snr.Select(e => new ChartPoint(Index(e), e.Decibel))]) { Style = SeriesStyle.LineAndMarkers })],
        });
    }

    /// <summary>Accuracy over stronger noise: the transforms without and with VAT, and with one wMax for all heads.</summary>
    private static IEnumerable<ReportFigure> Beyond(string model, ClipFormerStress stress)
    {
        ClipFormerCell[] standard = Cells(stress.Sweep, ClipFormerVariant.Standard), vat = Cells(stress.Sweep, ClipFormerVariant.Vat), tensor = Cells(stress.PerTensor, ClipFormerVariant.Standard);
        var chart = new Chart
        {
            Title = $"{model}: accuracy over write noise beyond the paper's",
            Subtitle = $"(alpha, beta) of the transform, without and with VAT; {Bands(standard, " of plain")}; float32 {N(standard[0].Float, "F2")} %",
            X = new("gamma, factor of write noise"),
            Y = new("top-1 accuracy") { Unit = "%", Minimum = 0 },
            Series = [.. Lines(standard, ClipFormerDesigns.Settings, ""), .. Lines(vat, ClipFormerDesigns.Ends, "VAT, ", dashed: true)],
            Height = 480,
        };
        yield return ReportFigure.Of($"strong-noise-{FileName(model)}", chart);
        yield return ReportFigure.Of($"full-scale-{FileName(model)}", chart with
        {
            Title = $"{model}: full scale of K and V per head or for all heads",
            Subtitle = $"wMax of one head or of all heads of an input; (alpha, beta) of the transform; {Bands(standard, " of plain")}",
            Series = [.. Lines(standard, ClipFormerDesigns.Ends, "per head, "), .. Lines(tensor, ClipFormerDesigns.Ends, "all heads, ", dashed: true)],
        });

        ClipFormerCell[] Cells(IReadOnlyList<ClipFormerCell> cells, ClipFormerVariant variant) => [.. cells.Where(c => c.Model == model && c.Variant == variant)];
    }

    /// <summary>A line for each setting, the first with its band.</summary>
    private static IEnumerable<Series> Lines(ClipFormerCell[] cells, IReadOnlyList<(double Alpha, double Beta)> settings, string prefix, bool dashed = false) =>
        from setting in settings
        let line = cells.Where(c => c.Setting == setting)
        where line.Any()
        let name = prefix + ClipFormerCell.TextOf(setting)
        select new Series(name, [.. line.Select(c => setting == settings[0] ? Point(c.Gamma, c) : new(c.Gamma, c.Mean))]) { Style = SeriesStyle.LineAndMarkers, Dashed = dashed };

    private static string Bands(IEnumerable<ClipFormerCell> cells, string which = "") => $"bands{which} are 95 % intervals over {cells.First().Points.Length} noise seeds";

    private static int Index(Techniques.ClipFormer.EncoderSnr encoder) => int.Parse(encoder.Encoder.Split('.')[^1], CultureInfo.InvariantCulture);

    private static ChartPoint Point(double x, ClipFormerCell cell)
    {
        double half = new Comparison("", cell.Points).HalfWidth;
        return double.IsFinite(half) ? new(x, cell.Mean) { Low = Math.Max(0, cell.Mean - half), High = Math.Min(100, cell.Mean + half) } : new(x, cell.Mean);
    }

    private static string FileName(string model) => model.Split(' ')[0];

    private static string N(double value, string format = "0.##") => value.ToString(format, CultureInfo.InvariantCulture);
}
