using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Arrays;

/// <summary>How the codes of a line follow from its sums, two registers at a time.</summary>
internal unsafe interface ILookupConverter
{
    /// <summary>Replaces sums by codes.</summary>
    /// <param name="first">32 sums.</param>
    /// <param name="second">32 more.</param>
    /// <param name="constants">What <see cref="LookupCode.Write"/> has written for the line.</param>
    static abstract void Convert(ref Vector512<short> first, ref Vector512<short> second, short* constants);
}

/// <summary>Converters whose step is a power of two of the grid: <see cref="LookupShift"/>.</summary>
internal readonly unsafe struct ShiftingConverter : ILookupConverter
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Convert(ref Vector512<short> first, ref Vector512<short> second, short* constants)
    {
        CappedConverter.Convert(ref first, ref second, constants);
        var smallest = Vector512.LoadAligned(constants + 2 * LookupSums.Lanes);
        first = Vector512.Max(first, smallest);
        second = Vector512.Max(second, smallest);
    }
}

/// <summary>The same where no sum of 16 bits is below the smallest code.</summary>
internal readonly unsafe struct CappedConverter : ILookupConverter
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Convert(ref Vector512<short> first, ref Vector512<short> second, short* constants)
    {
        var shift = Vector512.LoadAligned((ushort*)constants);
        var largest = Vector512.LoadAligned(constants + LookupSums.Lanes);
        first = Vector512.Min(Avx512BW.ShiftRightArithmeticVariable(first, shift), largest);
        second = Vector512.Min(Avx512BW.ShiftRightArithmeticVariable(second, shift), largest);
    }
}

/// <summary>Converters with any other step: <see cref="LookupLine"/>.</summary>
internal readonly unsafe struct StraightConverter : ILookupConverter
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Convert(ref Vector512<short> first, ref Vector512<short> second, short* constants)
    {
        first = Codes(first, constants);
        second = Codes(second, constants);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Codes(Vector512<short> sums, short* constants)
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
