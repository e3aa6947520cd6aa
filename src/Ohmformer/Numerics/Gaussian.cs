using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MathNet.Numerics.Distributions;

namespace Ohmformer.Numerics;

/// <summary>
/// Standard normal draws by the inverse distribution function: one random word, one number. The word's top bit is the sign,
/// the other 31 bits are the tail probability p = (2 m + 1) / 2^33. Each octave of p has a polynomial of degree 6 in its
/// mantissa; the error against the exact inverse is below 1e-5 over all 2^32 words. Only table look-ups and fused
/// multiply-adds are used, so the vector form gives the same bits as the scalar form.
/// </summary>
public static class Gaussian
{
    /// <summary>Columns that <see cref="FillColumns"/> draws for side by side.</summary>
    internal const int Lanes = 16;

    private const int Degree = 6, Octaves = 32;

    private static readonly float[] Coefficients = Fit();

    /// <summary>The standard normal number of a random word.</summary>
    public static float FromWord(uint word)
    {
        uint odd = (word << 1) | 1;
        int octave = BitOperations.LeadingZeroCount(odd);
        uint mantissa = ((odd << octave) >> 8) & 0x7FFFFF;
        float t = BitConverter.UInt32BitsToSingle(mantissa | 0x3F800000) - 1.5f;
        float z = Coefficients[Degree * Octaves + octave];
        for (int j = Degree - 1; j >= 0; j--) z = MathF.FusedMultiplyAdd(z, t, Coefficients[j * Octaves + octave]);
        return BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(z) ^ (word & 0x80000000));
    }

    /// <summary>destination[i] = FromWord(key.Word(start + i)).</summary>
    public static void Fill(in NoiseKey key, uint start, Span<float> destination)
    {
        int done = 0;
        while (done < destination.Length)
        {
            uint index = start + (uint)done;
            if (Avx512CD.IsSupported && (index & 3) == 0 && destination.Length - done >= 2 * Lanes)
            {
                FillEightBlocks(key, index >> 2, destination.Slice(done, 2 * Lanes));
                done += 2 * Lanes;
                continue;
            }
            var (x0, x1, x2, x3) = key.Block(index >> 2);
            ReadOnlySpan<uint> words = [x0, x1, x2, x3];
            for (int j = (int)(index & 3); j < 4 && done < destination.Length; j++) destination[done++] = FromWord(words[j]);
        }
    }

    /// <summary>
    /// destination[i, lane] = FromWord(word start + i of the stream of column key.Column + lane), for 16 neighboring columns.
    /// </summary>
    /// <param name="key">Stream of the first column.</param>
    /// <param name="start">Index of the first draw.</param>
    /// <param name="count">Draws per column.</param>
    /// <param name="destination">Shape [count, 16].</param>
    internal static void FillColumns(in NoiseKey key, uint start, int count, Span<float> destination)
    {
        uint end = start + (uint)count;
        for (uint block = start >> 2; block << 2 < end; block++)
        {
            key.NextColumns(block, out var x0, out var x1, out var x2, out var x3);
            StoreRow(x0, 4 * block, start, end, destination);
            StoreRow(x1, 4 * block + 1, start, end, destination);
            StoreRow(x2, 4 * block + 2, start, end, destination);
            StoreRow(x3, 4 * block + 3, start, end, destination);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow(Vector512<uint> words, uint index, uint start, uint end, Span<float> destination)
    {
        if (index < start || index >= end) return;
        FromWords(words).CopyTo(destination.Slice((int)(index - start) * Lanes, Lanes));
    }

    private static void FillEightBlocks(in NoiseKey key, uint block, Span<float> destination)
    {
        var words = key.NextBlocks(block);
        Span<float> byWord = stackalloc float[2 * Lanes];
        FromWords(Vector512.Narrow(words.X0, words.X1)).CopyTo(byWord);
        FromWords(Vector512.Narrow(words.X2, words.X3)).CopyTo(byWord[Lanes..]);
        for (int lane = 0; lane < 8; lane++)
            for (int j = 0; j < 4; j++) destination[4 * lane + j] = byWord[8 * j + lane];
    }

    /// <summary>Lane for lane <see cref="FromWord"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> FromWords(Vector512<uint> words)
    {
        if (!Avx512CD.IsSupported) return FromWordsOneByOne(words);
        var odd = (words << 1) | Vector512<uint>.One;
        var octave = Avx512CD.LeadingZeroCount(odd);
        var mantissa = (Avx512F.ShiftLeftLogicalVariable(odd, octave) >> 8) & Vector512.Create(0x7FFFFFu);
        var t = (mantissa | Vector512.Create(0x3F800000u)).AsSingle() - Vector512.Create(1.5f);
        // Written out: a loop of six would spend more on addresses than on the polynomial.
        var z = Vector512.FusedMultiplyAdd(Coefficient(6, octave), t, Coefficient(5, octave));
        z = Vector512.FusedMultiplyAdd(z, t, Coefficient(4, octave));
        z = Vector512.FusedMultiplyAdd(z, t, Coefficient(3, octave));
        z = Vector512.FusedMultiplyAdd(z, t, Coefficient(2, octave));
        z = Vector512.FusedMultiplyAdd(z, t, Coefficient(1, octave));
        z = Vector512.FusedMultiplyAdd(z, t, Coefficient(0, octave));
        return z ^ (words & Vector512.Create(0x80000000u)).AsSingle();
    }

    private static Vector512<float> FromWordsOneByOne(Vector512<uint> words)
    {
        Span<float> lanes = stackalloc float[Lanes];
        for (int lane = 0; lane < Lanes; lane++) lanes[lane] = FromWord(words[lane]);
        return Vector512.Create<float>(lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Coefficient(int power, Vector512<uint> octave)
    {
        ref float row = ref MemoryMarshal.GetArrayDataReference(Coefficients);
        return Avx512F.PermuteVar16x32x2(
            Vector512.LoadUnsafe(ref row, (nuint)(power * Octaves)), octave.AsInt32(), Vector512.LoadUnsafe(ref row, (nuint)(power * Octaves + Lanes)));
    }

    /// <summary>Coefficients [power, octave] of the polynomials through the Chebyshev nodes of each octave.</summary>
    private static float[] Fit()
    {
        var coefficients = new float[(Degree + 1) * Octaves];
        var nodes = new double[Degree + 1];
        var values = new double[Degree + 1];
        for (int octave = 0; octave < Octaves; octave++)
        {
            for (int i = 0; i <= Degree; i++)
            {
                nodes[i] = 0.5 * Math.Cos(Math.PI * (2 * i + 1) / (2 * (Degree + 1)));
                values[i] = -Normal.InvCDF(0, 1, Math.ScaleB(1.5 + nodes[i], -2 - octave));
            }
            double[] polynomial = Interpolate(nodes, values);
            for (int j = 0; j <= Degree; j++) coefficients[j * Octaves + octave] = (float)polynomial[j];
        }
        return coefficients;
    }

    /// <summary>Power-basis coefficients of the interpolating polynomial, by Newton's divided differences.</summary>
    private static double[] Interpolate(double[] nodes, double[] values)
    {
        int count = nodes.Length;
        var differences = (double[])values.Clone();
        for (int order = 1; order < count; order++)
            for (int i = count - 1; i >= order; i--)
                differences[i] = (differences[i] - differences[i - 1]) / (nodes[i] - nodes[i - order]);
        var power = new double[count];
        for (int i = count - 1; i >= 0; i--)
        {
            for (int j = count - 1; j > 0; j--) power[j] = power[j - 1] - nodes[i] * power[j];
            power[0] = differences[i] - nodes[i] * power[0];
        }
        return power;
    }
}
