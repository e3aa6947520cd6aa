using System.Collections.Concurrent;
using Ohmformer.Circuits.Adc;

namespace Ohmformer.Arrays;

/// <summary>How <see cref="GatherKernel"/> reads a matrix.</summary>
internal sealed class GatherPlan
{
    private GatherPlan(ProgrammedMatrix matrix, GatherCode[][] codes)
    {
        Origin = OriginOf(matrix);
        LinesPerBlock = (ProgrammedMatrix.Lanes * matrix.Samples + GatherSums.Lines - 1) / GatherSums.Lines * GatherSums.Lines;
        OffsetsPerToken = matrix.Groups.Sum(group => GatherSums.Tables(group.Rows)) * matrix.Passes.Length;
        Weights = new(matrix.Passes.Length);
        for (int p = 0; p < matrix.Passes.Length; p++) Weights.Span[p] = (int)matrix.Passes[p].Weight;
        Converters = new GatherConverters[codes.Length];
        for (int g = 0; g < codes.Length; g++) Converters[g] = g > 0 && codes[g].AsSpan().SequenceEqual(codes[g - 1]) ? Converters[g - 1] : new(codes[g], LinesPerBlock);
    }

    /// <summary>What 16-bit sums start at: 0 where they have both signs, else the smallest number.</summary>
    public short Origin { get; }

    /// <summary>Lines of 16 outputs, with unused ones up to whole runs of <see cref="GatherSums.Lines"/>.</summary>
    public int LinesPerBlock { get; }

    /// <summary>Table entries that one token adds per line.</summary>
    public int OffsetsPerToken { get; }

    /// <summary>Weights of the passes.</summary>
    public AlignedBuffer<int> Weights { get; }

    /// <summary>Converters of the lines of a block, per group.</summary>
    public GatherConverters[] Converters { get; }

    /// <summary>The plan of a matrix; null where tables do not give the model's results.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="known">Codes found before.</param>
    public static GatherPlan? Of(ProgrammedMatrix matrix, ConcurrentDictionary<(AdcTransfer, double, int), GatherCode?> known)
    {
        if (matrix.Steps is null || matrix.Curves is null || matrix.ReadNoise > 0 || matrix.Outputs == 0 || matrix.Inputs == 0) return null;
        if (matrix.Passes.Any(pass => pass is not { Mask: 1, Kind: not DriveKind.Signed })) return null;
        GatherCode?[][] codes = [.. matrix.Converters!.Select(row => row.Transfers!.Select(transfer =>
            known.GetOrAdd((transfer, matrix.StepsPerCount, OriginOf(matrix)), key => GatherCode.Of(key.Item1, key.Item2, key.Item3))).ToArray())];
        if (codes.Any(row => row.Contains(null)) || !FitsCodes(matrix, codes!)) return null;
        return matrix.Groups.All(group => FitsSums(matrix, group)) ? new(matrix, codes!) : null;
    }

    private static short OriginOf(ProgrammedMatrix matrix) => matrix.Spec.SubtractsCurrents() ? (short)0 : short.MinValue;

    /// <summary>Whether the weighted codes of a line stay in 32 bits.</summary>
    private static bool FitsCodes(ProgrammedMatrix matrix, GatherCode[][] codes) =>
        codes.Sum(row => (double)row.Max(code => code.Largest)) * matrix.Passes.Sum(pass => Math.Abs(pass.Weight)) <= int.MaxValue;

    /// <summary>Whether the sums of a group stay in 16 bits, whatever the inputs.</summary>
    private static bool FitsSums(ProgrammedMatrix matrix, RowGroup group)
    {
        int low = short.MinValue - OriginOf(matrix), high = short.MaxValue - OriginOf(matrix);
        if ((long)matrix.LargestStep * group.Rows <= Math.Min(high, OriginOf(matrix) == 0 ? -(long)low : high)) return true;
        for (int line = 0; line < matrix.Outputs * matrix.Samples; line++)
        {
            long negative = 0, positive = 0;
            foreach (short cell in matrix.Steps!.Span.Slice(line * matrix.LineStride + group.Start, group.Rows))
            {
                negative += Math.Min(cell, (short)0);
                positive += Math.Max(cell, (short)0);
            }
            if (negative < low || positive > high) return false;
        }
        return true;
    }
}
