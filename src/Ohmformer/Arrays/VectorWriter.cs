using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ohmformer.Devices;
using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>
/// Writes cells that nothing but the write itself decides, 32 rows of a bit line at once, bit for bit as <see cref="CellWriter"/> does
/// one by one. Thread-safe.
/// </summary>
internal sealed unsafe class VectorWriter
{
    /// <summary>Cells of a vector.</summary>
    private const int Lanes = NoiseStream.Words;

    [ThreadStatic]
    private static WriteBuffers? _buffers;

    private readonly MacroSpec _spec;
    private readonly ulong _seed;
    private readonly CellTable? _table;
    private readonly LinearCells? _lines;
    private readonly ExactCells _exact;

    private VectorWriter(MacroSpec spec, ulong seed, CellTable? table, short gMin)
    {
        _spec = spec;
        _seed = seed;
        _table = table;
        _lines = table?.Lines();
        _exact = new(gMin, spec.GridBits ?? 0);
    }

    /// <summary>The writer of a macro's cells; null where they are not whole steps of 16 bits, drift, stick, have too many levels or squares without a grid.</summary>
    public static VectorWriter? Of(MacroSpec spec, CellCounts cells, ulong seed)
    {
        bool realSquares = spec.GridBits is null && spec.Device is { ReadNoise: > 0, ReadNoiseKind: ReadNoiseKind.Proportional };
        if (!cells.IsFresh || !cells.AreWholeSteps || realSquares) return null;
        double stepsPerCount = Math.ScaleB(1, spec.GridBits ?? 0), gMin = CellCounts.GMin(spec) * stepsPerCount;
        var table = cells.IsErrorFree ? null : CellTable.Of(cells, stepsPerCount);
        bool fits = cells.IsErrorFree ? gMin + (cells.Levels - 1) * stepsPerCount <= short.MaxValue : table is not null;
        return fits ? new(spec, seed, table, (short)gMin) : null;
    }

    /// <summary>Writes all cells of a matrix.</summary>
    /// <param name="matrix">The matrix, with memory for whole steps.</param>
    /// <param name="weights">Shape [inputs, outputs], within the range of the encoding.</param>
    public void Write(ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
    {
        if (_table is null) Write(_exact, matrix, weights);
        else if (_lines is { } lines) Write(lines, matrix, weights);
        else Write(new TabledCells(_table), matrix, weights);
    }

    private void Write<TLaw>(in TLaw law, ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
        where TLaw : struct, ICellLaw
    {
        var buffers = _buffers ??= new();
        int run = buffers.Reserve(Math.Min(_spec.Rows, matrix.Inputs), _spec.BitLinesPerOutput);
        var largest = Vector512<short>.Zero;
        for (int start = 0; start < matrix.Inputs; start += _spec.Rows)
        {
            int rows = Math.Min(_spec.Rows, matrix.Inputs - start), tile = start / _spec.Rows;
            for (int n = 0; n < matrix.Outputs; n++)
            {
                if (n % WriteBuffers.Columns == 0) buffers.LoadWeights(weights[(start * matrix.Outputs)..], rows, n, matrix.Outputs);
                for (int polarity = 0; polarity < _spec.Polarities; polarity++)
                    matrix.Encoding.Codes(buffers.Weights(n % WriteBuffers.Columns), polarity, buffers.Codes(polarity));
                var noise = TLaw.HasWriteNoise ? new NoiseStream(CellWriter.Key(_seed, NoisePurpose.Write, matrix, tile, n)) : default;
                largest = Vector512.Max(largest, WriteColumn(law, noise, matrix, buffers, run, rows, matrix.Line(0, n) + start));
            }
        }
        GC.KeepAlive(matrix);
        short max = 0;
        for (int lane = 0; lane < Lanes; lane++) max = Math.Max(max, largest[lane]);
        matrix.LargestStep = max;
    }

    /// <summary>Writes the cells of one column of a tile.</summary>
    /// <param name="law">What cells hold.</param>
    /// <param name="noise">Their noise.</param>
    /// <param name="matrix">The matrix.</param>
    /// <param name="buffers">Memory with the codes of the column.</param>
    /// <param name="run">Distance between lines in it.</param>
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="index">The column's first cell of the tile in the first line of the matrix.</param>
    /// <returns>The largest magnitude per lane.</returns>
    private Vector512<short> WriteColumn<TLaw>(in TLaw law, NoiseStream noise, ProgrammedMatrix matrix, WriteBuffers buffers, int run, int rows, int index)
        where TLaw : struct, ICellLaw
    {
        short* line = matrix.Steps!.Pointer + index;
        ushort* square = matrix.SquareSteps is { } squares ? squares.Pointer + index : null;
        int shift = 2 * (_spec.GridBits ?? 0) - matrix.Shape.SquareGridBits;
        if (!_spec.SubtractsCurrents())
        {
            var largest = WriteLines(law, noise, buffers, run, rows, line, matrix.LineStride);
            if (square is not null)
                for (int v = 0; v < matrix.Samples; v++) StoreSquares(line + v * matrix.LineStride, null, shift, rows, square + v * matrix.LineStride);
            return largest;
        }
        WriteLines(law, noise, buffers, run, rows, buffers.Lines, run);
        var difference = Vector512<short>.Zero;
        for (int v = 0; v < matrix.Samples; v++)
        {
            short* positive = buffers.Lines + 2 * v * run;
            difference = Vector512.Max(difference, Subtract(positive, positive + run, rows, line + v * matrix.LineStride));
            if (square is not null) StoreSquares(positive, positive + run, shift, rows, square + v * matrix.LineStride);
        }
        return difference;
    }

    private Vector512<short> WriteLines<TLaw>(in TLaw law, in NoiseStream noise, WriteBuffers buffers, int run, int rows, short* line, int stride)
        where TLaw : struct, ICellLaw => WriteLines(law, noise, buffers.CodesPointer, run, rows, _spec.Slices, _spec.Polarities, _spec.BitsPerCell, line, stride);

    /// <summary>Writes one line after the other, as the draws follow each other. No calls, so that vectors stay in registers.</summary>
    private static Vector512<short> WriteLines<TLaw>(
        TLaw law, NoiseStream noise, ushort* codes, int run, int rows, int slices, int polarities, int bits, short* line, int stride)
        where TLaw : struct, ICellLaw
    {
        var stream = noise; // A copy stays in registers, which a parameter does not.
        var gaussian = Gaussian16.Tables.Load();
        var mask = Vector512.Create((ushort)((1 << bits) - 1));
        var largest = Vector512<short>.Zero;
        for (int slice = 0; slice < slices; slice++)
            for (int polarity = 0; polarity < polarities; polarity++, line += stride)
                for (int r = 0; r < rows; r += Lanes)
                {
                    var digits = (Vector512.Load(codes + polarity * run + r) >> (bits * slice)) & mask;
                    var steps = law.Steps(digits, TLaw.HasWriteNoise ? gaussian.FromWords(stream.Next()) : default);
                    if (rows - r < Lanes) steps &= FirstLanes(rows - r);
                    largest = Vector512.Max(largest, steps);
                    Store(steps, line + r, rows - r);
                }
        return largest;
    }

    /// <summary>line = positive - negative, the currents of pairs.</summary>
    /// <returns>The largest magnitude per lane.</returns>
    private static Vector512<short> Subtract(short* positive, short* negative, int rows, short* line)
    {
        var largest = Vector512<short>.Zero;
        for (int r = 0; r < rows; r += Lanes)
        {
            var steps = Vector512.Load(positive + r) - Vector512.Load(negative + r);
            if (rows - r < Lanes) steps &= FirstLanes(rows - r);
            largest = Vector512.Max(largest, Vector512.Abs(steps));
            Store(steps, line + r, rows - r);
        }
        return largest;
    }

    /// <summary>Squares of steps, summed over a pair, in units of 2^shift, ties up, at most 65535.</summary>
    private static void StoreSquares(short* positive, short* negative, int shift, int rows, ushort* squares)
    {
        for (int r = 0; r < rows; r += Lanes)
        {
            var p = Vector512.Load(positive + r);
            var n = negative is null ? Vector512<short>.Zero : Vector512.Load(negative + r);
            var (low, high) = Squares(p, n);
            var scaled = Narrow(Scale(low, shift), Scale(high, shift));
            Store(scaled.AsInt16(), (short*)squares + r, rows - r);
        }
    }

    /// <summary>p^2 + n^2, below 2^31; with AVX-512 in the order in which its instructions interleave and <see cref="Narrow"/> restores.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<uint> Low, Vector512<uint> High) Squares(Vector512<short> p, Vector512<short> n)
    {
        if (Avx512BW.IsSupported)
        {
            Vector512<short> low = Avx512BW.UnpackLow(p, n), high = Avx512BW.UnpackHigh(p, n);
            return (Avx512BW.MultiplyAddAdjacent(low, low).AsUInt32(), Avx512BW.MultiplyAddAdjacent(high, high).AsUInt32());
        }
        var (pLow, pHigh) = Vector512.Widen(p);
        var (nLow, nHigh) = Vector512.Widen(n);
        return ((pLow * pLow + nLow * nLow).AsUInt32(), (pHigh * pHigh + nHigh * nHigh).AsUInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Scale(Vector512<uint> squares, int shift)
    {
        var most = Vector512.Create((uint)ushort.MaxValue);
        if (shift <= 0) return Vector512.Min(Vector512.Min(squares, Vector512.Create((1u << 16) >> -shift)) << -shift, most);
        return Vector512.Min(((squares >> (shift - 1)) + Vector512<uint>.One) >> 1, most);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ushort> Narrow(Vector512<uint> low, Vector512<uint> high) => Avx512BW.IsSupported
        ? Avx512BW.PackUnsignedSaturate(low.AsInt32(), high.AsInt32())
        : Vector512.Narrow(low, high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> FirstLanes(int count) => Vector512.LessThan(Vector512<short>.Indices, Vector512.Create((short)count));

    /// <summary>Stores the first cells of a vector, all where there are enough.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<short> cells, short* line, int count)
    {
        if (count >= Lanes) cells.Store(line);
        else if (Avx512BW.IsSupported) Avx512BW.MaskStore(line, FirstLanes(count), cells);
        else
            for (int i = 0; i < count; i++) line[i] = cells[i];
    }
}
