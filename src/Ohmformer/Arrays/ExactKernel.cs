using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>
/// Reads that provably give the integer product are computed as one, the other reads of the same matrix by
/// <see cref="VectorKernel"/>. Matrices without such reads, and all reads whose bit-line values are recorded, are left to another kernel.
/// </summary>
/// <param name="otherwise">The kernel for everything that is not exact.</param>
internal sealed class ExactKernel(IMacroKernel otherwise) : IMacroKernel
{
    public void Prepare(ProgrammedMatrix matrix, ReadOnlySpan<int> weights) => matrix.Exact = ExactPlan.Of(matrix, weights);

    public ActivityCounts Multiply(ProgrammedMatrix matrix, in MacroRead read, Span<double> y)
    {
        if (matrix.Exact is not { } plan || read.Statistics is not null) return otherwise.Multiply(matrix, read, y);
        plan.Certified.Multiply(read.X, read.Tokens, read.Workers, y);
        if (!plan.IsComplete) AddReads(matrix, read, plan, y);
        return matrix.Reads(read.Tokens);
    }

    private static void AddReads(ProgrammedMatrix matrix, in MacroRead read, ExactPlan plan, Span<double> y)
    {
        for (int g = 0; g < plan.Reads.Length; g++)
            if (plan.Reads[g].Length > 0) VectorKernel.AddGroup(matrix, read, g, plan.Reads[g], y);
        if (matrix.Encoding.Offset != 0) SubtractOffset(matrix, read, plan, y);
    }

    /// <summary>The integer product has no offset; only the groups that were read do, and it is subtracted once per output.</summary>
    private static void SubtractOffset(ProgrammedMatrix matrix, in MacroRead read, ExactPlan plan, Span<double> y)
    {
        Span<double> offsets = new double[matrix.Blocks];
        for (int t = 0; t < read.Tokens; t++)
        {
            offsets.Clear();
            for (int g = 0; g < plan.Reads.Length; g++)
            {
                var group = matrix.Groups[g];
                long inputSum = 0;
                foreach (int input in read.X.Slice(t * matrix.Inputs + group.Start, group.Rows)) inputSum += input;
                foreach (int block in plan.Reads[g]) offsets[block] += (double)matrix.Encoding.Offset * inputSum;
            }
            var outputs = y.Slice(t * matrix.Outputs, matrix.Outputs);
            for (int n = 0; n < outputs.Length; n++) outputs[n] -= offsets[n / ProgrammedMatrix.Lanes];
        }
    }
}
