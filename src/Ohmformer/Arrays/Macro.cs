using System.Buffers;
using System.Collections.Concurrent;
using Ohmformer.Circuits.Adc;
using Ohmformer.Files;
using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>
/// Analog macros of one kind: writes integer matrices to crossbars and multiplies integer vectors by them, with every error
/// of <see cref="MacroSpec"/>. docs/theory/numeric-model.md defines each result bit. Thread-safe.
/// </summary>
public sealed class Macro
{
    private const int MaxInputs = 1 << 24;

    private readonly IMacroKernel _kernel;
    private readonly ulong _seed;
    private readonly AdcCalibration? _calibration;
    private readonly Workers _workers;
    private readonly ConcurrentDictionary<(int Site, BitLineRange Range), IAdc> _converters = new();

    /// <summary>Macros of one kind.</summary>
    /// <param name="spec">The macro.</param>
    /// <param name="seed">Seed of all noise and of the chip's fixed errors.</param>
    /// <param name="calibration">Ranges for converters with calibrated ranges.</param>
    /// <param name="kernel">Which arithmetic reads the arrays; the results are the same.</param>
    /// <param name="workers">Threads that share one product; the caller's alone by default.</param>
    /// <exception cref="InputException">The parameters contradict each other, or the environment asks for an unknown kernel.</exception>
    public Macro(MacroSpec spec, ulong seed, AdcCalibration? calibration = null, KernelKind kernel = KernelKind.Auto, Workers? workers = null)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Check();
        Spec = spec;
        _seed = seed;
        _calibration = calibration;
        _workers = workers ?? Workers.One;
        _kernel = KernelChoice.Of(kernel);
    }

    /// <summary>The macro.</summary>
    public MacroSpec Spec { get; }

    /// <summary>Writes a matrix.</summary>
    /// <param name="weights">Integers, shape [inputs, outputs], within the encoding's range.</param>
    /// <param name="inputs">Rows K.</param>
    /// <param name="outputs">Columns N.</param>
    /// <param name="site">Which write of the network this is.</param>
    /// <param name="reuse">A matrix no longer needed, whose memory is taken over when the sizes are the same.</param>
    /// <exception cref="InputException">A weight is out of range, the matrix is too large, or a calibrated range is missing.</exception>
    public ProgrammedMatrix Program(ReadOnlySpan<int> weights, int inputs, int outputs, MacroSite site, ProgrammedMatrix? reuse = null)
    {
        CheckSizes(weights.Length, inputs, outputs, site);
        var matrix = new ProgrammedMatrix(Spec, site, inputs, outputs);
        CheckWeights(weights, outputs, matrix.Encoding);
        if (!WriteCells(matrix, weights, steps: HasWholeSteps, reuse)) WriteCells(matrix, weights, steps: false, reuse);
        if (Spec.Adc is { } adc) Attach(matrix, adc);
        else matrix.Linear = new(matrix);
        matrix.Curves = ConverterCurves.Of(matrix);
        _kernel.Prepare(matrix, weights);
        return matrix;
    }

    /// <summary>y = x W as the macro computes it.</summary>
    /// <param name="matrix">What <see cref="Program"/> made.</param>
    /// <param name="image">Index of the input; keys the read noise.</param>
    /// <param name="x">Integers, shape [tokens, inputs], within the range of the input bits.</param>
    /// <param name="tokens">Vectors.</param>
    /// <param name="y">Shape [tokens, outputs], in integer units.</param>
    /// <param name="statistics">Where bit-line values are recorded; null for nowhere.</param>
    /// <returns>Reads and conversions.</returns>
    /// <exception cref="InputException">An input is out of range.</exception>
    public ActivityCounts Multiply(ProgrammedMatrix matrix, int image, ReadOnlySpan<int> x, int tokens, Span<double> y, ReadStatistics? statistics = null)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentOutOfRangeException.ThrowIfNegative(image);
        if (!ReferenceEquals(matrix.Spec, Spec)) throw new ArgumentException("The matrix was programmed by a macro of another kind.", nameof(matrix));
        if (x.Length != (long)tokens * matrix.Inputs) throw new ArgumentException($"x holds {x.Length} numbers, but [{tokens}, {matrix.Inputs}] needs {(long)tokens * matrix.Inputs}.", nameof(x));
        if (y.Length != (long)tokens * matrix.Outputs) throw new ArgumentException($"y holds {y.Length} numbers, but [{tokens}, {matrix.Outputs}] needs {(long)tokens * matrix.Outputs}.", nameof(y));
        if ((double)tokens * matrix.Groups.Length * matrix.Passes.Length * matrix.Samples > uint.MaxValue)
            throw new InputException($"{tokens} vectors through {matrix.Inputs} inputs need more than 2^32 reads per column; multiply fewer vectors at once.");
        CheckInputs(x, matrix);
        return _kernel.Multiply(matrix, new() { Seed = _seed, Image = image, X = x, Tokens = tokens, Workers = _workers, Statistics = statistics }, y);
    }

    /// <summary>Whether all conductances are multiples of a grid step, or of one count without a grid.</summary>
    private bool HasWholeSteps => Spec.GridBits is not null || Spec.Device is { DriftExponent: 0, DriftExponentSpread: 0, StuckAtGMin: 0, StuckAtGMax: 0, NormalizedGMin: 0 } device && !device.Build().HasWriteNoise;

    private void CheckSizes(int length, int inputs, int outputs, MacroSite site)
    {
        if (inputs < 0 || outputs < 0 || length != (long)inputs * outputs)
            throw new ArgumentException($"The weights hold {length} numbers, but [{inputs}, {outputs}] needs {(long)inputs * outputs}.", nameof(inputs));
        if (inputs >= MaxInputs || (inputs + Spec.Rows - 1) / Spec.Rows >= NoiseKey.MaxTile)
            throw new InputException($"{inputs} inputs need {(inputs + Spec.Rows - 1) / Spec.Rows} row tiles of {Spec.Rows}; at most {NoiseKey.MaxTile - 1} are allowed. Use more rows.");
        if (((long)site.Head + 1) * outputs > NoiseKey.MaxColumn)
            throw new InputException($"head {site.Head} with {outputs} outputs is beyond {NoiseKey.MaxColumn} columns of one product; split the product.");
        if (((long)inputs + 96) * outputs * Spec.SamplesPerOutput > int.MaxValue / 8)
            throw new InputException($"a matrix of [{inputs}, {outputs}] with {Spec.SamplesPerOutput} cells per weight is too large for one product; split the product.");
    }

    private static void CheckWeights(ReadOnlySpan<int> weights, int outputs, IWeightEncoding encoding)
    {
        for (int i = 0; i < weights.Length; i++)
            if (weights[i] < encoding.Smallest || weights[i] > encoding.Largest)
                throw new InputException($"weight [{i / outputs}, {i % outputs}] is {weights[i]}; the encoding holds {encoding.Smallest} to {encoding.Largest}. Scale the weights or raise weightBits.");
    }

    private static void CheckInputs(ReadOnlySpan<int> x, ProgrammedMatrix matrix)
    {
        var (smallest, largest) = InputPass.Range(matrix.Spec, matrix.Site.UnsignedInputs);
        if (!x.ContainsAnyExceptInRange(smallest, largest)) return;
        int i = x.IndexOfAnyExceptInRange(smallest, largest);
        throw new InputException($"input [{i / matrix.Inputs}, {i % matrix.Inputs}] is {x[i]}; the input coding holds {smallest} to {largest}. Scale the inputs or raise inputBits.");
    }

    /// <summary>Writes all cells.</summary>
    /// <returns>False when whole steps were asked for but a cell does not fit 16 bits.</returns>
    private bool WriteCells(ProgrammedMatrix matrix, ReadOnlySpan<int> weights, bool steps, ProgrammedMatrix? reuse)
    {
        Allocate(matrix, steps, reuse);
        var cells = new CellCounts(Spec, aged: matrix.Site.Image is null);
        int run = (Math.Min(Spec.Rows, matrix.Inputs) + NoiseStream.Words - 1) / NoiseStream.Words * NoiseStream.Words;
        double[] written = ArrayPool<double>.Shared.Rent(Spec.Polarities * run);
        int[] digits = ArrayPool<int>.Shared.Rent(run);
        short[] draws = ArrayPool<short>.Shared.Rent(run);
        double largest = 0;
        long rowWrites = 0, cellWrites = 0;
        for (int start = 0; start < matrix.Inputs; start += Spec.Rows)
        {
            int rows = Math.Min(Spec.Rows, matrix.Inputs - start), tile = start / Spec.Rows;
            rowWrites += (long)rows * Spec.ColumnTiles(matrix.Outputs);
            for (int n = 0; n < matrix.Outputs; n++)
            {
                ColumnKeys keys = new(WriteKey(matrix, NoisePurpose.Drift, tile, n), WriteKey(matrix, NoisePurpose.Stuck, tile, n));
                NoiseStream noise = cells.HasWriteNoise ? new(WriteKey(matrix, NoisePurpose.Write, tile, n)) : default;
                for (int slice = 0; slice < Spec.Slices; slice++)
                {
                    for (int polarity = 0; polarity < Spec.Polarities; polarity++)
                    {
                        for (int r = 0; r < rows; r++) digits[r] = matrix.Encoding.Digit(weights[(start + r) * matrix.Outputs + n], slice, polarity);
                        if (cells.HasWriteNoise) noise.FillNormal(draws.AsSpan(0, (rows + NoiseStream.Words - 1) / NoiseStream.Words * NoiseStream.Words));
                        uint index = (uint)((slice * Spec.Polarities + polarity) * Spec.Rows);
                        cells.Program(keys, index, digits.AsSpan(0, rows), draws, written.AsSpan(polarity * run, rows));
                    }
                    cellWrites += (long)rows * Spec.Polarities;
                    largest = Math.Max(largest, Store(matrix, written, run, start, rows, slice, n));
                }
            }
        }
        ArrayPool<double>.Shared.Return(written);
        ArrayPool<int>.Shared.Return(digits);
        ArrayPool<short>.Shared.Return(draws);
        matrix.Writes = new() { RowWrites = rowWrites, CellWrites = cellWrites };
        if (!steps) return true;
        matrix.LargestStep = (int)Math.Min(largest * matrix.StepsPerCount, int.MaxValue);
        return matrix.LargestStep <= short.MaxValue;
    }

    private static void Allocate(ProgrammedMatrix matrix, bool steps, ProgrammedMatrix? reuse)
    {
        // Vectors of a line's cells may reach beyond its end.
        int length = matrix.Outputs * matrix.Samples * matrix.LineStride + NoiseStream.Words;
        if (reuse is not null && (reuse.Inputs != matrix.Inputs || reuse.Outputs != matrix.Outputs || !ReferenceEquals(reuse.Spec, matrix.Spec))) reuse = null;
        matrix.Steps = steps ? reuse?.Steps ?? new(length) : null;
        matrix.Wide = steps ? null : reuse?.Wide ?? new(length);
        if (!matrix.ProportionalNoise) return;
        if (matrix.NoiseGrid > 0) matrix.SquareSteps = reuse?.SquareSteps ?? new(length);
        else matrix.Squares = reuse?.Squares ?? new(length);
    }

    private NoiseKey WriteKey(ProgrammedMatrix matrix, NoisePurpose purpose, int tile, int n)
    {
        // A stuck cell is a property of the array, whatever the input.
        int image = purpose != NoisePurpose.Stuck && matrix.Site.Image is { } i ? i + 1 : 0;
        return new(_seed, purpose, matrix.Site.Id, image, tile, matrix.Site.Head * matrix.Outputs + n);
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
        int perSlice = matrix.Samples / Spec.Slices;
        bool pair = Spec.SubtractsCurrents();
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

    private void Attach(ProgrammedMatrix matrix, AdcSpec adc)
    {
        var site = matrix.Site;
        matrix.Converters = [.. matrix.Groups.Select(group =>
        {
            var possible = BitLineRange.Of(Spec, site.UnsignedInputs, group.Rows);
            BitLineRange[] scales = [.. Enumerable.Range(0, matrix.Samples).Select(sample => possible.FullScale(adc, _calibration?.Find(site.Id, matrix.Slice(sample))))];
            IAdc[] converters = [.. scales.Select(scale => _converters.GetOrAdd((site.Id, scale), key => adc.Build(key.Range.Low, key.Range.High, _seed, key.Site)))];
            return new ConverterRow(converters, scales);
        })];
    }
}
