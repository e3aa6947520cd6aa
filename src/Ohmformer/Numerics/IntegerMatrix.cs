using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Numerics;

/// <summary>How an integer product is computed; every choice gives the same numbers.</summary>
internal enum IntegerPath
{
    /// <summary>128-bit vectors, on any processor.</summary>
    Portable,

    /// <summary>Numbers of 16 bits in AVX2 registers.</summary>
    Avx2,

    /// <summary>Numbers of 16 bits in AVX-512 registers.</summary>
    Avx512,

    /// <summary>Numbers of 8 bits in AVX registers (AVX-VNNI).</summary>
    Vnni,
}

/// <summary>
/// An integer matrix W, packed once, that multiplies integer vectors exactly: y[t, n] = sum over k of x[t, k] w[k, n]. Weights
/// have up to 16 bits, inputs lie within -2^15 .. 2^15 - 1 or 0 .. 2^16 - 1. A call uses one thread; calls can run in parallel.
/// </summary>
/// <remarks>
/// Inputs become numbers of 8 bits: those of -128 .. 127 and 0 .. 255 as they stand, wider ones as two bytes with a product
/// each. Where the instruction wants unsigned numbers, 128 is added and 128 times the column's sum subtracted. Sums are of 32
/// bits over as many rows as cannot overflow them, beyond that double precision, exact below 2^53.
/// </remarks>
internal sealed unsafe class IntegerMatrix
{
    private const int Width = 16, StepBytes = 4, PanelBytes = Width * StepBytes, MaxRows = 6;

    /// <summary>
    /// Packed inputs that are multiplied with all panels before the next: about as many bytes as the first-level cache keeps, but
    /// enough vectors that the panels come from the second-level cache in time.
    /// </summary>
    private const int BlockBytes = 1 << 15, BlockRows = 48;

    /// <summary>255 * 128 * 2^16 is below 2^31.</summary>
    private const int MaxChunk = 1 << 16;

    private readonly IntegerPath _path;
    private readonly int _inputs, _outputs, _chunk, _chunks, _perStep, _panels;
    private readonly byte[] _packed;
    private readonly int[] _columnSums;

    /// <summary>Packs a matrix for the fastest path of this processor.</summary>
    /// <param name="weights">Shape [inputs, outputs].</param>
    /// <param name="inputs">Rows K.</param>
    /// <param name="outputs">Columns N.</param>
    /// <exception cref="ArgumentException">The span is shorter than its shape, or a weight has more than 16 bits.</exception>
    public IntegerMatrix(ReadOnlySpan<int> weights, int inputs, int outputs)
        : this(weights, inputs, outputs, BestPath)
    {
    }

    /// <summary>Packs a matrix for a chosen path. Weights of more than 8 bits take the fastest path of 16 bits instead of <see cref="IntegerPath.Vnni"/>.</summary>
    internal IntegerMatrix(ReadOnlySpan<int> weights, int inputs, int outputs, IntegerPath path)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(inputs);
        ArgumentOutOfRangeException.ThrowIfNegative(outputs);
        weights = weights[..checked(inputs * outputs)];
        _inputs = inputs;
        _outputs = outputs;
        (_path, _perStep, _chunk) = LayoutOf(weights, path);
        _panels = (outputs + Width - 1) / Width;
        int chunks = (inputs + _chunk - 1) / _chunk;
        long steps = (long)chunks * ((_chunk + _perStep - 1) / _perStep);
        if (chunks <= 1) steps = (inputs + _perStep - 1) / _perStep;
        _packed = GC.AllocateUninitializedArray<byte>(checked((int)(steps * _panels * PanelBytes)));
        _columnSums = new int[chunks * _panels * Width];
        _chunks = chunks;
        Pack(weights);
    }

    /// <summary>Packs another matrix of the same sizes over this one, in the same memory; no call may run meanwhile.</summary>
    /// <param name="weights">Shape [inputs, outputs].</param>
    /// <returns>Whether the weights fit the layout of the first ones, and do not allow a faster one; if not, nothing has changed.</returns>
    public bool TryReplace(ReadOnlySpan<int> weights)
    {
        weights = weights[..(_inputs * _outputs)];
        var (path, perStep, chunk) = LayoutOf(weights, BestPath);
        if (path != _path || perStep != _perStep || chunk < Math.Min(_chunk, _inputs)) return false;
        Pack(weights);
        return true;
    }

    /// <summary>The path for weights, how many numbers a step of a panel holds per column, and the rows whose sums fit 32 bits.</summary>
    private static (IntegerPath Path, int PerStep, int Chunk) LayoutOf(ReadOnlySpan<int> weights, IntegerPath path)
    {
        int smallest = weights.IsEmpty ? 0 : TensorPrimitives.Min(weights), largest = weights.IsEmpty ? 0 : TensorPrimitives.Max(weights);
        if (smallest < short.MinValue || largest > short.MaxValue)
            throw new ArgumentException($"The weights lie within {smallest} .. {largest}; 16 bits hold {short.MinValue} .. {short.MaxValue}.", nameof(weights));
        if (path == IntegerPath.Vnni && (smallest < sbyte.MinValue || largest > sbyte.MaxValue)) path = BestPathOfWords;
        int perStep = path == IntegerPath.Vnni ? StepBytes : StepBytes / 2, rows = int.MaxValue / (255 * Math.Max(Math.Max(-smallest, largest), 1));
        return (path, perStep, Math.Min(rows / perStep * perStep, MaxChunk));
    }

    private void Pack(ReadOnlySpan<int> weights)
    {
        for (int chunk = 0; chunk < _chunks; chunk++) Pack(weights, chunk);
    }

    /// <summary>The fastest path of this processor.</summary>
    internal static IntegerPath BestPath => AvxVnni.IsSupported ? IntegerPath.Vnni : BestPathOfWords;

    private static IntegerPath BestPathOfWords =>
        Avx512BW.IsSupported ? IntegerPath.Avx512 : Avx2.IsSupported ? IntegerPath.Avx2 : IntegerPath.Portable;

    private int Steps(int chunk) => (Math.Min(_chunk, _inputs - chunk * _chunk) + _perStep - 1) / _perStep;

    /// <summary>Where a panel begins.</summary>
    private int Panel(int chunk, int panel) => (chunk * (_chunk / _perStep) * _panels + panel * Steps(chunk)) * PanelBytes;

    private void Pack(ReadOnlySpan<int> weights, int chunk)
    {
        int first = chunk * _chunk, rows = Math.Min(_chunk, _inputs - first);
        fixed (int* source = weights, sums = _columnSums)
        fixed (byte* packed = _packed)
            for (int p = 0; p < _panels; p++)
            {
                int* from = source + (long)first * _outputs + p * Width;
                var sum = PackPanel(from, rows, Math.Min(Width, _outputs - p * Width), packed + Panel(chunk, p));
                sum.Store(sums + (chunk * _panels + p) * Width);
            }
    }

    /// <summary>Packs up to 16 columns, zeros behind the last row and column.</summary>
    /// <returns>The sums of the columns.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Vector512<int> PackPanel(int* source, int rows, int columns, byte* panel)
    {
        Vector512<int> sum = default;
        int bits = 32 / _perStep;
        var mask = Vector512.Create((int)((1u << bits) - 1));
        for (int k = 0; k < rows; k += _perStep, panel += PanelBytes)
        {
            Vector512<int> step = default;
            for (int i = 0; i < _perStep && k + i < rows; i++)
            {
                int* row = source + (long)(k + i) * _outputs;
                var values = columns == Width ? Vector512.Load(row) : LoadPart(row, columns);
                sum += values;
                step |= (values & mask) << (bits * i);
            }
            step.Store((int*)panel);
        }
        return sum;
    }

    private static Vector512<int> LoadPart(int* source, int columns)
    {
        Span<int> row = stackalloc int[Width];
        row.Clear();
        new ReadOnlySpan<int>(source, columns).CopyTo(row);
        return Vector512.Create<int>(row);
    }

    /// <summary>The product by the textbook loop.</summary>
    internal static void Reference(ReadOnlySpan<int> x, ReadOnlySpan<int> weights, int tokens, int inputs, int outputs, Span<double> y)
    {
        for (int t = 0; t < tokens; t++)
            for (int n = 0; n < outputs; n++)
            {
                long sum = 0;
                for (int k = 0; k < inputs; k++) sum += (long)x[t * inputs + k] * weights[k * outputs + n];
                y[t * outputs + n] = sum;
            }
    }

    /// <summary>y = x W, exactly.</summary>
    /// <param name="x">Shape [tokens, inputs].</param>
    /// <param name="tokens">Vectors.</param>
    /// <param name="y">Shape [tokens, outputs]; overwritten.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape, or an input has more than 16 bits.</exception>
    public void Multiply(ReadOnlySpan<int> x, int tokens, Span<double> y)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokens);
        x = x[..checked(tokens * _inputs)];
        y = y[..checked(tokens * _outputs)];
        if (x.IsEmpty || y.IsEmpty)
        {
            y.Clear();
            return;
        }
        int stride = (_inputs + _perStep - 1) / _perStep * StepBytes, blocks = (tokens - 1) / Math.Max(BlockBytes / stride, BlockRows) + 1;
        byte[] packed = ArrayPool<byte>.Shared.Rent(((tokens - 1) / blocks + 1) * stride);
        fixed (byte* rows = packed)
            for (int block = 0; block < blocks; block++)
            {
                int first = (int)((long)tokens * block / blocks), count = (int)((long)tokens * (block + 1) / blocks) - first;
                MultiplyBlock(x.Slice(first * _inputs, count * _inputs), new PackedInputs { Rows = rows, Stride = stride, Tokens = count }, y[(first * _outputs)..]);
            }
        ArrayPool<byte>.Shared.Return(packed);
    }

    /// <summary>A part of every input that fits a byte: (x >> Shift) and Mask, between Low and Low + 255. Low is 0 or -128.</summary>
    private readonly record struct Piece(int Shift, int Mask, int Low);

    /// <summary>Vectors packed for the kernel, one every Stride bytes.</summary>
    private struct PackedInputs
    {
        public byte* Rows;
        public int Stride, Tokens;
    }

    /// <summary>The product of some vectors; y may be longer, and its rest may be overwritten.</summary>
    private void MultiplyBlock(ReadOnlySpan<int> x, in PackedInputs packed, Span<double> y)
    {
        bool negative = TensorPrimitives.Min(x[.._inputs]) < 0;
        if (!negative && TryMultiply(x, new(0, -1, 0), packed, add: false, y)) return;
        if (TryMultiply(x, new(0, -1, -128), packed, add: false, y)) return;
        y = y[..(packed.Tokens * _outputs)];
        if (!TryMultiply(x, new(8, -1, 0), packed, add: false, y) && !TryMultiply(x, new(8, -1, -128), packed, add: false, y))
            throw new ArgumentException($"The inputs lie within {TensorPrimitives.Min(x)} .. {TensorPrimitives.Max(x)}; they must lie within {short.MinValue} .. {short.MaxValue} or 0 .. {ushort.MaxValue}.", nameof(x));
        TensorPrimitives.Multiply(y, 256, y);
        TryMultiply(x, new(0, 255, 0), packed, add: true, y);
    }

    /// <summary>The product of a piece of the inputs, or that much more.</summary>
    /// <returns>False, and nothing done, where the pieces do not fit.</returns>
    private bool TryMultiply(ReadOnlySpan<int> x, Piece piece, in PackedInputs packed, bool add, Span<double> y)
    {
        if (!TryPack(x, piece, packed)) return false;
        int low = _path == IntegerPath.Vnni ? piece.Low : 0;
        for (int chunk = 0; chunk * _chunk < _inputs; chunk++)
            switch (_path)
            {
                case IntegerPath.Vnni: Run<IntegerKernel256<DotOfBytes>>(chunk, packed, low, add || chunk > 0, y); break;
                case IntegerPath.Avx512: Run<IntegerKernel512>(chunk, packed, low, add || chunk > 0, y); break;
                case IntegerPath.Avx2: Run<IntegerKernel256<DotOfWords>>(chunk, packed, low, add || chunk > 0, y); break;
                default: Run<IntegerKernelPortable>(chunk, packed, low, add || chunk > 0, y); break;
            }
        return true;
    }

    private bool TryPack(ReadOnlySpan<int> x, Piece piece, in PackedInputs packed)
    {
        // Where no row needs padding, all rows are packed as one.
        int length = packed.Stride / StepBytes * _perStep, rows = length == _inputs ? 1 : packed.Tokens, columns = x.Length / rows;
        bool fits = true;
        fixed (int* source = x)
            for (int row = 0; row < rows && fits; row++)
            {
                byte* target = packed.Rows + (long)row * packed.Stride;
                fits = _path == IntegerPath.Vnni
                    ? PackBytes(source + (long)row * columns, columns, piece, target)
                    : PackWords(source + (long)row * columns, columns, piece, (short*)target);
                if (rows > 1) new Span<byte>(target, packed.Stride)[(_inputs * StepBytes / _perStep)..].Clear();
            }
        return fits;
    }

    /// <summary>Packs numbers less Low as bytes.</summary>
    /// <returns>Whether all fit.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool PackBytes(int* x, int count, Piece piece, byte* target)
    {
        int k = 0, shift = piece.Shift, rest = 0;
        Vector512<int> mask = Vector512.Create(piece.Mask), low = Vector512.Create(piece.Low), all = default;
        for (; k + 16 <= count; k += 16)
        {
            var values = ((Vector512.Load(x + k) >> shift) & mask) - low;
            all |= values;
            Narrow(values).Store(target + k);
        }
        for (; k < count; k++)
        {
            int value = ((x[k] >> shift) & piece.Mask) - piece.Low;
            rest |= value;
            target[k] = (byte)value;
        }
        return (rest & ~255) == 0 && (all & Vector512.Create(~255)) == Vector512<int>.Zero;
    }

    /// <summary>Packs numbers as words.</summary>
    /// <returns>Whether all are at least Low and at most Low + 255.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool PackWords(int* x, int count, Piece piece, short* target)
    {
        int k = 0, shift = piece.Shift, rest = 0;
        Vector256<int> mask = Vector256.Create(piece.Mask), low = Vector256.Create(piece.Low), all = default;
        for (; k + 16 <= count; k += 16)
        {
            Vector256<int> a = (Vector256.Load(x + k) >> shift) & mask, b = (Vector256.Load(x + k + 8) >> shift) & mask;
            all |= (a - low) | (b - low);
            Vector256.Narrow(a, b).Store(target + k);
        }
        for (; k < count; k++)
        {
            int value = (x[k] >> shift) & piece.Mask;
            rest |= value - piece.Low;
            target[k] = (short)value;
        }
        return (rest & ~255) == 0 && (all & Vector256.Create(~255)) == Vector256<int>.Zero;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Narrow(Vector512<int> values)
    {
        if (Avx512F.IsSupported) return Avx512F.ConvertToVector128Byte(values);
        var words = Vector256.Narrow(values.GetLower(), values.GetUpper());
        return Vector128.Narrow(words.GetLower(), words.GetUpper()).AsByte();
    }

    /// <summary>The product with one chunk of rows; every sum starts with low times the sum of the column's weights.</summary>
    /// <remarks>
    /// A tile is 16 columns wide even where fewer are left. What it writes too much lies in later rows: they are written
    /// afterwards, because rows ascend and the last panel comes first.
    /// </remarks>
    private void Run<TKernel>(int chunk, in PackedInputs packed, int low, bool add, Span<double> y) where TKernel : struct, IIntegerKernel
    {
        int* start = stackalloc int[Width];
        double* part = stackalloc double[MaxRows * Width];
        int bands = (packed.Tokens - 1) / TKernel.MaxRows + 1, rows = packed.Tokens / bands, higherBands = packed.Tokens % bands;
        var tile = new IntegerTile { XStride = packed.Stride, Start = start, Steps = Steps(chunk) };
        fixed (double* result = y)
        fixed (byte* panels = _packed)
        fixed (int* sums = _columnSums)
            for (int p = _panels - 1, left = _panels; left > 0; left--, p = _panels - 1 - left)
            {
                tile.Panel = panels + Panel(chunk, p);
                (Vector512.Load(sums + (chunk * _panels + p) * Width) * low).Store(start);
                tile.X = packed.Rows + chunk * (_chunk / _perStep) * StepBytes;
                double* target = result + p * Width, end = result + y.Length;
                for (int band = 0; band < bands; band++)
                {
                    tile.Rows = band < higherBands ? rows + 1 : rows;
                    bool inside = !add && target + (tile.Rows - 1) * _outputs + Width <= end;
                    tile.Y = inside ? target : part;
                    tile.YStride = inside ? _outputs : Width;
                    TKernel.Run(tile);
                    if (!inside) Copy(part, tile.Rows, Math.Min(Width, _outputs - p * Width), add, target);
                    tile.X += tile.Rows * packed.Stride;
                    target += tile.Rows * _outputs;
                }
            }
    }

    /// <summary>Moves the columns of a tile that exist, or adds them.</summary>
    private void Copy(double* tile, int rows, int columns, bool add, double* y)
    {
        for (int row = 0; row < rows; row++, tile += Width, y += _outputs)
        {
            ReadOnlySpan<double> source = new(tile, columns);
            Span<double> target = new(y, columns);
            if (add) TensorPrimitives.Add(source, target, target);
            else source.CopyTo(target);
        }
    }
}
