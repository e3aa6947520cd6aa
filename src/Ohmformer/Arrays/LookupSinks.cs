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

    /// <summary>Takes the sums of a register of lanes.</summary>
    void Take(int register, Vector512<short> s0, Vector512<short> s1, Vector512<short> s2, Vector512<short> s3, Vector512<short> s4, Vector512<short> s5, Vector512<short> s6, Vector512<short> s7);
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
    public void Take(int register, Vector512<short> s0, Vector512<short> s1, Vector512<short> s2, Vector512<short> s3, Vector512<short> s4, Vector512<short> s5, Vector512<short> s6, Vector512<short> s7)
    {
        short* draws = Draws + register * Stride, lineSpreads = LineSpreads + register * Stride, spreads = Spreads + register * Lanes;
        int* to = Accumulators + register * Lanes / 2, offsets = Offsets;
        Vector512<int> c0 = Weigh(s0, 0, draws, lineSpreads, spreads), c1 = Weigh(s1, 1, draws, lineSpreads, spreads);
        Vector512<int> c2 = Weigh(s2, 2, draws, lineSpreads, spreads), c3 = Weigh(s3, 3, draws, lineSpreads, spreads);
        Vector512<int> c4 = Weigh(s4, 4, draws, lineSpreads, spreads), c5 = Weigh(s5, 5, draws, lineSpreads, spreads);
        Vector512<int> c6 = Weigh(s6, 6, draws, lineSpreads, spreads), c7 = Weigh(s7, 7, draws, lineSpreads, spreads);
        if (Run == 8)
        {
            Accumulate(((c0 + c1) + (c2 + c3)) + ((c4 + c5) + (c6 + c7)), to + offsets[0]);
        }
        else if (Run == 4)
        {
            Accumulate((c0 + c1) + (c2 + c3), to + offsets[0]);
            Accumulate((c4 + c5) + (c6 + c7), to + offsets[1]);
        }
        else if (Run == 2)
        {
            Accumulate(c0 + c1, to + offsets[0]);
            Accumulate(c2 + c3, to + offsets[1]);
            Accumulate(c4 + c5, to + offsets[2]);
            Accumulate(c6 + c7, to + offsets[3]);
        }
        else
        {
            Accumulate(c0, to + offsets[0]);
            Accumulate(c1, to + offsets[1]);
            Accumulate(c2, to + offsets[2]);
            Accumulate(c3, to + offsets[3]);
            Accumulate(c4, to + offsets[4]);
            Accumulate(c5, to + offsets[5]);
            Accumulate(c6, to + offsets[6]);
            Accumulate(c7, to + offsets[7]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<int> Weigh(Vector512<short> sums, int line, short* draws, short* lineSpreads, short* spreads)
    {
        short* constants = Lines + line * LookupConversion.LineConstants;
        var codes = TConverter.Codes(TNoise.Add(sums, draws + line * Lanes, lineSpreads + line * Lanes, spreads), constants + 2 * Lanes);
        return Avx512BW.MultiplyAddAdjacent(codes, Vector512.LoadAligned(constants + Lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(Vector512<int> sum, int* to) => (Vector512.LoadAligned(to) + sum).StoreAligned(to);
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
    public void Take(int register, Vector512<short> s0, Vector512<short> s1, Vector512<short> s2, Vector512<short> s3, Vector512<short> s4, Vector512<short> s5, Vector512<short> s6, Vector512<short> s7)
    {
        short* to = Spreads + register * Stride;
        Of(s0.AsUInt16()).StoreAligned(to);
        Of(s1.AsUInt16()).StoreAligned(to + Lanes);
        Of(s2.AsUInt16()).StoreAligned(to + 2 * Lanes);
        Of(s3.AsUInt16()).StoreAligned(to + 3 * Lanes);
        Of(s4.AsUInt16()).StoreAligned(to + 4 * Lanes);
        Of(s5.AsUInt16()).StoreAligned(to + 5 * Lanes);
        Of(s6.AsUInt16()).StoreAligned(to + 6 * Lanes);
        Of(s7.AsUInt16()).StoreAligned(to + 7 * Lanes);
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
}
