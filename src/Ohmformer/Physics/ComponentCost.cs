namespace Ohmformer.Physics;

/// <summary>Energy, time and area of one component. The simulator counts its actions, the cost model multiplies.</summary>
public sealed record ComponentCost
{
    /// <summary>Energy of one action.</summary>
    [Parameter("Energy of one action.", Min = 0, Max = 1e-3)]
    public required Energy Energy { get; init; }

    /// <summary>Duration of one action.</summary>
    [Parameter("Duration of one action.", Min = 0, Max = 1e-3)]
    public Time Time { get; init; }

    /// <summary>Silicon area of one instance.</summary>
    [Parameter("Silicon area of one instance.", Min = 0, Max = 1)]
    public Area Area { get; init; }

    /// <summary>Technology node the numbers were published for.</summary>
    [Parameter("Technology node that the numbers were published for; they are scaled from it to the design's node.", Min = 1e-9, Max = 1e-6)]
    public required Length Node { get; init; }

    /// <summary>Where the numbers come from.</summary>
    [Parameter("Published source of the numbers.")]
    public required string Source { get; init; }

    /// <summary>
    /// The same component at another node: energy scales with node^1.9 (mixed-signal trend, catalog sources), area with node^2,
    /// time is kept.
    /// </summary>
    public ComponentCost At(Length node)
    {
        if (node == Node) return this;
        double ratio = node / Node;
        return this with { Energy = Energy * Math.Pow(ratio, 1.9), Area = Area * (ratio * ratio), Node = node };
    }
}
