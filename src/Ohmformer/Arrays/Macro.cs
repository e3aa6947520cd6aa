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
    private readonly CellWriter _writer;
    private readonly int[]? _transformed;
    private readonly IWeightEncoding _mapping;
    private readonly ulong _seed;
    private readonly AdcCalibration? _calibration;
    private readonly Workers _workers;
    private readonly ConcurrentDictionary<(int Site, BitLineRange Range), IAdc> _converters = new();
    private readonly ConcurrentDictionary<(int Site, bool Unsigned, int Inputs, int Outputs), MatrixShape> _shapes = new();

    /// <summary>Macros of one kind.</summary>
    /// <param name="spec">The macro.</param>
    /// <param name="seed">Seed of all noise and of the chip's fixed errors.</param>
    /// <param name="calibration">Ranges for converters with calibrated ranges.</param>
    /// <param name="kernel">Which arithmetic writes and reads the arrays; the results are the same.</param>
    /// <param name="workers">Threads that share one product; the caller's alone by default.</param>
    /// <exception cref="InputException">The parameters contradict each other, or the environment asks for an unknown kernel.</exception>
    public Macro(MacroSpec spec, ulong seed, AdcCalibration? calibration = null, KernelKind kernel = KernelKind.Auto, Workers? workers = null)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Check();
        Spec = spec;
        _seed = seed;
        _mapping = (spec with { OperandTransform = null }).WeightEncoding();
        _calibration = calibration;
        _workers = workers ?? Workers.One;
        _kernel = KernelChoice.Of(kernel);
        bool plain = _kernel is ReferenceKernel;
        _writer = new(spec, seed, plain);
        _transformed = spec.OperandTransform is null ? null : CompositeLaw.WholeSteps(spec);
        if (spec.NoiseUnit == NoiseUnit.Weight) _kernel = new CompositeKernel(spec, seed, plain);
    }

    /// <summary>The macro.</summary>
    public MacroSpec Spec { get; }

    /// <summary>Writes a matrix.</summary>
    /// <param name="weights">Integers, shape [inputs, outputs], within the encoding's range.</param>
    /// <param name="inputs">Rows K.</param>
    /// <param name="outputs">Columns N.</param>
    /// <param name="site">Which write of the network this is.</param>
    /// <param name="reuse">A matrix no longer needed. One of the same product and sizes is written over and returned.</param>
    /// <exception cref="InputException">A weight is out of range, the matrix is too large, or a calibrated range is missing.</exception>
    public ProgrammedMatrix Program(ReadOnlySpan<int> weights, int inputs, int outputs, MacroSite site, ProgrammedMatrix? reuse = null)
    {
        CheckSizes(weights.Length, inputs, outputs, site);
        var shape = Shape(site, inputs, outputs);
        CheckWeights(weights, outputs);
        var matrix = ReferenceEquals(reuse?.Shape, shape) ? reuse : new(shape);
        matrix.Site = site;
        if (Spec.NoiseUnit == NoiseUnit.Weight) _kernel.Prepare(matrix, weights);
        else if (_transformed is null) Write(matrix, weights);
        else WriteTransformed(matrix, weights);
        return matrix;
    }

    private void Write(ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
    {
        _writer.Write(matrix, weights);
        if (Spec.Adc is null) (matrix.Linear ??= new(matrix.Shape)).Recombine(matrix);
        _kernel.Prepare(matrix, weights);
    }

    /// <summary>Cells hold digits, so transformed conductances are rounded to whole steps of the weights.</summary>
    private void WriteTransformed(ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
    {
        int[] moved = ArrayPool<int>.Shared.Rent(weights.Length);
        for (int i = 0; i < weights.Length; i++) moved[i] = Math.Sign(weights[i]) * _transformed![Math.Abs(weights[i])];
        Write(matrix, moved.AsSpan(0, weights.Length));
        ArrayPool<int>.Shared.Return(moved);
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

    private void CheckWeights(ReadOnlySpan<int> weights, int outputs)
    {
        var encoding = _mapping;
        if (!weights.ContainsAnyExceptInRange(encoding.Smallest, encoding.Largest)) return;
        int i = weights.IndexOfAnyExceptInRange(encoding.Smallest, encoding.Largest);
        throw new InputException($"weight [{i / outputs}, {i % outputs}] is {weights[i]}; the encoding holds {encoding.Smallest} to {encoding.Largest}. Scale the weights or raise weightBits.");
    }

    private static void CheckInputs(ReadOnlySpan<int> x, ProgrammedMatrix matrix)
    {
        var (smallest, largest) = InputPass.Range(matrix.Spec, matrix.Site.UnsignedInputs);
        if (IntegerRange.Holds(x, smallest, largest)) return;
        int i = x.IndexOfAnyExceptInRange(smallest, largest);
        throw new InputException($"input [{i / matrix.Inputs}, {i % matrix.Inputs}] is {x[i]}; the input coding holds {smallest} to {largest}. Scale the inputs or raise inputBits.");
    }

    private MatrixShape Shape(MacroSite site, int inputs, int outputs) => _shapes.GetOrAdd((site.Id, site.UnsignedInputs, inputs, outputs), static (key, macro) => new(
        macro.Spec, key.Unsigned, key.Inputs, key.Outputs,
        range => macro._converters.GetOrAdd((key.Site, range), static (converter, macro) => macro.Spec.Adc!.Build(converter.Range.Low, converter.Range.High, macro._seed, converter.Site), macro),
        slice => macro._calibration?.Find(key.Site, slice)), this);
}
