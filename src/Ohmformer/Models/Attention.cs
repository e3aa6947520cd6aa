using System.Numerics.Tensors;
using Ohmformer.Mapping;
using Ohmformer.Numerics;

namespace Ohmformer.Models;

/// <summary>
/// Multi-head self-attention, softmax(Q K^T / sqrt(d_h)) V, then the output projection (Vaswani et al.: Attention is all you
/// need, arXiv:1706.03762, equations 1 and 2). K^T and V of every head are programmed for every input; Q and the
/// probabilities drive them.
/// </summary>
internal sealed class Attention(TransformerSpec spec, EncoderWeights weights, EncoderSites sites, IMatrixProduct products)
{
    private readonly LinearRun _query = new(sites.Query, weights.Query, products);
    private readonly LinearRun _key = new(sites.Key, weights.Key, products);
    private readonly LinearRun _value = new(sites.Value, weights.Value, products);
    private readonly LinearRun _projection = new(sites.Projection, weights.Projection, products);

    /// <summary>The attention output of one image.</summary>
    /// <param name="image">Index of the input; keys the noise.</param>
    /// <param name="x">Shape [tokens, d], normalized.</param>
    /// <param name="workspace">Scratch of the caller.</param>
    /// <param name="y">Shape [tokens, d].</param>
    public void Forward(int image, ReadOnlySpan<float> x, TransformerWorkspace workspace, Span<float> y)
    {
        _query.Forward(image, x, spec.Tokens, workspace, workspace.Query);
        _key.Forward(image, x, spec.Tokens, workspace, workspace.Key);
        _value.Forward(image, x, spec.Tokens, workspace, workspace.Value);
        workspace.Workers.Run(spec.Heads, 1, new HeadLoop(this, image, workspace));
        _projection.Forward(image, workspace.Context, spec.Tokens, workspace, y);
    }

    /// <summary>A turn is a head: it writes K and V, multiplies by them, and fills the head's columns of the context.</summary>
    private readonly struct HeadLoop(Attention attention, int image, TransformerWorkspace workspace) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            for (int head = first; head < limit; head++) attention.Head(image, head, workspace, workspace.Heads[slot]);
        }
    }

    private void Head(int image, int head, TransformerWorkspace workspace, HeadWorkspace own)
    {
        int tokens = spec.Tokens, size = spec.HeadSize;
        GatherHead(workspace.Query, head, own.Driven);
        GatherHeadTransposed(workspace.Key, head, own.Programmed);
        products.Multiply(sites.Scores, image, head, own.Driven, own.Programmed, new DynamicSize(tokens, size, tokens, Probabilities: false), own.Scores);

        TensorPrimitives.Multiply(own.Scores, 1 / MathF.Sqrt(size), own.Scores);
        workspace.Count(DigitalKind.Rescale, own.Scores.Length);
        Softmax.Apply(own.Scores, tokens, tokens, own.Scores);
        workspace.Count(DigitalKind.Softmax, own.Scores.Length);

        GatherHead(workspace.Value, head, own.Programmed);
        products.Multiply(sites.Context, image, head, own.Scores, own.Programmed, new DynamicSize(tokens, tokens, size, Probabilities: true), own.Driven);
        workspace.Count(DigitalKind.Rescale, own.Driven.Length);
        ScatterHead(own.Driven, head, workspace.Context);
    }

    /// <summary>[tokens, d] to [tokens, head size].</summary>
    private void GatherHead(ReadOnlySpan<float> x, int head, Span<float> y)
    {
        for (int t = 0; t < spec.Tokens; t++)
            x.Slice(t * spec.Hidden + head * spec.HeadSize, spec.HeadSize).CopyTo(y[(t * spec.HeadSize)..]);
    }

    /// <summary>[tokens, d] to [head size, tokens].</summary>
    private void GatherHeadTransposed(ReadOnlySpan<float> x, int head, Span<float> y)
    {
        for (int t = 0; t < spec.Tokens; t++)
        {
            var row = x.Slice(t * spec.Hidden + head * spec.HeadSize, spec.HeadSize);
            for (int k = 0; k < row.Length; k++) y[k * spec.Tokens + t] = row[k];
        }
    }

    /// <summary>[tokens, head size] to its columns of [tokens, d].</summary>
    private void ScatterHead(ReadOnlySpan<float> x, int head, Span<float> y)
    {
        for (int t = 0; t < spec.Tokens; t++)
            x.Slice(t * spec.HeadSize, spec.HeadSize).CopyTo(y[(t * spec.Hidden + head * spec.HeadSize)..]);
    }
}
