using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>How an integer product replaces the certified reads of a matrix (docs/theory/lossless-adc.md).</summary>
internal sealed class ExactPlan
{
    private ExactPlan(IntegerMatrix certified, int[][] reads)
    {
        Certified = certified;
        Reads = reads;
        IsComplete = reads.All(blocks => blocks.Length == 0);
    }

    /// <summary>Whether the integer product is the whole result: nothing must be read.</summary>
    public bool IsComplete { get; }

    /// <summary>The weights, zero where <see cref="Reads"/> lists the group and the block of columns.</summary>
    public IntegerMatrix Certified { get; }

    /// <summary>Per group the blocks of 16 columns that must be read as arrays.</summary>
    public int[][] Reads { get; }

    /// <summary>The plan of a matrix, or null when nothing is certified.</summary>
    /// <param name="matrix">Cells and converters.</param>
    /// <param name="weights">What was to be written, shape [inputs, outputs].</param>
    public static ExactPlan? Of(ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
    {
        var certificate = new LosslessCertificate(matrix, weights);
        bool apart = certificate.AddsInAnyOrder;
        int groups = matrix.Groups.Length;
        var reads = new bool[groups, matrix.Blocks];
        int left = 0;
        for (int block = 0; block < matrix.Blocks; block++)
        {
            bool whole = true;
            for (int g = 0; g < groups; g++)
            {
                reads[g, block] = !Holds(certificate, matrix, g, block);
                whole &= !reads[g, block];
            }
            for (int g = 0; g < groups; g++)
            {
                reads[g, block] |= !whole && !apart;
                if (reads[g, block]) left++;
            }
        }
        if (left == groups * matrix.Blocks) return null;
        int[][] lists = [.. Enumerable.Range(0, groups).Select(g => Enumerable.Range(0, matrix.Blocks).Where(b => reads[g, b]).ToArray())];
        return new(left == 0 ? new(weights, matrix.Inputs, matrix.Outputs) : Without(matrix, weights, lists), lists);
    }

    private static bool Holds(LosslessCertificate certificate, ProgrammedMatrix matrix, int g, int block)
    {
        int first = block * ProgrammedMatrix.Lanes, end = Math.Min(first + ProgrammedMatrix.Lanes, matrix.Outputs);
        for (int n = first; n < end; n++)
            if (!certificate.Holds(g, n)) return false;
        return true;
    }

    private static IntegerMatrix Without(ProgrammedMatrix matrix, ReadOnlySpan<int> weights, int[][] reads)
    {
        int[] rest = weights.ToArray();
        for (int g = 0; g < reads.Length; g++)
            foreach (int block in reads[g])
            {
                int first = block * ProgrammedMatrix.Lanes, count = Math.Min(ProgrammedMatrix.Lanes, matrix.Outputs - first);
                for (int r = 0; r < matrix.Groups[g].Rows; r++)
                    rest.AsSpan((matrix.Groups[g].Start + r) * matrix.Outputs + first, count).Clear();
            }
        return new(rest, matrix.Inputs, matrix.Outputs);
    }
}
