using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ohmformer.Circuits.Adc;

namespace Ohmformer.Arrays;

/// <summary>
/// Which columns of which row groups add exactly sum x w to the output, whatever the inputs: the cells represent the weights,
/// no conversion can clip, and every conversion is exact. docs/theory/lossless-adc.md has the theorem and its proof.
/// </summary>
internal sealed unsafe class LosslessCertificate
{
    private const int Lanes = 8;

    /// <summary>Doubles hold every integer up to here; one bit less than they do, for sums of two bounds.</summary>
    private const double LargestExact = 1L << 52;

    private readonly MatrixShape _shape;
    private readonly double _bias, _drive, _step;
    private readonly int _biasBits, _largestPulse;
    private readonly bool _signedPulses, _hasWriteNoise;
    private readonly double[] _coefficients;

    /// <summary>The bit-line values that converters report exactly, per group and sample; null for a group without any.</summary>
    private readonly BitLineRange[]?[] _limits;

    /// <summary>What matrices of a shape have in common.</summary>
    public LosslessCertificate(MatrixShape shape)
    {
        _shape = shape;
        _bias = shape.Spec.SubtractsCurrents() ? 0 : shape.GMinCounts;
        _biasBits = FractionBits(_bias);
        _step = 1 / shape.StepsPerCount;
        _largestPulse = shape.LargestPulse;
        _signedPulses = shape.Passes.Any(p => p.Kind == DriveKind.Signed);
        _drive = shape.Passes.Sum(p => Math.Abs(p.Weight) * p.Mask);
        _hasWriteNoise = shape.Spec.Device.Build().HasWriteNoise;
        int perSlice = shape.Samples / shape.Spec.Slices;
        _coefficients = [.. Enumerable.Range(0, shape.Samples).Select(v => shape.SliceWeights[shape.Slice(v)] * (v % perSlice == 0 ? 1 : -1))];
        _limits = [.. Enumerable.Range(0, shape.Groups.Length).Select(Limits)];
    }

    /// <summary>Whether a look at the shape and a few cells tells that no column will be certified, so that none needs to be examined.</summary>
    /// <param name="matrix">Cells.</param>
    /// <param name="weights">What was to be written, shape [inputs, outputs].</param>
    public bool RulesOut(ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
    {
        if (Array.IndexOf(_limits, null) >= 0) return true;
        if (!_hasWriteNoise || matrix.IsErrorFree || weights.IsEmpty) return false;
        // What write noise does to the first cells it does to those of all columns.
        var sums = stackalloc Vector512<double>[2 * _coefficients.Length];
        return !Examine(matrix, 0, Math.Min(Lanes, _shape.Groups[0].Rows), 0, weights, sums);
    }

    /// <summary>Whether a group of rows adds exactly its part of the integer product to an output.</summary>
    /// <param name="matrix">Cells.</param>
    /// <param name="weights">What was to be written, shape [inputs, outputs].</param>
    /// <param name="group">Number of the group.</param>
    /// <param name="output">The output.</param>
    public bool Holds(ProgrammedMatrix matrix, ReadOnlySpan<int> weights, int group, int output) =>
        _limits[group] is { } limits && Examine(matrix, _shape.Groups[group], output, limits, weights);

    /// <summary>Whether all groups of rows do so: the output is the integer product.</summary>
    public bool Holds(ProgrammedMatrix matrix, ReadOnlySpan<int> weights, int output)
    {
        for (int g = 0; g < _limits.Length; g++)
            if (!Holds(matrix, weights, g, output)) return false;
        return true;
    }

    /// <summary>Fractional bits of a number: the least b for which value * 2^b is an integer.</summary>
    internal static int FractionBits(double value)
    {
        int bits = 0;
        for (double scaled = value; scaled != Math.Floor(scaled); scaled *= 2) bits++;
        return bits;
    }

    /// <summary>Whether a converter reports every multiple of 2^-bits within its range as it is.</summary>
    internal static bool IsExact(AdcTransfer transfer, int bits)
    {
        double steps = Math.ScaleB(transfer.Q, -Math.Max(bits, FractionBits(transfer.Low)));
        return steps >= 1 && steps == Math.Floor(steps);
    }

    private BitLineRange[]? Limits(int g)
    {
        if (_shape.ReadNoise > 0) return null;
        if (_shape.Converters is null) return [.. _coefficients.Select(_ => new BitLineRange(double.NegativeInfinity, double.PositiveInfinity))];
        return _shape.Converters[g].Transfers?.Select(transfer => IsExact(transfer, _biasBits) ? new BitLineRange(transfer.Low, transfer.High) : new(0, double.NegativeInfinity)).ToArray();
    }

    /// <summary>Examines one column of a group: whether its cells represent the weights and every sum fits.</summary>
    private bool Examine(ProgrammedMatrix matrix, RowGroup group, int column, BitLineRange[] limits, ReadOnlySpan<int> weights)
    {
        var sums = stackalloc Vector512<double>[2 * limits.Length];
        new Span<Vector512<double>>(sums, 2 * limits.Length).Clear();
        if (matrix is { IsErrorFree: true, Steps: not null })
        {
            // Such cells are digits above the bias by construction; only their sums are in question.
            for (int sample = 0; sample < limits.Length; sample++) AddSteps(matrix, group, matrix.Line(sample, column), sums + 2 * sample);
            return Fits(sums, group.Rows, limits);
        }
        bool faithful = true;
        for (int r = 0; r < group.Rows && faithful; r += Lanes)
            faithful = Examine(matrix, group.Start + r, Math.Min(Lanes, group.Rows - r), column, weights, sums);
        GC.KeepAlive(matrix);
        return faithful && Fits(sums, group.Rows, limits);
    }

    /// <summary>Examines up to 8 rows of a column and adds the positive and the negative conductances of every sample.</summary>
    /// <returns>Whether every cell is an integer above its bias and all of a row together represent its weight.</returns>
    private bool Examine(ProgrammedMatrix matrix, int row, int count, int column, ReadOnlySpan<int> weights, Vector512<double>* sums)
    {
        var valid = Vector512.LessThan(Vector512<double>.Indices, Vector512.Create((double)count));
        Vector512<double> faithful = Vector512<double>.AllBitsSet, value = default, bias = Vector512.Create(_bias);
        int index = matrix.Line(0, column) + row, stride = matrix.LineStride;
        for (int sample = 0; sample < _coefficients.Length; sample++, index += stride)
        {
            var cell = Cells(matrix, index) & valid;
            var digit = cell - bias;
            // The second comparison rules out that the subtraction rounded.
            faithful &= Vector512.Equals(digit, Vector512.Floor(digit)) & Vector512.Equals(digit + bias, cell);
            value = Vector512.FusedMultiplyAdd(Vector512.Create(_coefficients[sample]), digit, value);
            sums[2 * sample] += Vector512.Max(cell, Vector512<double>.Zero);
            sums[2 * sample + 1] += Vector512.Min(cell, Vector512<double>.Zero);
        }
        faithful &= Vector512.Equals(value, Expected(weights[(row * matrix.Outputs + column)..], count, matrix.Outputs));
        return Vector512.AndNot(valid, faithful).AsUInt64() == Vector512<ulong>.Zero;
    }

    /// <summary>Adds the positive and the negative conductances of one line of a group.</summary>
    private void AddSteps(ProgrammedMatrix matrix, RowGroup group, int line, Vector512<double>* sums)
    {
        short* steps = matrix.Steps!.Pointer + line + group.Start;
        Vector512<int> positive = default, negative = default;
        for (int r = 0; r < group.Rows; r += Vector512<short>.Count)
        {
            var valid = Vector512.LessThan(Vector512<short>.Indices, Vector512.Create((short)Math.Min(group.Rows - r, Vector512<short>.Count)));
            var cells = Vector512.Load(steps + r) & valid;
            positive += PairSums(Vector512.Max(cells, Vector512<short>.Zero));
            negative += PairSums(Vector512.Min(cells, Vector512<short>.Zero));
        }
        sums[0] = Vector512.CreateScalar(Vector512.Sum(positive) * _step);
        sums[1] = Vector512.CreateScalar(Vector512.Sum(negative) * _step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> PairSums(Vector512<short> cells)
    {
        if (Avx512BW.IsSupported) return Avx512BW.MultiplyAddAdjacent(cells, Vector512<short>.One);
        var (low, high) = Vector512.Widen(cells);
        return low + high;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<double> Cells(ProgrammedMatrix matrix, int index)
    {
        if (matrix.Wide is { } wide) return Vector512.Load(wide.Pointer + index);
        var (low, high) = Vector128.Widen(Vector128.Load(matrix.Steps!.Pointer + index));
        return ToDouble(low, high) * Vector512.Create(_step);
    }

    /// <summary>The weights of up to 8 rows of a column plus the encoding's offset.</summary>
    private Vector512<double> Expected(ReadOnlySpan<int> weights, int count, int outputs)
    {
        Span<int> rows = stackalloc int[Lanes];
        rows.Clear();
        for (int i = 0; i < count; i++) rows[i] = weights[i * outputs];
        return ToDouble(Vector128.Create<int>(rows), Vector128.Create<int>(rows[4..])) + Vector512.Create((double)_shape.Encoding.Offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> ToDouble(Vector128<int> low, Vector128<int> high)
    {
        Vector256<long> first = Vector256.Create(Vector128.WidenLower(low), Vector128.WidenUpper(low)), second = Vector256.Create(Vector128.WidenLower(high), Vector128.WidenUpper(high));
        return Vector512.ConvertToDouble(Vector512.Create(first, second));
    }

    /// <summary>Whether every bit-line value of a column lies within the limits and all sums stay exact.</summary>
    private bool Fits(Vector512<double>* sums, int rows, BitLineRange[] limits)
    {
        double output = Math.Abs(_shape.Encoding.Offset) * _drive * rows;
        for (int sample = 0; sample < limits.Length; sample++)
        {
            double positive = Vector512.Sum(sums[2 * sample]), negative = Vector512.Sum(sums[2 * sample + 1]), magnitude = positive - negative;
            double low = _largestPulse * (_signedPulses ? -magnitude : negative), high = _largestPulse * (_signedPulses ? magnitude : positive);
            if (low < limits[sample].Low || high > limits[sample].High) return false;
            if (magnitude * _drive * Math.ScaleB(1, _biasBits) > LargestExact) return false;
            output += Math.Abs(_coefficients[sample]) * _drive * (magnitude + rows * _bias);
        }
        // A pair's subtraction cancels g0' in whole counts; a single column carries its fraction up to the correction of the output.
        return output * _shape.Groups.Length * (_shape.Spec.Polarities == 1 ? Math.ScaleB(1, _biasBits) : 1) <= LargestExact;
    }
}
