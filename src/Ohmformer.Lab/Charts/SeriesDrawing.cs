using System.Globalization;
using System.Text;

namespace Ohmformer.Lab.Charts;

/// <summary>Draws the series of a chart into its plot.</summary>
internal sealed class SeriesDrawing(SvgWriter svg, Chart chart, Svg.Plot plot)
{
    private const double Radius = 4, GroupShare = 0.78, Whisker = 4, WidestBar = 64;
    private const string Dashes = "6 4";

    private readonly LabelLayout _labels = new(new(plot.Left, plot.Top - 6, plot.Right, plot.Bottom));

    /// <summary>Draws all series, then the texts beside their points.</summary>
    public void Draw()
    {
        if (!chart.Series.Any(s => s.Points.Any(Has)))
            svg.Text("text", "no data", ("class", "soft"), ("x", (plot.Left + plot.Right) / 2), ("y", (plot.Top + plot.Bottom) / 2), ("text-anchor", "middle"), ("font-size", 14.0));
        var series = chart.Series.Select((s, i) => (Index: s.Like ?? i, Item: s)).Reverse().ToList();
        Bars();
        // A picture within the picture cuts off what leaves the axes.
        using (svg.Group("svg", ("x", plot.Left), ("y", plot.Top), ("width", plot.Right - plot.Left), ("height", plot.Bottom - plot.Top)))
        {
            foreach (var (i, lines) in series.Where(s => HasLine(s.Item))) Band(lines, i);
            foreach (var (i, lines) in series.Where(s => HasLine(s.Item))) Path(lines, i);
        }
        foreach (var (i, markers) in series.Where(s => s.Item.Style is SeriesStyle.Markers or SeriesStyle.LineAndMarkers)) Markers(markers, i);
        foreach (var (_, labeled) in series.AsEnumerable().Reverse().Where(s => s.Item.Style != SeriesStyle.Bars)) Labels(labeled);
    }

    /// <summary>The sign of a series in the legend.</summary>
    public static void Key(SvgWriter svg, Series series, int index, double x, double y)
    {
        using var group = svg.Group("g", ("class", Color(index)));
        if (series.Style == SeriesStyle.Bars) svg.Element("rect", ("x", x), ("y", y - 6), ("width", 12.0), ("height", 12.0), ("rx", 2), ("fill", "currentColor"));
        if (HasLine(series)) Stroke(svg, "M" + Pair(x, y) + "H" + SvgWriter.Number(x + KeyWidth(series)), series, index);
        if (series.Style is SeriesStyle.Markers or SeriesStyle.LineAndMarkers) Marker(svg, index, x + (KeyWidth(series) / 2), y);
    }

    /// <summary>Width of that sign in pixels.</summary>
    public static double KeyWidth(Series series) => HasLine(series) ? 24 : 12;

    private static bool HasLine(Series series) => series.Style is SeriesStyle.Line or SeriesStyle.LineAndMarkers;

    private static string Color(int index) => "c" + (index % Palette.Colors.Count).ToString(CultureInfo.InvariantCulture);

    private static string Pair(double x, double y) => $"{SvgWriter.Number(x)} {SvgWriter.Number(y)}";

    private bool Has(ChartPoint point) => plot.X.Has(point.X) && plot.Y.Has(point.Y);

    private bool Shows(ChartPoint point) => plot.X.Shows(point.X) && plot.Y.Shows(point.Y);

    /// <summary>Runs of points without a gap.</summary>
    private static IEnumerable<List<ChartPoint>> Runs(IEnumerable<ChartPoint> points, Func<ChartPoint, bool> has)
    {
        var run = new List<ChartPoint>();
        foreach (var point in points)
        {
            if (has(point)) run.Add(point);
            else if (run.Count > 0)
            {
                yield return run;
                run = [];
            }
        }
        if (run.Count > 0) yield return run;
    }

    private void Path(Series series, int index)
    {
        var path = new StringBuilder();
        foreach (var run in Runs(series.Points, Has))
        {
            // A point alone becomes a dot: a line of no length has round ends.
            path.Append('M').Append(InPlot(run[0].X, run[0].Y)).Append('L');
            path.AppendJoin(' ', run.Skip(run.Count > 1 ? 1 : 0).Select(p => InPlot(p.X, p.Y)));
        }
        if (path.Length == 0) return;
        using var group = svg.Group("g", ("class", Color(index)));
        Stroke(svg, path.ToString(), series, index);
    }

    private static void Stroke(SvgWriter svg, string path, Series series, int index)
    {
        string dashes = series.Dashed || index >= Palette.Colors.Count ? Dashes : "none";
        svg.Element(
            "path", ("d", path), ("fill", "none"), ("stroke", "currentColor"), ("stroke-width", 2), ("stroke-dasharray", dashes),
            ("stroke-linejoin", "round"), ("stroke-linecap", dashes == "none" ? "round" : "butt"));
    }

    private void Band(Series series, int index)
    {
        var path = new StringBuilder();
        foreach (var run in Runs(series.Points, p => plot.X.Has(p.X) && p is { Low: { } low, High: { } high } && plot.Y.Has(low) && plot.Y.Has(high)))
        {
            path.Append('M').AppendJoin(' ', run.Select(p => InPlot(p.X, p.High!.Value)));
            path.Append('L').AppendJoin(' ', run.AsEnumerable().Reverse().Select(p => InPlot(p.X, p.Low!.Value))).Append('Z');
        }
        if (path.Length == 0) return;
        using var group = svg.Group("g", ("class", Color(index)));
        svg.Element("path", ("d", path.ToString()), ("fill", "currentColor"), ("fill-opacity", "0.18"));
    }

    private string InPlot(double x, double y) => Pair(plot.Horizontal(x) - plot.Left, plot.Vertical(y) - plot.Top);

    private void Markers(Series series, int index)
    {
        using var group = svg.Group("g", ("class", Color(index)));
        foreach (var point in series.Points.Where(Shows))
        {
            double x = plot.Horizontal(point.X), y = plot.Vertical(point.Y);
            if (series.Style == SeriesStyle.Markers) Whiskers(point, x, "error");
            Marker(svg, index, x, y);
            _labels.Avoid(new(x - Radius - 1, y - Radius - 1, x + Radius + 1, y + Radius + 1), LabelLayout.Marker);
        }
    }

    /// <summary>A circle, a square, a triangle and so on, with an edge in the color of the paper so that neighbors stay apart.</summary>
    private static void Marker(SvgWriter svg, int index, double x, double y)
    {
        (string Name, object Value)[] look = [("class", "edge"), ("fill", "currentColor"), ("stroke-width", 1)];
        const double r = Radius + 0.5;
        string corners = (index % 6) switch
        {
            1 => "M-3.8 -3.8H3.8V3.8H-3.8Z",
            2 => "M0 -5L4.8 3.6H-4.8Z",
            3 => "M0 -5.4L5.4 0L0 5.4L-5.4 0Z",
            4 => "M0 5L4.8 -3.6H-4.8Z",
            5 => "M-1.6 -4.8H1.6V-1.6H4.8V1.6H1.6V4.8H-1.6V1.6H-4.8V-1.6H-1.6Z",
            _ => "",
        };
        if (corners.Length == 0) svg.Element("circle", [("cx", x), ("cy", y), ("r", r), .. look]);
        else svg.Element("path", [("transform", $"translate({Pair(x, y)})"), ("d", corners), .. look]);
    }

    private void Whiskers(ChartPoint point, double x, string look)
    {
        if (point is not { Low: { } low, High: { } high } || !plot.Y.Has(low) || !plot.Y.Has(high)) return;
        double bottom = Math.Min(plot.Bottom, plot.Vertical(low)), top = Math.Max(plot.Top, plot.Vertical(high));
        string end = "h" + SvgWriter.Number(2 * Whisker);
        string path = $"M{Pair(x - Whisker, top)}{end}M{Pair(x, top)}V{SvgWriter.Number(bottom)}M{Pair(x - Whisker, bottom)}{end}";
        svg.Element("path", ("class", look), ("d", path), ("fill", "none"), ("stroke", "currentColor"), ("stroke-width", "1.4"));
        _labels.Avoid(new(x - Whisker, top, x + Whisker, bottom), LabelLayout.Whisker);
    }

    private void Labels(Series series)
    {
        foreach (var point in series.Points.Where(p => p.Label is not null && Shows(p)))
        {
            double x = plot.Horizontal(point.X), y = plot.Vertical(point.Y);
            var (box, far) = _labels.Place(x, y, point.Label!);
            if (far) svg.Element("line", ("class", "axis"), ("x1", x), ("y1", y), ("x2", Math.Clamp(x, box.Left, box.Right)), ("y2", Math.Clamp(y, box.Top, box.Bottom)));
            svg.Text(
                "text", point.Label!, ("class", "ink edge"), ("x", (box.Left + box.Right) / 2), ("y", box.Bottom - 2), ("text-anchor", "middle"),
                ("font-size", LabelLayout.FontSize), ("stroke-width", 3), ("paint-order", "stroke"));
        }
    }

    private void Bars()
    {
        (int Index, Series Item)[] groups = [.. chart.Series.Index().Where(s => s.Item.Style == SeriesStyle.Bars)];
        if (groups.Length == 0) return;
        double part = (plot.Right - plot.Left) / chart.X.Categories!.Count;
        double width = Math.Min(WidestBar, part * GroupShare / groups.Length);
        foreach (var (place, (index, series)) in groups.Index())
        {
            using var group = svg.Group("g", ("class", Color(index)));
            foreach (var point in series.Points.Where(Has))
                Bar(point, plot.Horizontal(point.X) + ((place - (groups.Length / 2.0)) * width), width);
        }
    }

    private void Bar(ChartPoint point, double left, double width)
    {
        double zero = chart.Y.Log ? plot.Bottom : Math.Clamp(plot.Vertical(0), plot.Top, plot.Bottom);
        double end = Math.Clamp(plot.Vertical(point.Y), plot.Top, plot.Bottom), gap = Math.Min(2, width / 8), middle = left + (width / 2);
        svg.Element(
            "rect", ("x", left + (gap / 2)), ("y", Math.Min(zero, end)), ("width", width - gap), ("height", Math.Abs(zero - end)), ("fill", "currentColor"));
        Whiskers(point, middle, "whisker");
        if (point.Label is not { } label) return;
        double top = Math.Min(Math.Min(zero, end), point.High is { } high && plot.Y.Has(high) ? plot.Vertical(high) : end) - 5;
        (string Name, object Value)[] look = [("class", "ink"), ("font-size", LabelLayout.FontSize - 1)];
        if (ChartText.Width(label, LabelLayout.FontSize - 1) <= width + 4) svg.Text("text", label, [("x", middle), ("y", top), ("text-anchor", "middle"), .. look]);
        else if (width >= LabelLayout.FontSize - 1) svg.Text("text", label, [("transform", Svg.Turned(middle + 4, top, -90)), .. look]);
    }
}
