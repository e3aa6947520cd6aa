using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Numerics;

/// <summary>
/// Computes one tile of an integer product: tile[row, column] = sum over steps of the products of 4 bytes of x with 4 bytes of
/// each of the panel's 16 columns, as 32-bit integers. The 4 bytes are 4 numbers (x unsigned, columns signed) or 2 of 16 bits.
/// </summary>
internal interface IIntegerKernel
{
    /// <summary>Largest number of rows of a tile.</summary>
    static abstract int MaxRows { get; }

    /// <summary>Computes a tile.</summary>
    /// <param name="x">First row, 4 bytes per step.</param>
    /// <param name="stride">Bytes from one row to the next.</param>
    /// <param name="panel">64 bytes per step: 4 bytes of each column.</param>
    /// <param name="steps">Steps.</param>
    /// <param name="rows">Rows, 1 to <see cref="MaxRows"/>.</param>
    /// <param name="tile">Shape [rows, 16].</param>
    static abstract unsafe void Run(byte* x, nint stride, byte* panel, int steps, int rows, int* tile);
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
    public static void Run(byte* x, nint stride, byte* panel, int steps, int rows, int* tile)
    {
        switch (rows)
        {
            case 1: Block<Rows1>(x, stride, panel, steps, tile); break;
            case 2: Block<Rows2>(x, stride, panel, steps, tile); break;
            case 3: Block<Rows3>(x, stride, panel, steps, tile); break;
            case 4: Block<Rows4>(x, stride, panel, steps, tile); break;
            case 5: Block<Rows5>(x, stride, panel, steps, tile); break;
            default: Block<Rows6>(x, stride, panel, steps, tile); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block<TRows>(byte* x, nint stride, byte* panel, int steps, int* tile) where TRows : struct, ICount
    {
        byte* x3 = x + 3 * stride;
        Vector256<int> s0l = default, s1l = default, s2l = default, s3l = default, s4l = default, s5l = default;
        Vector256<int> s0h = default, s1h = default, s2h = default, s3h = default, s4h = default, s5h = default;
        for (; steps > 0; steps--)
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
        s0l.Store(tile); s0h.Store(tile + 8);
        if (TRows.Value > 1) { s1l.Store(tile + 16); s1h.Store(tile + 24); }
        if (TRows.Value > 2) { s2l.Store(tile + 32); s2h.Store(tile + 40); }
        if (TRows.Value > 3) { s3l.Store(tile + 48); s3h.Store(tile + 56); }
        if (TRows.Value > 4) { s4l.Store(tile + 64); s4h.Store(tile + 72); }
        if (TRows.Value > 5) { s5l.Store(tile + 80); s5h.Store(tile + 88); }
    }
}

/// <summary>Tiles of up to 6 x 16 in 6 AVX-512 registers, numbers of 16 bits.</summary>
/// <remarks>The body contains no call, since one would make the compiler keep the accumulators in memory.</remarks>
internal readonly unsafe struct IntegerKernel512 : IIntegerKernel
{
    /// <inheritdoc/>
    public static int MaxRows => 6;

    /// <inheritdoc/>
    public static void Run(byte* x, nint stride, byte* panel, int steps, int rows, int* tile)
    {
        switch (rows)
        {
            case 1: Block<Rows1>(x, stride, panel, steps, tile); break;
            case 2: Block<Rows2>(x, stride, panel, steps, tile); break;
            case 3: Block<Rows3>(x, stride, panel, steps, tile); break;
            case 4: Block<Rows4>(x, stride, panel, steps, tile); break;
            case 5: Block<Rows5>(x, stride, panel, steps, tile); break;
            default: Block<Rows6>(x, stride, panel, steps, tile); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block<TRows>(byte* x, nint stride, byte* panel, int steps, int* tile) where TRows : struct, ICount
    {
        byte* x3 = x + 3 * stride;
        Vector512<int> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default;
        for (; steps > 0; steps--)
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
        s0.Store(tile);
        if (TRows.Value > 1) s1.Store(tile + 16);
        if (TRows.Value > 2) s2.Store(tile + 32);
        if (TRows.Value > 3) s3.Store(tile + 48);
        if (TRows.Value > 4) s4.Store(tile + 64);
        if (TRows.Value > 5) s5.Store(tile + 80);
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
    public static void Run(byte* x, nint stride, byte* panel, int steps, int rows, int* tile)
    {
        Vector128<int> s0 = default, s1 = default, s2 = default, s3 = default;
        for (; steps > 0; steps--)
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
        s0.Store(tile);
        s1.Store(tile + 4);
        s2.Store(tile + 8);
        s3.Store(tile + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Add(Vector128<int> sum, Vector128<int> even, Vector128<int> odd, Vector128<int> w) =>
        sum + ((w << 16) >> 16) * even + (w >> 16) * odd;
}
