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
    private const int MaxInputs = 1 << 24, Run = 256;

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
        if (!WriteCells(matrix, weights, single: MayBeExact, reuse)) WriteCells(matrix, weights, single: false, reuse);
        if (Spec.Adc is { } adc) Attach(matrix, adc);
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

    /// <summary>Whether conductances lie on a grid, so that sums can be exact in single precision.</summary>
    private bool MayBeExact => Spec.GridBits is not null || Spec.Device is { DriftExponent: 0, DriftExponentSpread: 0, StuckAtGMin: 0, StuckAtGMax: 0, NormalizedGMin: 0 } device && !device.Build().HasWriteNoise;

    private void CheckSizes(int length, int inputs, int outputs, MacroSite site)
    {
        if (inputs < 0 || outputs < 0 || length != (long)inputs * outputs)
            throw new ArgumentException($"The weights hold {length} numbers, but [{inputs}, {outputs}] needs {(long)inputs * outputs}.", nameof(inputs));
        if (inputs >= MaxInputs || (inputs + Spec.Rows - 1) / Spec.Rows >= NoiseKey.MaxTile)
            throw new InputException($"{inputs} inputs need {(inputs + Spec.Rows - 1) / Spec.Rows} row tiles of {Spec.Rows}; at most {NoiseKey.MaxTile - 1} are allowed. Use more rows.");
        if (((long)site.Head + 1) * outputs > NoiseKey.MaxColumn)
            throw new InputException($"head {site.Head} with {outputs} outputs is beyond {NoiseKey.MaxColumn} columns of one product; split the product.");
        if (((long)outputs + 15) * inputs * Spec.SamplesPerOutput > int.MaxValue / 8)
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
    /// <returns>False when single precision was asked for but a column sum would not be exact in it.</returns>
    private bool WriteCells(ProgrammedMatrix matrix, ReadOnlySpan<int> weights, bool single, ProgrammedMatrix? reuse)
    {
        Allocate(matrix, single, reuse);
        var cells = new CellCounts(Spec, aged: matrix.Site.Image is null);
        double[] written = ArrayPool<double>.Shared.Rent(Spec.Polarities * Run);
        int[] column = ArrayPool<int>.Shared.Rent(Run);
        double largest = 0;
        long rowWrites = 0, cellWrites = 0;
        for (int tileStart = 0; tileStart < matrix.Inputs; tileStart += Spec.Rows)
        {
            int rows = Math.Min(Spec.Rows, matrix.Inputs - tileStart);
            rowWrites += (long)rows * Spec.ColumnTiles(matrix.Outputs);
            for (int n = 0; n < matrix.Outputs; n++)
            {
                var keys = WriteKeys(matrix, tileStart / Spec.Rows, n);
                for (int start = 0; start < rows; start += Run)
                {
                    int count = Math.Min(Run, rows - start), row = tileStart + start;
                    for (int r = 0; r < count; r++) column[r] = weights[(row + r) * matrix.Outputs + n];
                    for (int slice = 0; slice < Spec.Slices; slice++)
                    {
                        WriteSlice(matrix, cells, keys, start, column.AsSpan(0, count), slice, written);
                        cellWrites += (long)count * Spec.Polarities;
                        largest = Math.Max(largest, Store(matrix, written, row, count, slice, n));
                    }
                }
            }
        }
        ArrayPool<double>.Shared.Return(written);
        ArrayPool<int>.Shared.Return(column);
        matrix.Writes = new() { RowWrites = rowWrites, CellWrites = cellWrites };
        return !single || IsExact(matrix, largest);
    }

    /// <summary>Writes the cells of one slice of a run of weights, [polarity, row] with runs of <see cref="Run"/>.</summary>
    private void WriteSlice(ProgrammedMatrix matrix, CellCounts cells, ColumnKeys keys, int start, ReadOnlySpan<int> weights, int slice, Span<double> written)
    {
        Span<int> digits = stackalloc int[Run];
        for (int polarity = 0; polarity < Spec.Polarities; polarity++)
        {
            for (int r = 0; r < weights.Length; r++) digits[r] = matrix.Encoding.Digit(weights[r], slice, polarity);
            uint index = (uint)((slice * Spec.Polarities + polarity) * Spec.Rows + start);
            cells.Program(keys, index, digits[..weights.Length], written.Slice(polarity * Run, weights.Length));
        }
    }

    /// <summary>Every partial sum of a read is a multiple of the grid below 2^24 of its steps.</summary>
    private bool IsExact(ProgrammedMatrix matrix, double largest) =>
        largest * Spec.RowsPerRead * matrix.Passes.Max(p => p.Mask) * Math.Max(matrix.NoiseGrid, 1) < 1 << 24;

    private static void Allocate(ProgrammedMatrix matrix, bool single, ProgrammedMatrix? reuse)
    {
        int length = matrix.Blocks * matrix.Inputs * matrix.Width;
        if (reuse is not null && (reuse.Inputs != matrix.Inputs || reuse.Outputs != matrix.Outputs || !ReferenceEquals(reuse.Spec, matrix.Spec))) reuse = null;
        matrix.Narrow = single ? reuse?.Narrow ?? new(length) : null;
        matrix.Wide = single ? null : reuse?.Wide ?? new(length);
        if (matrix.ProportionalNoise) matrix.Squares = reuse?.Squares ?? new(length);
    }

    private ColumnKeys WriteKeys(ProgrammedMatrix matrix, int tile, int n)
    {
        int column = matrix.Site.Head * matrix.Outputs + n, image = matrix.Site.Image is { } i ? i + 1 : 0, id = matrix.Site.Id;
        return new(
            new(_seed, NoisePurpose.Write, id, image, tile, column),
            new(_seed, NoisePurpose.Drift, id, image, tile, column),
            new(_seed, NoisePurpose.Stuck, id, 0, tile, column));
    }

    /// <summary>Moves a run of cells of one slice to the matrix.</summary>
    /// <returns>The largest magnitude stored.</returns>
    private double Store(ProgrammedMatrix matrix, ReadOnlySpan<double> cells, int row, int count, int slice, int n)
    {
        double largest = 0;
        int perSlice = matrix.Samples / Spec.Slices;
        bool pair = Spec.SubtractsCurrents();
        Span<float> narrow = matrix.Narrow is { } single ? single.Span : default, squares = matrix.Squares is { } all ? all.Span : default;
        Span<double> wide = matrix.Wide is { } precise ? precise.Span : default;
        for (int sample = 0; sample < perSlice; sample++)
        {
            int index = matrix.Index(row, slice * perSlice + sample, n);
            for (int r = 0; r < count; r++, index += matrix.Width)
            {
                double positive = cells[sample * Run + r], negative = pair ? cells[Run + r] : 0, cell = positive - negative;
                if (narrow.IsEmpty) wide[index] = cell;
                else narrow[index] = (float)cell;
                if (!squares.IsEmpty) squares[index] = (float)Square(matrix, positive * positive + negative * negative);
                largest = Math.Max(largest, Math.Abs(cell));
            }
        }
        return largest;
    }

    /// <summary>With a grid, squares lie on one too, so that their sums do not depend on the order.</summary>
    private static double Square(ProgrammedMatrix matrix, double square) =>
        matrix.SquareGrid > 0 ? Math.Floor(square * matrix.SquareGrid + 0.5) / matrix.SquareGrid : square;

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
