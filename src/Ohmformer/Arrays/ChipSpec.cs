using Ohmformer.Physics;

namespace Ohmformer.Arrays;

/// <summary>What surrounds the macros: tiles, buffers, links, digital units and off-chip memory.</summary>
public sealed record ChipSpec
{
    /// <summary>Crossbars in a tile.</summary>
    [Parameter("Crossbars in one tile.", Min = 1, Max = 65536)]
    public required int CrossbarsPerTile { get; init; }

    /// <summary>Tile buffer; one action is one byte read or written.</summary>
    [Parameter("Tile buffer: one action is one byte; area of one tile's buffer.")]
    public required ComponentCost Buffer { get; init; }

    /// <summary>Link and router of a tile; one action is one byte.</summary>
    [Parameter("Link and router share of one tile: one action is one byte.")]
    public required ComponentCost Link { get; init; }

    /// <summary>Softmax unit; one action is one element.</summary>
    [Parameter("Softmax unit, one per attention head: one action is one element.")]
    public required ComponentCost Softmax { get; init; }

    /// <summary>Digital vector lane; one action is one operation.</summary>
    [Parameter("Lane of the digital vector unit: one action is one operation.")]
    public required ComponentCost VectorLane { get; init; }

    /// <summary>Lanes of the digital vector unit.</summary>
    [Parameter("Lanes of the digital vector unit.", Min = 1, Max = 65536)]
    public int VectorLanes { get; init; } = 128;

    /// <summary>Off-chip memory; one action is one byte.</summary>
    [Parameter("Off-chip memory: one action is one byte.")]
    public required ComponentCost OffChip { get; init; }
}
