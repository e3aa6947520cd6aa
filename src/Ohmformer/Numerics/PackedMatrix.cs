namespace Ohmformer.Numerics;

/// <summary>
/// A matrix B that is packed once and then multiplied by many A, with the bits of <see cref="Gemm"/>. Calls can run in
/// parallel.
/// </summary>
internal sealed unsafe class PackedMatrix
{
    private readonly GemmPath _path;
    private readonly int _k, _n;
    private readonly PackBuffer _buffer = new();
    private readonly float* _packed;

    /// <summary>Packs a matrix for the fastest path of this processor.</summary>
    /// <param name="b">Shape [k, n], row-major.</param>
    /// <param name="k">Inner size.</param>
    /// <param name="n">Columns.</param>
    /// <exception cref="ArgumentException">The span is shorter than its shape.</exception>
    public PackedMatrix(ReadOnlySpan<float> b, int k, int n)
        : this(b, k, n, Gemm.BestPath)
    {
    }

    /// <summary>Packs a matrix for a chosen path, which cannot be the reference: it packs nothing.</summary>
    internal PackedMatrix(ReadOnlySpan<float> b, int k, int n, GemmPath path)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        ArgumentOutOfRangeException.ThrowIfEqual((int)path, (int)GemmPath.Reference, nameof(path));
        (_path, _k, _n) = (path, k, n);
        _packed = _buffer.Reserve(checked(k * BlockedProduct.PaddedColumns(path, n)));
        fixed (float* source = b[..checked(k * n)])
            new BlockedProduct { B = source, BStep = n, BColumn = 1, K = k, N = n }.Pack(path, _packed);
    }

    /// <summary>C = A B, its columns shared among workers.</summary>
    /// <param name="a">Shape [m, k], row-major.</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="workers">The threads.</param>
    /// <param name="c">Shape [m, n], row-major; overwritten. Must not overlap A.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape.</exception>
    public void Multiply(ReadOnlySpan<float> a, int m, Workers workers, Span<float> c)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(m);
        fixed (float* pa = a[..checked(m * _k)], pc = c[..checked(m * _n)])
            workers.Run((_n + Gemm.ChunkColumns - 1) / Gemm.ChunkColumns, 1, new ColumnChunks(this, pa, m, pc));
        GC.KeepAlive(_buffer);
    }

    /// <summary>A product whose turns are chunks of columns.</summary>
    private readonly struct ColumnChunks(PackedMatrix b, float* a, int m, float* c) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            int column = first * Gemm.ChunkColumns;
            new BlockedProduct
            {
                A = a,
                ARow = b._k,
                AStep = 1,
                Packed = b._packed,
                PackedColumns = BlockedProduct.PaddedColumns(b._path, b._n),
                FirstPacked = column,
                C = c + column,
                CRow = b._n,
                M = m,
                K = b._k,
                N = Math.Min(limit * Gemm.ChunkColumns, b._n) - column,
            }.Run(b._path);
        }
    }
}
