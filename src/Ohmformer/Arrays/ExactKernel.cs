using System.Buffers;
using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>
/// A matrix whose reads provably give the integer product is computed as one; columns of it for which they do not are handed to another
/// kernel as a matrix of their own. Matrices without such columns, and all reads whose bit-line values are recorded, are left to it as a whole.
/// </summary>
/// <param name="otherwise">The kernel for everything that is not exact.</param>
internal sealed class ExactKernel(IMacroKernel otherwise) : IMacroKernel
{
    private readonly ShapePlans<LosslessCertificate> _certificates = new(shape => new(shape));

    public void Prepare(ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
    {
        var certificate = _certificates.Of(matrix.Shape)!;
        if (certificate.RulesOut(matrix, weights)) matrix.Exact = null;
        else (matrix.Exact ??= new()).Set(matrix, weights, certificate);
        if (matrix.Exact is not { Applies: true } plan) otherwise.Prepare(matrix, weights);
        else if (plan.Rest is { } rest) otherwise.Prepare(rest.Cells, rest.Weights);
    }

    public ActivityCounts Multiply(ProgrammedMatrix matrix, in MacroRead read, Span<double> y)
    {
        if (matrix.Exact is not { Applies: true } plan || read.Statistics is not null) return otherwise.Multiply(matrix, read, y);
        plan.Product.Multiply(read.X, read.Tokens, read.Workers, y);
        if (plan.Rest is { } rest)
        {
            int others = read.Tokens * rest.Columns.Length;
            double[] part = ArrayPool<double>.Shared.Rent(others);
            otherwise.Multiply(rest.Cells, read, part.AsSpan(0, others));
            Place(part, rest.Columns, y, matrix.Outputs);
            ArrayPool<double>.Shared.Return(part);
        }
        return matrix.Reads(read.Tokens);
    }

    /// <summary>y[t, columns[i]] = part[t, i].</summary>
    private static void Place(ReadOnlySpan<double> part, ReadOnlySpan<int> columns, Span<double> y, int outputs)
    {
        for (; !y.IsEmpty; y = y[outputs..], part = part[columns.Length..])
            for (int i = 0; i < columns.Length; i++) y[columns[i]] = part[i];
    }
}
