using System.Numerics.Tensors;

namespace Ohmformer.Numerics;

/// <summary>Layer normalization over rows (Ba, Kiros, Hinton: Layer normalization, arXiv:1607.06450).</summary>
public static class LayerNorm
{
    /// <summary>
    /// For every row: mean = sum(x) / columns; variance = sum((x - mean)^2) / columns;
    /// for (int i = 0; i &lt; columns; i++) y[i] = (x[i] - mean) / sqrt(variance + epsilon) * gain[i] + bias[i];
    /// The sums run in eight lanes, so results are the same on every machine and at every thread count.
    /// </summary>
    /// <param name="x">Shape [rows, columns].</param>
    /// <param name="gain">Shape [columns].</param>
    /// <param name="bias">Shape [columns].</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="rows">Independent rows.</param>
    /// <param name="columns">Elements of a row.</param>
    /// <param name="y">Shape [rows, columns]; may be x itself.</param>
    public static void Apply(ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, double epsilon, int rows, int columns, Span<float> y)
    {
        if (columns == 0) return;
        gain = gain[..columns];
        bias = bias[..columns];
        for (int row = 0; row < rows; row++)
        {
            var from = x.Slice(row * columns, columns);
            var to = y.Slice(row * columns, columns);
            TensorPrimitives.Subtract(from, LaneSum.Of(from) / columns, to);
            float scale = (float)(1 / Math.Sqrt(LaneSum.OfSquares(to) / columns + epsilon));
            TensorPrimitives.Multiply(to, scale, to);
            TensorPrimitives.Multiply(to, gain, to);
            TensorPrimitives.Add(to, bias, to);
        }
    }

    /// <summary>The plain form of <see cref="Apply"/> in double precision.</summary>
    /// <inheritdoc cref="Apply"/>
    public static void Reference(ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, double epsilon, int rows, int columns, Span<float> y)
    {
        for (int row = 0; row < rows; row++)
        {
            double mean = 0, variance = 0;
            for (int i = 0; i < columns; i++) mean += x[row * columns + i] / (double)columns;
            for (int i = 0; i < columns; i++) variance += Math.Pow(x[row * columns + i] - mean, 2) / columns;
            for (int i = 0; i < columns; i++)
                y[row * columns + i] = (float)((x[row * columns + i] - mean) / Math.Sqrt(variance + epsilon) * gain[i] + bias[i]);
        }
    }
}
