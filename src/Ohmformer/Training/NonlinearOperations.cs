using System.Numerics.Tensors;
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
        if (!y.NeedsGradient)
        {
            Numerics.Gelu.Apply(x.Value, y.Value);
            return y;
        }
        var slope = tape.Scratch(y.Value.Length);
        GeluGradient.Apply(x.Value, y.Value, slope.Span);
        tape.Record(y, (tape, x, slope), static (y, s) =>
        {
            TensorPrimitives.Multiply(y.Gradient, s.slope.Span, y.Gradient);
            s.x.TakeGradientOf(y);
            s.tape.Return(s.slope);
        });
        return y;
    }

    /// <summary>Softmax of every row; dx = y (dy - sum(y dy)).</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [rows, columns].</param>
    /// <returns>Shape [rows, columns].</returns>
    public static Tensor Softmax(this Tape tape, Tensor x)
    {
        var y = tape.Output(x.Rows, x.Columns, x);
        Numerics.Softmax.Apply(x.Value, x.Rows, x.Columns, y.Value);
        tape.Record(y, x, static (y, x) =>
        {
            SoftmaxGradient.Backward(y.Value, y.Rows, y.Columns, y.Columns, 1, y.Gradient);
            x.TakeGradientOf(y);
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
        var moments = tape.Scratch(2 * rows);
        LayerNormGradient.Forward(x.Value, gain.Value, bias.Value, epsilon, rows, d, y.Value, moments.Span);
        tape.Record(y, (tape, x, gain, bias, moments), static (y, s) =>
        {
            // Gradients that nobody wants go to memory that nobody reads.
            Memory<float> unwantedRow = s.tape.Scratch(y.Columns), unwanted = s.x.NeedsGradient ? default : s.tape.Scratch(y.Rows * y.Columns);
            bool add = false;
            var dx = s.x.NeedsGradient ? s.x.GradientToFill(out add) : unwanted.Span;
            LayerNormGradient.Backward(
                s.x.Value, s.gain.Value, s.moments.Span, y.Gradient, y.Rows, y.Columns, add, dx,
                s.gain.NeedsGradient ? s.gain.Gradient : unwantedRow.Span, s.bias.NeedsGradient ? s.bias.Gradient : unwantedRow.Span);
            s.tape.Return(unwantedRow);
            s.tape.Return(unwanted);
            s.tape.Return(s.moments);
        });
        return y;
    }
}
