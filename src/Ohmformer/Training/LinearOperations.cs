using System.Numerics.Tensors;
using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>Differentiable sums and products.</summary>
public static class LinearOperations
{
    /// <summary>y = x W, or y = x W + b with b added to every row.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [rows, inputs].</param>
    /// <param name="weight">Shape [inputs, outputs].</param>
    /// <param name="bias">Shape [1, outputs], or null.</param>
    /// <returns>Shape [rows, outputs].</returns>
    public static Tensor Linear(this Tape tape, Tensor x, Tensor weight, Tensor? bias = null)
    {
        int rows = x.Rows, inputs = weight.Rows, outputs = weight.Columns;
        Shapes.Require(x, rows, inputs, nameof(x));
        if (bias is not null) Shapes.Require(bias, 1, outputs, nameof(bias));
        var y = bias is null ? tape.Output(rows, outputs, x, weight) : tape.Output(rows, outputs, x, weight, bias);
        if (bias is not null)
            for (int i = 0; i < rows; i++) bias.Value.CopyTo(y.Value.Slice(i * outputs, outputs));
        Gemm.Multiply(x.Value, weight.Value, rows, inputs, outputs, y.Value, accumulate: bias is not null);

        tape.Record(y, () =>
        {
            if (x.NeedsGradient)
                Gemm.Multiply(GemmOperand.Of(y.Gradient, outputs), GemmOperand.Transposed(weight.Value, outputs), rows, outputs, inputs, x.Gradient, inputs, accumulate: true);
            if (weight.NeedsGradient)
                Gemm.Multiply(GemmOperand.Transposed(x.Value, inputs), GemmOperand.Of(y.Gradient, outputs), inputs, rows, outputs, weight.Gradient, outputs, accumulate: true);
            if (bias is { NeedsGradient: true }) AddRows(y.Gradient, rows, bias.Gradient);
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
        tape.Record(sum, () =>
        {
            if (x.NeedsGradient) AddTo(sum.Gradient, x.Gradient);
            if (y.NeedsGradient) AddTo(sum.Gradient, y.Gradient);
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
        tape.Record(y, () => TensorPrimitives.MultiplyAdd(y.Gradient, factor, x.Gradient, x.Gradient));
        return y;
    }

    /// <summary>Adds the same rows to every sequence of a batch, such as position embeddings.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [batch * tokens, d].</param>
    /// <param name="rows">Shape [tokens, d].</param>
    /// <returns>Shape [batch * tokens, d].</returns>
    public static Tensor AddToEach(this Tape tape, Tensor x, Tensor rows)
    {
        if (rows.Rows == 0 || x.Rows % rows.Rows != 0)
            throw new ArgumentException($"{x.Rows} rows are no whole number of sequences of {rows.Rows}.", nameof(rows));
        Shapes.Require(rows, rows.Rows, x.Columns, nameof(rows));
        int size = rows.Value.Length;
        var y = tape.Output(x.Rows, x.Columns, x, rows);
        for (int i = 0; i < y.Value.Length; i += size)
            TensorPrimitives.Add<float>(x.Value.Slice(i, size), rows.Value, y.Value.Slice(i, size));
        tape.Record(y, () =>
        {
            if (x.NeedsGradient) AddTo(y.Gradient, x.Gradient);
            for (int i = 0; rows.NeedsGradient && i < y.Value.Length; i += size) AddTo(y.Gradient.Slice(i, size), rows.Gradient);
        });
        return y;
    }

    /// <summary>Puts one row in front of every sequence of a batch, such as the class token.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [batch * tokens, d].</param>
    /// <param name="row">Shape [1, d].</param>
    /// <param name="batch">Sequences.</param>
    /// <returns>Shape [batch * (tokens + 1), d].</returns>
    public static Tensor Prepend(this Tape tape, Tensor x, Tensor row, int batch)
    {
        int tokens = Shapes.TokensOf(x, batch), d = x.Columns, from = tokens * d, to = from + d;
        Shapes.Require(row, 1, d, nameof(row));
        var y = tape.Output(x.Rows + batch, d, x, row);
        for (int b = 0; b < batch; b++)
        {
            row.Value.CopyTo(y.Value[(b * to)..]);
            x.Value.Slice(b * from, from).CopyTo(y.Value[(b * to + d)..]);
        }
        tape.Record(y, () =>
        {
            for (int b = 0; b < batch; b++)
            {
                if (row.NeedsGradient) AddTo(y.Gradient.Slice(b * to, d), row.Gradient);
                if (x.NeedsGradient) AddTo(y.Gradient.Slice(b * to + d, from), x.Gradient.Slice(b * from, from));
            }
        });
        return y;
    }

    /// <summary>The first row of every sequence of a batch.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [batch * tokens, d].</param>
    /// <param name="batch">Sequences.</param>
    /// <returns>Shape [batch, d].</returns>
    public static Tensor FirstOfEach(this Tape tape, Tensor x, int batch)
    {
        int d = x.Columns, step = Shapes.TokensOf(x, batch) * d;
        var y = tape.Output(batch, d, x);
        for (int b = 0; b < batch; b++) x.Value.Slice(b * step, d).CopyTo(y.Value[(b * d)..]);
        tape.Record(y, () =>
        {
            for (int b = 0; b < batch; b++) AddTo(y.Gradient.Slice(b * d, d), x.Gradient.Slice(b * step, d));
        });
        return y;
    }

    internal static void AddTo(ReadOnlySpan<float> part, Span<float> sum) => TensorPrimitives.Add(part, sum, sum);

    // Adds every row of part to the one row of sum.
    private static void AddRows(ReadOnlySpan<float> part, int rows, Span<float> sum)
    {
        for (int i = 0; i < rows; i++) AddTo(part.Slice(i * sum.Length, sum.Length), sum);
    }
}
