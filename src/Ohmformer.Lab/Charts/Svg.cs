using System.Globalization;

namespace Ohmformer.Lab.Charts;

/// <summary>Draws charts as SVG images: text that any browser shows, the same bytes for the same chart.</summary>
public static class Svg
{
    private const double Edge = 20, TitleSize = 17, TextSize = 12, LineHeight = 1.35, LegendRow = 20, SmallestPlot = 80;
    private const int SmallestWidth = 200, SmallestHeight = 150;

    /// <summary>The image of a chart. Values that are not finite, or not positive on a logarithmic axis, are left out.</summary>
    /// <returns>A complete SVG document without an XML declaration.</returns>
    /// <exception cref="ArgumentException">The image is too small, an axis has an impossible range, or bars lack categories.</exception>
    public static string Of(Chart chart)
    {
        Check(chart);
        using var svg = new SvgWriter(chart.Width, chart.Height);
        svg.Text("title", chart.Title);
        svg.Text("desc", string.Join("; ", chart.Series.Select(s => s.Name).Where(n => n.Length > 0)));
        svg.Text("style", Palette.StyleSheet);
        svg.Element("rect", ("class", "paper"), ("width", chart.Width), ("height", chart.Height));
        double top = Header(svg, chart);
        var plot = Plot.Of(chart, top);
        YTitle(svg, chart.Y, plot);
        Grid(svg, plot);
        XAxis(svg, chart, plot);
        new SeriesDrawing(svg, chart, plot).Draw();
        return svg.Finish();
    }

    private static void Check(Chart chart)
    {
        if (chart.Width < SmallestWidth || chart.Height < SmallestHeight)
            throw new ArgumentException($"an image of {chart.Width} x {chart.Height} pixels; {SmallestWidth} x {SmallestHeight} at least", nameof(chart));
        if (chart.Y.Categories is not null) throw new ArgumentException("categories belong to the horizontal axis", nameof(chart));
        if (chart.X.Categories is { Count: 0 }) throw new ArgumentException("no categories on the horizontal axis", nameof(chart));
        if (chart.X.Categories is null && chart.Series.Any(s => s.Style == SeriesStyle.Bars)) throw new ArgumentException("bars need categories on the horizontal axis", nameof(chart));
        foreach (var axis in (Axis[])[chart.X, chart.Y])
        {
            if (axis.Minimum >= axis.Maximum) throw new ArgumentException($"the axis '{axis.Title}' is empty", nameof(chart));
            if (axis is { Minimum: double.NaN } or { Maximum: double.NaN }) throw new ArgumentException($"the axis '{axis.Title}' ends nowhere", nameof(chart));
            if (axis.Log && (axis.Minimum <= 0 || axis.Maximum <= 0)) throw new ArgumentException($"the logarithmic axis '{axis.Title}' ends at zero or below", nameof(chart));
        }
    }

    /// <summary>Title, subtitle and legend.</summary>
    /// <returns>Where the space below them starts.</returns>
    private static double Header(SvgWriter svg, Chart chart)
    {
        double y = Edge - 4, width = chart.Width - (2 * Edge);
        foreach (string line in ChartText.Lines(chart.Title, TitleSize, width))
            svg.Text("text", line, ("class", "ink"), ("x", Edge), ("y", (y += TitleSize * LineHeight) - 5), ("font-size", TitleSize), ("font-weight", 600));
        foreach (string line in ChartText.Lines(chart.Subtitle ?? "", TextSize, width))
            svg.Text("text", line, ("class", "soft"), ("x", Edge), ("y", (y += TextSize * LineHeight) - 2), ("font-size", TextSize));
        return chart.Series.Count(s => s.Name.Length > 0) > 1 ? Legend(svg, chart, y + 8) : y + 4;
    }

    private static double Legend(SvgWriter svg, Chart chart, double top)
    {
        double x = Edge, y = top + (LegendRow / 2);
        foreach (var (i, series) in chart.Series.Index().Where(s => s.Item.Name.Length > 0))
        {
            double key = SeriesDrawing.KeyWidth(series), width = key + 6 + ChartText.Width(series.Name, TextSize);
            if (x > Edge && x + width > chart.Width - Edge) (x, y) = (Edge, y + LegendRow);
            SeriesDrawing.Key(svg, series, series.Like ?? i, x, y);
            svg.Text("text", series.Name, ("class", "ink"), ("x", x + key + 6), ("y", y + 4), ("font-size", TextSize));
            x += width + 20;
        }
        return y + (LegendRow / 2);
    }

    private static void YTitle(SvgWriter svg, Axis axis, Plot plot) => svg.Text(
        "text", Title(axis, plot.Y), ("class", "soft"), ("x", Edge), ("y", plot.Top - 12), ("font-size", TextSize));

    private static void Grid(SvgWriter svg, Plot plot)
    {
        foreach (double value in plot.Y.Minor.Where(plot.Y.Shows)) Line(svg, "grid", plot.Left - 3, plot.Vertical(value), plot.Left, plot.Vertical(value));
        foreach (var tick in plot.Y.Ticks.Marks)
        {
            Line(svg, tick.Value == 0 ? "axis" : "grid", plot.Left, plot.Vertical(tick.Value), plot.Right, plot.Vertical(tick.Value));
            svg.Text("text", tick.Label, ("class", "soft"), ("x", plot.Left - 8), ("y", plot.Vertical(tick.Value) + 4), ("text-anchor", "end"), ("font-size", TextSize));
        }
        if (!plot.VerticalGrid) return;
        foreach (var tick in plot.X.Ticks.Marks) Line(svg, "grid", plot.Horizontal(tick.Value), plot.Top, plot.Horizontal(tick.Value), plot.Bottom);
    }

    private static void XAxis(SvgWriter svg, Chart chart, Plot plot)
    {
        Line(svg, "axis", plot.Left, plot.Bottom, plot.Right, plot.Bottom);
        foreach (double value in plot.X.Minor.Where(plot.X.Shows)) Line(svg, "axis", plot.Horizontal(value), plot.Bottom, plot.Horizontal(value), plot.Bottom + 3);
        foreach (var tick in plot.X.Ticks.Marks)
        {
            double x = plot.Horizontal(tick.Value), y = plot.Bottom + 18;
            if (chart.X.Categories is null) Line(svg, "axis", x, plot.Bottom, x, plot.Bottom + 5);
            if (plot.Slanted)
                svg.Text("text", tick.Label, ("class", "soft"), ("text-anchor", "end"), ("font-size", TextSize), ("transform", Turned(x + 4, y - 4, -Plot.Slant)));
            else svg.Text("text", tick.Label, ("class", "soft"), ("x", x), ("y", y), ("text-anchor", "middle"), ("font-size", TextSize));
        }
        svg.Text(
            "text", Title(chart.X, plot.X), ("class", "soft"), ("x", (plot.Left + plot.Right) / 2), ("y", (double)chart.Height - 12), ("text-anchor", "middle"), ("font-size", TextSize));
    }

    private static void Line(SvgWriter svg, string kind, double x1, double y1, double x2, double y2) =>
        svg.Element("line", ("class", kind), ("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2));

    /// <summary>What is along an axis, with the power of ten that its labels leave out, and the unit.</summary>
    private static string Title(Axis axis, Scale scale)
    {
        string[] unit = [.. scale.Ticks.Exponent == 0 ? (string[])[] : [Ticks.TenTo(scale.Ticks.Exponent)], .. axis.Unit is null ? (string[])[] : [axis.Unit]];
        return unit.Length == 0 ? axis.Title : $"{axis.Title} ({string.Join(' ', unit)})";
    }

    /// <summary>A move to a point and a turn there, for text that is not level.</summary>
    internal static string Turned(double x, double y, double degrees) =>
        string.Create(CultureInfo.InvariantCulture, $"translate({SvgWriter.Number(x)} {SvgWriter.Number(y)}) rotate({degrees})");

    /// <summary>Where the plot lies in the image and what its axes show.</summary>
    internal sealed record Plot(double Left, double Top, double Right, double Bottom, Scale X, Scale Y, bool VerticalGrid, bool Slanted)
    {
        /// <summary>Degrees by which names turn that are wider than their part of the axis.</summary>
        public const double Slant = 35;

        /// <summary>Place of a value of the horizontal axis in the image.</summary>
        public double Horizontal(double value) => Left + X.At(value);

        /// <summary>Place of a value of the vertical axis in the image.</summary>
        public double Vertical(double value) => Bottom - Y.At(value);

        /// <summary>Divides the space below the header.</summary>
        public static Plot Of(Chart chart, double headerBottom)
        {
            double top = headerBottom + TextSize + 24, right = chart.Width - Edge - 4;
            string[] names = [.. chart.X.Categories ?? []];
            double widest = names.Select(n => ChartText.Width(n, TextSize)).DefaultIfEmpty().Max();
            bool slanted = names.Length > 0 && widest + 10 > (right - (3 * Edge)) / names.Length;
            double below = 50 + (slanted ? Math.Max(0, (widest * Math.Sin(Slant * Math.PI / 180)) - 4) : 0);
            double bottom = Math.Max(top + SmallestPlot, chart.Height - below);
            var y = Scale.OfNumbers(chart.Y, ValuesOf(chart), bottom - top, Scale.Margin.Upright, _ => 30);
            double left = Edge + 8 + y.Ticks.Marks.Select(t => ChartText.Width(t.Label, TextSize)).DefaultIfEmpty().Max();
            bool lines = chart.Series.All(s => s.Style == SeriesStyle.Line);
            var x = names.Length > 0
                ? Scale.OfNames(names, right - left)
                : Scale.OfNumbers(
                    chart.X, chart.Series.SelectMany(s => s.Points).Select(p => p.X), right - left, lines ? Scale.Margin.None : Scale.Margin.Padded,
                    label => ChartText.Width(label, TextSize) + 26);
            return new(left, top, right, bottom, x, y, VerticalGrid: names.Length == 0 && chart.Series.All(s => s.Style == SeriesStyle.Markers), slanted);
        }

        private static IEnumerable<double> ValuesOf(Chart chart) => chart.Series.SelectMany(s => s.Points.SelectMany(p => (double[])
            [p.Y, .. s.Style == SeriesStyle.Bars && p.Label is not null ? (double[])[(p.High ?? p.Y) * (chart.Y.Log ? 1.5 : 1.08)] : [], .. p.Low is { } low ? (double[])[low] : [], .. p.High is { } high ? (double[])[high] : [], .. s.Style == SeriesStyle.Bars ? (double[])[0] : []]));
    }
}
