using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Arrays;

/// <summary>How 32 codes follow from 32 sums of a line.</summary>
internal unsafe interface ILookupConverter
{
    /// <summary>The codes.</summary>
    /// <param name="sums">Sums.</param>
    /// <param name="constants">What <see cref="LookupCode.Write"/> has written for the line.</param>
    static abstract Vector512<short> Codes(Vector512<short> sums, short* constants);
}

/// <summary>Converters whose step is a power of two of the grid: <see cref="LookupShift"/>.</summary>
internal readonly unsafe struct ShiftingConverter : ILookupConverter
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Codes(Vector512<short> sums, short* constants)
    {
        var codes = Avx512BW.ShiftRightArithmeticVariable(sums, Vector512.LoadAligned((ushort*)constants));
        return Vector512.Max(Vector512.Min(codes, Vector512.LoadAligned(constants + LookupSums.Lanes)), Vector512.LoadAligned(constants + 2 * LookupSums.Lanes));
    }
}

/// <summary>Converters with any other step: <see cref="LookupLine"/>.</summary>
internal readonly unsafe struct StraightConverter : ILookupConverter
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Codes(Vector512<short> sums, short* constants)
    {
        var fractions = Avx512BW.MultiplyHigh(sums, Vector512.LoadAligned(constants));
        var slope = Vector512.LoadAligned(constants + LookupSums.Lanes);
        var low = Position(Avx512BW.UnpackLow(sums, fractions), slope, constants);
        var high = Position(Avx512BW.UnpackHigh(sums, fractions), slope, constants);
        return Vector512.Min(Avx512BW.PackUnsignedSaturate(low, high), Vector512.LoadAligned((ushort*)constants + 4 * LookupSums.Lanes)).AsInt16();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Position(Vector512<short> pairs, Vector512<short> slope, short* constants) => Avx512F.ShiftRightArithmeticVariable(
        Avx512BW.MultiplyAddAdjacent(pairs, slope) + Vector512.LoadAligned((int*)(constants + 2 * LookupSums.Lanes)),
        Vector512.LoadAligned((uint*)(constants + 3 * LookupSums.Lanes)));
}
