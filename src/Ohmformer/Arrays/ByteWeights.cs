namespace Ohmformer.Arrays;

/// <summary>What the codes of 8 bit lines are worth; addresses of aligned numbers.</summary>
internal readonly unsafe struct ByteWeights
{
    /// <summary>Of the pass of a lane, 64 numbers.</summary>
    public required sbyte* Passes { get; init; }

    /// <summary>Of a line, sign included, 32 equal numbers each.</summary>
    public required short* Lines { get; init; }
}
