namespace Ohmformer.Lab.Charts;

/// <summary>A chart: series on two axes. <see cref="Svg.Of"/> draws it.</summary>
/// <example>
/// <code>
/// var chart = new Chart
/// {
///     Title = "Training of vit-digits",
///     X = new("epoch"),
///     Y = new("loss") { Unit = "nats", Log = true },
///     Series = [Series.Line("training", epochs, losses), Series.Line("validation", epochs, held)],
/// };
/// AtomicFile.WriteAllText("curve.svg", Svg.Of(chart));
/// </code>
/// </example>
public sealed record Chart
{
    /// <summary>What the chart shows; wrapped where it is long.</summary>
    public required string Title { get; init; }

    /// <summary>Conditions of the figure, below the title; null for none.</summary>
    public string? Subtitle { get; init; }

    /// <summary>The horizontal axis.</summary>
    public required Axis X { get; init; }

    /// <summary>The vertical axis.</summary>
    public required Axis Y { get; init; }

    /// <summary>What is drawn, in the order of the legend; the first is drawn last, on top. One series has no legend.</summary>
    public required IReadOnlyList<Series> Series { get; init; }

    /// <summary>Width of the image in pixels, 200 at least.</summary>
    public int Width { get; init; } = 720;

    /// <summary>Height of the image in pixels, 150 at least; a tall legend takes from the plot, 80 pixels of which always stay.</summary>
    public int Height { get; init; } = 420;
}

/// <summary>An axis of a chart.</summary>
/// <param name="Title">What is along the axis.</param>
public sealed record Axis(string Title)
{
    /// <summary>Unit of the values as they are given, for example "uJ" or "%"; null for pure numbers.</summary>
    public string? Unit { get; init; }

    /// <summary>Whether equal distances are equal factors; values that are not positive are then left out.</summary>
    public bool Log { get; init; }

    /// <summary>The smallest value shown; null to take it from the series.</summary>
    public double? Minimum { get; init; }

    /// <summary>The largest value shown; null to take it from the series.</summary>
    public double? Maximum { get; init; }

    /// <summary>Names in place of numbers, for the horizontal axis: the X of a point is the index of a name. Bars need them.</summary>
    public IReadOnlyList<string>? Categories { get; init; }
}

/// <summary>How a series is drawn.</summary>
public enum SeriesStyle
{
    /// <summary>A line through the points; errors as a band.</summary>
    Line,

    /// <summary>A line and a marker at every point; errors as a band.</summary>
    LineAndMarkers,

    /// <summary>A marker at every point; errors as whiskers.</summary>
    Markers,

    /// <summary>Bars from zero, grouped by category; errors as whiskers.</summary>
    Bars,
}

/// <summary>Points that belong together and share a name, a color and a shape.</summary>
/// <param name="Name">Name in the legend; a series without one is not in it.</param>
/// <param name="Points">The points, in the order in which a line joins them. A point that is not finite is left out and interrupts the line.</param>
public sealed record Series(string Name, IReadOnlyList<ChartPoint> Points)
{
    /// <summary>How the points are drawn.</summary>
    public SeriesStyle Style { get; init; }

    /// <summary>Whether the line is dashed, as for a reference value.</summary>
    public bool Dashed { get; init; }

    /// <summary>Index of the series whose color and markers it shares; null for its own.</summary>
    public int? Like { get; init; }

    /// <summary>A line.</summary>
    /// <param name="name">Name in the legend.</param>
    /// <param name="x">Shape [points].</param>
    /// <param name="y">Shape [points].</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Series Line(string name, IReadOnlyList<double> x, IReadOnlyList<double> y) => x.Count == y.Count
        ? new(name, [.. x.Zip(y, (a, b) => new ChartPoint(a, b))])
        : throw new ArgumentException($"{x.Count} values along x, {y.Count} along y", nameof(y));

    /// <summary>Bars, one for each category.</summary>
    /// <param name="name">Name in the legend.</param>
    /// <param name="values">Shape [categories]; NaN for no bar.</param>
    public static Series Bars(string name, IEnumerable<double> values) =>
        new(name, [.. values.Select((value, i) => new ChartPoint(i, value))]) { Style = SeriesStyle.Bars };
}

/// <summary>A point of a chart.</summary>
/// <param name="X">Value along the horizontal axis, or the index of a category.</param>
/// <param name="Y">Value along the vertical axis.</param>
public readonly record struct ChartPoint(double X, double Y)
{
    /// <summary>Lower end of the error of Y; null for none.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end of the error of Y; null for none.</summary>
    public double? High { get; init; }

    /// <summary>Text beside the point; null for none.</summary>
    public string? Label { get; init; }
}
