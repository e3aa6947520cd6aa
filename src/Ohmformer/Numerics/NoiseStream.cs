using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Numerics;

/// <summary>
/// A fast sequence of random words for one unit of work: eight xoshiro256++ generators side by side (Blackman, Vigna:
/// Scrambled linear pseudorandom number generators, ACM TOMS 47(4), 2021), started from Philox words of a <see cref="NoiseKey"/>,
/// so that the sequence is a pure function of the key. A step gives 32 words of 16 bits: word i of the sequence is lane i mod 32 of step i / 32.
/// </summary>
internal struct NoiseStream
{
    /// <summary>Words of one step.</summary>
    public const int Words = 32;

    private const uint SeedBlocks = 16;

    private Vector512<ulong> _s0, _s1, _s2, _s3;

    /// <summary>The sequence of a key.</summary>
    /// <param name="key">Names the sequence.</param>
    /// <param name="index">Which of the key's sequences; below 2^28.</param>
    public NoiseStream(in NoiseKey key, int index = 0)
    {
        PhiloxLanes low = key.NextBlocks((uint)index * SeedBlocks), high = key.NextBlocks((uint)index * SeedBlocks + SeedBlocks / 2);
        _s0 = Join(low.X0, high.X0);
        _s1 = Join(low.X1, high.X1);
        _s2 = Join(low.X2, high.X2);
        _s3 = Join(low.X3, high.X3);
    }

    /// <summary>The next 32 words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<ushort> Next()
    {
        var sum = _s0 + _s3;
        var result = RotateLeft(sum, 23) + _s0;
        var t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = RotateLeft(_s3, 45);
        return result.AsUInt16();
    }

    /// <summary>The next 32 standard normal draws, in units of 2^-<see cref="Gaussian16.FractionBits"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<short> NextNormal() => Gaussian16.Tables.Load().FromWords(Next());

    /// <summary>Draws rows of 32 standard normal numbers, in units of 2^-<see cref="Gaussian16.FractionBits"/>.</summary>
    /// <param name="draws">A multiple of 32 numbers.</param>
    public void FillNormal(Span<short> draws) => FillNormal(ref this, draws);

    /// <summary>Draws from two sequences in step, so that their chains of operations overlap.</summary>
    /// <param name="first">The first sequence.</param>
    /// <param name="second">The second sequence.</param>
    /// <param name="firstDraws">A multiple of 32 numbers.</param>
    /// <param name="secondDraws">As many.</param>
    public static void FillNormal(ref NoiseStream first, ref NoiseStream second, Span<short> firstDraws, Span<short> secondDraws)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(secondDraws.Length, firstDraws.Length);
        NoiseStream a = first, b = second;
        var tables = Gaussian16.Tables.Load();
        ref short toA = ref MemoryMarshal.GetReference(firstDraws), toB = ref MemoryMarshal.GetReference(secondDraws);
        for (int i = 0; i < firstDraws.Length; i += Words)
        {
            tables.FromWords(a.Next()).StoreUnsafe(ref toA, (nuint)i);
            tables.FromWords(b.Next()).StoreUnsafe(ref toB, (nuint)i);
        }
        first = a;
        second = b;
    }

    /// <summary>Copies stay in registers, which fields of this do not.</summary>
    private static void FillNormal(ref NoiseStream stream, Span<short> draws)
    {
        var local = stream;
        var tables = Gaussian16.Tables.Load();
        ref short to = ref MemoryMarshal.GetReference(draws);
        for (int i = 0; i < draws.Length; i += Words) tables.FromWords(local.Next()).StoreUnsafe(ref to, (nuint)i);
        stream = local;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> RotateLeft(Vector512<ulong> words, [ConstantExpected] byte bits) =>
        Avx512F.IsSupported ? Avx512F.RotateLeft(words, bits) : (words << bits) | (words >> (64 - bits));

    /// <summary>64-bit words from the low halves of lanes.</summary>
    private static Vector512<ulong> Join(Vector512<ulong> low, Vector512<ulong> high) => (low & Vector512.Create((ulong)uint.MaxValue)) | (high << 32);
}
