using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>How an integer product replaces the certified reads of a matrix (docs/theory/lossless-adc.md).</summary>
internal sealed class ExactPlan
{
    private ExactPlan(IntegerMatrix certified, int[] reads)
    {
        Certified = certified;
        Reads = reads;
    }

    /// <summary>The weights; what it gives for <see cref="Reads"/> is not used.</summary>
    public IntegerMatrix Certified { get; }

    /// <summary>The blocks of 16 columns that must be read as arrays.</summary>
    public int[] Reads { get; }

    /// <summary>The plan of a matrix, or null when no block is certified; without converters, when not all are.</summary>
    /// <param name="matrix">Cells and converters.</param>
    /// <param name="weights">What was to be written, shape [inputs, outputs].</param>
    public static ExactPlan? Of(ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
    {
        var certificate = new LosslessCertificate(matrix, weights);
        int[] reads = [.. matrix.AllBlocks.Where(block => !Holds(certificate, matrix, block))];
        return reads.Length == matrix.Blocks || (reads.Length > 0 && matrix.Linear is not null) ? null : new(new(weights, matrix.Inputs, matrix.Outputs), reads);
    }

    private static bool Holds(LosslessCertificate certificate, ProgrammedMatrix matrix, int block)
    {
        int first = block * ProgrammedMatrix.Lanes, end = Math.Min(first + ProgrammedMatrix.Lanes, matrix.Outputs);
        for (int n = first; n < end; n++)
            for (int g = 0; g < matrix.Groups.Length; g++)
                if (!certificate.Holds(g, n)) return false;
        return true;
    }
}
