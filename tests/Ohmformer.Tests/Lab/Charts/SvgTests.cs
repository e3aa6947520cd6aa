using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Ohmformer.Lab.Charts;

namespace Ohmformer.Tests.Lab.Charts;

public sealed class SvgTests
{
    private static readonly XNamespace Xml = "http://www.w3.org/2000/svg";

    [Theory]
    [InlineData(SeriesStyle.Line)]
    [InlineData(SeriesStyle.LineAndMarkers)]
    [InlineData(SeriesStyle.Markers)]
    [InlineData(SeriesStyle.Bars)]
    public void Any_style_and_any_text_gives_well_formed_xml_with_finite_coordinates(SeriesStyle style)
    {
        string nasty = "<a> & \"b\" 'c' ]]> \u0001 \ud800 \uffff é 漢";
        var points = new ChartPoint[]
        {
            new(0, 1) { Low = 0.5, High = 2, Label = nasty }, new(1, double.NaN), new(2, double.PositiveInfinity), new(0, -3), new(1, 4) { Low = double.NaN, High = 5 }, new(2, 3) { Label = "x" },
        };
        foreach (bool log in (bool[])[false, true])
        {
            var root = Parse(Chart(new Series(nasty, points) { Style = style }, new Series("b", []) { Style = style }) with
            {
                Title = nasty,
                X = new(nasty) { Categories = style == SeriesStyle.Bars ? ["one", nasty, "three"] : null },
                Y = new(nasty) { Unit = nasty, Log = log },
            });
            Assert.Contains(root.Descendants(Xml + "text"), t => t.Value.Contains("<a> & \"b\" 'c' ]]> \ufffd \ufffd \ufffd", StringComparison.Ordinal));
            Assert.DoesNotContain("NaN", root.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("Infinity", root.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("∞", root.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_series_without_a_name_is_not_in_the_legend_and_may_share_the_color_of_another()
    {
        var root = Parse(Chart(Series.Line("a", [0, 1], [0, 1]), Series.Line("b", [0, 1], [0, 2]), new Series("", [new(0, 3), new(1, 4)]) { Like = 1 }));
        Assert.DoesNotContain(root.Descendants(Xml + "text"), t => t.Value.Length == 0);
        string?[] colors = [.. root.Descendants(Xml + "g").Where(g => g.Elements(Xml + "path").Any()).Select(g => g.Attribute("class")?.Value)];
        Assert.Equal((2, 3), (colors.Count(c => c == "c0"), colors.Count(c => c == "c1"))); // a: legend and line; b and its like: legend and two lines
        Assert.DoesNotContain("c2", colors);
    }

    [Fact]
    public void A_line_goes_through_its_points_in_proportion()
    {
        double[] x = [0, 1, 2, 4], y = [0, 10, 5, 20];
        var path = Points(Parse(Chart(Series.Line("a", x, y))).Descendants(Xml + "path").Single().Attribute("d")!.Value);
        Assert.Equal(4, path.Length);
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(path[0].X + ((path[3].X - path[0].X) * x[i] / 4), path[i].X, 0.11);
            Assert.Equal(path[0].Y + ((path[3].Y - path[0].Y) * y[i] / 20), path[i].Y, 0.11);
        }
    }

    [Fact]
    public void Equal_factors_are_equal_distances_on_logarithmic_axes()
    {
        double[] x = [1, 10, 100, 1000], y = [3, 6, 12, 24];
        var path = Points(Parse(Chart(Series.Line("a", x, y)) with { X = new("x") { Log = true }, Y = new("y") { Log = true } }).Descendants(Xml + "path").Single().Attribute("d")!.Value);
        for (int i = 1; i < 3; i++)
        {
            Assert.Equal(path[i].X - path[i - 1].X, path[i + 1].X - path[i].X, 0.21);
            Assert.Equal(path[i].Y - path[i - 1].Y, path[i + 1].Y - path[i].Y, 0.21);
        }
    }

    [Fact]
    public void A_gap_interrupts_a_line()
    {
        string d = Parse(Chart(Series.Line("a", [1, 2, 3, 4, 5], [1, 2, double.NaN, 4, 5]))).Descendants(Xml + "path").Single().Attribute("d")!.Value;
        Assert.Equal(2, d.Count(c => c == 'M'));
        Assert.Equal(4, Points(d).Length);
    }

    [Fact]
    public void Without_points_the_chart_says_so() =>
        Assert.Contains(Parse(Chart(new Series("a", []), Series.Line("b", [1, 2], [double.NaN, double.NegativeInfinity]))).Descendants(Xml + "text"), t => t.Value == "no data");

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, -7)]
    [InlineData(1e-30, 1e30)]
    public void A_single_point_is_within_the_plot(double x, double y)
    {
        foreach (bool log in (bool[])[false, true])
        {
            var circle = Parse(Chart(new Series("a", [new(x, y)]) { Style = SeriesStyle.Markers }) with { Y = new("y") { Log = log } }).Descendants(Xml + "circle").ToList();
            if (log && y <= 0) Assert.Empty(circle);
            else Assert.InRange(double.Parse(circle.Single().Attribute("cx")!.Value, CultureInfo.InvariantCulture), 20, 700);
        }
    }

    [Fact]
    public void Bars_start_at_zero_and_keep_their_ratio()
    {
        var bars = Parse(Chart(Series.Bars("a", [10, 5, double.NaN])) with { X = new("x") { Categories = ["a", "b", "c"] } })
            .Descendants(Xml + "rect").Where(r => r.Attribute("fill") is not null).ToList();
        Assert.Equal(2, bars.Count);
        Assert.Equal(2, Height(bars[0]) / Height(bars[1]), 0.01);
        Assert.Equal(Number(bars[0], "y") + Height(bars[0]), Number(bars[1], "y") + Height(bars[1]), 0.11);
    }

    [Fact]
    public void The_same_chart_gives_the_same_bytes_in_every_culture()
    {
        var chart = Chart(new Series("a", [new(0.5, 1234567.5), new(1.25, -3e7)]) { Style = SeriesStyle.Markers });
        string expected = Svg.Of(chart);
        var culture = CultureInfo.CurrentCulture;
        try
        {
            var german = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            german.NumberFormat = new() { NumberDecimalSeparator = ",", NumberGroupSeparator = ".", NegativeSign = "~" };
            CultureInfo.CurrentCulture = german;
            Assert.Equal(expected, Svg.Of(chart));
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [Fact]
    public void Texts_beside_points_do_not_overlap_where_there_is_room()
    {
        var layout = new LabelLayout(new(0, 0, 600, 400));
        Box[] boxes = [.. Enumerable.Range(0, 8).Select(i => layout.Place(300 + (3 * i), 200 + (2 * (i % 3)), $"design-{i}").Box)];
        for (int i = 0; i < boxes.Length; i++)
            for (int j = 0; j < i; j++) Assert.Equal(0, boxes[i].Overlap(boxes[j]));
    }

    [Fact]
    public void A_legend_stays_within_the_image_and_one_series_has_none()
    {
        var root = Parse(Chart([.. Enumerable.Range(0, 12).Select(i => Series.Line($"a series with a name {i}", [0, 1], [0, i]))]));
        var texts = root.Descendants(Xml + "text").Where(t => t.Value.StartsWith("a series", StringComparison.Ordinal)).ToList();
        Assert.Equal(12, texts.Count);
        Assert.All(texts, t => Assert.InRange(Number(t, "x") + ChartText.Width(t.Value, 12), 0, 720));
        Assert.DoesNotContain(Parse(Chart(Series.Line("alone", [0, 1], [0, 1]))).Descendants(Xml + "text"), t => t.Value == "alone");
    }

    /// <summary>G. M. Machado et al., "A Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE TVCG 15(6), 2009, severity 1.</summary>
    [Theory]
    [InlineData("none", new double[] { 1, 0, 0, 0, 1, 0, 0, 0, 1 })]
    [InlineData("protanopia", new double[] { 0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998 })]
    [InlineData("deuteranopia", new double[] { 0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881 })]
    [InlineData("tritanopia", new double[] { 1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900 })]
    public void Colors_stay_apart_for_every_kind_of_color_vision(string kind, double[] matrix)
    {
        foreach (var colors in (IEnumerable<string>[])[Palette.Colors.Select(c => c.Light), Palette.Colors.Select(c => c.Dark)])
        {
            double[][] seen = [.. colors.Select(c => Lab(Times(matrix, Linear(c))))];
            for (int i = 0; i < seen.Length; i++)
                for (int j = 0; j < i; j++)
                    Assert.True(Math.Sqrt(seen[i].Zip(seen[j], (a, b) => (a - b) * (a - b)).Sum()) > 15, $"{kind}: colors {j} and {i}");
        }
    }

    [Fact]
    public void Charts_that_cannot_be_drawn_are_refused()
    {
        var chart = Chart(Series.Line("a", [0, 1], [0, 1]));
        Assert.Throws<ArgumentException>(() => Svg.Of(chart with { Width = 10 }));
        Assert.Throws<ArgumentException>(() => Svg.Of(chart with { X = new("x") { Minimum = 2, Maximum = 1 } }));
        Assert.Throws<ArgumentException>(() => Svg.Of(chart with { Y = new("y") { Log = true, Minimum = 0 } }));
        Assert.Throws<ArgumentException>(() => Svg.Of(chart with { Y = new("y") { Categories = ["a"] } }));
        Assert.Throws<ArgumentException>(() => Svg.Of(Chart(Series.Bars("a", [1]))));
        Assert.Throws<ArgumentException>(() => Series.Line("a", [1], []));
    }

    private static Chart Chart(params Series[] series) => new() { Title = "t", X = new("x"), Y = new("y"), Series = series };

    private static XElement Parse(Chart chart) => XDocument.Parse(Svg.Of(chart)).Root!;

    private static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    private static double Height(XElement bar) => Number(bar, "height");

    private static (double X, double Y)[] Points(string path) =>
        [.. Regex.Matches(path, @"(-?[\d.]+) (-?[\d.]+)").Select(m => (double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture), double.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture)))];

    private static double[] Linear(string color) => [.. Enumerable.Range(0, 3)
        .Select(i => int.Parse(color.AsSpan(1 + (2 * i), 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0)
        .Select(v => v <= 0.04045 ? v / 12.92 : Math.Pow((v + 0.055) / 1.055, 2.4))];

    private static double[] Times(double[] m, double[] v) =>
        [.. Enumerable.Range(0, 3).Select(i => Math.Clamp((m[3 * i] * v[0]) + (m[(3 * i) + 1] * v[1]) + (m[(3 * i) + 2] * v[2]), 0, 1))];

    /// <summary>CIELAB of linear sRGB, white point D65.</summary>
    private static double[] Lab(double[] rgb)
    {
        double[] xyz = Times([0.4124 / 0.95047, 0.3576 / 0.95047, 0.1805 / 0.95047, 0.2126, 0.7152, 0.0722, 0.0193 / 1.08883, 0.1192 / 1.08883, 0.9505 / 1.08883], rgb);
        double[] f = [.. xyz.Select(t => t > 0.008856 ? Math.Cbrt(t) : (7.787 * t) + (16 / 116.0))];
        return [(116 * f[1]) - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])];
    }
}
