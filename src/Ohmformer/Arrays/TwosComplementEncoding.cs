using System.Runtime.InteropServices;

namespace Ohmformer.Arrays;

/// <summary>One binary cell per bit of the two's complement; the column of the top bit weighs -2^(bits-1).</summary>
/// <param name="weightBits">Bits of a weight, sign included.</param>
internal sealed class TwosComplementEncoding(int weightBits) : IWeightEncoding
{
    public int Smallest => -(1 << (weightBits - 1));

    public int Largest => (1 << (weightBits - 1)) - 1;

    public int Offset => 0;

    public int Digit(int weight, int slice, int polarity) => (weight >> slice) & 1;

    public void Codes(ReadOnlySpan<short> weights, int polarity, Span<ushort> codes) => MemoryMarshal.Cast<short, ushort>(weights).CopyTo(codes);

    public double SliceWeight(int slice) => slice == weightBits - 1 ? -Math.ScaleB(1, slice) : Math.ScaleB(1, slice);
}
