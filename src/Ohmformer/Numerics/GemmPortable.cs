using System.Numerics;
using System.Runtime.CompilerServices;

namespace Ohmformer.Numerics;

/// <summary>Tiles of up to 4 rows and two vectors of whatever width the processor has.</summary>
internal readonly unsafe struct PortableKernel : IGemmKernel
{
    /// <inheritdoc/>
    public static int MaxRows => 4;

    /// <inheritdoc/>
    public static int Width => 2 * Vector<float>.Count;

    /// <inheritdoc/>
    public static void Run(in GemmTile tile)
    {
        // The registers hold a full tile; the part of it that is not in C goes nowhere.
        float* full = stackalloc float[4 * 2 * Vector<float>.Count];
        var padded = tile;
        padded.C = full;
        padded.CRow = Width;
        for (int i = 0; tile.Accumulate && i < tile.Rows; i++)
            new Span<float>(tile.C + i * tile.CRow, tile.Columns).CopyTo(new Span<float>(full + i * Width, Width));
        Block(padded);
        for (int i = 0; i < tile.Rows; i++)
            new Span<float>(full + i * Width, tile.Columns).CopyTo(new Span<float>(tile.C + i * tile.CRow, tile.Columns));
    }

    // Rows beyond the last repeat the last one.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block(in GemmTile tile)
    {
        int last = tile.Rows - 1, lanes = Vector<float>.Count;
        float* a0 = tile.A, a1 = a0 + Math.Min(1, last) * tile.ARow, a2 = a0 + Math.Min(2, last) * tile.ARow, a3 = a0 + Math.Min(3, last) * tile.ARow;
        float* c0 = tile.C, c1 = c0 + Math.Min(1, last) * tile.CRow, c2 = c0 + Math.Min(2, last) * tile.CRow, c3 = c0 + Math.Min(3, last) * tile.CRow;
        float* b = tile.B;
        nint aStep = tile.AStep, bStep = tile.BStep;
        Vector<float> s0l = Vector<float>.Zero, s1l = s0l, s2l = s0l, s3l = s0l, s0h = s0l, s1h = s0l, s2h = s0l, s3h = s0l;
        if (tile.Accumulate)
        {
            s0l = Vector.Load(c0); s0h = Vector.Load(c0 + lanes);
            s1l = Vector.Load(c1); s1h = Vector.Load(c1 + lanes);
            s2l = Vector.Load(c2); s2h = Vector.Load(c2 + lanes);
            s3l = Vector.Load(c3); s3h = Vector.Load(c3 + lanes);
        }

        for (int p = tile.Depth; p > 0; p--)
        {
            Vector<float> low = Vector.Load(b), high = Vector.Load(b + lanes);
            var x = new Vector<float>(*a0); s0l = Vector.FusedMultiplyAdd(x, low, s0l); s0h = Vector.FusedMultiplyAdd(x, high, s0h);
            x = new Vector<float>(*a1); s1l = Vector.FusedMultiplyAdd(x, low, s1l); s1h = Vector.FusedMultiplyAdd(x, high, s1h);
            x = new Vector<float>(*a2); s2l = Vector.FusedMultiplyAdd(x, low, s2l); s2h = Vector.FusedMultiplyAdd(x, high, s2h);
            x = new Vector<float>(*a3); s3l = Vector.FusedMultiplyAdd(x, low, s3l); s3h = Vector.FusedMultiplyAdd(x, high, s3h);
            b += bStep;
            a0 += aStep;
            a1 += aStep;
            a2 += aStep;
            a3 += aStep;
        }

        s0l.Store(c0); s0h.Store(c0 + lanes);
        s1l.Store(c1); s1h.Store(c1 + lanes);
        s2l.Store(c2); s2h.Store(c2 + lanes);
        s3l.Store(c3); s3h.Store(c3 + lanes);
    }
}
