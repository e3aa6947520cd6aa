using System.Numerics.Tensors;
using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>Attention over sequences of different lengths.</summary>
internal static class RaggedAttention
{
    /// <summary>softmax(Q K^T / sqrt(head size)) V, head by head.</summary>
    public static Tensor Attention(
        this Tape tape, Tensor query, Tensor key, Tensor value, ReadOnlyMemory<int> lengths, int heads, int keyValueHeads, bool causal)
    {
        int d = query.Columns, size = d / heads, shared = key.Columns, group = heads / keyValueHeads;
        float scale = 1 / MathF.Sqrt(size);
        var y = tape.Output(query.Rows, d, query, key, value);
        int squares = 0;
        foreach (int length in lengths.Span) squares += length * length;
        var probabilities = tape.Scratch(squares * heads);
        Each((row, tokens, head, square) =>
        {
            int q = row * d + head * size, k = row * shared + head / group * size;
            var p = probabilities.Span.Slice(square, tokens * tokens);
            Gemm.Multiply(GemmOperand.Of(query.Value[q..], d), GemmOperand.Transposed(key.Value[k..], shared), tokens, size, tokens, p, tokens);
            TensorPrimitives.Multiply(p, scale, p);
            for (int t = 0; causal && t < tokens; t++) p.Slice(t * tokens + t + 1, tokens - t - 1).Fill(float.NegativeInfinity);
            Softmax.Apply(p, tokens, tokens, p);
            Gemm.Multiply(GemmOperand.Of(p, tokens), GemmOperand.Of(value.Value[k..], shared), tokens, tokens, size, y.Value[q..], d);
        });
        tape.Record(y, () => Each((row, tokens, head, square) =>
        {
            int q = row * d + head * size, k = row * shared + head / group * size;
            var p = probabilities.Span.Slice(square, tokens * tokens);
            if (value.NeedsGradient)
                Gemm.Multiply(GemmOperand.Transposed(p, tokens), GemmOperand.Of(y.Gradient[q..], d), tokens, tokens, size, value.Gradient[k..], shared, accumulate: true);
            float[] s = new float[tokens * tokens];
            Gemm.Multiply(GemmOperand.Of(y.Gradient[q..], d), GemmOperand.Transposed(value.Value[k..], shared), tokens, size, tokens, s, tokens);
            for (int t = 0; t < tokens; t++)
            {
                var row_ = s.AsSpan(t * tokens, tokens);
                TensorPrimitives.Subtract(row_, LaneSum.OfProducts(row_, p.Slice(t * tokens, tokens)), row_);
            }
            TensorPrimitives.Multiply(s, p, s);
            TensorPrimitives.Multiply(s, scale, s);
            if (query.NeedsGradient)
                Gemm.Multiply(GemmOperand.Of(s, tokens), GemmOperand.Of(key.Value[k..], shared), tokens, tokens, size, query.Gradient[q..], d, accumulate: true);
            if (key.NeedsGradient)
                Gemm.Multiply(GemmOperand.Transposed(s, tokens), GemmOperand.Of(query.Value[q..], d), tokens, tokens, size, key.Gradient[k..], shared, accumulate: true);
        }));
        return y;

        void Each(Action<int, int, int, int> action)
        {
            int row = 0, square = 0;
            foreach (int tokens in lengths.Span)
            {
                for (int head = 0; head < heads; head++, square += tokens * tokens) action(row, tokens, head, square);
                row += tokens;
            }
        }
    }

    /// <summary>Puts the same rows in front of every sequence, such as class tokens.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [sum of the lengths, d].</param>
    /// <param name="rows">Shape [rows, d].</param>
    /// <param name="lengths">Rows of every sequence of x; not copied.</param>
    /// <returns>Shape [sum of the lengths + sequences * rows, d].</returns>
    public static Tensor Prepend(this Tape tape, Tensor x, Tensor rows, ReadOnlyMemory<int> lengths)
    {
        int d = x.Columns, front = rows.Value.Length;
        Shapes.Require(rows, rows.Rows, d, nameof(rows));
        Shapes.Require(x, TensorPrimitives.Sum(lengths.Span), d, nameof(x));
        var y = tape.Output(x.Rows + lengths.Length * rows.Rows, d, x, rows);
        int from = 0, to = 0;
        foreach (int length in lengths.Span)
        {
            rows.Value.CopyTo(y.Value[to..]);
            x.Value.Slice(from, length * d).CopyTo(y.Value[(to + front)..]);
            (from, to) = (from + length * d, to + front + length * d);
        }
        tape.Record(y, () =>
        {
            int from = 0, to = 0;
            foreach (int length in lengths.Span)
            {
                if (rows.NeedsGradient) LinearOperations.AddTo(y.Gradient.Slice(to, front), rows.Gradient);
                if (x.NeedsGradient) LinearOperations.AddTo(y.Gradient.Slice(to + front, length * d), x.Gradient.Slice(from, length * d));
                (from, to) = (from + length * d, to + front + length * d);
            }
        });
        return y;
    }
}
