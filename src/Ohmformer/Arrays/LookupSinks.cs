using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Arrays;

/// <summary>What becomes of the sums of 8 bit lines, while they are in registers.</summary>
internal interface ILookupSink
{
    /// <summary>One more entry of a table.</summary>
    static abstract Vector512<short> Add(Vector512<short> sum, Vector512<short> entry);

    /// <summary>What the sums of a line start at.</summary>
    Vector512<short> Start(int line);

    /// <summary>Takes the sums of both registers of a block; what a line needs is loaded once for the two.</summary>
    void Take(
        int block,
        Vector512<short> a0, Vector512<short> a1, Vector512<short> a2, Vector512<short> a3, Vector512<short> a4, Vector512<short> a5, Vector512<short> a6, Vector512<short> a7,
        Vector512<short> b0, Vector512<short> b1, Vector512<short> b2, Vector512<short> b3, Vector512<short> b4, Vector512<short> b5, Vector512<short> b6, Vector512<short> b7);
}

/// <summary>How read noise enters a sum.</summary>
internal unsafe interface ILookupNoise
{
    /// <summary>Sums with noise.</summary>
    /// <param name="sums">Sums of 32 lanes.</param>
    /// <param name="draws">Standard normal draws.</param>
    /// <param name="lineSpreads">Spreads of the line's lanes.</param>
    /// <param name="spreads">Spreads of the lanes, of whatever line.</param>
    static abstract Vector512<short> Add(Vector512<short> sums, short* draws, short* lineSpreads, short* spreads);
}

/// <summary>No read noise.</summary>
internal readonly unsafe struct NoLookupNoise : ILookupNoise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Add(Vector512<short> sums, short* draws, short* lineSpreads, short* spreads) => sums;
}

/// <summary>Noise with the same spread on all lines.</summary>
internal readonly unsafe struct ConstantLookupNoise : ILookupNoise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Add(Vector512<short> sums, short* draws, short* lineSpreads, short* spreads) =>
        Avx512BW.AddSaturate(sums, Avx512BW.MultiplyHighRoundScale(Vector512.LoadAligned(draws), Vector512.LoadAligned(spreads)));
}

/// <summary>Noise with a spread of its own on every line.</summary>
internal readonly unsafe struct ProportionalLookupNoise : ILookupNoise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Add(Vector512<short> sums, short* draws, short* lineSpreads, short* spreads) =>
        Avx512BW.AddSaturate(sums, Avx512BW.MultiplyHighRoundScale(Vector512.LoadAligned(draws), Vector512.LoadAligned(lineSpreads)));
}

/// <summary>Converts sums and adds the weighted codes of every run of neighboring lines to an accumulator.</summary>
/// <typeparam name="TNoise">How read noise enters.</typeparam>
/// <typeparam name="TConverter">How codes follow from sums.</typeparam>
internal readonly unsafe struct LookupCodes<TNoise, TConverter> : ILookupSink
    where TNoise : struct, ILookupNoise
    where TConverter : struct, ILookupConverter
{
    private const int Lanes = LookupSums.Lanes;

    /// <summary>Constants of 8 lines (<see cref="LookupConversion"/>).</summary>
    public required short* Lines { get; init; }

    /// <summary>Neighboring lines with the same accumulator: 1, 2, 4 or 8.</summary>
    public required int Run { get; init; }

    /// <summary>Where the accumulator of a run starts.</summary>
    public required int* Offsets { get; init; }

    /// <summary>Shape [register, 16] at every offset: sums of the weighted codes of two neighboring lanes each.</summary>
    public required int* Accumulators { get; init; }

    /// <summary>Normal draws, shape [register, line, 32].</summary>
    public required short* Draws { get; init; }

    /// <summary>Spreads of proportional noise, shape [register, line, 32].</summary>
    public required short* LineSpreads { get; init; }

    /// <summary>Spreads of constant noise, shape [register, 32].</summary>
    public required short* Spreads { get; init; }

    /// <summary>Distance between registers in <see cref="Draws"/> and <see cref="LineSpreads"/>.</summary>
    public required int Stride { get; init; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Add(Vector512<short> sum, Vector512<short> entry) => Avx512BW.AddSaturate(sum, entry);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<short> Start(int line) => Vector512.LoadAligned(Lines + line * LookupConversion.LineConstants);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Take(
        int block,
        Vector512<short> a0, Vector512<short> a1, Vector512<short> a2, Vector512<short> a3, Vector512<short> a4, Vector512<short> a5, Vector512<short> a6, Vector512<short> a7,
        Vector512<short> b0, Vector512<short> b1, Vector512<short> b2, Vector512<short> b3, Vector512<short> b4, Vector512<short> b5, Vector512<short> b6, Vector512<short> b7)
    {
        int register = LookupSums.Registers * block;
        var (c0, d0) = Weigh(a0, b0, 0, register);
        var (c1, d1) = Weigh(a1, b1, 1, register);
        var (c2, d2) = Weigh(a2, b2, 2, register);
        var (c3, d3) = Weigh(a3, b3, 3, register);
        var (c4, d4) = Weigh(a4, b4, 4, register);
        var (c5, d5) = Weigh(a5, b5, 5, register);
        var (c6, d6) = Weigh(a6, b6, 6, register);
        var (c7, d7) = Weigh(a7, b7, 7, register);
        int* to = Accumulators + register * Lanes / 2, offsets = Offsets;
        if (Run == 8)
        {
            Accumulate(((c0 + c1) + (c2 + c3)) + ((c4 + c5) + (c6 + c7)), ((d0 + d1) + (d2 + d3)) + ((d4 + d5) + (d6 + d7)), to + offsets[0]);
        }
        else if (Run == 4)
        {
            Accumulate((c0 + c1) + (c2 + c3), (d0 + d1) + (d2 + d3), to + offsets[0]);
            Accumulate((c4 + c5) + (c6 + c7), (d4 + d5) + (d6 + d7), to + offsets[1]);
        }
        else if (Run == 2)
        {
            Accumulate(c0 + c1, d0 + d1, to + offsets[0]);
            Accumulate(c2 + c3, d2 + d3, to + offsets[1]);
            Accumulate(c4 + c5, d4 + d5, to + offsets[2]);
            Accumulate(c6 + c7, d6 + d7, to + offsets[3]);
        }
        else
        {
            Accumulate(c0, d0, to + offsets[0]);
            Accumulate(c1, d1, to + offsets[1]);
            Accumulate(c2, d2, to + offsets[2]);
            Accumulate(c3, d3, to + offsets[3]);
            Accumulate(c4, d4, to + offsets[4]);
            Accumulate(c5, d5, to + offsets[5]);
            Accumulate(c6, d6, to + offsets[6]);
            Accumulate(c7, d7, to + offsets[7]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (Vector512<int> First, Vector512<int> Second) Weigh(Vector512<short> first, Vector512<short> second, int line, int register)
    {
        short* constants = Lines + line * LookupConversion.LineConstants, spreads = Spreads + register * Lanes;
        short* draws = Draws + register * Stride + line * Lanes, lineSpreads = LineSpreads + register * Stride + line * Lanes;
        first = TNoise.Add(first, draws, lineSpreads, spreads);
        second = TNoise.Add(second, draws + Stride, lineSpreads + Stride, spreads + Lanes);
        TConverter.Convert(ref first, ref second, constants + 2 * Lanes);
        var weights = Vector512.LoadAligned(constants + Lanes);
        return (Avx512BW.MultiplyAddAdjacent(first, weights), Avx512BW.MultiplyAddAdjacent(second, weights));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(Vector512<int> first, Vector512<int> second, int* to)
    {
        (Vector512.LoadAligned(to) + first).StoreAligned(to);
        (Vector512.LoadAligned(to + Lanes / 2) + second).StoreAligned(to + Lanes / 2);
    }
}

/// <summary>Turns sums of squared conductances, or of driven cells, into the spread of read noise.</summary>
internal readonly unsafe struct LookupSpreads : ILookupSink
{
    private const int Lanes = LookupSums.Lanes;

    /// <summary>Variance of a step of the sums.</summary>
    public required float Unit { get; init; }

    /// <summary>Eighths of a grid step per root of the variance.</summary>
    public required float Scale { get; init; }

    /// <summary>Shape [register, line, 32].</summary>
    public required short* Spreads { get; init; }

    /// <summary>Distance between registers.</summary>
    public required int Stride { get; init; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Add(Vector512<short> sum, Vector512<short> entry) => Avx512BW.AddSaturate(sum.AsUInt16(), entry.AsUInt16()).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<short> Start(int line) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Take(
        int block,
        Vector512<short> a0, Vector512<short> a1, Vector512<short> a2, Vector512<short> a3, Vector512<short> a4, Vector512<short> a5, Vector512<short> a6, Vector512<short> a7,
        Vector512<short> b0, Vector512<short> b1, Vector512<short> b2, Vector512<short> b3, Vector512<short> b4, Vector512<short> b5, Vector512<short> b6, Vector512<short> b7)
    {
        short* to = Spreads + LookupSums.Registers * block * Stride;
        Store(a0, b0, to);
        Store(a1, b1, to + Lanes);
        Store(a2, b2, to + 2 * Lanes);
        Store(a3, b3, to + 3 * Lanes);
        Store(a4, b4, to + 4 * Lanes);
        Store(a5, b5, to + 5 * Lanes);
        Store(a6, b6, to + 6 * Lanes);
        Store(a7, b7, to + 7 * Lanes);
    }

    /// <summary>round(sqrt(sum Unit) Scale), the statements of the model: multiplying by powers of two rounds nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<short> Of(Vector512<ushort> sums)
    {
        var low = Vector512.ConvertToSingle(Avx512BW.UnpackLow(sums, default).AsInt32());
        var high = Vector512.ConvertToSingle(Avx512BW.UnpackHigh(sums, default).AsInt32());
        Vector512<float> unit = Vector512.Create(Unit), scale = Vector512.Create(Scale);
        low = Vector512.Sqrt(low * unit) * scale;
        high = Vector512.Sqrt(high * unit) * scale;
        return Avx512BW.PackSignedSaturate(Avx512F.ConvertToVector512Int32(low), Avx512F.ConvertToVector512Int32(high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Store(Vector512<short> first, Vector512<short> second, short* to)
    {
        Of(first.AsUInt16()).StoreAligned(to);
        Of(second.AsUInt16()).StoreAligned(to + Stride);
    }
}
