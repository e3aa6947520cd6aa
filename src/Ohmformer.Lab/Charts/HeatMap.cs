using System.Globalization;

namespace Ohmformer.Lab.Charts;

/// <summary>A matrix as colored squares with their numbers, so that nothing depends on the colors alone.</summary>
public sealed record HeatMap
{
    private const double Edge = 20, TitleSize = 17, TextSize = 12, LineHeight = 1.35;

    /// <summary>What the map shows.</summary>
    public required string Title { get; init; }

    /// <summary>Conditions of the figure, below the title; null for none.</summary>
    public string? Subtitle { get; init; }

    /// <summary>What rows and columns are.</summary>
    public required string Axis { get; init; }

    /// <summary>Names of rows and of columns.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Shape [names, names], in [0, 1]; NaN for none.</summary>
    public required double[,] Values { get; init; }

    /// <summary>Width of the image in pixels.</summary>
    public int Width { get; init; } = 720;

    /// <summary>The image: a complete SVG document without an XML declaration.</summary>
    /// <exception cref="ArgumentException">There are not as many names as rows and columns.</exception>
    public string Svg()
    {
        if (Values.GetLength(0) != Names.Count || Values.GetLength(1) != Names.Count)
            throw new ArgumentException($"{Values.GetLength(0)} x {Values.GetLength(1)} values for {Names.Count} names");
        string[] title = [.. ChartText.Lines(Title, TitleSize, Width - 2 * Edge)], subtitle = [.. ChartText.Lines(Subtitle ?? "", TextSize, Width - 2 * Edge)];
        double left = Edge + 10 + Names.Max(n => ChartText.Width(n, TextSize)), top = Edge + title.Length * TitleSize * LineHeight + subtitle.Length * TextSize * LineHeight + 2 * TextSize + 16;
        double cell = Math.Min(44, (Width - left - Edge) / Names.Count);
        using var svg = new SvgWriter(Width, (int)(top + Names.Count * cell + Edge + 2 * TextSize + 12));
        svg.Text("title", Title);
        svg.Text("style", Palette.StyleSheet);
        svg.Element("rect", ("class", "paper"), ("width", "100%"), ("height", "100%"));
        double y = Edge - 4;
        foreach (string line in title)
            svg.Text("text", line, ("class", "ink"), ("x", Edge), ("y", (y += TitleSize * LineHeight) - 5), ("font-size", TitleSize), ("font-weight", 600));
        foreach (string line in subtitle) svg.Text("text", line, ("class", "soft"), ("x", Edge), ("y", (y += TextSize * LineHeight) - 2), ("font-size", TextSize));
        svg.Text("text", Axis, ("class", "soft"), ("x", Edge), ("y", top - 12), ("font-size", TextSize));
        for (int row = 0; row < Names.Count; row++) Row(svg, row, left, top, cell);
        return svg.Finish();
    }

    private void Row(SvgWriter svg, int row, double left, double top, double cell)
    {
        double middle = (row + 0.5) * cell;
        svg.Text("text", Names[row], ("class", "soft"), ("x", left - 8), ("y", top + middle + 4), ("text-anchor", "end"), ("font-size", TextSize));
        svg.Text("text", Names[row], ("class", "soft"), ("x", left + middle), ("y", top + Names.Count * cell + TextSize + 6), ("text-anchor", "middle"), ("font-size", TextSize));
        for (int column = 0; column < Names.Count; column++)
        {
            double value = Values[row, column];
            if (!double.IsFinite(value)) continue;
            svg.Element("rect", ("class", "edge"), ("x", left + column * cell), ("y", top + row * cell), ("width", cell), ("height", cell), ("fill", Shade(value)));
            svg.Text(
                "text", value.ToString("F2", CultureInfo.InvariantCulture), ("fill", value > 0.55 ? "#ffffff" : "#1f2328"),
                ("x", left + (column + 0.5) * cell), ("y", top + middle + 4), ("text-anchor", "middle"), ("font-size", Math.Min(TextSize, cell * 0.34)));
        }
    }

    /// <summary>From nearly white to dark blue.</summary>
    private static string Shade(double value)
    {
        double share = Math.Clamp(value, 0, 1);
        return $"#{Channel(0xee, 0x08):x2}{Channel(0xf4, 0x3a):x2}{Channel(0xfb, 0x7a):x2}";

        int Channel(int low, int high) => (int)Math.Round(low + share * (high - low));
    }
}
