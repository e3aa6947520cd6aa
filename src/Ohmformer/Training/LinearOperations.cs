using System.Numerics.Tensors;
using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>Differentiable sums and products.</summary>
public static class LinearOperations
{
    /// <summary>y = x W, or y = x W + b with b added to every row, and also a residual r: y = r + x W + b.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [rows, inputs].</param>
    /// <param name="weight">Shape [inputs, outputs].</param>
    /// <param name="bias">Shape [1, outputs], or null.</param>
    /// <param name="residual">Shape [rows, outputs], or null.</param>
    /// <returns>Shape [rows, outputs].</returns>
    public static Tensor Linear(this Tape tape, Tensor x, Tensor weight, Tensor? bias = null, Tensor? residual = null)
    {
        int rows = x.Rows, inputs = weight.Rows, outputs = weight.Columns;
        Shapes.Require(x, rows, inputs, nameof(x));
        if (bias is not null) Shapes.Require(bias, 1, outputs, nameof(bias));
        if (residual is not null) Shapes.Require(residual, rows, outputs, nameof(residual));
        var y = tape.Output(rows, outputs, x, weight, bias, residual);
        Start(y.Value, bias, residual, rows, outputs);
        Gemm.Multiply(x.Value, weight.Value, rows, inputs, outputs, y.Value, accumulate: bias is not null || residual is not null);
        tape.Record(y, (x, weight, bias, residual), static (y, s) =>
        {
            var (x, weight, bias, residual) = s;
            int rows = x.Rows, inputs = x.Columns, outputs = y.Columns;
            var gradient = y.Gradient;
            if (weight.NeedsGradient) CacheFetch.Start(x.Value); // The product below reads it column by column.
            if (x.NeedsGradient)
            {
                var dx = x.GradientToFill(out bool add);
                Gemm.Multiply(GemmOperand.Of(gradient, outputs), GemmOperand.Transposed(weight.Value, outputs), rows, outputs, inputs, dx, inputs, add);
            }
            if (weight.NeedsGradient)
            {
                var dw = weight.GradientToFill(out bool add);
                Gemm.Multiply(GemmOperand.Transposed(x.Value, inputs), GemmOperand.Of(gradient, outputs), inputs, rows, outputs, dw, outputs, add);
            }
            if (bias is { NeedsGradient: true }) ColumnSum.Add(gradient, rows, outputs, bias.Gradient);
            residual?.TakeGradientOf(y);
        });
        return y;
    }

    /// <summary>x + y.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [rows, columns].</param>
    /// <param name="y">Shape [rows, columns].</param>
    /// <returns>Shape [rows, columns].</returns>
    public static Tensor Add(this Tape tape, Tensor x, Tensor y)
    {
        Shapes.Require(y, x.Rows, x.Columns, nameof(y));
        var sum = tape.Output(x.Rows, x.Columns, x, y);
        TensorPrimitives.Add<float>(x.Value, y.Value, sum.Value);
        tape.Record(sum, (x, y), static (sum, s) =>
        {
            if (s.x.NeedsGradient) AddTo(sum.Gradient, s.x.Gradient);
            s.y.TakeGradientOf(sum);
        });
        return sum;
    }

    /// <summary>factor x.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [rows, columns].</param>
    /// <param name="factor">A constant.</param>
    /// <returns>Shape [rows, columns].</returns>
    public static Tensor Scale(this Tape tape, Tensor x, float factor)
    {
        var y = tape.Output(x.Rows, x.Columns, x);
        TensorPrimitives.Multiply(x.Value, factor, y.Value);
        tape.Record(y, (x, factor), static (y, s) =>
        {
            TensorPrimitives.Multiply(y.Gradient, s.factor, y.Gradient);
            s.x.TakeGradientOf(y);
        });
        return y;
    }

    /// <summary>A copy of x whose value may be changed before anything uses it; its gradient goes to x as if it had not been.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [rows, columns].</param>
    /// <returns>Shape [rows, columns].</returns>
    public static Tensor StraightThrough(this Tape tape, Tensor x)
    {
        var y = tape.Output(x.Rows, x.Columns, x);
        x.Value.CopyTo(y.Value);
        tape.Record(y, x, static (y, x) => x.TakeGradientOf(y));
        return y;
    }

    internal static void AddTo(ReadOnlySpan<float> part, Span<float> sum) => TensorPrimitives.Add(part, sum, sum);

    // What the product is added to.
    private static void Start(Span<float> y, Tensor? bias, Tensor? residual, int rows, int outputs)
    {
        if (bias is null)
        {
            residual?.Value.CopyTo(y);
            return;
        }
        var b = bias.Value;
        for (int i = 0; i < rows * outputs; i += outputs)
        {
            if (residual is null) b.CopyTo(y.Slice(i, outputs));
            else TensorPrimitives.Add<float>(residual.Value.Slice(i, outputs), b, y.Slice(i, outputs));
        }
    }
}
