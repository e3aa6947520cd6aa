using System.Numerics.Tensors;
using Ohmformer.Mapping;

namespace Ohmformer.Models;

/// <summary>One encoder: attention and feed-forward layers, each added to the stream, with normalization before or after.</summary>
internal sealed class Encoder(TransformerSpec spec, EncoderWeights weights, EncoderSites sites, RotaryPositions? rotary, IMatrixProduct products)
{
    private readonly NormRun _attentionNorm = new(spec, weights.AttentionNorm), _mlpNorm = new(spec, weights.MlpNorm);
    private readonly Attention _attention = new(spec, weights, sites, rotary, products);
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
        var stream = workspace.Stream.AsSpan(0, tokens * spec.Hidden);
        var x = pre ? workspace.Normalized.AsSpan(0, stream.Length) : stream;

        if (pre) _attentionNorm.Forward(stream, tokens, workspace, x);
        _attention.Forward(image, x, tokens, workspace, workspace.Branch);
        AddBranch(stream, workspace);
        if (!pre) _attentionNorm.Forward(stream, tokens, workspace, stream);

        if (pre) _mlpNorm.Forward(stream, tokens, workspace, x);
        FeedForward(image, x, tokens, workspace, workspace.Branch);
        AddBranch(stream, workspace);
        if (!pre) _mlpNorm.Forward(stream, tokens, workspace, stream);
    }

    private void FeedForward(int image, ReadOnlySpan<float> x, int tokens, TransformerWorkspace workspace, Span<float> y)
    {
        var inner = workspace.Intermediate.AsSpan(0, tokens * spec.Intermediate);
        if (_mlpGate is null)
        {
            _mlpIn.Forward(image, x, tokens, workspace, inner);
            spec.Activation.Apply(inner, workspace);
        }
        else
        {
            var gate = workspace.Gate.AsSpan(0, inner.Length);
            _mlpGate.Forward(image, x, tokens, workspace, gate);
            _mlpIn.Forward(image, x, tokens, workspace, inner);
            spec.Activation.Apply(gate, workspace);
            TensorPrimitives.Multiply(inner, gate, inner);
            workspace.Count(DigitalKind.Gate, inner.Length);
        }
        _mlpOut.Forward(image, inner, tokens, workspace, y);
    }

    private static void AddBranch(Span<float> stream, TransformerWorkspace workspace)
    {
        TensorPrimitives.Add(stream, workspace.Branch.AsSpan(0, stream.Length), stream);
        workspace.Count(DigitalKind.Residual, stream.Length);
    }
}
