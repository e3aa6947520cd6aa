using System.Numerics.Tensors;
using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>Differentiable parts of multi-head attention (Vaswani et al.: Attention is all you need, arXiv:1706.03762, section 3.2).</summary>
public static class AttentionOperations
{
    /// <summary>softmax(Q K^T / sqrt(d / heads)) V, head by head, the heads side by side again.</summary>
    /// <param name="tape">Records the operations.</param>
    /// <param name="query">Shape [batch * tokens, d].</param>
    /// <param name="key">Shape [batch * tokens, d].</param>
    /// <param name="value">Shape [batch * tokens, d].</param>
    /// <param name="batch">Sequences.</param>
    /// <param name="heads">Heads; divides d.</param>
    /// <returns>Shape [batch * tokens, d].</returns>
    public static Tensor Attention(this Tape tape, Tensor query, Tensor key, Tensor value, int batch, int heads) =>
        tape.Mix(tape.Softmax(tape.Scores(query, key, batch, heads)), value, batch, heads);

    /// <summary>Q K^T / sqrt(d / heads) of every head.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="query">Shape [batch * tokens, d].</param>
    /// <param name="key">Shape [batch * tokens, d].</param>
    /// <param name="batch">Sequences.</param>
    /// <param name="heads">Heads; divides d.</param>
    /// <returns>Shape [batch * heads * tokens, tokens].</returns>
    public static Tensor Scores(this Tape tape, Tensor query, Tensor key, int batch, int heads)
    {
        var layout = new HeadLayout(query, batch, heads);
        Shapes.Require(key, query.Rows, query.Columns, nameof(key));
        int tokens = layout.Tokens, width = layout.HeadWidth, d = layout.Width, block = tokens * tokens;
        float scale = 1 / MathF.Sqrt(width);
        var scores = tape.Output(batch * heads * tokens, tokens, query, key);
        for (int s = 0; s < layout.Count; s++)
            Gemm.Multiply(layout.Head(query.Value, s), layout.HeadTransposed(key.Value, s), tokens, width, tokens, scores.Value.Slice(s * block, block), tokens);
        TensorPrimitives.Multiply(scores.Value, scale, scores.Value);

        tape.Record(scores, () =>
        {
            TensorPrimitives.Multiply(scores.Gradient, scale, scores.Gradient);
            for (int s = 0; s < layout.Count; s++)
            {
                var scaled = scores.Gradient.Slice(s * block, block);
                if (query.NeedsGradient)
                    Gemm.Multiply(GemmOperand.Of(scaled, tokens), layout.Head(key.Value, s), tokens, tokens, width, query.Gradient[layout.Start(s)..], d, accumulate: true);
                if (key.NeedsGradient)
                    Gemm.Multiply(GemmOperand.Transposed(scaled, tokens), layout.Head(query.Value, s), tokens, tokens, width, key.Gradient[layout.Start(s)..], d, accumulate: true);
            }
        });
        return scores;
    }

    /// <summary>P V of every head, the heads side by side.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="probabilities">Shape [batch * heads * tokens, tokens].</param>
    /// <param name="value">Shape [batch * tokens, d].</param>
    /// <param name="batch">Sequences.</param>
    /// <param name="heads">Heads; divides d.</param>
    /// <returns>Shape [batch * tokens, d].</returns>
    public static Tensor Mix(this Tape tape, Tensor probabilities, Tensor value, int batch, int heads)
    {
        var layout = new HeadLayout(value, batch, heads);
        int tokens = layout.Tokens, width = layout.HeadWidth, d = layout.Width, block = tokens * tokens;
        Shapes.Require(probabilities, batch * heads * tokens, tokens, nameof(probabilities));
        var mixed = tape.Output(value.Rows, d, probabilities, value);
        for (int s = 0; s < layout.Count; s++)
            Gemm.Multiply(GemmOperand.Of(probabilities.Value.Slice(s * block, block), tokens), layout.Head(value.Value, s), tokens, tokens, width, mixed.Value[layout.Start(s)..], d);

        tape.Record(mixed, () =>
        {
            for (int s = 0; s < layout.Count; s++)
            {
                if (probabilities.NeedsGradient)
                    Gemm.Multiply(layout.Head(mixed.Gradient, s), layout.HeadTransposed(value.Value, s), tokens, width, tokens, probabilities.Gradient.Slice(s * block, block), tokens, accumulate: true);
                if (value.NeedsGradient)
                    Gemm.Multiply(GemmOperand.Transposed(probabilities.Value.Slice(s * block, block), tokens), layout.Head(mixed.Gradient, s), tokens, tokens, width, value.Gradient[layout.Start(s)..], d, accumulate: true);
            }
        });
        return mixed;
    }

    /// <summary>Where head h of sequence b lies in a matrix [batch * tokens, d]; s = b * heads + h.</summary>
    private readonly struct HeadLayout
    {
        private readonly int _heads;

        public HeadLayout(Tensor x, int batch, int heads)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(heads);
            if (x.Columns % heads != 0) throw new ArgumentException($"A width of {x.Columns} is no whole number for each of {heads} heads.", nameof(heads));
            (_heads, Tokens, Width, HeadWidth, Count) = (heads, Shapes.TokensOf(x, batch), x.Columns, x.Columns / heads, batch * heads);
        }

        public int Tokens { get; }

        public int Width { get; }

        public int HeadWidth { get; }

        public int Count { get; }

        public int Start(int s) => s / _heads * Tokens * Width + s % _heads * HeadWidth;

        public GemmOperand Head(ReadOnlySpan<float> x, int s) => GemmOperand.Of(x[Start(s)..], Width);

        public GemmOperand HeadTransposed(ReadOnlySpan<float> x, int s) => GemmOperand.Transposed(x[Start(s)..], Width);
    }
}
