using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Numerics;

/// <summary>
/// Standard normal draws in fixed point from 16 random bits: the sum of three table entries, selected by 6, 5 and 5 bits.
/// </summary>
/// <remarks>
/// The tables were fitted so that the 65,536 sums, sorted, follow the quantiles of the normal distribution. Over all
/// words: mean 0, variance 1.00001, kurtosis 2.9974, sixth moment 0.8 % low, largest deviation of the distribution function
/// 2.9e-4, largest magnitude 4.24. Everything is integer arithmetic, so every machine draws the same numbers. <see cref="Gaussian"/> is more
/// precise in the tails and several times slower.
/// </remarks>
public static class Gaussian16
{
    /// <summary>Fractional bits: a draw of 1.0 is 2^12.</summary>
    public const int FractionBits = 12;

    /// <summary>The largest magnitude of a draw, in units of 2^-12.</summary>
    public const int Largest = 7376 + 5225 + 4754;

    private static readonly short[] First = Symmetric(
        42, 172, 262, 388, 489, 614, 726, 830, 955, 1062, 1184, 1289, 1398, 1526, 1645, 1748,
        1898, 2026, 2180, 2311, 2456, 2607, 2728, 2890, 3095, 3314, 3525, 3749, 4017, 4444, 5051, 7376);

    private static readonly short[] Second = Symmetric(106, 273, 480, 666, 858, 1039, 1234, 1449, 1716, 1933, 2191, 2487, 2843, 3254, 3845, 5225);

    private static readonly short[] Third = Symmetric(91, 256, 435, 592, 776, 946, 1121, 1312, 1502, 1753, 1993, 2270, 2593, 2994, 3569, 4754);

    /// <summary>The draw of a random word, in units of 2^-12.</summary>
    public static short FromWord(ushort word) => (short)(First[word >> 10] + Second[(word >> 5) & 31] + Third[word & 31]);

    private static Vector512<short> OneByOne(Vector512<ushort> words)
    {
        Span<short> draws = stackalloc short[Vector512<short>.Count];
        for (int lane = 0; lane < draws.Length; lane++) draws[lane] = FromWord(words[lane]);
        return Vector512.Create<short>(draws);
    }

    /// <summary>The whole table of a distribution that is symmetric about zero, from its positive half.</summary>
    private static short[] Symmetric(params short[] positive) => [.. positive.Reverse().Select(value => (short)-value), .. positive];

    /// <summary>The tables in registers.</summary>
    internal readonly struct Tables
    {
        private readonly Vector512<short> _firstLow, _firstHigh, _second, _third;

        private Tables(Vector512<short> firstLow, Vector512<short> firstHigh, Vector512<short> second, Vector512<short> third)
        {
            _firstLow = firstLow;
            _firstHigh = firstHigh;
            _second = second;
            _third = third;
        }

        /// <summary>Loads the tables.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Tables Load()
        {
            ref short first = ref MemoryMarshal.GetArrayDataReference(First);
            return new(
                Vector512.LoadUnsafe(ref first), Vector512.LoadUnsafe(ref first, 32),
                Vector512.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(Second)), Vector512.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(Third)));
        }

        /// <summary>Lane for lane <see cref="FromWord"/>.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<short> FromWords(Vector512<ushort> words)
        {
            if (!Avx512BW.IsSupported) return OneByOne(words);
            var sum = Avx512BW.PermuteVar32x16x2(_firstLow, (words >> 10).AsInt16(), _firstHigh);
            sum += Avx512BW.PermuteVar32x16(_second, (words >> 5).AsInt16());
            return sum + Avx512BW.PermuteVar32x16(_third, words.AsInt16());
        }
    }
}
