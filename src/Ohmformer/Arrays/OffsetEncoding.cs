using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Ohmformer.Arrays;

/// <summary>Digits of weight + 2^(bits-1) in base 2^BitsPerCell; the offset is subtracted digitally.</summary>
/// <param name="weightBits">Bits of a weight, sign included.</param>
/// <param name="bitsPerCell">Bits of one cell.</param>
internal sealed class OffsetEncoding(int weightBits, int bitsPerCell) : IWeightEncoding
{
    public int Smallest => -Offset;

    public int Largest => Offset - 1;

    public int Offset => 1 << (weightBits - 1);

    public int Digit(int weight, int slice, int polarity) => ((weight + Offset) >> (bitsPerCell * slice)) & ((1 << bitsPerCell) - 1);

    public void Codes(ReadOnlySpan<short> weights, int polarity, Span<ushort> codes) =>
        TensorPrimitives.Add(MemoryMarshal.Cast<short, ushort>(weights), unchecked((ushort)Offset), codes);

    public double SliceWeight(int slice) => Math.ScaleB(1, bitsPerCell * slice);
}
