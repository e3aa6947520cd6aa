using System.Collections.Concurrent;
using System.Runtime.Intrinsics;
using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>How <see cref="LookupKernel"/> reads the matrices of a shape.</summary>
internal sealed class LookupPlan
{
    private const int TableRows = ProgrammedMatrix.TableRows;

    private readonly (int Least, int Most)[] _steps;

    private LookupPlan(MatrixShape shape, LookupCode[][] codes)
    {
        _steps = [.. codes.Select(row => (row.Max(code => code.Steps.Least), row.Min(code => code.Steps.Most)))];
        var curves = shape.Curves!;
        UnitColumns = Math.Max(1, LookupSums.Lines / shape.Samples);
        Bundles = (UnitColumns * shape.Samples + LookupSums.Lines - 1) / LookupSums.Lines;
        Conversions = new LookupConversion[codes.Length];
        Constants = new double[curves.All.Length];
        double passWeights = shape.Passes.Sum(pass => pass.Weight);
        for (int g = 0; g < codes.Length; g++)
        {
            bool same = g > 0 && codes[g].AsSpan().SequenceEqual(codes[g - 1]) && curves.Index[g].AsSpan().SequenceEqual(curves.Index[g - 1]);
            Conversions[g] = same ? Conversions[g - 1] : new(shape, g, codes[g], Bundles * LookupSums.Lines);
            for (int v = 0; v < shape.Samples; v++) Constants[curves.Index[g][v]] += codes[g][v].Offset * shape.SampleWeights[v] * passWeights;
        }
    }

    /// <summary>Columns whose lines are read together.</summary>
    public int UnitColumns { get; }

    /// <summary>Runs of <see cref="LookupSums.Lines"/> lines that hold them.</summary>
    public int Bundles { get; }

    /// <summary>Per group; groups with equal converters share one.</summary>
    public LookupConversion[] Conversions { get; }

    /// <summary>What belongs to the sum of the weighted codes of a curve besides those of the lanes.</summary>
    public double[] Constants { get; }

    /// <summary>The plan of all matrices of a shape; null where tables do not give the model's results.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="codes">Codes found before.</param>
    public static LookupPlan? Of(MatrixShape shape, ConcurrentDictionary<LookupCodeKey, LookupCode?> codes)
    {
        if (!LookupSums.IsSupported || !SuitsModel(shape) || LargestNoise(shape) is not { } noise) return null;
        var found = new LookupCode[shape.Groups.Length][];
        for (int g = 0; g < found.Length; g++)
        {
            if ((Find(shape, g, noise, shifts: true, codes) ?? Find(shape, g, noise, shifts: false, codes)) is not { } row) return null;
            found[g] = row;
        }
        return FitsAccumulators(shape, found) ? new(shape, found) : null;
    }

    /// <summary>Whether the cells of a matrix are such that tables and the sums of all lines stay where codes are the model's.</summary>
    public bool Covers(ProgrammedMatrix matrix)
    {
        if (matrix.Steps is null || (long)TableRows * matrix.LargestStep > short.MaxValue) return false;
        for (int g = 0; g < _steps.Length; g++)
        {
            long bound = (long)matrix.LargestStep * matrix.Groups[g].Rows;
            var (least, most) = _steps[g];
            if (bound > most || (IsSigned(matrix.Shape) && -bound < least))
            {
                var (low, high) = Extremes(matrix, matrix.Groups[g]);
                if (low < least || high > most) return false;
            }
            if (matrix.ProportionalNoise && LargestSquares(matrix, matrix.Groups[g]) > ushort.MaxValue) return false;
        }
        return true;
    }

    /// <summary>Codes of one kind for all samples of a group; null if a sample has none.</summary>
    private static LookupCode[]? Find(MatrixShape shape, int g, int noise, bool shifts, ConcurrentDictionary<LookupCodeKey, LookupCode?> codes)
    {
        var found = new LookupCode[shape.Samples];
        for (int v = 0; v < found.Length; v++)
        {
            LookupCodeKey key = new(shape.Converters![g].Transfers![v], shape.StepsPerCount, IsSigned(shape), noise, shifts);
            if (codes.GetOrAdd(key, LookupCode.Of) is not { } code) return null;
            found[v] = code;
        }
        return found;
    }

    /// <summary>What does not depend on cells and converters.</summary>
    private static bool SuitsModel(MatrixShape shape)
    {
        if (shape.Curves is null || shape.Passes.Length > (shape.IsBipolar ? LookupBipolar.Passes : LookupSums.Passes) || shape.Spec.RowsPerRead > short.MaxValue) return false;
        if (shape.ReadNoise > 0 && shape.NoiseGrid == 0) return false;
        for (int p = 0; p < shape.Passes.Length; p++)
            if (shape.Passes[p] is not { Mask: 1, Kind: DriveKind.Bits or DriveKind.Signed } pass || pass.Shift != p) return false;
        return true;
    }

    /// <summary>Whether sums have both signs.</summary>
    private static bool IsSigned(MatrixShape shape) => shape.Spec.SubtractsCurrents() || shape.IsBipolar;

    /// <summary>The largest magnitude of read noise in grid steps; null where its spread does not fit 16 bits.</summary>
    private static int? LargestNoise(MatrixShape shape)
    {
        if (shape.ReadNoise == 0) return 0;
        double variance = shape.ProportionalNoise ? ushort.MaxValue / shape.SquareGrid : shape.Spec.RowsPerRead * (shape.Spec.SubtractsCurrents() ? 2 : 1);
        double spread = Math.Ceiling(Math.Sqrt(variance) * shape.ReadNoise * 8 * shape.NoiseGrid) + 1;
        return spread <= short.MaxValue ? (((int)spread * Gaussian16.Largest) >> 15) + 1 : null;
    }

    /// <summary>Whether weights fit 16 bits and weighted codes 32.</summary>
    private static bool FitsAccumulators(MatrixShape shape, LookupCode[][] codes)
    {
        double sum = 0;
        for (int v = 0; v < shape.Samples; v++)
            for (int p = 0; p < shape.Passes.Length; p++)
            {
                double weight = Math.Abs(LookupConversion.Weight(shape, v, p));
                if (weight > short.MaxValue) return false;
                foreach (var row in codes) sum += weight * Math.Max(Math.Abs(row[v].Smallest), Math.Abs(row[v].Largest));
            }
        return sum < int.MaxValue;
    }

    /// <summary>The smallest and largest sums that some input gets from a group of rows.</summary>
    private static (long Low, long High) Extremes(ProgrammedMatrix matrix, RowGroup group)
    {
        long low = 0, high = 0;
        for (int line = 0; line < matrix.Outputs * matrix.Samples; line++)
        {
            var cells = matrix.Steps!.Span.Slice(line * matrix.LineStride + group.Start, group.Rows);
            Vector512<int> negative = default, positive = default;
            int i = 0;
            for (; i + Vector512<short>.Count <= cells.Length; i += Vector512<short>.Count)
            {
                var (first, second) = Vector512.Widen(Vector512.Create(cells[i..]));
                negative += Vector512.Min(first, default) + Vector512.Min(second, default);
                positive += Vector512.Max(first, default) + Vector512.Max(second, default);
            }
            long sumLow = Vector512.Sum(negative), sumHigh = Vector512.Sum(positive);
            for (; i < cells.Length; i++) (sumLow, sumHigh) = (sumLow + Math.Min((short)0, cells[i]), sumHigh + Math.Max((short)0, cells[i]));
            if (matrix.IsBipolar) (sumLow, sumHigh) = (sumLow - sumHigh, sumHigh - sumLow);
            (low, high) = (Math.Min(low, sumLow), Math.Max(high, sumHigh));
        }
        return (low, high);
    }

    /// <summary>The largest sum of the squares of a line.</summary>
    private static long LargestSquares(ProgrammedMatrix matrix, RowGroup group)
    {
        long largest = 0;
        for (int line = 0; line < matrix.Outputs * matrix.Samples; line++)
        {
            var squares = matrix.SquareSteps!.Span.Slice(line * matrix.LineStride + group.Start, group.Rows);
            Vector512<uint> sums = default;
            int i = 0;
            for (; i + Vector512<ushort>.Count <= squares.Length; i += Vector512<ushort>.Count)
            {
                var (first, second) = Vector512.Widen(Vector512.Create(squares[i..]));
                sums += first + second;
            }
            long sum = Vector512.Sum(sums);
            for (; i < squares.Length; i++) sum += squares[i];
            largest = Math.Max(largest, sum);
        }
        return largest;
    }
}
