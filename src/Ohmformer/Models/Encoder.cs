using Ohmformer.Mapping;

namespace Ohmformer.Models;

/// <summary>One encoder: attention and feed-forward layers, each added to the stream, with normalization before or after.</summary>
internal sealed class Encoder(TransformerSpec spec, int layer, EncoderWeights weights, EncoderSites sites, RotaryPositions? rotary, IMatrixProduct products)
{
    private readonly IAttentionSource? _attention = Source(spec, layer, weights, sites, rotary, products);
    private readonly LinearRun? _projection = LinearRun.Of(sites.Projection, weights.Projection, products);
    private readonly LinearRun? _mlpGate = LinearRun.Of(sites.MlpGate, weights.MlpGate, products);
    private readonly LinearRun _mlpIn = new(sites.MlpIn, weights.MlpIn, products);
    private readonly LinearRun _mlpOut = new(sites.MlpOut, weights.MlpOut, products);

    /// <summary>Changes the stream of a workspace.</summary>
    /// <param name="image">Index of the input; keys the noise.</param>
    /// <param name="tokens">Tokens of the input.</param>
    /// <param name="workspace">Holds the stream.</param>
    public void Forward(int image, int tokens, TransformerWorkspace workspace)
    {
        bool pre = spec.NormPosition == NormPosition.Pre;
        float[] stream = workspace.Stream, branch = workspace.Branch, x = pre ? workspace.Normalized : stream;

        if (_attention is not null)
        {
            float[] heads = _attention.Forward(image, stream, tokens, workspace);
            _projection!.Forward(image, heads, tokens, workspace, branch);
            TokenSteps.Add(branch, tokens, spec.Hidden, workspace, stream);
        }
        if (!pre) TokenSteps.Normalize(spec, weights.AttentionNorm!, stream, tokens, workspace, stream);

        if (pre) TokenSteps.Normalize(spec, weights.MlpNorm, stream, tokens, workspace, x);
        FeedForward(image, x, tokens, workspace, branch);
        TokenSteps.Add(branch, tokens, spec.Hidden, workspace, stream);
        if (!pre) TokenSteps.Normalize(spec, weights.MlpNorm, stream, tokens, workspace, stream);
    }

    private static IAttentionSource? Source(TransformerSpec spec, int layer, EncoderWeights weights, EncoderSites sites, RotaryPositions? rotary, IMatrixProduct products)
    {
        if (spec.Reuse is not { } reuse || !reuse.Covers(layer)) return new Attention(spec, weights, sites, rotary, products);
        return reuse.StandIn switch
        {
            AttentionStandIn.Transformation => new TransformedAttention(spec, weights.Transformation!, sites.Transformation, reuse.Covers(reuse.SourceOf(layer)), products),
            AttentionStandIn.Identity => new RepeatedAttention(),
            _ => null,
        };
    }

    private void FeedForward(int image, ReadOnlySpan<float> x, int tokens, TransformerWorkspace workspace, Span<float> y)
    {
        float[] inner = workspace.Intermediate, gate = workspace.Gate;
        int columns = spec.Intermediate;
        if (_mlpGate is null)
        {
            _mlpIn.Forward(image, x, tokens, workspace, inner);
            TokenSteps.Activate(spec.Activation, tokens, columns, workspace, inner);
        }
        else
        {
            _mlpGate.Forward(image, x, tokens, workspace, gate);
            _mlpIn.Forward(image, x, tokens, workspace, inner);
            TokenSteps.Activate(spec.Activation, tokens, columns, workspace, gate);
            TokenSteps.Multiply(gate, tokens, columns, workspace, inner);
        }
        _mlpOut.Forward(image, inner, tokens, workspace, y);
    }
}
