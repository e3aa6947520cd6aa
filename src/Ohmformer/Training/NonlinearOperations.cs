using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>Differentiable functions of rows and of elements.</summary>
public static class NonlinearOperations
{
    /// <summary>GELU, x Phi(x), with derivative Phi(x) + x phi(x).</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [rows, columns].</param>
    /// <returns>Shape [rows, columns].</returns>
    public static Tensor Gelu(this Tape tape, Tensor x)
    {
        var y = tape.Output(x.Rows, x.Columns, x);
        var cdf = tape.Scratch(y.Value.Length);
        NormalCdf.Apply(x.Value, cdf.Span);
        TensorPrimitives.Multiply<float>(x.Value, cdf.Span, y.Value);
        tape.Record(y, () =>
        {
            // The output's values are not needed any more: their memory takes x phi(x).
            Elementwise.Apply<WeightedDensity>(x.Value, y.Value);
            TensorPrimitives.Add(cdf.Span, y.Value, y.Value);
            TensorPrimitives.MultiplyAdd<float>(y.Gradient, y.Value, x.Gradient, x.Gradient);
            tape.Return(cdf);
        });
        return y;
    }

    /// <summary>Softmax of every row; dx = y (dy - sum(y dy)).</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [rows, columns].</param>
    /// <returns>Shape [rows, columns].</returns>
    public static Tensor Softmax(this Tape tape, Tensor x)
    {
        int columns = x.Columns;
        var y = tape.Output(x.Rows, columns, x);
        Numerics.Softmax.Apply(x.Value, x.Rows, columns, y.Value);
        tape.Record(y, () =>
        {
            for (int i = 0; i < y.Value.Length; i += columns)
            {
                var row = y.Value.Slice(i, columns);
                var gradient = y.Gradient.Slice(i, columns);
                TensorPrimitives.Subtract(gradient, LaneSum.OfProducts(row, gradient), gradient);
                var target = x.Gradient.Slice(i, columns);
                TensorPrimitives.MultiplyAdd(row, gradient, target, target);
            }
        });
        return y;
    }

    /// <summary>Layer normalization of every row, (x - mean) / sqrt(variance + epsilon) * gain + bias.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [rows, d].</param>
    /// <param name="gain">Shape [1, d].</param>
    /// <param name="bias">Shape [1, d].</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <returns>Shape [rows, d].</returns>
    public static Tensor LayerNorm(this Tape tape, Tensor x, Tensor gain, Tensor bias, double epsilon)
    {
        int rows = x.Rows, d = x.Columns;
        Shapes.Require(gain, 1, d, nameof(gain));
        Shapes.Require(bias, 1, d, nameof(bias));
        var y = tape.Output(rows, d, x, gain, bias);
        Memory<float> normalized = tape.Scratch(rows * d), scales = tape.Scratch(rows);
        for (int i = 0; i < rows; i++)
        {
            Span<float> row = normalized.Span.Slice(i * d, d), result = y.Value.Slice(i * d, d);
            scales.Span[i] = Normalize(x.Value.Slice(i * d, d), epsilon, row);
            TensorPrimitives.Multiply<float>(row, gain.Value, result);
            TensorPrimitives.Add<float>(result, bias.Value, result);
        }

        tape.Record(y, () =>
        {
            for (int i = 0; i < rows; i++)
            {
                Span<float> row = normalized.Span.Slice(i * d, d), gradient = y.Gradient.Slice(i * d, d);
                if (bias.NeedsGradient) LinearOperations.AddTo(gradient, bias.Gradient);
                if (gain.NeedsGradient) TensorPrimitives.MultiplyAdd(gradient, row, gain.Gradient, gain.Gradient);
                if (x.NeedsGradient) AddGradientOfNormalization(row, gradient, gain.Value, scales.Span[i], x.Gradient.Slice(i * d, d));
            }
            tape.Return(normalized);
            tape.Return(scales);
        });
        return y;
    }

    // Returns 1 / sqrt(variance + epsilon).
    private static float Normalize(ReadOnlySpan<float> x, double epsilon, Span<float> normalized)
    {
        TensorPrimitives.Subtract(x, LaneSum.Of(x) / x.Length, normalized);
        float scale = (float)(1 / Math.Sqrt(LaneSum.OfSquares(normalized) / x.Length + epsilon));
        TensorPrimitives.Multiply(normalized, scale, normalized);
        return scale;
    }

    // dx += scale (g - mean(g) - n mean(g n)), with g = gradient * gain, which replaces the gradient.
    private static void AddGradientOfNormalization(ReadOnlySpan<float> n, Span<float> gradient, ReadOnlySpan<float> gain, float scale, Span<float> dx)
    {
        TensorPrimitives.Multiply(gradient, gain, gradient);
        float mean = LaneSum.Of(gradient) / n.Length, along = LaneSum.OfProducts(gradient, n) / n.Length;
        TensorPrimitives.Subtract(gradient, mean, gradient);
        TensorPrimitives.MultiplyAdd(n, -along, gradient, gradient);
        TensorPrimitives.MultiplyAdd(gradient, scale, dx, dx);
    }

    private readonly struct WeightedDensity : IElementwise
    {
        // x phi(x) with the density phi of the standard normal distribution.
        public static Vector256<float> Of(Vector256<float> x)
        {
            const float oneOverRootTwoPi = 0.398942280f;
            return oneOverRootTwoPi * x * Exp.Of(-0.5f * (x * x));
        }
    }
}
