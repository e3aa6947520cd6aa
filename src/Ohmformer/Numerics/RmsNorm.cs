using System.Numerics.Tensors;

namespace Ohmformer.Numerics;

/// <summary>Root-mean-square normalization over rows (Zhang and Sennrich: Root mean square layer normalization, arXiv:1910.07467).</summary>
public static class RmsNorm
{
    /// <summary>
    /// For every row: square = sum(x^2) / columns; for (int i = 0; i &lt; columns; i++) y[i] = x[i] / sqrt(square + epsilon) * gain[i];
    /// The sum runs in eight lanes, so results are the same on every machine and at every thread count.
    /// </summary>
    /// <param name="x">Shape [rows, columns].</param>
    /// <param name="gain">Shape [columns].</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="rows">Independent rows.</param>
    /// <param name="columns">Elements of a row.</param>
    /// <param name="y">Shape [rows, columns]; may be x itself.</param>
    public static void Apply(ReadOnlySpan<float> x, ReadOnlySpan<float> gain, double epsilon, int rows, int columns, Span<float> y)
    {
        if (columns == 0) return;
        gain = gain[..columns];
        for (int row = 0; row < rows; row++)
        {
            var from = x.Slice(row * columns, columns);
            var to = y.Slice(row * columns, columns);
            TensorPrimitives.Multiply(from, (float)(1 / Math.Sqrt(LaneSum.OfSquares(from) / columns + epsilon)), to);
            TensorPrimitives.Multiply(to, gain, to);
        }
    }

    /// <summary>The plain form of <see cref="Apply"/> in double precision.</summary>
    /// <inheritdoc cref="Apply"/>
    public static void Reference(ReadOnlySpan<float> x, ReadOnlySpan<float> gain, double epsilon, int rows, int columns, Span<float> y)
    {
        for (int row = 0; row < rows; row++)
        {
            double square = 0;
            for (int i = 0; i < columns; i++) square += (double)x[row * columns + i] * x[row * columns + i] / columns;
            for (int i = 0; i < columns; i++) y[row * columns + i] = (float)(x[row * columns + i] / Math.Sqrt(square + epsilon) * gain[i]);
        }
    }
}
