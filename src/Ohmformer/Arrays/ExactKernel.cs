using System.Buffers;
using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>
/// Columns whose reads provably give the integer product are computed as one, the other columns are handed to another kernel as a
/// matrix of their own. Matrices without such columns, and all reads whose bit-line values are recorded, are left to it as a whole.
/// </summary>
/// <param name="otherwise">The kernel for everything that is not exact.</param>
internal sealed class ExactKernel(IMacroKernel otherwise) : IMacroKernel
{
    public void Prepare(ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
    {
        matrix.Exact = ExactPlan.Of(matrix, weights);
        if (matrix.Exact is null) otherwise.Prepare(matrix, weights);
        else if (matrix.Exact.Rest is { } rest) otherwise.Prepare(rest.Cells, rest.Weights);
    }

    public ActivityCounts Multiply(ProgrammedMatrix matrix, in MacroRead read, Span<double> y)
    {
        if (matrix.Exact is not { } plan || read.Statistics is not null) return otherwise.Multiply(matrix, read, y);
        if (plan.Rest is not { } rest)
        {
            plan.Product.Multiply(read.X, read.Tokens, read.Workers, y);
            return matrix.Reads(read.Tokens);
        }
        int exact = read.Tokens * plan.Certified.Length, others = read.Tokens * rest.Columns.Length;
        double[] part = ArrayPool<double>.Shared.Rent(Math.Max(exact, others));
        plan.Product.Multiply(read.X, read.Tokens, read.Workers, part.AsSpan(0, exact));
        Place(part, plan.Certified, y, matrix.Outputs);
        otherwise.Multiply(rest.Cells, read, part.AsSpan(0, others));
        Place(part, rest.Columns, y, matrix.Outputs);
        ArrayPool<double>.Shared.Return(part);
        return matrix.Reads(read.Tokens);
    }

    /// <summary>y[t, columns[i]] = part[t, i].</summary>
    private static void Place(ReadOnlySpan<double> part, int[] columns, Span<double> y, int outputs)
    {
        for (; !y.IsEmpty; y = y[outputs..], part = part[columns.Length..])
            for (int i = 0; i < columns.Length; i++) y[columns[i]] = part[i];
    }
}
