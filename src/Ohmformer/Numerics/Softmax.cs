using System.Numerics.Tensors;

namespace Ohmformer.Numerics;

/// <summary>Softmax over rows.</summary>
public static class Softmax
{
    /// <summary>
    /// For every row: for (int i = 0; i &lt; columns; i++) y[i] = exp(x[i] - max(x)); then y[i] /= sum(y).
    /// The sums run in eight lanes, so results are the same on every machine and at every thread count.
    /// </summary>
    /// <param name="x">Shape [rows, columns], finite.</param>
    /// <param name="rows">Independent rows.</param>
    /// <param name="columns">Elements of a row.</param>
    /// <param name="y">Shape [rows, columns]; may be x itself.</param>
    public static void Apply(ReadOnlySpan<float> x, int rows, int columns, Span<float> y)
    {
        if (columns == 0) return;
        for (int i = 0; i < rows * columns; i += columns)
        {
            var row = x.Slice(i, columns);
            TensorPrimitives.Subtract(row, TensorPrimitives.Max(row), y.Slice(i, columns));
        }
        Exp.Apply(y[..(rows * columns)], y);
        for (int i = 0; i < rows * columns; i += columns)
        {
            var row = y.Slice(i, columns);
            TensorPrimitives.Multiply(row, 1 / LaneSum.Of(row), row);
        }
    }

    /// <summary>The plain form of <see cref="Apply"/> in double precision.</summary>
    /// <inheritdoc cref="Apply"/>
    public static void Reference(ReadOnlySpan<float> x, int rows, int columns, Span<float> y)
    {
        for (int row = 0; row < rows; row++)
        {
            double max = double.NegativeInfinity, sum = 0;
            for (int i = row * columns; i < (row + 1) * columns; i++) max = Math.Max(max, x[i]);
            for (int i = row * columns; i < (row + 1) * columns; i++) sum += Math.Exp(x[i] - max);
            for (int i = row * columns; i < (row + 1) * columns; i++) y[i] = (float)(Math.Exp(x[i] - max) / sum);
        }
    }
}
