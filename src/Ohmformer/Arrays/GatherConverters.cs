using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ohmformer.Arrays;

/// <summary>The converters of neighboring bit lines, as <see cref="GatherCode.Code"/> says.</summary>
internal interface IGatherConverter
{
    /// <summary>The codes of the sums of 8 bit lines.</summary>
    Vector256<int> Codes(Vector256<int> sums, int line);
}

/// <summary>Converters of a block of lines.</summary>
internal sealed class GatherConverters
{
    /// <summary>Converters that repeat along the lines.</summary>
    public GatherConverters(GatherCode[] codes, int lines)
    {
        Slopes = new(lines);
        Intercepts = new(lines);
        Largest = new(lines);
        IsSingle = Array.TrueForAll(codes, code => code.IsSingle);
        for (int line = 0; line < lines; line++)
        {
            var code = codes[line % codes.Length];
            Slopes.Span[line] = code.Slope;
            Intercepts.Span[line] = code.Intercept;
            Largest.Span[line] = code.Largest;
        }
        SingleSlopes = Narrow(Slopes, 0);
        SingleIntercepts = Narrow(Intercepts, 0.5);
    }

    /// <summary>Codes per step, per line.</summary>
    public AlignedBuffer<double> Slopes { get; }

    /// <summary>Position of a sum of zero on the scale of codes, per line.</summary>
    public AlignedBuffer<double> Intercepts { get; }

    /// <summary>The slopes in single precision.</summary>
    public AlignedBuffer<float> SingleSlopes { get; }

    /// <summary>The intercepts plus a half in single precision, for codes that are rounded down.</summary>
    public AlignedBuffer<float> SingleIntercepts { get; }

    /// <summary>Largest codes, per line.</summary>
    public AlignedBuffer<int> Largest { get; }

    /// <summary>Whether single precision does for all lines.</summary>
    public bool IsSingle { get; }

    private static AlignedBuffer<float> Narrow(AlignedBuffer<double> numbers, double more)
    {
        var narrow = new AlignedBuffer<float>(numbers.Length);
        for (int i = 0; i < numbers.Length; i++) narrow.Span[i] = (float)(numbers.Span[i] + more);
        return narrow;
    }
}

/// <summary>In single precision.</summary>
/// <param name="slopes">Per line.</param>
/// <param name="intercepts">Per line, plus a half.</param>
/// <param name="largest">Per line.</param>
internal readonly unsafe struct SingleConverter(float* slopes, float* intercepts, int* largest) : IGatherConverter
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<int> Codes(Vector256<int> sums, int line)
    {
        var positions = Vector256.ConvertToSingle(sums) * Vector256.Load(slopes + line) + Vector256.Load(intercepts + line);
        return Vector256.Min(Vector256.Max(Vector256.ConvertToInt32Native(positions), Vector256<int>.Zero), Vector256.Load(largest + line));
    }
}

/// <summary>In double precision, without the conversions between integers and doubles that only AVX-512 has.</summary>
/// <param name="slopes">Per line.</param>
/// <param name="intercepts">Per line.</param>
/// <param name="largest">Per line.</param>
internal readonly unsafe struct DoubleConverter(double* slopes, double* intercepts, int* largest) : IGatherConverter
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<int> Codes(Vector256<int> sums, int line)
    {
        var low = Codes(Vector256.WidenLower(sums), slopes + line, intercepts + line);
        var high = Codes(Vector256.WidenUpper(sums), slopes + line + 4, intercepts + line + 4);
        var codes = Vector256.Narrow(low, high);
        return Vector256.Min(Vector256.Max(codes, Vector256<int>.Zero), Vector256.Load(largest + line));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<long> Codes(Vector256<long> sums, double* slopes, double* intercepts)
    {
        var magic = Vector256.Create(GatherCode.Magic);
        var exact = (sums + magic.AsInt64()).AsDouble() - magic;
        return (exact * Vector256.Load(slopes) + Vector256.Load(intercepts) + magic).AsInt64();
    }
}
