namespace Ohmformer.Training;

/// <summary>Checks of the shapes of operands.</summary>
internal static class Shapes
{
    public static void Require(Tensor x, int rows, int columns, string name)
    {
        if (x.Rows != rows || x.Columns != columns)
            throw new ArgumentException($"The shape is [{x.Rows}, {x.Columns}], not [{rows}, {columns}].", name);
    }

    /// <summary>Tokens of a sequence when the rows of x are a batch of sequences.</summary>
    public static int TokensOf(Tensor x, int batch)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        if (x.Rows % batch != 0) throw new ArgumentException($"{x.Rows} rows are no whole number for each of {batch} sequences.", nameof(x));
        return x.Rows / batch;
    }
}
