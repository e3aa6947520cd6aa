using System.Numerics.Tensors;
using Ohmformer.Mapping;
using Ohmformer.Numerics;

namespace Ohmformer.Models;

/// <summary>
/// Multi-head self-attention, softmax(Q K^T / sqrt(d_h)) V (Vaswani et al.: Attention is all you need, arXiv:1706.03762,
/// equations 1 and 2), with the normalization before it where a network has one. K^T and V of every head are programmed for
/// every input; Q and the probabilities drive them. Query heads that share keys and values drive the same operand, one after the other.
/// </summary>
internal sealed class Attention(TransformerSpec spec, EncoderWeights weights, EncoderSites sites, RotaryPositions? rotary, IMatrixProduct products) : IAttentionSource
{
    private readonly LinearRun _query = new(sites.Query, weights.Query!, products);
    private readonly LinearRun _key = new(sites.Key, weights.Key!, products);
    private readonly LinearRun _value = new(sites.Value, weights.Value!, products);

    /// <inheritdoc/>
    public float[] Forward(int image, float[] stream, int tokens, TransformerWorkspace workspace)
    {
        float[] x = stream;
        if (spec.NormPosition == NormPosition.Pre)
        {
            x = workspace.Normalized;
            TokenSteps.Normalize(spec, weights.AttentionNorm!, stream, tokens, workspace, x);
        }
        _query.Forward(image, x, tokens, workspace, workspace.Query);
        _key.Forward(image, x, tokens, workspace, workspace.Key);
        _value.Forward(image, x, tokens, workspace, workspace.Value);
        rotary?.Apply(tokens, spec.QueryWidth, workspace, workspace.Query);
        rotary?.Apply(tokens, spec.KeyValueWidth, workspace, workspace.Key);
        int written = tokens * spec.KeyValueWidth;
        workspace.LargestKey = MathF.Abs(TensorPrimitives.MaxMagnitude(workspace.Key.AsSpan(0, written)));
        workspace.LargestValue = MathF.Abs(TensorPrimitives.MaxMagnitude(workspace.Value.AsSpan(0, written)));
        workspace.Workers.Run(spec.KeyValueHeads, 1, new HeadLoop(this, image, tokens, workspace));
        if (spec.Pruning is not null) TokenSelection.AddNotes(spec, tokens, workspace);
        return workspace.Context;
    }

    /// <summary>A turn is a head of keys and values: it writes them, multiplies by them, and fills the columns of its query heads in the context.</summary>
    private readonly struct HeadLoop(Attention attention, int image, int tokens, TransformerWorkspace workspace) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            for (int head = first; head < limit; head++) attention.Head(image, head, tokens, workspace, workspace.Heads[slot]);
        }
    }

    /// <summary>One head of keys and values with the query heads that share it.</summary>
    private void Head(int image, int head, int tokens, TransformerWorkspace workspace, HeadWorkspace own)
    {
        int size = spec.HeadSize, rows = spec.HeadGroup * tokens;
        Span<float> driven = own.Driven.AsSpan(0, rows * size), programmed = own.Programmed.AsSpan(0, tokens * size), scores = own.Scores.AsSpan(0, rows * tokens);
        GatherQueries(workspace.Query, head, tokens, driven);
        GatherTransposed(workspace.Key, head, tokens, programmed);
        products.Multiply(sites.Scores, image, head, driven, programmed, new DynamicSize(rows, size, tokens, Probabilities: false) { LargestProgrammed = workspace.LargestKey }, scores);
        Probabilities(scores, tokens, workspace);
        if (spec.Pruning is not null) TokenSelection.Note(spec, head, scores, tokens, workspace);

        Gather(workspace.Value, spec.KeyValueWidth, head, tokens, programmed);
        products.Multiply(sites.Context, image, head, scores, programmed, new DynamicSize(rows, tokens, size, Probabilities: true) { LargestProgrammed = workspace.LargestValue }, driven);
        workspace.Count(DigitalKind.Rescale, driven.Length);
        ScatterQueries(driven, head, tokens, workspace.Context);
    }

    /// <summary>Scores [rows, tokens] to probabilities, in place; those of masked pairs are 0, so they drive no line.</summary>
    private void Probabilities(Span<float> scores, int tokens, TransformerWorkspace workspace)
    {
        float scale = 1 / MathF.Sqrt(spec.HeadSize);
        int rows = scores.Length / tokens;
        if (!spec.Causal)
        {
            TensorPrimitives.Multiply(scores, scale, scores);
            Softmax.Apply(scores, rows, tokens, scores);
        }
        else
        {
            for (int row = 0; row < rows; row++)
            {
                int visible = row % tokens + 1;
                var pairs = scores.Slice(row * tokens, visible);
                TensorPrimitives.Multiply(pairs, scale, pairs);
                Softmax.Apply(pairs, 1, visible, pairs);
                scores.Slice(row * tokens + visible, tokens - visible).Clear();
            }
        }
        long counted = spec.HeadGroup * spec.AttendedPairs(tokens);
        workspace.Count(DigitalKind.Rescale, counted);
        workspace.Count(DigitalKind.Softmax, counted);
    }

    /// <summary>[tokens, heads * head size] to the query heads of one key, one below the other: [head group * tokens, head size].</summary>
    private void GatherQueries(ReadOnlySpan<float> x, int head, int tokens, Span<float> y)
    {
        for (int g = 0; g < spec.HeadGroup; g++)
            Gather(x, spec.QueryWidth, head * spec.HeadGroup + g, tokens, y[(g * tokens * spec.HeadSize)..]);
    }

    /// <summary>[tokens, width] to one head of it, [tokens, head size].</summary>
    private void Gather(ReadOnlySpan<float> x, int width, int head, int tokens, Span<float> y)
    {
        for (int t = 0; t < tokens; t++)
            x.Slice(t * width + head * spec.HeadSize, spec.HeadSize).CopyTo(y[(t * spec.HeadSize)..]);
    }

    /// <summary>[tokens, key and value heads * head size] to one head of it, [head size, tokens].</summary>
    private void GatherTransposed(ReadOnlySpan<float> x, int head, int tokens, Span<float> y)
    {
        for (int t = 0; t < tokens; t++)
        {
            var row = x.Slice(t * spec.KeyValueWidth + head * spec.HeadSize, spec.HeadSize);
            for (int k = 0; k < row.Length; k++) y[k * tokens + t] = row[k];
        }
    }

    /// <summary>The opposite of <see cref="GatherQueries"/>.</summary>
    private void ScatterQueries(ReadOnlySpan<float> x, int head, int tokens, Span<float> y)
    {
        for (int row = 0; row < spec.HeadGroup * tokens; row++)
        {
            int query = head * spec.HeadGroup + row / tokens, t = row % tokens;
            x.Slice(row * spec.HeadSize, spec.HeadSize).CopyTo(y[(t * spec.QueryWidth + query * spec.HeadSize)..]);
        }
    }
}
