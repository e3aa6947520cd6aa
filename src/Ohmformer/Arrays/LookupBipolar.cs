using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Arrays;

/// <summary>
/// Pulses of -1, 0 and +1 by tables of bits. With s the sign bit of an input (1 where negative) and b a bit of its magnitude, the pulse is
/// (b xor s) - s: the bit of the ones' complement less the sign bit. The eighth lane of a token adds up the cells of the sign
/// bits, and taking its sum from those of the other lanes leaves the pulses' sums.
/// </summary>
internal static unsafe class LookupBipolar
{
    /// <summary>Passes of a token at most: the last lane is the sign.</summary>
    public const int Passes = LookupSums.Passes - 1;

    /// <summary>Inputs as ones' complements in their low 8 bits.</summary>
    /// <param name="x">Inputs of up to <see cref="Passes"/> bits and a sign.</param>
    /// <param name="count">Their number.</param>
    /// <param name="complements">The result.</param>
    public static void Complement(int* x, int count, int* complements)
    {
        int i = 0;
        for (; i + Vector512<int>.Count <= count; i += Vector512<int>.Count)
        {
            var inputs = Vector512.Load(x + i);
            (inputs + (inputs >> 31)).Store(complements + i);
        }
        for (; i < count; i++) complements[i] = x[i] + (x[i] >> 31);
    }

    /// <summary>Magnitudes of inputs: their bits are the driven cells.</summary>
    public static void Magnitude(int* x, int count, int* magnitudes)
    {
        int i = 0;
        for (; i + Vector512<int>.Count <= count; i += Vector512<int>.Count) Vector512.Abs(Vector512.Load(x + i)).Store(magnitudes + i);
        for (; i < count; i++) magnitudes[i] = Math.Abs(x[i]);
    }
}

/// <summary>Takes the sum of a token's sign bits from the sums of its passes before noise enters.</summary>
/// <typeparam name="TNoise">How read noise enters.</typeparam>
internal readonly unsafe struct BipolarLookup<TNoise> : ILookupNoise
    where TNoise : struct, ILookupNoise
{
    private const ulong Last = 0x0F0E_0F0E_0F0E_0F0E;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Add(Vector512<short> sums, short* draws, short* lineSpreads, short* spreads)
    {
        var signs = Avx512BW.Shuffle(sums.AsByte(), Vector512.Create(Last).AsByte()).AsInt16();
        return TNoise.Add(sums - signs, draws, lineSpreads, spreads);
    }
}
