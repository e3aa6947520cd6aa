using System.Runtime.InteropServices;

namespace Ohmformer.Numerics;

/// <summary>One block of C in registers: C[rows, columns] (+)= A[rows, depth] B[depth, columns].</summary>
internal unsafe struct GemmTile
{
    /// <summary>First element of A; rows are <see cref="ARow"/> and steps of the inner index <see cref="AStep"/> elements apart.</summary>
    public float* A;
    public nint ARow, AStep;

    /// <summary>First element of B, whole vectors of columns, zero beyond the last; steps are <see cref="BStep"/> elements apart.</summary>
    public float* B;
    public nint BStep;

    /// <summary>First element of C; rows are <see cref="CRow"/> elements apart.</summary>
    public float* C;
    public nint CRow;

    public int Rows, Columns, Depth;

    /// <summary>Whether to start from C instead of from 0.</summary>
    public bool Accumulate;
}

/// <summary>Computes one tile in registers.</summary>
internal interface IGemmKernel
{
    /// <summary>Largest number of rows of a tile.</summary>
    static abstract int MaxRows { get; }

    /// <summary>Columns of a panel of B, the largest number of columns of a tile.</summary>
    static abstract int Width { get; }

    /// <summary>Computes a tile of 1 to <see cref="MaxRows"/> rows and 1 to <see cref="Width"/> columns.</summary>
    static abstract void Run(in GemmTile tile);
}

/// <summary>
/// A matrix product cut into blocks that fit the caches (Goto, van de Geijn: Anatomy of high-performance matrix
/// multiplication, ACM TOMS 34(3), 2008). B is packed into panels as wide as a kernel; A is read in place.
/// </summary>
internal unsafe struct BlockedProduct
{
    // A tile streams its panel of B, Depth x 32 floats, from the second-level cache, which is far from its limit; every further
    // depth would read and write all of C once more.
    private const int MaxDepth = 512, MaxBlockColumns = 512, MaxBlockRows = 480;

    // Below this many rows a matrix B that is row-major is read in place, since packing would cost as much as the product.
    private const int PackRows = 16;

    [ThreadStatic] private static PackBuffer? t_buffer;

    public float* A;
    public nint ARow, AStep;
    public float* B;
    public nint BStep, BColumn;
    public float* C;
    public nint CRow;
    public int M, K, N;
    public bool Accumulate;

    /// <summary>A matrix as <see cref="Pack"/> left it, or null to pack B block by block.</summary>
    public float* Packed;

    /// <summary>Padded columns of that matrix, and which of them is the first of B.</summary>
    public int PackedColumns, FirstPacked;

    /// <summary>Computes the product.</summary>
    public readonly void Run(GemmPath path)
    {
        switch (path)
        {
            case GemmPath.Avx512: Run<Avx512Kernel>(); break;
            case GemmPath.Avx2: Run<Avx2Kernel>(); break;
            default: Run<PortableKernel>(); break;
        }
    }

    /// <summary>Columns of N, rounded up to whole panels.</summary>
    public static int PaddedColumns(GemmPath path, int n) => RoundUp(n, Width(path));

    /// <summary>Packs all of B.</summary>
    /// <param name="path">Whose panels.</param>
    /// <param name="packed">K times <see cref="PaddedColumns"/> floats.</param>
    public readonly void Pack(GemmPath path, float* packed)
    {
        int width = Width(path), depths = Blocks(K, MaxDepth);
        for (int d = 0; d < depths; d++)
        {
            int p = Cut(K, d, depths);
            PackPanels(new() { Packed = packed + (nint)p * RoundUp(N, width), Count = N, Step = p, Depth = Cut(K, d + 1, depths) - p }, width, 0);
        }
    }

    private readonly void Run<TKernel>() where TKernel : struct, IGemmKernel
    {
        if (K == 0)
        {
            ClearUnlessAccumulating();
            return;
        }
        bool inPlace = Packed == null && M < PackRows && BColumn == 1;
        int width = TKernel.Width, depths = Blocks(K, MaxDepth), rowBlocks = Blocks(M, MaxBlockRows);
        float* buffer = Packed != null ? null : (t_buffer ??= new PackBuffer()).Reserve((K + depths - 1) / depths * RoundUp(Math.Min(N, MaxBlockColumns), width));
        for (int j = 0; j < N; j += MaxBlockColumns)
            for (int d = 0; d < depths; d++)
            {
                int p = Cut(K, d, depths), depth = Cut(K, d + 1, depths) - p;
                var panels = new Panels { Packed = buffer, First = j, Count = Math.Min(MaxBlockColumns, N - j), Step = p, Depth = depth };
                if (Packed != null) panels.Packed = Packed + (nint)p * PackedColumns + (nint)(FirstPacked + j) * depth;
                else PackPanels(panels, width, inPlace ? panels.Count / width * width : 0);
                for (int r = 0; r < rowBlocks; r++)
                    MultiplyBlock<TKernel>(panels, inPlace, Cut(M, r, rowBlocks), Cut(M, r + 1, rowBlocks));
            }
    }

    /// <summary>A block of B: columns First .. First + Count - 1, steps Step .. Step + Depth - 1.</summary>
    private struct Panels
    {
        public float* Packed;
        public int First, Count, Step, Depth;
    }

    private static int Width(GemmPath path) => path switch
    {
        GemmPath.Avx512 => Avx512Kernel.Width,
        GemmPath.Avx2 => Avx2Kernel.Width,
        _ => PortableKernel.Width,
    };

    private static int Blocks(int size, int largest) => (size + largest - 1) / largest;

    private static int RoundUp(int size, int unit) => (size + unit - 1) / unit * unit;

    // The first element of part i when size elements are cut into equal parts.
    private static int Cut(int size, int i, int parts) => (int)((long)size * i / parts);

    private readonly void ClearUnlessAccumulating()
    {
        if (Accumulate) return;
        for (int i = 0; i < M; i++) new Span<float>(C + i * CRow, N).Clear();
    }

    // Packs the panels that begin at column from, the first of a panel, or after it.
    private readonly void PackPanels(in Panels panels, int width, int from)
    {
        float* source = B + panels.Step * BStep + (panels.First + from) * BColumn, target = panels.Packed + (nint)from * panels.Depth;
        int columns = panels.Count - from;
        if (BColumn == 1)
        {
            GemmPacking.Copy(source, BStep, panels.Depth, columns, width, target);
            return;
        }
        for (int j = 0; j < columns; j += width)
            GemmPacking.Transpose(source + j * BColumn, BColumn, panels.Depth, Math.Min(width, columns - j), width, target + (nint)j * panels.Depth);
    }

    private readonly void MultiplyBlock<TKernel>(in Panels panels, bool inPlace, int firstRow, int lastRow) where TKernel : struct, IGemmKernel
    {
        int width = TKernel.Width, rows = lastRow - firstRow, bands = Blocks(rows, TKernel.MaxRows);
        var tile = new GemmTile
        {
            ARow = ARow,
            AStep = AStep,
            CRow = CRow,
            Depth = panels.Depth,
            Accumulate = Accumulate || panels.Step > 0,
        };
        for (int j = 0; j < panels.Count; j += width)
        {
            tile.Columns = Math.Min(width, panels.Count - j);
            bool unpacked = inPlace && tile.Columns == width;
            tile.B = unpacked ? B + panels.Step * BStep + panels.First + j : panels.Packed + (nint)j * panels.Depth;
            tile.BStep = unpacked ? BStep : width;
            for (int i = 0; i < bands; i++)
            {
                int row = firstRow + Cut(rows, i, bands);
                tile.Rows = firstRow + Cut(rows, i + 1, bands) - row;
                tile.A = A + row * ARow + panels.Step * AStep;
                tile.C = C + row * CRow + panels.First + j;
                TKernel.Run(tile);
            }
        }
    }
}

/// <summary>Memory for packed panels, aligned to cache lines, one per thread and freed with it.</summary>
internal sealed unsafe class PackBuffer
{
    private float* _memory;
    private int _length;

    ~PackBuffer() => NativeMemory.AlignedFree(_memory);

    /// <summary>Memory for at least this many floats; the content is undefined.</summary>
    public float* Reserve(int length)
    {
        if (length > _length)
        {
            NativeMemory.AlignedFree(_memory);
            _memory = null;
            _length = 0;
            _memory = (float*)NativeMemory.AlignedAlloc((nuint)length * sizeof(float), 64);
            _length = length;
        }
        return _memory;
    }
}
