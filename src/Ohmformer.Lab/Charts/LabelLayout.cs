namespace Ohmformer.Lab.Charts;

/// <summary>A rectangle in pixels.</summary>
internal readonly record struct Box(double Left, double Top, double Right, double Bottom)
{
    /// <summary>The area in square pixels that two rectangles share.</summary>
    public double Overlap(Box other) =>
        Math.Max(0, Math.Min(Right, other.Right) - Math.Max(Left, other.Left)) * Math.Max(0, Math.Min(Bottom, other.Bottom) - Math.Max(Top, other.Top));

    /// <summary>The area in square pixels that lies outside another rectangle.</summary>
    public double Outside(Box other) => ((Right - Left) * (Bottom - Top)) - Overlap(other);
}

/// <summary>Finds places for texts around points: the free one that is nearest, or else the one least in the way.</summary>
/// <param name="bounds">Where texts may lie.</param>
internal sealed class LabelLayout(Box bounds)
{
    /// <summary>Size of the letters in pixels.</summary>
    public const double FontSize = 12;

    /// <summary>How much markers and the bars of errors are in the way, for each square pixel of theirs.</summary>
    public const double Marker = 5, Whisker = 0.3;

    private const double Text = 10, Outside = 20, PerRing = 30, Gap = 8, RingWidth = 14;
    private const int Rings = 5;
    private static readonly (int X, int Y)[] Sides = [(1, 0), (0, -1), (0, 1), (-1, 0), (1, -1), (1, 1), (-1, -1), (-1, 1)];
    private readonly List<(Box Box, double Weight)> _taken = [];

    /// <summary>Keeps texts off a rectangle.</summary>
    public void Avoid(Box box, double weight) => _taken.Add((box, weight));

    /// <summary>The place of a text for a point.</summary>
    /// <returns>The place, and whether it is so far from the point that a line should lead there.</returns>
    public (Box Box, bool Far) Place(double x, double y, string text)
    {
        double width = ChartText.Width(text, FontSize);
        var places = from ring in Enumerable.Range(0, Rings)
                     from side in Sides
                     let box = Around(x, y, side, width, ring)
                     select (Box: box, Ring: ring, Cost: (PerRing * ring) + (Outside * box.Outside(bounds)) + _taken.Sum(t => t.Weight * box.Overlap(t.Box)));
        var best = places.MinBy(p => p.Cost);
        _taken.Add((best.Box, Text));
        return (best.Box, best.Ring > 0);
    }

    private static Box Around(double x, double y, (int X, int Y) side, double width, int ring)
    {
        double gap = (side.X != 0 && side.Y != 0 ? Gap * 0.7 : Gap) + (RingWidth * ring);
        double left = side.X > 0 ? x + gap : side.X < 0 ? x - gap - width : x - (width / 2);
        double top = side.Y > 0 ? y + gap : side.Y < 0 ? y - gap - FontSize : y - (FontSize / 2);
        return new(left, top, left + width, top + FontSize);
    }
}
