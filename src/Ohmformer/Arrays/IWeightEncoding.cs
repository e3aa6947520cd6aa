namespace Ohmformer.Arrays;

/// <summary>The encoding seam: how a signed weight becomes non-negative cell levels, and back.</summary>
public interface IWeightEncoding
{
    /// <summary>Smallest weight that can be written.</summary>
    int Smallest { get; }

    /// <summary>Largest weight that can be written.</summary>
    int Largest { get; }

    /// <summary>What was added to every weight before it was written, and is subtracted digitally times the sum of the inputs.</summary>
    int Offset { get; }

    /// <summary>The level, 0 to 2^BitsPerCell - 1, of one cell of a weight.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="slice">Slice, 0 least significant.</param>
    /// <param name="polarity">0 for the positive array, 1 for the negative one.</param>
    int Digit(int weight, int slice, int polarity);

    /// <summary>Numbers whose digits in base 2^BitsPerCell are the levels of the cells of all slices.</summary>
    /// <param name="weights">Weights; those out of range give any numbers.</param>
    /// <param name="polarity">0 for the positive array, 1 for the negative one.</param>
    /// <param name="codes">As many numbers; digit s is that of slice s.</param>
    void Codes(ReadOnlySpan<short> weights, int polarity, Span<ushort> codes);

    /// <summary>What one level of a slice is worth.</summary>
    double SliceWeight(int slice);
}
