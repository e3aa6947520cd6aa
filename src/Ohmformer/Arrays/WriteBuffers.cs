using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>Memory of one thread that writes cells.</summary>
internal sealed unsafe class WriteBuffers
{
    /// <summary>Columns of weights that are moved at once.</summary>
    public const int Columns = 8;

    private AlignedBuffer<short> _weights = new(0), _lines = new(0);
    private AlignedBuffer<ushort> _codes = new(0);
    private int _run;

    /// <summary>Lines of a pair's cells before their subtraction, shape [bit line, run].</summary>
    public short* Lines => _lines.Pointer;

    /// <summary>The same as <see cref="Codes"/>, shape [polarity, run].</summary>
    public ushort* CodesPointer => _codes.Pointer;

    /// <summary>Makes room for the columns of a tile.</summary>
    /// <returns>The rows padded to whole vectors: the distance between lines.</returns>
    public int Reserve(int rows, int bitLines)
    {
        _run = (rows + NoiseStream.Words - 1) / NoiseStream.Words * NoiseStream.Words;
        if (_weights.Length < Columns * _run) _weights = new(Columns * _run);
        if (_codes.Length < 2 * _run) _codes = new(2 * _run);
        if (_lines.Length < bitLines * _run) _lines = new(bitLines * _run);
        return _run;
    }

    /// <summary>The weights of one of the columns, padded by any numbers.</summary>
    public ReadOnlySpan<short> Weights(int column) => _weights.Span.Slice(column * _run, _run);

    /// <summary>The codes of the column at work.</summary>
    public Span<ushort> Codes(int polarity) => _codes.Span.Slice(polarity * _run, _run);

    /// <summary>Moves up to <see cref="Columns"/> columns of a tile so that the rows of a column lie side by side.</summary>
    /// <param name="weights">Shape [rows or more, outputs].</param>
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="column">First column.</param>
    /// <param name="outputs">Columns of the matrix.</param>
    public void LoadWeights(ReadOnlySpan<int> weights, int rows, int column, int outputs)
    {
        int columns = Math.Min(Columns, outputs - column), done = 0;
        short* moved = _weights.Pointer;
        if (Sse2.IsSupported && columns == Columns)
        {
            done = rows / 8 * 8;
            fixed (int* source = weights)
                for (int r = 0; r < done; r += 8) Transpose(source + r * outputs + column, outputs, moved + r, _run);
        }
        for (int r = done; r < rows; r++)
            for (int j = 0; j < columns; j++) moved[j * _run + r] = (short)weights[r * outputs + column + j];
        GC.KeepAlive(_weights);
    }

    /// <summary>Moves 8 x 8 weights, which fit 16 bits.</summary>
    private static void Transpose(int* source, int stride, short* destination, int run)
    {
        Vector128<short> a0 = Row(source), a1 = Row(source + stride), a2 = Row(source + 2 * stride), a3 = Row(source + 3 * stride);
        source += 4 * stride;
        Vector128<short> a4 = Row(source), a5 = Row(source + stride), a6 = Row(source + 2 * stride), a7 = Row(source + 3 * stride);
        Vector128<int> b0 = Sse2.UnpackLow(a0, a1).AsInt32(), b1 = Sse2.UnpackHigh(a0, a1).AsInt32(), b2 = Sse2.UnpackLow(a2, a3).AsInt32(), b3 = Sse2.UnpackHigh(a2, a3).AsInt32();
        Vector128<int> b4 = Sse2.UnpackLow(a4, a5).AsInt32(), b5 = Sse2.UnpackHigh(a4, a5).AsInt32(), b6 = Sse2.UnpackLow(a6, a7).AsInt32(), b7 = Sse2.UnpackHigh(a6, a7).AsInt32();
        StoreFour(b0, b2, b4, b6, destination, run);
        StoreFour(b1, b3, b5, b7, destination + 4 * run, run);

        static Vector128<short> Row(int* row) => Sse2.PackSignedSaturate(Vector128.Load(row), Vector128.Load(row + 4));
    }

    /// <summary>Four columns of eight rows from pairs of rows.</summary>
    private static void StoreFour(Vector128<int> rows01, Vector128<int> rows23, Vector128<int> rows45, Vector128<int> rows67, short* destination, int run)
    {
        Vector128<long> low = Sse2.UnpackLow(rows01, rows23).AsInt64(), high = Sse2.UnpackHigh(rows01, rows23).AsInt64();
        Vector128<long> low2 = Sse2.UnpackLow(rows45, rows67).AsInt64(), high2 = Sse2.UnpackHigh(rows45, rows67).AsInt64();
        Sse2.UnpackLow(low, low2).Store((long*)destination);
        Sse2.UnpackHigh(low, low2).Store((long*)(destination + run));
        Sse2.UnpackLow(high, high2).Store((long*)(destination + 2 * run));
        Sse2.UnpackHigh(high, high2).Store((long*)(destination + 3 * run));
    }
}
