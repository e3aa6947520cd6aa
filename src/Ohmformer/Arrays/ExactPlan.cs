using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>
/// How an integer product replaces the certified columns of a matrix (docs/theory/lossless-adc.md). Write after write of a matrix
/// uses the same memory.
/// </summary>
internal sealed class ExactPlan
{
    /// <summary>With fewer than one certified column in so many, the product takes longer than the reads it saves.</summary>
    private const int LeastShare = 8;

    private IntegerMatrix? _product;
    private UncertifiedColumns? _others;

    /// <summary>Whether the certified columns of what was written last are worth a product; without converters, whether all are certified.</summary>
    public bool Applies { get; private set; }

    /// <summary>The product of all columns.</summary>
    public IntegerMatrix Product => _product!;

    /// <summary>The columns that must be read as arrays instead; null when there are none.</summary>
    public UncertifiedColumns? Rest => _others?.Columns.IsEmpty == false ? _others : null;

    /// <summary>Plans the reads of a matrix that was just written.</summary>
    /// <param name="matrix">Cells and converters.</param>
    /// <param name="weights">What was to be written, shape [inputs, outputs].</param>
    /// <param name="certificate">The certificate of the matrix's shape.</param>
    public void Set(ProgrammedMatrix matrix, ReadOnlySpan<int> weights, LosslessCertificate certificate)
    {
        Applies = SetOthers(matrix, weights, certificate);
        if (!Applies) return;
        if (_product?.TryReplace(weights) != true) _product = new(weights, matrix.Inputs, matrix.Outputs);
        Rest?.Take(matrix, weights);
    }

    /// <summary>Finds the columns that are not certified.</summary>
    /// <returns>Whether they are few enough.</returns>
    private bool SetOthers(ProgrammedMatrix matrix, ReadOnlySpan<int> weights, LosslessCertificate certificate)
    {
        int most = matrix.Linear is null ? matrix.Outputs - (matrix.Outputs + LeastShare - 1) / LeastShare : 0;
        _others?.Clear();
        for (int n = 0; n < matrix.Outputs; n++)
        {
            if (certificate.Holds(matrix, weights, n)) continue;
            _others ??= new(matrix.Shape);
            if (_others.Columns.Length == most) return false;
            _others.Add(n);
        }
        return true;
    }
}

/// <summary>The columns of a matrix that are not certified.</summary>
/// <param name="shape">The shape of the matrix.</param>
internal sealed class UncertifiedColumns(MatrixShape shape)
{
    private readonly int[] _columns = new int[shape.Outputs];
    private int[] _weights = [];
    private int _count;

    /// <summary>Their numbers, in ascending order.</summary>
    public ReadOnlySpan<int> Columns => _columns.AsSpan(0, _count);

    /// <summary>Their cells, as a matrix of their own: no noise and no converter depends on a column's number where a certificate exists.</summary>
    public ProgrammedMatrix Cells { get; } = new(shape);

    /// <summary>What was to be written, shape [inputs, columns].</summary>
    public ReadOnlySpan<int> Weights => _weights.AsSpan(0, Cells.Inputs * _count);

    /// <summary>Forgets all columns.</summary>
    public void Clear() => _count = 0;

    /// <summary>Adds a column.</summary>
    public void Add(int column) => _columns[_count++] = column;

    /// <summary>Takes the cells and weights of the columns.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="weights">What was to be written, shape [inputs, outputs].</param>
    public void Take(ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
    {
        Cells.TakeColumns(matrix, Columns);
        if (_weights.Length < matrix.Inputs * _count) _weights = new int[matrix.Inputs * _count];
        var part = _weights.AsSpan();
        for (; !weights.IsEmpty; weights = weights[matrix.Outputs..], part = part[_count..])
            for (int i = 0; i < _count; i++) part[i] = weights[_columns[i]];
    }
}
