using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
    private const int Width = 16, StepBytes = 4, PanelBytes = Width * StepBytes, Alignment = 64, MaxRows = 6;

    /// <summary>255 * 128 * 2^16 is below 2^31.</summary>
    private const int MaxChunk = 1 << 16;

    private readonly IntegerPath _path;
    private readonly int _inputs, _outputs, _chunk, _perStep, _panels;
    private readonly byte[] _pinned;
    private readonly byte* _packed;
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
        int smallest = weights.IsEmpty ? 0 : TensorPrimitives.Min(weights), largest = weights.IsEmpty ? 0 : TensorPrimitives.Max(weights);
        if (smallest < short.MinValue || largest > short.MaxValue)
            throw new ArgumentException($"The weights lie within {smallest} .. {largest}; 16 bits hold {short.MinValue} .. {short.MaxValue}.", nameof(weights));
        if (path == IntegerPath.Vnni && (smallest < sbyte.MinValue || largest > sbyte.MaxValue)) path = BestPathOfWords;
        _path = path;
        _inputs = inputs;
        _outputs = outputs;
        _perStep = path == IntegerPath.Vnni ? StepBytes : StepBytes / 2;
        int rows = int.MaxValue / (255 * Math.Max(Math.Max(-smallest, largest), 1));
        _chunk = Math.Min(rows / _perStep * _perStep, MaxChunk);
        _panels = (outputs + Width - 1) / Width;
        int chunks = (inputs + _chunk - 1) / _chunk;
        long steps = (long)chunks * ((_chunk + _perStep - 1) / _perStep);
        if (chunks <= 1) steps = (inputs + _perStep - 1) / _perStep;
        _pinned = GC.AllocateArray<byte>(checked((int)(steps * _panels * PanelBytes + Alignment)), pinned: true);
        byte* start = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_pinned, 0);
        _packed = start + (int)((Alignment - ((nuint)start & (Alignment - 1))) & (Alignment - 1));
        _columnSums = new int[chunks * _panels * Width];
        for (int chunk = 0; chunk < chunks; chunk++) Pack(weights, chunk);
    }

    /// <summary>The fastest path of this processor.</summary>
    internal static IntegerPath BestPath => AvxVnni.IsSupported ? IntegerPath.Vnni : BestPathOfWords;

    private static IntegerPath BestPathOfWords =>
        Avx512BW.IsSupported ? IntegerPath.Avx512 : Avx2.IsSupported ? IntegerPath.Avx2 : IntegerPath.Portable;

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
        bool signed = !x.ContainsAnyExceptInRange(sbyte.MinValue, sbyte.MaxValue);
        if (signed || !x.ContainsAnyExceptInRange(byte.MinValue, byte.MaxValue))
        {
            Add(x, tokens, new(0, -1, signed, 1, Overwrite: true), y);
            return;
        }
        signed = x.ContainsAnyExceptInRange(ushort.MinValue, ushort.MaxValue);
        if (signed && x.ContainsAnyExceptInRange(short.MinValue, short.MaxValue))
            throw new ArgumentException($"The inputs lie within {TensorPrimitives.Min(x)} .. {TensorPrimitives.Max(x)}; they must lie within {short.MinValue} .. {short.MaxValue} or 0 .. {ushort.MaxValue}.", nameof(x));
        Add(x, tokens, new(8, -1, signed, 256, Overwrite: true), y);
        Add(x, tokens, new(0, 255, Signed: false, 1, Overwrite: false), y);
    }

    /// <summary>A byte of the inputs, (x >> Shift) and Mask, worth Scale.</summary>
    private readonly record struct Piece(int Shift, int Mask, bool Signed, double Scale, bool Overwrite);

    private int Steps(int chunk) => (Math.Min(_chunk, _inputs - chunk * _chunk) + _perStep - 1) / _perStep;

    private byte* Panel(int chunk, int panel) =>
        _packed + ((long)chunk * (_chunk / _perStep) * _panels + (long)panel * Steps(chunk)) * PanelBytes;

    private void Pack(ReadOnlySpan<int> weights, int chunk)
    {
        int first = chunk * _chunk, rows = Math.Min(_chunk, _inputs - first);
        for (int p = 0; p < _panels; p++)
        {
            byte* panel = Panel(chunk, p);
            var sums = _columnSums.AsSpan((chunk * _panels + p) * Width, Width);
            for (int k = 0; k < rows; k++)
            {
                var row = weights.Slice((first + k) * _outputs + p * Width, Math.Min(Width, _outputs - p * Width));
                byte* target = panel + k / _perStep * PanelBytes;
                for (int n = 0; n < row.Length; n++)
                {
                    sums[n] += row[n];
                    if (_path == IntegerPath.Vnni) target[n * StepBytes + k % StepBytes] = (byte)row[n];
                    else ((short*)target)[2 * n + k % 2] = (short)row[n];
                }
            }
        }
    }

    private void Add(ReadOnlySpan<int> x, int tokens, Piece piece, Span<double> y)
    {
        int offset = piece.Signed && _path == IntegerPath.Vnni ? 128 : 0;
        for (int chunk = 0; chunk * _chunk < _inputs; chunk++)
        {
            int steps = Steps(chunk), stride = steps * StepBytes;
            byte[] packed = ArrayPool<byte>.Shared.Rent(tokens * stride);
            fixed (byte* rows = packed)
            fixed (int* source = x)
            fixed (double* result = y)
            {
                int first = chunk * _chunk, count = Math.Min(_chunk, _inputs - first);
                for (int t = 0; t < tokens; t++)
                {
                    int* from = source + (long)t * _inputs + first;
                    byte* to = rows + (long)t * stride;
                    if (_path == IntegerPath.Vnni) PackBytes(from, count, piece, offset, to, stride);
                    else PackWords(from, count, piece, (short*)to, stride / 2);
                }
                var product = new Product
                {
                    Chunk = chunk,
                    Rows = rows,
                    Tokens = tokens,
                    Steps = steps,
                    Offset = offset,
                    Scale = piece.Scale,
                    Overwrite = piece.Overwrite && chunk == 0,
                    Result = result,
                };
                switch (_path)
                {
                    case IntegerPath.Vnni: Run<IntegerKernel256<DotOfBytes>>(product); break;
                    case IntegerPath.Avx512: Run<IntegerKernel512>(product); break;
                    case IntegerPath.Avx2: Run<IntegerKernel256<DotOfWords>>(product); break;
                    default: Run<IntegerKernelPortable>(product); break;
                }
            }
            ArrayPool<byte>.Shared.Return(packed);
        }
        GC.KeepAlive(this);
    }

    private static void PackBytes(int* x, int count, Piece piece, int offset, byte* target, int length)
    {
        int k = 0;
        Vector256<int> mask = Vector256.Create(piece.Mask), add = Vector256.Create(offset);
        for (; k + 32 <= count; k += 32)
        {
            Vector256<int> a = Vector256.Load(x + k), b = Vector256.Load(x + k + 8), c = Vector256.Load(x + k + 16), d = Vector256.Load(x + k + 24);
            a = ((a >> piece.Shift) & mask) + add;
            b = ((b >> piece.Shift) & mask) + add;
            c = ((c >> piece.Shift) & mask) + add;
            d = ((d >> piece.Shift) & mask) + add;
            Vector256.Narrow(Vector256.Narrow(a, b), Vector256.Narrow(c, d)).AsByte().Store(target + k);
        }
        for (; k < count; k++) target[k] = (byte)(((x[k] >> piece.Shift) & piece.Mask) + offset);
        for (; k < length; k++) target[k] = 0;
    }

    private static void PackWords(int* x, int count, Piece piece, short* target, int length)
    {
        int k = 0;
        var mask = Vector256.Create(piece.Mask);
        for (; k + 16 <= count; k += 16)
        {
            Vector256<int> a = Vector256.Load(x + k) >> piece.Shift, b = Vector256.Load(x + k + 8) >> piece.Shift;
            Vector256.Narrow(a & mask, b & mask).Store(target + k);
        }
        for (; k < count; k++) target[k] = (short)((x[k] >> piece.Shift) & piece.Mask);
        for (; k < length; k++) target[k] = 0;
    }

    /// <summary>The product of packed inputs with one chunk of rows.</summary>
    private struct Product
    {
        public byte* Rows;
        public double* Result;
        public int Chunk, Tokens, Steps, Offset;
        public double Scale;
        public bool Overwrite;
    }

    private void Run<TKernel>(in Product product) where TKernel : struct, IIntegerKernel
    {
        int* tile = stackalloc int[MaxRows * Width], corrections = stackalloc int[Width];
        int stride = product.Steps * StepBytes, bands = (product.Tokens + TKernel.MaxRows - 1) / TKernel.MaxRows;
        for (int p = 0; p < _panels; p++)
        {
            byte* panel = Panel(product.Chunk, p);
            int columns = Math.Min(Width, _outputs - p * Width);
            for (int n = 0; n < Width; n++) corrections[n] = product.Offset * _columnSums[(product.Chunk * _panels + p) * Width + n];
            for (int band = 0; band < bands; band++)
            {
                int first = (int)((long)product.Tokens * band / bands), rows = (int)((long)product.Tokens * (band + 1) / bands) - first;
                TKernel.Run(product.Rows + (long)first * stride, stride, panel, product.Steps, rows, tile);
                double* y = product.Result + (long)first * _outputs + p * Width;
                for (int row = 0; row < rows; row++, y += _outputs) Store(tile + row * Width, corrections, columns, product, y);
            }
        }
    }

    /// <summary>y = (tile - corrections) scale, or that much more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(int* tile, int* corrections, int columns, in Product product, double* y)
    {
        int n = 0;
        if (Avx.IsSupported)
            for (; n + 4 <= columns; n += 4)
            {
                var sum = Avx.ConvertToVector256Double(Vector128.Load(tile + n) - Vector128.Load(corrections + n)) * product.Scale;
                (product.Overwrite ? sum : sum + Vector256.Load(y + n)).Store(y + n);
            }
        for (; n < columns; n++)
        {
            double sum = (tile[n] - corrections[n]) * product.Scale;
            y[n] = product.Overwrite ? sum : sum + y[n];
        }
    }
}
