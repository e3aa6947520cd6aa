using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Numerics;

/// <summary>
/// One tile of an integer product: y[row, column] = start[column] + sum over steps of the products of 4 bytes of x with 4 bytes
/// of each of the panel's 16 columns. The 4 bytes are 4 numbers (x unsigned, columns signed) or 2 of 16 bits; sums have 32 bits.
/// </summary>
internal unsafe struct IntegerTile
{
    /// <summary>First row of x, 4 bytes per step; rows are <see cref="XStride"/> bytes apart.</summary>
    public byte* X;
    public nint XStride;

    /// <summary>64 bytes per step: 4 bytes of each column.</summary>
    public byte* Panel;

    /// <summary>What the sums of the 16 columns begin with.</summary>
    public int* Start;

    /// <summary>First of 16 results; rows are <see cref="YStride"/> elements apart.</summary>
    public double* Y;
    public nint YStride;

    public int Steps, Rows;
}

/// <summary>Computes one tile in registers.</summary>
internal interface IIntegerKernel
{
    /// <summary>Largest number of rows of a tile.</summary>
    static abstract int MaxRows { get; }

    /// <summary>Computes a tile of 1 to <see cref="MaxRows"/> rows.</summary>
    static abstract void Run(in IntegerTile tile);
}

/// <summary>The sum of products of 4 bytes per lane.</summary>
internal interface IDotProduct
{
    /// <summary>sum + x w, lane by lane.</summary>
    static abstract Vector256<int> Add(Vector256<int> sum, Vector256<int> x, Vector256<int> w);
}

/// <summary>4 unsigned numbers of 8 bits times 4 signed ones: VPDPBUSD.</summary>
internal readonly struct DotOfBytes : IDotProduct
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sum, Vector256<int> x, Vector256<int> w) =>
        AvxVnni.MultiplyWideningAndAdd(sum, x.AsByte(), w.AsSByte());
}

/// <summary>2 signed numbers of 16 bits times 2: VPMADDWD and VPADDD.</summary>
internal readonly struct DotOfWords : IDotProduct
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sum, Vector256<int> x, Vector256<int> w) =>
        Avx2.Add(sum, Avx2.MultiplyAddAdjacent(x.AsInt16(), w.AsInt16()));
}

/// <summary>Tiles of up to 6 x 16 in 12 of the 16 AVX registers.</summary>
/// <remarks>The body contains no call, since one would make the compiler keep the accumulators in memory.</remarks>
internal readonly unsafe struct IntegerKernel256<TDot> : IIntegerKernel
    where TDot : struct, IDotProduct
{
    /// <inheritdoc/>
    public static int MaxRows => 6;

    /// <inheritdoc/>
    public static void Run(in IntegerTile tile)
    {
        switch (tile.Rows)
        {
            case 1: Block<Rows1>(tile); break;
            case 2: Block<Rows2>(tile); break;
            case 3: Block<Rows3>(tile); break;
            case 4: Block<Rows4>(tile); break;
            case 5: Block<Rows5>(tile); break;
            default: Block<Rows6>(tile); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block<TRows>(in IntegerTile tile) where TRows : struct, ICount
    {
        nint stride = tile.XStride, yStride = tile.YStride;
        byte* x = tile.X, x3 = x + 3 * stride, panel = tile.Panel;
        Vector256<int> s0l = Vector256.Load(tile.Start), s0h = Vector256.Load(tile.Start + 8);
        Vector256<int> s1l = s0l, s2l = s0l, s3l = s0l, s4l = s0l, s5l = s0l, s1h = s0h, s2h = s0h, s3h = s0h, s4h = s0h, s5h = s0h;
        for (int step = tile.Steps; step > 0; step--)
        {
            Vector256<int> low = Vector256.Load((int*)panel), high = Vector256.Load((int*)panel + 8), v;
            v = Vector256.Create(*(int*)x); s0l = TDot.Add(s0l, v, low); s0h = TDot.Add(s0h, v, high);
            if (TRows.Value > 1) { v = Vector256.Create(*(int*)(x + stride)); s1l = TDot.Add(s1l, v, low); s1h = TDot.Add(s1h, v, high); }
            if (TRows.Value > 2) { v = Vector256.Create(*(int*)(x + 2 * stride)); s2l = TDot.Add(s2l, v, low); s2h = TDot.Add(s2h, v, high); }
            if (TRows.Value > 3) { v = Vector256.Create(*(int*)x3); s3l = TDot.Add(s3l, v, low); s3h = TDot.Add(s3h, v, high); }
            if (TRows.Value > 4) { v = Vector256.Create(*(int*)(x3 + stride)); s4l = TDot.Add(s4l, v, low); s4h = TDot.Add(s4h, v, high); }
            if (TRows.Value > 5) { v = Vector256.Create(*(int*)(x3 + 2 * stride)); s5l = TDot.Add(s5l, v, low); s5h = TDot.Add(s5h, v, high); }
            panel += 64;
            x += 4;
            x3 += 4;
        }
        double* y0 = tile.Y, y3 = y0 + 3 * yStride;
        Store(s0l, s0h, y0);
        if (TRows.Value > 1) Store(s1l, s1h, y0 + yStride);
        if (TRows.Value > 2) Store(s2l, s2h, y0 + 2 * yStride);
        if (TRows.Value > 3) Store(s3l, s3h, y3);
        if (TRows.Value > 4) Store(s4l, s4h, y3 + yStride);
        if (TRows.Value > 5) Store(s5l, s5h, y3 + 2 * yStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<int> low, Vector256<int> high, double* y)
    {
        if (Avx512F.IsSupported)
        {
            Avx512F.ConvertToVector512Double(low).Store(y);
            Avx512F.ConvertToVector512Double(high).Store(y + 8);
            return;
        }
        Avx.ConvertToVector256Double(low.GetLower()).Store(y);
        Avx.ConvertToVector256Double(low.GetUpper()).Store(y + 4);
        Avx.ConvertToVector256Double(high.GetLower()).Store(y + 8);
        Avx.ConvertToVector256Double(high.GetUpper()).Store(y + 12);
    }
}

/// <summary>Tiles of up to 6 x 16 in 6 AVX-512 registers, numbers of 16 bits.</summary>
/// <remarks>The body contains no call, since one would make the compiler keep the accumulators in memory.</remarks>
internal readonly unsafe struct IntegerKernel512 : IIntegerKernel
{
    /// <inheritdoc/>
    public static int MaxRows => 6;

    /// <inheritdoc/>
    public static void Run(in IntegerTile tile)
    {
        switch (tile.Rows)
        {
            case 1: Block<Rows1>(tile); break;
            case 2: Block<Rows2>(tile); break;
            case 3: Block<Rows3>(tile); break;
            case 4: Block<Rows4>(tile); break;
            case 5: Block<Rows5>(tile); break;
            default: Block<Rows6>(tile); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block<TRows>(in IntegerTile tile) where TRows : struct, ICount
    {
        nint stride = tile.XStride, yStride = tile.YStride;
        byte* x = tile.X, x3 = x + 3 * stride, panel = tile.Panel;
        Vector512<int> s0 = Vector512.Load(tile.Start), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0;
        for (int step = tile.Steps; step > 0; step--)
        {
            Vector512<short> w = Vector512.Load((short*)panel);
            s0 = Add(s0, *(int*)x, w);
            if (TRows.Value > 1) s1 = Add(s1, *(int*)(x + stride), w);
            if (TRows.Value > 2) s2 = Add(s2, *(int*)(x + 2 * stride), w);
            if (TRows.Value > 3) s3 = Add(s3, *(int*)x3, w);
            if (TRows.Value > 4) s4 = Add(s4, *(int*)(x3 + stride), w);
            if (TRows.Value > 5) s5 = Add(s5, *(int*)(x3 + 2 * stride), w);
            panel += 64;
            x += 4;
            x3 += 4;
        }
        double* y0 = tile.Y, y3 = y0 + 3 * yStride;
        Store(s0, y0);
        if (TRows.Value > 1) Store(s1, y0 + yStride);
        if (TRows.Value > 2) Store(s2, y0 + 2 * yStride);
        if (TRows.Value > 3) Store(s3, y3);
        if (TRows.Value > 4) Store(s4, y3 + yStride);
        if (TRows.Value > 5) Store(s5, y3 + 2 * yStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<int> sum, double* y)
    {
        Avx512F.ConvertToVector512Double(sum.GetLower()).Store(y);
        Avx512F.ConvertToVector512Double(sum.GetUpper()).Store(y + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Add(Vector512<int> sum, int x, Vector512<short> w) =>
        sum + Avx512BW.MultiplyAddAdjacent(Vector512.Create(x).AsInt16(), w);
}

/// <summary>One row at a time on any processor, numbers of 16 bits.</summary>
internal readonly unsafe struct IntegerKernelPortable : IIntegerKernel
{
    /// <inheritdoc/>
    public static int MaxRows => 1;

    /// <inheritdoc/>
    public static void Run(in IntegerTile tile)
    {
        byte* x = tile.X, panel = tile.Panel;
        int* start = tile.Start;
        Vector128<int> s0 = Vector128.Load(start), s1 = Vector128.Load(start + 4), s2 = Vector128.Load(start + 8), s3 = Vector128.Load(start + 12);
        for (int step = tile.Steps; step > 0; step--)
        {
            Vector128<int> even = Vector128.Create((int)((short*)x)[0]), odd = Vector128.Create((int)((short*)x)[1]);
            int* w = (int*)panel;
            s0 = Add(s0, even, odd, Vector128.Load(w));
            s1 = Add(s1, even, odd, Vector128.Load(w + 4));
            s2 = Add(s2, even, odd, Vector128.Load(w + 8));
            s3 = Add(s3, even, odd, Vector128.Load(w + 12));
            panel += 64;
            x += 4;
        }
        Store(s0, tile.Y);
        Store(s1, tile.Y + 4);
        Store(s2, tile.Y + 8);
        Store(s3, tile.Y + 12);
    }

    private static void Store(Vector128<int> sum, double* y)
    {
        for (int i = 0; i < Vector128<int>.Count; i++) y[i] = sum[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Add(Vector128<int> sum, Vector128<int> even, Vector128<int> odd, Vector128<int> w) =>
        sum + ((w << 16) >> 16) * even + (w >> 16) * odd;
}
