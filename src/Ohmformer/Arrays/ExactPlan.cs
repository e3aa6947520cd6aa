using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>How an integer product replaces the certified columns of a matrix (docs/theory/lossless-adc.md).</summary>
internal sealed class ExactPlan
{
    private ExactPlan(IntegerMatrix product, int[] certified, UncertifiedColumns? rest)
    {
        Product = product;
        Certified = certified;
        Rest = rest;
    }

    /// <summary>The weights of the certified columns.</summary>
    public IntegerMatrix Product { get; }

    /// <summary>The columns certified in all groups of rows, in ascending order.</summary>
    public int[] Certified { get; }

    /// <summary>The other columns, which must be read as arrays; null when there are none.</summary>
    public UncertifiedColumns? Rest { get; }

    /// <summary>The plan of a matrix, or null when no column is certified; without converters, when not all are.</summary>
    /// <param name="matrix">Cells and converters.</param>
    /// <param name="weights">What was to be written, shape [inputs, outputs].</param>
    public static ExactPlan? Of(ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
    {
        var certificate = new LosslessCertificate(matrix, weights);
        int[] certified = [.. Enumerable.Range(0, matrix.Outputs).Where(n => certificate.Holds(n))];
        if (certified.Length == matrix.Outputs) return new(new(weights, matrix.Inputs, matrix.Outputs), certified, null);
        if (certified.Length == 0 || matrix.Linear is not null) return null;
        int[] others = [.. Enumerable.Range(0, matrix.Outputs).Except(certified)];
        return new(
            new(Select(weights, matrix.Outputs, certified), matrix.Inputs, certified.Length),
            certified,
            new(others, matrix.Select(others), Select(weights, matrix.Outputs, others)));
    }

    private static int[] Select(ReadOnlySpan<int> weights, int outputs, int[] columns)
    {
        int[] part = new int[weights.Length / outputs * columns.Length];
        for (int i = 0; i < part.Length; i++) part[i] = weights[i / columns.Length * outputs + columns[i % columns.Length]];
        return part;
    }
}

/// <summary>The columns of a matrix that are not certified.</summary>
/// <param name="Columns">Their numbers, in ascending order.</param>
/// <param name="Cells">Their cells, as a matrix of their own: no noise and no converter depends on a column's number where a certificate exists.</param>
/// <param name="Weights">What was to be written, shape [inputs, columns].</param>
internal sealed record UncertifiedColumns(int[] Columns, ProgrammedMatrix Cells, int[] Weights);
