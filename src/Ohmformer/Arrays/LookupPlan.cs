using System.Collections.Concurrent;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ohmformer.Circuits.Adc;

namespace Ohmformer.Arrays;

/// <summary>How <see cref="LookupKernel"/> reads a matrix, and whether it can.</summary>
internal sealed class LookupPlan
{
    /// <summary>Rows that one table of 32 sums covers.</summary>
    public const int TableRows = 5;

    /// <summary>Passes that fit a token's lanes.</summary>
    public const int Passes = 8;

    private const int LargestCode = 511, Lanes = ProgrammedMatrix.Lanes;

    /// <summary>The polynomial of <see cref="Numerics.Gaussian"/> stays below.</summary>
    private const double LargestDraw = 6.5;

    private LookupPlan(ProgrammedMatrix matrix)
    {
        Grid = matrix.NoiseGrid > 0 ? matrix.NoiseGrid : 1;
        PassWeights = matrix.Passes.Sum(pass => pass.Weight);
        Origin = (short)(matrix.Spec.SubtractsCurrents() ? 0 : short.MinValue);
    }

    /// <summary>Whether the lookup kernel gives the model's results for the matrix on this machine.</summary>
    public bool CanRun { get; private init; }

    /// <summary>Grid steps per count.</summary>
    public double Grid { get; }

    /// <summary>Sum of the weights of all passes.</summary>
    public double PassWeights { get; }

    /// <summary>What 16-bit sums start at: 0 where they have both signs, else the smallest number.</summary>
    public short Origin { get; }

    /// <summary>Converters, [group][sample].</summary>
    public CodeLine[][] Lines { get; private init; } = [];

    /// <summary>Converters with steps of a power of two, per group; null where they are not such.</summary>
    public CodeShift?[] Shifts { get; private init; } = [];

    /// <summary>Plans the reads of a matrix.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="lines">Lines found before.</param>
    public static LookupPlan Of(ProgrammedMatrix matrix, ConcurrentDictionary<(AdcTransfer, double, int), CodeLine?> lines)
    {
        var plan = new LookupPlan(matrix);
        if (!IsSupported || !SuitsModel(matrix)) return plan;
        double largest = LargestSum(matrix, plan);
        if (double.IsNaN(largest)) return plan;
        var converters = matrix.Converters!;
        CodeLine?[][] found = [.. converters.Select(row => row.Transfers!.Select(t => lines.GetOrAdd((t, plan.Grid, plan.Origin), key => CodeLine.Fit(key.Item1, key.Item2, key.Item3))).ToArray())];
        if (found.Any(row => row.Any(line => line is null || line.Largest > LargestCode))) return plan;
        return new(matrix)
        {
            CanRun = true,
            Lines = found!,
            Shifts = [.. converters.Select(row => CodeShift.Of(matrix, row.Transfers!, plan, (int)largest))],
        };
    }

    private static bool IsSupported => Avx512BW.IsSupported && Avx512CD.IsSupported && Bmi2.X64.IsSupported;

    /// <summary>What does not depend on the cells.</summary>
    private static bool SuitsModel(ProgrammedMatrix matrix) =>
        matrix.Narrow is not null
        && (matrix.ReadNoise == 0 || (matrix.NoiseGrid > 0 && matrix.Samples % 4 == 0))
        && matrix.Passes.Length <= Passes
        && matrix.Passes.All(pass => pass is { Mask: 1, Kind: DriveKind.Bits })
        && matrix.Converters is { } converters
        && converters.All(row => row.Transfers is not null);

    /// <summary>The largest 16-bit sum of any bit line for any input; not a number if one could leave 16 bits.</summary>
    private static double LargestSum(ProgrammedMatrix matrix, LookupPlan plan)
    {
        double largest = plan.Origin, squares = 0;
        foreach (var group in matrix.Groups)
        {
            var (low, high, cell) = Extremes(matrix, matrix.Narrow!.Span, group);
            if (plan.Origin + low * plan.Grid < short.MinValue || plan.Origin + high * plan.Grid > short.MaxValue) return double.NaN;
            if (TableRows * cell * plan.Grid > short.MaxValue) return double.NaN;
            largest = Math.Max(largest, plan.Origin + high * plan.Grid);
            if (!matrix.ProportionalNoise) continue;
            var (_, sum, square) = Extremes(matrix, matrix.Squares!.Span, group);
            if (sum * matrix.SquareGrid > ushort.MaxValue || TableRows * square * matrix.SquareGrid > short.MaxValue) return double.NaN;
            squares = Math.Max(squares, sum);
        }
        double variance = matrix.ProportionalNoise ? squares : 2.0 * matrix.Spec.RowsPerRead;
        return LargestDraw * matrix.ReadNoise * Math.Sqrt(variance) * plan.Grid > CodeLine.Reach / 2 ? double.NaN : largest;
    }

    /// <summary>The smallest and largest sums that some input gets from a group of rows, and the largest magnitude of a cell.</summary>
    private static (double Low, double High, double Cell) Extremes(ProgrammedMatrix matrix, ReadOnlySpan<float> cells, RowGroup group)
    {
        Vector512<float> low = default, high = default, cell = default;
        for (int block = 0; block < matrix.Blocks; block++)
        {
            var rows = cells.Slice((block * matrix.Inputs + group.Start) * matrix.Width, group.Rows * matrix.Width);
            for (int sample = 0; sample < matrix.Width; sample += Lanes)
            {
                Vector512<float> negative = default, positive = default;
                for (int i = sample; i < rows.Length; i += matrix.Width)
                {
                    var row = Vector512.Create(rows.Slice(i, Lanes));
                    negative += Vector512.Min(row, default);
                    positive += Vector512.Max(row, default);
                    cell = Vector512.Max(cell, Vector512.Abs(row));
                }
                low = Vector512.Min(low, negative);
                high = Vector512.Max(high, positive);
            }
        }
        double smallest = 0, largest = 0, magnitude = 0;
        for (int lane = 0; lane < Lanes; lane++)
        {
            smallest = Math.Min(smallest, low[lane]);
            largest = Math.Max(largest, high[lane]);
            magnitude = Math.Max(magnitude, cell[lane]);
        }
        return (smallest, largest, magnitude);
    }
}
