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

    public double SliceWeight(int slice) => Math.ScaleB(1, bitsPerCell * slice);
}
