namespace Ohmformer.Numerics;

/// <summary>How the matrix product is computed; every choice gives the same bits.</summary>
internal enum GemmPath
{
    /// <summary>Three loops of scalars.</summary>
    Reference,

    /// <summary>Blocks of <see cref="System.Numerics.Vector{T}"/>, on any processor.</summary>
    Portable,

    /// <summary>Blocks of 6x16 in AVX2 registers.</summary>
    Avx2,

    /// <summary>Blocks of 12x32 in AVX-512 registers.</summary>
    Avx512,
}

/// <summary>
/// Single-precision matrix products. Element (i, j) is the chain of fused multiply-adds c = fma(a[i,p], b[p,j], c) over
/// p = 0 .. k-1, starting from 0 or, when accumulating, from the old c. Every path computes exactly this chain, so results
/// do not depend on the processor, the blocking, or which rows and columns are computed together. A call uses one thread
/// unless it is given workers and, after the first call of a thread, allocates nothing; calls can run in parallel.
/// </summary>
public static class Gemm
{
    /// <summary>Columns that a worker takes at once: whole panels of every kernel.</summary>
    internal const int ChunkColumns = 64;

    /// <summary>The fastest path of this processor.</summary>
    internal static GemmPath BestPath { get; } =
        Avx512Kernel.IsSupported ? GemmPath.Avx512 : Avx2Kernel.IsSupported ? GemmPath.Avx2 : GemmPath.Portable;

    /// <summary>C = A B, or C += A B.</summary>
    /// <param name="a">Shape [m, k], row-major.</param>
    /// <param name="b">Shape [k, n], row-major.</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="k">Inner size.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="c">Shape [m, n], row-major; overwritten, or added to. Must not overlap A or B.</param>
    /// <param name="accumulate">Whether the product is added to C.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape.</exception>
    public static void Multiply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int k, int n, Span<float> c, bool accumulate = false) =>
        Multiply(GemmOperand.Of(a, k), GemmOperand.Of(b, n), m, k, n, c, n, accumulate);

    /// <summary>C = A B, its columns shared among workers.</summary>
    /// <param name="a">Shape [m, k], row-major.</param>
    /// <param name="b">Shape [k, n], row-major.</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="k">Inner size.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="workers">The threads.</param>
    /// <param name="c">Shape [m, n], row-major; overwritten. Must not overlap A or B.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape.</exception>
    public static unsafe void Multiply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int k, int n, Workers workers, Span<float> c)
    {
        a = a[..checked(m * k)];
        b = b[..checked(k * n)];
        c = c[..checked(m * n)];
        if (c.IsEmpty || k == 0)
        {
            c.Clear();
            return;
        }
        fixed (float* pa = a, pb = b, pc = c)
            workers.Run((n + ChunkColumns - 1) / ChunkColumns, 1, new ColumnChunks(pa, pb, m, k, n, pc));
    }

    /// <summary>C = A B, or C += A B, of matrices that may be transposed or lie inside larger ones.</summary>
    /// <param name="a">Shape [m, k].</param>
    /// <param name="b">Shape [k, n].</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="k">Inner size.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="c">Shape [m, n], row-major, a row every <paramref name="stride"/> elements; overwritten, or added to. Must not overlap A or B.</param>
    /// <param name="stride">Elements from one row of C to the next, at least n.</param>
    /// <param name="accumulate">Whether the product is added to C.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape.</exception>
    public static void Multiply(GemmOperand a, GemmOperand b, int m, int k, int n, Span<float> c, int stride, bool accumulate = false) =>
        Multiply(BestPath, a, b, m, k, n, c, stride, accumulate);

    /// <summary>The product on a chosen path.</summary>
    internal static unsafe void Multiply(
        GemmPath path, GemmOperand a, GemmOperand b, int m, int k, int n, Span<float> c, int stride, bool accumulate)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(m);
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, n);
        a.RequireShape(m, k, nameof(a));
        b.RequireShape(k, n, nameof(b));
        if (m == 0 || n == 0) return;
        if ((m - 1L) * stride + n > c.Length)
            throw new ArgumentException($"C has {c.Length} elements, too few for {m} x {n} with rows {stride} apart.", nameof(c));

        if (path == GemmPath.Reference)
        {
            Reference(a, b, m, k, n, c, stride, accumulate);
            return;
        }
        fixed (float* pa = a.Data, pb = b.Data, pc = c)
        {
            var product = new BlockedProduct
            {
                A = pa,
                ARow = a.RowStride,
                AStep = a.ColumnStride,
                B = pb,
                BStep = b.RowStride,
                BColumn = b.ColumnStride,
                C = pc,
                CRow = stride,
                M = m,
                K = k,
                N = n,
                Accumulate = accumulate,
            };
            product.Run(path);
        }
    }

    /// <summary>A product whose turns are chunks of columns.</summary>
    private readonly unsafe struct ColumnChunks(float* a, float* b, int m, int k, int n, float* c) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            int column = first * ChunkColumns, columns = Math.Min(limit * ChunkColumns, n) - column;
            Multiply(GemmOperand.Of(new(a, m * k), k), GemmOperand.Of(new(b + column, k * n - column), n), m, k, columns, new(c + column, m * n - column), n);
        }
    }

    private static void Reference(GemmOperand a, GemmOperand b, int m, int k, int n, Span<float> c, int stride, bool accumulate)
    {
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
            {
                float sum = accumulate ? c[i * stride + j] : 0;
                for (int p = 0; p < k; p++) sum = MathF.FusedMultiplyAdd(a[i, p], b[p, j], sum);
                c[i * stride + j] = sum;
            }
    }
}

/// <summary>A matrix that is read by <see cref="Gemm"/>: element (i, j) is <c>data[i * RowStride + j * ColumnStride]</c>.</summary>
public readonly ref struct GemmOperand
{
    private GemmOperand(ReadOnlySpan<float> data, int rowStride, int columnStride)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rowStride);
        ArgumentOutOfRangeException.ThrowIfNegative(columnStride);
        Data = data;
        RowStride = rowStride;
        ColumnStride = columnStride;
    }

    /// <summary>The elements.</summary>
    public ReadOnlySpan<float> Data { get; }

    /// <summary>Elements from one row to the next.</summary>
    public int RowStride { get; }

    /// <summary>Elements from one column to the next; this or <see cref="RowStride"/> is 1.</summary>
    public int ColumnStride { get; }

    /// <summary>The element in row i and column j.</summary>
    public float this[int i, int j] => Data[i * RowStride + j * ColumnStride];

    /// <summary>A row-major matrix whose rows are <paramref name="stride"/> elements apart.</summary>
    public static GemmOperand Of(ReadOnlySpan<float> data, int stride) => new(data, stride, 1);

    /// <summary>The transpose of a row-major matrix whose rows are <paramref name="stride"/> elements apart.</summary>
    public static GemmOperand Transposed(ReadOnlySpan<float> data, int stride) => new(data, 1, stride);

    internal void RequireShape(int rows, int columns, string name)
    {
        if (rows == 0 || columns == 0) return;
        int length = ColumnStride == 1 ? columns : rows;
        int stride = ColumnStride == 1 ? RowStride : ColumnStride;
        int lines = ColumnStride == 1 ? rows : columns;
        if (lines > 1 && stride < length)
            throw new ArgumentException($"A stride of {stride} is too small for {rows} x {columns}.", name);
        if ((rows - 1L) * RowStride + (columns - 1L) * ColumnStride >= Data.Length)
            throw new ArgumentException($"{Data.Length} elements are too few for {rows} x {columns} with strides {RowStride}, {ColumnStride}.", name);
    }
}
