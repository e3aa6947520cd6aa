using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Numerics;

/// <summary>Tiles of up to 6 x 16 in 12 of the 16 AVX registers.</summary>
/// <remarks>
/// One method body serves all sizes: <c>TRows</c> and <c>TWide</c> are constants to the compiler. The body contains no call
/// and no stack allocation, since either would make the compiler keep the accumulators in memory.
/// </remarks>
internal readonly unsafe struct Avx2Kernel : IGemmKernel
{
    /// <summary>Whether this processor has the instructions.</summary>
    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    /// <inheritdoc/>
    public static int MaxRows => 6;

    /// <inheritdoc/>
    public static int Width => 16;

    /// <inheritdoc/>
    public static void Run(in GemmTile tile)
    {
        if (tile.Columns > 8) Dispatch<Yes>(tile);
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
            default: Block<Rows6, TWide>(tile); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block<TRows, TWide>(in GemmTile tile) where TRows : struct, ICount where TWide : struct, IChoice
    {
        nint aRow = tile.ARow, aStep = tile.AStep, bStep = tile.BStep, cRow = tile.CRow;
        float* b = tile.B;
        float* a0 = tile.A, c0 = tile.C;
        float* a3 = tile.A + 3 * aRow, c3 = tile.C + 3 * cRow;
        Vector256<float> lowMask = FirstLanes(tile.Columns), highMask = FirstLanes(tile.Columns - 8);
        Vector256<float> s0l = Vector256<float>.Zero, s1l = Vector256<float>.Zero, s2l = Vector256<float>.Zero, s3l = Vector256<float>.Zero;
        Vector256<float> s4l = Vector256<float>.Zero, s5l = Vector256<float>.Zero;
        Vector256<float> s0h = Vector256<float>.Zero, s1h = Vector256<float>.Zero, s2h = Vector256<float>.Zero, s3h = Vector256<float>.Zero;
        Vector256<float> s4h = Vector256<float>.Zero, s5h = Vector256<float>.Zero;

        if (tile.Accumulate)
        {
            s0l = Load(c0, lowMask); if (TWide.Value) s0h = Load(c0 + 8, highMask);
            if (TRows.Value > 1) { s1l = Load(c0 + cRow, lowMask); if (TWide.Value) s1h = Load(c0 + cRow + 8, highMask); }
            if (TRows.Value > 2) { s2l = Load(c0 + 2 * cRow, lowMask); if (TWide.Value) s2h = Load(c0 + 2 * cRow + 8, highMask); }
            if (TRows.Value > 3) { s3l = Load(c3, lowMask); if (TWide.Value) s3h = Load(c3 + 8, highMask); }
            if (TRows.Value > 4) { s4l = Load(c3 + cRow, lowMask); if (TWide.Value) s4h = Load(c3 + cRow + 8, highMask); }
            if (TRows.Value > 5) { s5l = Load(c3 + 2 * cRow, lowMask); if (TWide.Value) s5h = Load(c3 + 2 * cRow + 8, highMask); }
        }

        for (int p = tile.Depth; p > 0; p--)
        {
            Vector256<float> low = Vector256.Load(b), high = TWide.Value ? Vector256.Load(b + 8) : default, x;
            x = Vector256.Create(*a0); s0l = Madd(x, low, s0l); if (TWide.Value) s0h = Madd(x, high, s0h);
            if (TRows.Value > 1) { x = Vector256.Create(a0[aRow]); s1l = Madd(x, low, s1l); if (TWide.Value) s1h = Madd(x, high, s1h); }
            if (TRows.Value > 2) { x = Vector256.Create(a0[2 * aRow]); s2l = Madd(x, low, s2l); if (TWide.Value) s2h = Madd(x, high, s2h); }
            if (TRows.Value > 3) { x = Vector256.Create(*a3); s3l = Madd(x, low, s3l); if (TWide.Value) s3h = Madd(x, high, s3h); }
            if (TRows.Value > 4) { x = Vector256.Create(a3[aRow]); s4l = Madd(x, low, s4l); if (TWide.Value) s4h = Madd(x, high, s4h); }
            if (TRows.Value > 5) { x = Vector256.Create(a3[2 * aRow]); s5l = Madd(x, low, s5l); if (TWide.Value) s5h = Madd(x, high, s5h); }
            b += bStep;
            a0 += aStep;
            a3 += aStep;
        }

        Store(c0, lowMask, s0l); if (TWide.Value) Store(c0 + 8, highMask, s0h);
        if (TRows.Value > 1) { Store(c0 + cRow, lowMask, s1l); if (TWide.Value) Store(c0 + cRow + 8, highMask, s1h); }
        if (TRows.Value > 2) { Store(c0 + 2 * cRow, lowMask, s2l); if (TWide.Value) Store(c0 + 2 * cRow + 8, highMask, s2h); }
        if (TRows.Value > 3) { Store(c3, lowMask, s3l); if (TWide.Value) Store(c3 + 8, highMask, s3h); }
        if (TRows.Value > 4) { Store(c3 + cRow, lowMask, s4l); if (TWide.Value) Store(c3 + cRow + 8, highMask, s4h); }
        if (TRows.Value > 5) { Store(c3 + 2 * cRow, lowMask, s5l); if (TWide.Value) Store(c3 + 2 * cRow + 8, highMask, s5h); }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Madd(Vector256<float> x, Vector256<float> y, Vector256<float> sum) => Fma.MultiplyAdd(x, y, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Load(float* source, Vector256<float> mask) => Avx.MaskLoad(source, mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, Vector256<float> mask, Vector256<float> value) => Avx.MaskStore(target, mask, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> FirstLanes(int count) => Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();
}
