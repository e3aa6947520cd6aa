using System.Buffers;
using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>
/// Writes the cells of matrices: statement by statement as docs/theory/numeric-model.md says, or, where nothing but the write itself
/// decides what a cell holds and cells are whole steps, the same by <see cref="VectorWriter"/>. Thread-safe.
/// </summary>
internal sealed class CellWriter
{
    private readonly MacroSpec _spec;
    private readonly ulong _seed;
    private readonly CellCounts _static, _dynamic;
    private readonly Lazy<VectorWriter?> _staticVectors, _dynamicVectors;

    /// <summary>Writes the matrices of a macro.</summary>
    /// <param name="spec">The macro.</param>
    /// <param name="seed">Seed of all noise.</param>
    /// <param name="plain">Whether to write statement by statement only.</param>
    public CellWriter(MacroSpec spec, ulong seed, bool plain)
    {
        _spec = spec;
        _seed = seed;
        _static = new(spec, aged: true);
        _dynamic = new(spec, aged: false);
        _staticVectors = new(() => plain ? null : VectorWriter.Of(spec, _static, seed));
        _dynamicVectors = new(() => plain ? null : VectorWriter.Of(spec, _dynamic, seed));
    }

    /// <summary>Where the noise of one column of a write comes from.</summary>
    public static NoiseKey Key(ulong seed, NoisePurpose purpose, ProgrammedMatrix matrix, int tile, int n)
    {
        // A stuck cell is a property of the array, whatever the input.
        int image = purpose != NoisePurpose.Stuck && matrix.Site.Image is { } i ? i + 1 : 0;
        return new(seed, purpose, matrix.Site.Id, image, tile, matrix.Site.Head * matrix.Outputs + n);
    }

    /// <summary>Writes all cells of a matrix.</summary>
    /// <param name="matrix">The matrix; gets its cells, in the memory of those it may have had.</param>
    /// <param name="weights">Shape [inputs, outputs], within the range of the encoding.</param>
    public void Write(ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
    {
        var (cells, vectors) = matrix.Site.Image is null ? (_static, _staticVectors.Value) : (_dynamic, _dynamicVectors.Value);
        matrix.IsErrorFree = cells.IsErrorFree;
        Allocate(matrix, cells.AreWholeSteps);
        if (vectors is not null) vectors.Write(matrix, weights);
        else if (!WriteOneByOne(matrix, weights, cells))
        {
            Allocate(matrix, steps: false);
            WriteOneByOne(matrix, weights, cells);
        }
    }

    private static void Allocate(ProgrammedMatrix matrix, bool steps)
    {
        // Vectors of a line's cells may reach beyond its end.
        int length = matrix.Outputs * matrix.Samples * matrix.LineStride + NoiseStream.Words;
        matrix.Steps = steps ? matrix.Steps ?? new(length) : null;
        matrix.Wide = steps ? null : matrix.Wide ?? new(length);
        if (!matrix.ProportionalNoise) return;
        if (matrix.NoiseGrid > 0) matrix.SquareSteps ??= new(length);
        else matrix.Squares ??= new(length);
    }

    /// <summary>Writes all cells by the statements of the numeric model and counts them as they are written.</summary>
    /// <returns>False when whole steps were asked for but a cell does not fit 16 bits.</returns>
    private bool WriteOneByOne(ProgrammedMatrix matrix, ReadOnlySpan<int> weights, CellCounts cells)
    {
        int run = (Math.Min(_spec.Rows, matrix.Inputs) + NoiseStream.Words - 1) / NoiseStream.Words * NoiseStream.Words;
        double[] written = ArrayPool<double>.Shared.Rent(_spec.Polarities * run);
        int[] digits = ArrayPool<int>.Shared.Rent(run);
        short[] draws = ArrayPool<short>.Shared.Rent(run);
        double largest = 0;
        long rowWrites = 0, cellWrites = 0;
        for (int start = 0; start < matrix.Inputs; start += _spec.Rows)
        {
            int rows = Math.Min(_spec.Rows, matrix.Inputs - start), tile = start / _spec.Rows;
            rowWrites += (long)rows * _spec.ColumnTiles(matrix.Outputs);
            for (int n = 0; n < matrix.Outputs; n++)
            {
                ColumnKeys keys = new(Key(_seed, NoisePurpose.Drift, matrix, tile, n), Key(_seed, NoisePurpose.Stuck, matrix, tile, n));
                NoiseStream noise = cells.HasWriteNoise ? new(Key(_seed, NoisePurpose.Write, matrix, tile, n)) : default;
                for (int slice = 0; slice < _spec.Slices; slice++)
                {
                    for (int polarity = 0; polarity < _spec.Polarities; polarity++)
                    {
                        for (int r = 0; r < rows; r++) digits[r] = matrix.Encoding.Digit(weights[(start + r) * matrix.Outputs + n], slice, polarity);
                        if (cells.HasWriteNoise) noise.FillNormal(draws.AsSpan(0, (rows + NoiseStream.Words - 1) / NoiseStream.Words * NoiseStream.Words));
                        uint index = (uint)((slice * _spec.Polarities + polarity) * _spec.Rows);
                        cells.Program(keys, index, digits.AsSpan(0, rows), draws, written.AsSpan(polarity * run, rows));
                    }
                    cellWrites += (long)rows * _spec.Polarities;
                    largest = Math.Max(largest, Store(matrix, written, run, start, rows, slice, n));
                }
            }
        }
        ArrayPool<double>.Shared.Return(written);
        ArrayPool<int>.Shared.Return(digits);
        ArrayPool<short>.Shared.Return(draws);
        matrix.Writes = new() { RowWrites = rowWrites, CellWrites = cellWrites };
        if (matrix.Steps is null) return true;
        matrix.LargestStep = (int)Math.Min(largest * matrix.StepsPerCount, int.MaxValue);
        return matrix.LargestStep <= short.MaxValue;
    }

    /// <summary>Moves the cells of one slice of a column to the matrix.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="cells">Conductances in counts, [polarity, run].</param>
    /// <param name="run">Distance between polarities.</param>
    /// <param name="start">First row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="slice">Slice.</param>
    /// <param name="n">Column.</param>
    /// <returns>The largest magnitude stored.</returns>
    private double Store(ProgrammedMatrix matrix, ReadOnlySpan<double> cells, int run, int start, int rows, int slice, int n)
    {
        double largest = 0;
        int perSlice = matrix.Samples / _spec.Slices;
        bool pair = _spec.SubtractsCurrents();
        for (int sample = 0; sample < perSlice; sample++)
        {
            int line = matrix.Line(slice * perSlice + sample, n) + start;
            for (int r = 0; r < rows; r++)
            {
                double positive = cells[sample * run + r], negative = pair ? cells[run + r] : 0, cell = positive - negative;
                if (matrix.Steps is { } steps) steps.Span[line + r] = (short)(cell * matrix.StepsPerCount);
                else matrix.Wide!.Span[line + r] = cell;
                StoreSquare(matrix, line + r, positive * positive + negative * negative);
                largest = Math.Max(largest, Math.Abs(cell));
            }
        }
        return largest;
    }

    /// <summary>With a grid, squares lie on one too, so that their sums do not depend on the order.</summary>
    private static void StoreSquare(ProgrammedMatrix matrix, int index, double square)
    {
        if (matrix.SquareSteps is { } steps) steps.Span[index] = (ushort)Math.Min(Math.Floor(square * matrix.SquareGrid + 0.5), ushort.MaxValue);
        else if (matrix.Squares is { } squares) squares.Span[index] = (float)square;
    }
}
