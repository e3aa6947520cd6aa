namespace Ohmformer.Physics;

/// <summary>The manufacturing process of a design.</summary>
public sealed record Technology
{
    /// <summary>Feature size.</summary>
    [Parameter("Feature size F of the process.", Min = 1e-9, Max = 1e-6)]
    public required Length Node { get; init; }

    /// <summary>Where the numbers come from.</summary>
    [Parameter("Published source of the numbers.")]
    public required string Source { get; init; }
}
