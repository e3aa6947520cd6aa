using System.Collections.Concurrent;
using Ohmformer.Circuits.Adc;

namespace Ohmformer.Arrays;

/// <summary>How <see cref="GatherKernel"/> reads the matrices of a shape.</summary>
internal sealed class GatherPlan
{
    private GatherPlan(MatrixShape shape, GatherCode[][] codes)
    {
        Origin = OriginOf(shape);
        LinesPerBlock = (ProgrammedMatrix.Lanes * shape.Samples + GatherSums.Lines - 1) / GatherSums.Lines * GatherSums.Lines;
        OffsetsPerToken = shape.Groups.Sum(group => GatherSums.Tables(group.Rows)) * shape.Passes.Length;
        Weights = new(shape.Passes.Length);
        for (int p = 0; p < shape.Passes.Length; p++) Weights.Span[p] = (int)shape.Passes[p].Weight;
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

    /// <summary>The plan of all matrices of a shape; null where tables do not give the model's results.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="known">Codes found before.</param>
    public static GatherPlan? Of(MatrixShape shape, ConcurrentDictionary<(AdcTransfer, double, int), GatherCode?> known)
    {
        if (shape.Curves is null || shape.ReadNoise > 0 || shape.Outputs == 0 || shape.Inputs == 0) return null;
        if (shape.Passes.Any(pass => pass is not { Mask: 1, Kind: not DriveKind.Signed })) return null;
        GatherCode?[][] codes = [.. shape.Converters!.Select(row => row.Transfers!.Select(transfer =>
            known.GetOrAdd((transfer, shape.StepsPerCount, OriginOf(shape)), key => GatherCode.Of(key.Item1, key.Item2, key.Item3))).ToArray())];
        return codes.Any(row => row.Contains(null)) || !FitsCodes(shape, codes!) ? null : new(shape, codes!);
    }

    /// <summary>Whether the sums of a matrix stay where codes are the model's.</summary>
    public bool Covers(ProgrammedMatrix matrix)
    {
        if (matrix.Steps is null) return false;
        foreach (var group in matrix.Groups)
            if (!FitsSums(matrix, group)) return false;
        return true;
    }

    private static short OriginOf(MatrixShape shape) => shape.Spec.SubtractsCurrents() ? (short)0 : short.MinValue;

    /// <summary>Whether the weighted codes of a line stay in 32 bits.</summary>
    private static bool FitsCodes(MatrixShape shape, GatherCode[][] codes) =>
        codes.Sum(row => (double)row.Max(code => code.Largest)) * shape.Passes.Sum(pass => Math.Abs(pass.Weight)) <= int.MaxValue;

    /// <summary>Whether the sums of a group stay in 16 bits, whatever the inputs.</summary>
    private bool FitsSums(ProgrammedMatrix matrix, RowGroup group)
    {
        int low = short.MinValue - Origin, high = short.MaxValue - Origin;
        if ((long)matrix.LargestStep * group.Rows <= Math.Min(high, Origin == 0 ? -(long)low : high)) return true;
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
