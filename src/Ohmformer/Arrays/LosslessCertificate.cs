using System.Runtime.Intrinsics;
using Ohmformer.Circuits.Adc;

namespace Ohmformer.Arrays;

/// <summary>
/// Which columns of which row groups add exactly sum x w to the output, whatever the inputs: the cells represent the weights,
/// no conversion can clip, and every conversion is exact. docs/theory/lossless-adc.md has the theorem and its proof.
/// </summary>
internal sealed unsafe class LosslessCertificate
{
    private const int Lanes = ProgrammedMatrix.Lanes, HalfLanes = Lanes / 2;

    /// <summary>Doubles hold every integer up to here; one bit less than they do, for sums of two bounds.</summary>
    private const double LargestExact = 1L << 52;

    private readonly ProgrammedMatrix _matrix;
    private readonly bool[] _columns;
    private readonly double _bias, _drive;
    private readonly int _biasBits, _largestPulse;
    private readonly bool _signedPulses;
    private readonly double[] _coefficients;

    /// <summary>Examines a programmed matrix.</summary>
    /// <param name="matrix">Cells and converters.</param>
    /// <param name="weights">What was to be written, shape [inputs, outputs].</param>
    public LosslessCertificate(ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
    {
        _matrix = matrix;
        _columns = new bool[matrix.Groups.Length * matrix.Outputs];
        _bias = matrix.Spec.SubtractsCurrents() ? 0 : matrix.GMinCounts;
        _biasBits = FractionBits(_bias);
        _largestPulse = matrix.Passes.Max(p => p.Mask);
        _signedPulses = matrix.Passes.Any(p => p.Kind == DriveKind.Signed);
        _drive = matrix.Passes.Sum(p => Math.Abs(p.Weight) * p.Mask);
        int perSlice = matrix.Samples / matrix.Spec.Slices;
        _coefficients = [.. Enumerable.Range(0, matrix.Samples).Select(v => matrix.SliceWeights[matrix.Slice(v)] * (v % perSlice == 0 ? 1 : -1))];
        if (matrix.ReadNoise > 0) return;
        for (int g = 0; g < matrix.Groups.Length; g++)
        {
            if (matrix.Converters?[g].Transfers is null && matrix.Converters is not null) continue;
            BitLineRange[] limits = [.. Enumerable.Range(0, matrix.Samples).Select(sample => Limits(g, sample))];
            for (int column = 0; column < matrix.Outputs; column += HalfLanes) Examine(g, column, limits, weights);
        }
    }

    /// <summary>Certified share of the columns of all groups; 1 without any.</summary>
    public double Share => _columns.Length == 0 ? 1 : (double)_columns.Count(c => c) / _columns.Length;

    /// <summary>Whether a group of rows adds exactly its part of the integer product to an output.</summary>
    public bool Holds(int group, int output) => _columns[group * _matrix.Outputs + output];

    /// <summary>Whether all groups of rows do so: the output is the integer product.</summary>
    public bool Holds(int output)
    {
        for (int g = 0; g < _matrix.Groups.Length; g++)
            if (!Holds(g, output)) return false;
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

    /// <summary>The bit-line values that a converter reports exactly: none, its range, or all without a converter.</summary>
    private BitLineRange Limits(int g, int sample)
    {
        if (_matrix.Converters is null) return new(double.NegativeInfinity, double.PositiveInfinity);
        var transfer = _matrix.Converters[g].Transfers![sample];
        return IsExact(transfer, _biasBits) ? new(transfer.Low, transfer.High) : new(0, double.NegativeInfinity);
    }

    /// <summary>Examines up to 8 columns of one group.</summary>
    private void Examine(int g, int column, BitLineRange[] limits, ReadOnlySpan<int> weights)
    {
        var group = _matrix.Groups[g];
        int count = Math.Min(HalfLanes, _matrix.Outputs - column), samples = _matrix.Samples;
        double* sums = stackalloc double[2 * samples * HalfLanes];
        new Span<double>(sums, 2 * samples * HalfLanes).Clear();
        var faithful = Vector512.Equals(Vector512<double>.Zero, Vector512<double>.Zero);
        var offset = Vector512.Create((double)_matrix.Encoding.Offset);
        for (int r = group.Start; r < group.Start + group.Rows; r++)
        {
            var expected = Load(weights.Slice(r * _matrix.Outputs + column, count)) + offset;
            faithful &= Examine(r, column, expected, sums);
        }
        GC.KeepAlive(_matrix);
        for (int lane = 0; lane < count; lane++)
            _columns[g * _matrix.Outputs + column + lane] = faithful[lane] != 0 && Fits(sums + lane, group.Rows, limits);
    }

    /// <summary>Examines one row of 8 columns and adds the positive and the negative conductances of every sample.</summary>
    /// <returns>Per lane whether every cell is an integer above its bias and all together represent the weight.</returns>
    private Vector512<double> Examine(int row, int column, Vector512<double> expected, double* sums)
    {
        var faithful = Vector512.Equals(Vector512<double>.Zero, Vector512<double>.Zero);
        Vector512<double> value = default, bias = Vector512.Create(_bias);
        for (int sample = 0; sample < _coefficients.Length; sample++, sums += 2 * HalfLanes)
        {
            var cell = Cells(row, sample, column);
            var digit = cell - bias;
            // The second comparison rules out that the subtraction rounded.
            faithful &= Vector512.Equals(digit, Vector512.Floor(digit)) & Vector512.Equals(digit + bias, cell);
            value = Vector512.FusedMultiplyAdd(Vector512.Create(_coefficients[sample]), digit, value);
            (Vector512.Load(sums) + Vector512.Max(cell, Vector512<double>.Zero)).Store(sums);
            (Vector512.Load(sums + HalfLanes) + Vector512.Min(cell, Vector512<double>.Zero)).Store(sums + HalfLanes);
        }
        return faithful & Vector512.Equals(value, expected);
    }

    private Vector512<double> Cells(int row, int sample, int column)
    {
        Span<double> cells = stackalloc double[HalfLanes];
        for (int lane = 0; lane < HalfLanes; lane++) cells[lane] = _matrix.Cell(row, sample, Math.Min(column + lane, _matrix.Outputs - 1));
        return Vector512.Create<double>(cells);
    }

    private static Vector512<double> Load(ReadOnlySpan<int> weights)
    {
        Span<int> padded = stackalloc int[HalfLanes];
        padded.Clear();
        weights.CopyTo(padded);
        var integers = Vector256.Create<int>(padded);
        return Vector512.ConvertToDouble(Vector512.Create(Vector256.WidenLower(integers), Vector256.WidenUpper(integers)));
    }

    /// <summary>Whether every bit-line value of a column lies within the limits and all sums stay exact.</summary>
    private bool Fits(double* sums, int rows, BitLineRange[] limits)
    {
        double output = Math.Abs(_matrix.Encoding.Offset) * _drive * rows;
        for (int sample = 0; sample < limits.Length; sample++, sums += 2 * HalfLanes)
        {
            double positive = sums[0], negative = sums[HalfLanes], magnitude = positive - negative;
            double low = _largestPulse * (_signedPulses ? -magnitude : negative), high = _largestPulse * (_signedPulses ? magnitude : positive);
            if (low < limits[sample].Low || high > limits[sample].High) return false;
            if (magnitude * _drive * Math.ScaleB(1, _biasBits) > LargestExact) return false;
            output += Math.Abs(_coefficients[sample]) * _drive * (magnitude + rows * _bias);
        }
        // A pair's subtraction cancels g0' in whole counts; a single column carries its fraction up to the correction of the output.
        return output * _matrix.Groups.Length * (_matrix.Spec.Polarities == 1 ? Math.ScaleB(1, _biasBits) : 1) <= LargestExact;
    }
}
