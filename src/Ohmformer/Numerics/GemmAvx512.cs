using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Numerics;

/// <summary>Tiles of up to 12 x 32 in 24 of the 32 AVX-512 registers.</summary>
/// <remarks>
/// One method body serves all sizes: <c>TRows</c> and <c>TWide</c> are constants to the compiler. The body contains no call
/// and no stack allocation, since either would make the compiler keep the accumulators in memory.
/// </remarks>
internal readonly unsafe struct Avx512Kernel : IGemmKernel
{
    /// <summary>Whether this processor has the instructions.</summary>
    public static bool IsSupported => Avx512F.IsSupported;

    /// <inheritdoc/>
    public static int MaxRows => 12;

    /// <inheritdoc/>
    public static int Width => 32;

    /// <inheritdoc/>
    public static void Run(in GemmTile tile)
    {
        if (tile.Columns > 16) Dispatch<Yes>(tile);
        else Dispatch<No>(tile);
    }

    private static void Dispatch<TWide>(in GemmTile tile) where TWide : struct, IChoice
    {
        switch (tile.Rows)
        {
            case 1: Block<Rows1, TWide>(tile); break;
            case 2: Block<Rows2, TWide>(tile); break;
            case 3: Block<Rows3, TWide>(tile); break;
            case 4: Block<Rows4, TWide>(tile); break;
            case 5: Block<Rows5, TWide>(tile); break;
            case 6: Block<Rows6, TWide>(tile); break;
            case 7: Block<Rows7, TWide>(tile); break;
            case 8: Block<Rows8, TWide>(tile); break;
            case 9: Block<Rows9, TWide>(tile); break;
            case 10: Block<Rows10, TWide>(tile); break;
            case 11: Block<Rows11, TWide>(tile); break;
            default: Block<Rows12, TWide>(tile); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block<TRows, TWide>(in GemmTile tile) where TRows : struct, ICount where TWide : struct, IChoice
    {
        nint aRow = tile.ARow, aStep = tile.AStep, bStep = tile.BStep, cRow = tile.CRow;
        float* b = tile.B;
        float* a0 = tile.A, c0 = tile.C;
        float* a3 = tile.A + 3 * aRow, c3 = tile.C + 3 * cRow;
        float* a6 = tile.A + 6 * aRow, c6 = tile.C + 6 * cRow;
        float* a9 = tile.A + 9 * aRow, c9 = tile.C + 9 * cRow;
        Vector512<float> lowMask = FirstLanes(tile.Columns), highMask = FirstLanes(tile.Columns - 16);
        Vector512<float> s0l = Vector512<float>.Zero, s1l = Vector512<float>.Zero, s2l = Vector512<float>.Zero, s3l = Vector512<float>.Zero;
        Vector512<float> s4l = Vector512<float>.Zero, s5l = Vector512<float>.Zero, s6l = Vector512<float>.Zero, s7l = Vector512<float>.Zero;
        Vector512<float> s8l = Vector512<float>.Zero, s9l = Vector512<float>.Zero, s10l = Vector512<float>.Zero, s11l = Vector512<float>.Zero;
        Vector512<float> s0h = Vector512<float>.Zero, s1h = Vector512<float>.Zero, s2h = Vector512<float>.Zero, s3h = Vector512<float>.Zero;
        Vector512<float> s4h = Vector512<float>.Zero, s5h = Vector512<float>.Zero, s6h = Vector512<float>.Zero, s7h = Vector512<float>.Zero;
        Vector512<float> s8h = Vector512<float>.Zero, s9h = Vector512<float>.Zero, s10h = Vector512<float>.Zero, s11h = Vector512<float>.Zero;

        if (tile.Accumulate)
        {
            s0l = Load(c0, lowMask); if (TWide.Value) s0h = Load(c0 + 16, highMask);
            if (TRows.Value > 1) { s1l = Load(c0 + cRow, lowMask); if (TWide.Value) s1h = Load(c0 + cRow + 16, highMask); }
            if (TRows.Value > 2) { s2l = Load(c0 + 2 * cRow, lowMask); if (TWide.Value) s2h = Load(c0 + 2 * cRow + 16, highMask); }
            if (TRows.Value > 3) { s3l = Load(c3, lowMask); if (TWide.Value) s3h = Load(c3 + 16, highMask); }
            if (TRows.Value > 4) { s4l = Load(c3 + cRow, lowMask); if (TWide.Value) s4h = Load(c3 + cRow + 16, highMask); }
            if (TRows.Value > 5) { s5l = Load(c3 + 2 * cRow, lowMask); if (TWide.Value) s5h = Load(c3 + 2 * cRow + 16, highMask); }
            if (TRows.Value > 6) { s6l = Load(c6, lowMask); if (TWide.Value) s6h = Load(c6 + 16, highMask); }
            if (TRows.Value > 7) { s7l = Load(c6 + cRow, lowMask); if (TWide.Value) s7h = Load(c6 + cRow + 16, highMask); }
            if (TRows.Value > 8) { s8l = Load(c6 + 2 * cRow, lowMask); if (TWide.Value) s8h = Load(c6 + 2 * cRow + 16, highMask); }
            if (TRows.Value > 9) { s9l = Load(c9, lowMask); if (TWide.Value) s9h = Load(c9 + 16, highMask); }
            if (TRows.Value > 10) { s10l = Load(c9 + cRow, lowMask); if (TWide.Value) s10h = Load(c9 + cRow + 16, highMask); }
            if (TRows.Value > 11) { s11l = Load(c9 + 2 * cRow, lowMask); if (TWide.Value) s11h = Load(c9 + 2 * cRow + 16, highMask); }
        }

        for (int p = tile.Depth; p > 0; p--)
        {
            Vector512<float> low = Vector512.Load(b), high = TWide.Value ? Vector512.Load(b + 16) : default, x;
            x = Vector512.Create(*a0); s0l = Fma(x, low, s0l); if (TWide.Value) s0h = Fma(x, high, s0h);
            if (TRows.Value > 1) { x = Vector512.Create(a0[aRow]); s1l = Fma(x, low, s1l); if (TWide.Value) s1h = Fma(x, high, s1h); }
            if (TRows.Value > 2) { x = Vector512.Create(a0[2 * aRow]); s2l = Fma(x, low, s2l); if (TWide.Value) s2h = Fma(x, high, s2h); }
            if (TRows.Value > 3) { x = Vector512.Create(*a3); s3l = Fma(x, low, s3l); if (TWide.Value) s3h = Fma(x, high, s3h); }
            if (TRows.Value > 4) { x = Vector512.Create(a3[aRow]); s4l = Fma(x, low, s4l); if (TWide.Value) s4h = Fma(x, high, s4h); }
            if (TRows.Value > 5) { x = Vector512.Create(a3[2 * aRow]); s5l = Fma(x, low, s5l); if (TWide.Value) s5h = Fma(x, high, s5h); }
            if (TRows.Value > 6) { x = Vector512.Create(*a6); s6l = Fma(x, low, s6l); if (TWide.Value) s6h = Fma(x, high, s6h); }
            if (TRows.Value > 7) { x = Vector512.Create(a6[aRow]); s7l = Fma(x, low, s7l); if (TWide.Value) s7h = Fma(x, high, s7h); }
            if (TRows.Value > 8) { x = Vector512.Create(a6[2 * aRow]); s8l = Fma(x, low, s8l); if (TWide.Value) s8h = Fma(x, high, s8h); }
            if (TRows.Value > 9) { x = Vector512.Create(*a9); s9l = Fma(x, low, s9l); if (TWide.Value) s9h = Fma(x, high, s9h); }
            if (TRows.Value > 10) { x = Vector512.Create(a9[aRow]); s10l = Fma(x, low, s10l); if (TWide.Value) s10h = Fma(x, high, s10h); }
            if (TRows.Value > 11) { x = Vector512.Create(a9[2 * aRow]); s11l = Fma(x, low, s11l); if (TWide.Value) s11h = Fma(x, high, s11h); }
            b += bStep;
            a0 += aStep;
            a3 += aStep;
            a6 += aStep;
            a9 += aStep;
        }

        Store(c0, lowMask, s0l); if (TWide.Value) Store(c0 + 16, highMask, s0h);
        if (TRows.Value > 1) { Store(c0 + cRow, lowMask, s1l); if (TWide.Value) Store(c0 + cRow + 16, highMask, s1h); }
        if (TRows.Value > 2) { Store(c0 + 2 * cRow, lowMask, s2l); if (TWide.Value) Store(c0 + 2 * cRow + 16, highMask, s2h); }
        if (TRows.Value > 3) { Store(c3, lowMask, s3l); if (TWide.Value) Store(c3 + 16, highMask, s3h); }
        if (TRows.Value > 4) { Store(c3 + cRow, lowMask, s4l); if (TWide.Value) Store(c3 + cRow + 16, highMask, s4h); }
        if (TRows.Value > 5) { Store(c3 + 2 * cRow, lowMask, s5l); if (TWide.Value) Store(c3 + 2 * cRow + 16, highMask, s5h); }
        if (TRows.Value > 6) { Store(c6, lowMask, s6l); if (TWide.Value) Store(c6 + 16, highMask, s6h); }
        if (TRows.Value > 7) { Store(c6 + cRow, lowMask, s7l); if (TWide.Value) Store(c6 + cRow + 16, highMask, s7h); }
        if (TRows.Value > 8) { Store(c6 + 2 * cRow, lowMask, s8l); if (TWide.Value) Store(c6 + 2 * cRow + 16, highMask, s8h); }
        if (TRows.Value > 9) { Store(c9, lowMask, s9l); if (TWide.Value) Store(c9 + 16, highMask, s9h); }
        if (TRows.Value > 10) { Store(c9 + cRow, lowMask, s10l); if (TWide.Value) Store(c9 + cRow + 16, highMask, s10h); }
        if (TRows.Value > 11) { Store(c9 + 2 * cRow, lowMask, s11l); if (TWide.Value) Store(c9 + 2 * cRow + 16, highMask, s11h); }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Fma(Vector512<float> x, Vector512<float> y, Vector512<float> sum) => Avx512F.FusedMultiplyAdd(x, y, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Load(float* source, Vector512<float> mask) => Avx512F.MaskLoad(source, mask, Vector512<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, Vector512<float> mask, Vector512<float> value) => Avx512F.MaskStore(target, mask, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> FirstLanes(int count) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();
}
