using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Arrays;

/// <summary>What freshly written cells hold, 32 cells side by side: the same numbers as <see cref="CellCounts"/>.</summary>
internal interface ICellLaw
{
    /// <summary>Whether cells depend on random draws.</summary>
    static abstract bool HasWriteNoise { get; }

    /// <summary>Conductances in grid steps.</summary>
    /// <param name="digits">Levels to write.</param>
    /// <param name="draws">Draws of the write noise.</param>
    Vector512<short> Steps(Vector512<ushort> digits, Vector512<short> draws);
}

/// <summary>Error-free cells: the least conducting state plus whole counts.</summary>
/// <param name="gMin">The least conducting state in steps.</param>
/// <param name="gridBits">Binary logarithm of the steps per count.</param>
internal readonly struct ExactCells(short gMin, int gridBits) : ICellLaw
{
    public static bool HasWriteNoise => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<short> Steps(Vector512<ushort> digits, Vector512<short> draws) => (digits << gridBits).AsInt16() + Vector512.Create(gMin);
}

/// <summary>Cells that hold what a table says: any device, any processor.</summary>
internal readonly unsafe struct TabledCells(CellTable table) : ICellLaw
{
    public static bool HasWriteNoise => true;

    /// <remarks>A method of its own, for its memory on the stack.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public Vector512<short> Steps(Vector512<ushort> digits, Vector512<short> draws)
    {
        int* index = stackalloc int[Vector512<short>.Count];
        short* steps = stackalloc short[Vector512<short>.Count];
        var (lowDigits, highDigits) = Vector512.Widen(digits);
        var (lowDraws, highDraws) = Vector512.Widen(draws);
        CellTable.Index(lowDigits.AsInt32(), lowDraws).Store(index);
        CellTable.Index(highDigits.AsInt32(), highDraws).Store(index + Vector512<int>.Count);
        short* entries = table.Entries;
        for (int i = 0; i < Vector512<short>.Count; i += 2)
        {
            steps[i] = entries[index[i]];
            steps[i + 1] = entries[index[i + 1]];
        }
        return Vector512.Load(steps);
    }
}

/// <summary>
/// Cells whose conductance follows the draw in a straight line between two limits, in double precision: eight lines, one per level.
/// Needs AVX-512.
/// </summary>
/// <param name="offsets">Conductance at draw 0 in steps, plus 1/2 for the rounding.</param>
/// <param name="slopes">Steps per unit of the draw.</param>
/// <param name="limits">Smallest conductances in lanes 0 to 7, largest in lanes 8 to 15.</param>
internal readonly struct LinearCells(Vector512<double> offsets, Vector512<double> slopes, Vector512<short> limits) : ICellLaw
{
    /// <summary>Most levels of a cell.</summary>
    public const int MaxLevels = 8;

    public static bool IsSupported => Avx512BW.IsSupported;

    public static bool HasWriteNoise => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<short> Steps(Vector512<ushort> digits, Vector512<short> draws)
    {
        var low = Narrow(Eight(digits.GetLower().GetLower(), draws.GetLower().GetLower()), Eight(digits.GetLower().GetUpper(), draws.GetLower().GetUpper()));
        var high = Narrow(Eight(digits.GetUpper().GetLower(), draws.GetUpper().GetLower()), Eight(digits.GetUpper().GetUpper(), draws.GetUpper().GetUpper()));
        var smallest = Avx512BW.PermuteVar32x16(limits, digits.AsInt16());
        var largest = Avx512BW.PermuteVar32x16(limits, (digits | Vector512.Create((ushort)MaxLevels)).AsInt16());
        return Avx512BW.Min(Avx512BW.Max(Avx512F.InsertVector256(low.ToVector512Unsafe(), high, 1), smallest), largest);
    }

    /// <summary>Truncation is the floor above zero, and below zero the limits decide.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<int> Eight(Vector128<ushort> digits, Vector128<short> draws)
    {
        var level = Avx512F.ConvertToVector512Int64(digits);
        var z = Avx512F.ConvertToVector512Double(Avx2.ConvertToVector256Int32(draws));
        return Avx512F.ConvertToVector256Int32WithTruncation(
            Avx512F.FusedMultiplyAdd(Avx512F.PermuteVar8x64(slopes, level), z, Avx512F.PermuteVar8x64(offsets, level)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Narrow(Vector256<int> low, Vector256<int> high) => Avx512F.ConvertToVector256Int16WithSaturation(Avx512F.InsertVector256(low.ToVector512Unsafe(), high, 1));
}
