using System.Numerics.Tensors;
using Ohmformer.Models;
using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>Differentiable steps of language models.</summary>
public static class TokenOperations
{
    /// <summary>Root-mean-square normalization of every row, x / sqrt(mean(x^2) + epsilon) * gain (Zhang and Sennrich, arXiv:1910.07467).</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [rows, d].</param>
    /// <param name="gain">Shape [1, d].</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <returns>Shape [rows, d].</returns>
    public static Tensor RmsNorm(this Tape tape, Tensor x, Tensor gain, double epsilon)
    {
        int rows = x.Rows, d = x.Columns;
        Shapes.Require(gain, 1, d, nameof(gain));
        var y = tape.Output(rows, d, x, gain);
        Numerics.RmsNorm.Apply(x.Value, gain.Value, epsilon, rows, d, y.Value);
        tape.Record(y, (x, gain, epsilon), static (y, s) =>
        {
            // With n = x s, s = 1 / sqrt(mean(x^2) + epsilon) and g = dy gain: dx += s (g - n mean(g n)), dgain += dy n.
            int d = y.Columns;
            for (int i = 0; i < y.Value.Length; i += d)
            {
                Span<float> n = y.Value.Slice(i, d), g = y.Gradient.Slice(i, d), row = s.x.Value.Slice(i, d);
                float scale = (float)(1 / Math.Sqrt(LaneSum.OfSquares(row) / d + s.epsilon));
                TensorPrimitives.Multiply(row, scale, n);
                if (s.gain.NeedsGradient) TensorPrimitives.MultiplyAdd<float>(g, n, s.gain.Gradient, s.gain.Gradient);
                TensorPrimitives.Multiply(g, s.gain.Value, g);
                TensorPrimitives.MultiplyAdd(n, -LaneSum.OfProducts(g, n) / d, g, g);
                TensorPrimitives.Multiply(g, scale, g);
            }
            s.x.TakeGradientOf(y);
        });
        return y;
    }

    /// <summary>Turns queries or keys by their positions (Su et al.: RoFormer, arXiv:2104.09864, equation 34); gradients are turned back.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [tokens, width of all heads].</param>
    /// <param name="rotary">The angles.</param>
    /// <param name="positions">Position of every row; not copied.</param>
    /// <returns>Shape [tokens, width of all heads].</returns>
    internal static Tensor Rotate(this Tape tape, Tensor x, RotaryPositions rotary, ReadOnlyMemory<int> positions)
    {
        var y = tape.Output(x.Rows, x.Columns, x);
        x.Value.CopyTo(y.Value);
        rotary.Turn(positions.Span, x.Columns, y.Value);
        tape.Record(y, (x, rotary, positions), static (y, s) =>
        {
            s.rotary.TurnBack(s.positions.Span, y.Columns, y.Gradient);
            s.x.TakeGradientOf(y);
        });
        return y;
    }

    /// <summary>y = x W^T + b: the head of a language model whose weights are the embeddings of its tokens.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [rows, d].</param>
    /// <param name="table">Shape [vocabulary, d].</param>
    /// <param name="bias">Shape [1, vocabulary], or null.</param>
    /// <returns>Shape [rows, vocabulary].</returns>
    public static Tensor LinearTransposed(this Tape tape, Tensor x, Tensor table, Tensor? bias = null)
    {
        int rows = x.Rows, d = x.Columns, outputs = table.Rows;
        Shapes.Require(table, outputs, d, nameof(table));
        if (bias is not null) Shapes.Require(bias, 1, outputs, nameof(bias));
        var y = bias is null ? tape.Output(rows, outputs, x, table) : tape.Output(rows, outputs, x, table, bias);
        for (int i = 0; bias is not null && i < rows; i++) bias.Value.CopyTo(y.Value.Slice(i * outputs, outputs));
        Gemm.Multiply(GemmOperand.Of(x.Value, d), GemmOperand.Transposed(table.Value, d), rows, d, outputs, y.Value, outputs, accumulate: bias is not null);
        tape.Record(y, (x, table, bias), static (y, s) =>
        {
            int rows = y.Rows, outputs = y.Columns, d = s.x.Columns;
            if (s.x.NeedsGradient)
            {
                var dx = s.x.GradientToFill(out bool add);
                Gemm.Multiply(GemmOperand.Of(y.Gradient, outputs), GemmOperand.Of(s.table.Value, d), rows, outputs, d, dx, d, add);
            }
            if (s.table.NeedsGradient)
            {
                var dw = s.table.GradientToFill(out bool add);
                Gemm.Multiply(GemmOperand.Transposed(y.Gradient, outputs), GemmOperand.Of(s.x.Value, d), outputs, rows, d, dw, d, add);
            }
            if (s.bias is { NeedsGradient: true }) ColumnSum.Add(y.Gradient, rows, outputs, s.bias.Gradient);
        });
        return y;
    }
}
