using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ohmformer.Arrays;

/// <summary>
/// Digits of the magnitude in base 2^BitsPerCell, in the positive or in the negative array; the other cell stays at GMin.
/// CrossSim calls it balanced.
/// </summary>
/// <param name="weightBits">Bits of a weight, sign included.</param>
/// <param name="bitsPerCell">Bits of one cell.</param>
internal sealed class DifferentialEncoding(int weightBits, int bitsPerCell) : IWeightEncoding
{
    public int Smallest => -Largest;

    public int Largest => (1 << (weightBits - 1)) - 1;

    public int Offset => 0;

    public int Digit(int weight, int slice, int polarity)
    {
        int magnitude = Math.Max(polarity == 0 ? weight : -weight, 0);
        return (magnitude >> (bitsPerCell * slice)) & ((1 << bitsPerCell) - 1);
    }

    public void Codes(ReadOnlySpan<short> weights, int polarity, Span<ushort> codes)
    {
        var magnitudes = MemoryMarshal.Cast<ushort, short>(codes)[..weights.Length];
        int i = 0;
        for (; i <= weights.Length - Vector512<short>.Count; i += Vector512<short>.Count)
        {
            var weight = Vector512.Create(weights[i..]);
            Vector512.Max(polarity == 0 ? weight : -weight, Vector512<short>.Zero).CopyTo(magnitudes[i..]);
        }
        for (; i < weights.Length; i++) magnitudes[i] = (short)Math.Max(polarity == 0 ? weights[i] : -weights[i], 0);
    }

    public double SliceWeight(int slice) => Math.ScaleB(1, bitsPerCell * slice);
}
