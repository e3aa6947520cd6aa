using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>
/// Reads that provably give the integer product are computed as one, the other reads of the same matrix by
/// <see cref="VectorKernel"/>. Matrices without such reads, and all reads whose bit-line values are recorded, are left to another kernel.
/// </summary>
/// <param name="otherwise">The kernel for everything that is not exact.</param>
internal sealed class ExactKernel(IMacroKernel otherwise) : IMacroKernel
{
    public void Prepare(ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
    {
        matrix.Exact = ExactPlan.Of(matrix, weights);
        if (matrix.Exact is null) otherwise.Prepare(matrix, weights);
    }

    public ActivityCounts Multiply(ProgrammedMatrix matrix, in MacroRead read, Span<double> y)
    {
        if (matrix.Exact is not { } plan || read.Statistics is not null) return otherwise.Multiply(matrix, read, y);
        plan.Certified.Multiply(read.X, read.Tokens, read.Workers, y);
        if (plan.Reads.Length > 0) AddReads(matrix, read, plan.Reads, y);
        return matrix.Reads(read.Tokens);
    }

    /// <summary>Replaces the outputs of blocks that are not certified.</summary>
    private static void AddReads(ProgrammedMatrix matrix, in MacroRead read, int[] blocks, Span<double> y)
    {
        BlockLoop.Run<VectorKernel>(matrix, read, blocks, y);
        matrix.Correct(read, blocks, y);
    }
}
