using System.Numerics.Tensors;
using Ohmformer.Mapping;
using Ohmformer.Numerics;

namespace Ohmformer.Models;

/// <summary>
/// The forward pass of a pre-LN vision transformer (Dosovitskiy et al.: An image is worth 16x16 words, arXiv:2010.11929,
/// equations 1 to 4). Static weights are programmed once, when it is made. Thread-safe: images may run side by side, each
/// with its own workspace.
/// </summary>
public sealed class TransformerRun
{
    private readonly TransformerWeights _weights;
    private readonly LinearRun _patchEmbedding, _head;
    private readonly Encoder[] _encoders;

    /// <summary>Programs a network.</summary>
    /// <param name="spec">Sizes of the network.</param>
    /// <param name="weights">Weights of those sizes.</param>
    /// <param name="products">The arithmetic of the matrix products.</param>
    public TransformerRun(TransformerSpec spec, TransformerWeights weights, IMatrixProduct products)
    {
        var sites = new TransformerSites(spec.Layers);
        Spec = spec;
        _weights = weights;
        _patchEmbedding = new LinearRun(sites.PatchEmbedding, weights.PatchEmbedding, products);
        _encoders = [.. sites.Encoders.Select((encoder, l) => new Encoder(spec, weights.Encoders[l], encoder, products))];
        _head = new LinearRun(sites.Head, weights.Head, products);
    }

    /// <summary>Sizes of the network.</summary>
    public TransformerSpec Spec { get; }

    /// <summary>The logits of one image.</summary>
    /// <param name="image">Index of the image in the data set; keys the noise.</param>
    /// <param name="pixels">Shape [channels, size, size], normalized.</param>
    /// <param name="workspace">Scratch of the calling thread.</param>
    /// <param name="logits">Shape [classes].</param>
    public void Forward(int image, ReadOnlySpan<float> pixels, TransformerWorkspace workspace, Span<float> logits)
    {
        var stream = workspace.Stream.AsSpan();
        CutPatches(Spec, pixels, workspace.Patches);
        _weights.ClassToken.CopyTo(stream);
        _patchEmbedding.Forward(image, workspace.Patches, Spec.Patches, workspace, stream[Spec.Hidden..]);
        TensorPrimitives.Add(stream, _weights.Positions, stream);
        workspace.Count(DigitalKind.Residual, stream.Length);

        foreach (var encoder in _encoders) encoder.Forward(image, workspace);

        // Only the class token goes on.
        var token = workspace.Normalized.AsSpan(0, Spec.Hidden);
        LayerNorm.Apply(stream, _weights.FinalNorm.Gain, _weights.FinalNorm.Bias, Spec.NormEpsilon, 1, Spec.Hidden, token);
        workspace.Count(DigitalKind.LayerNorm, token.Length);
        _head.Forward(image, token, 1, workspace, logits);
    }

    /// <summary>[channels, size, size] to [patches, channels * patch * patch], patches row by row.</summary>
    internal static void CutPatches(TransformerSpec spec, ReadOnlySpan<float> pixels, Span<float> patches)
    {
        int size = spec.ImageSize, side = spec.PatchSize, perRow = size / side, to = 0;
        for (int patch = 0; patch < spec.Patches; patch++)
            for (int channel = 0; channel < spec.Channels; channel++)
                for (int y = 0; y < side; y++)
                {
                    int row = patch / perRow * side + y, column = patch % perRow * side;
                    pixels.Slice((channel * size + row) * size + column, side).CopyTo(patches[to..]);
                    to += side;
                }
    }

    /// <summary>One encoder: x += attention(norm(x)); x += mlp(norm(x)).</summary>
    private sealed class Encoder(TransformerSpec spec, EncoderWeights weights, EncoderSites sites, IMatrixProduct products)
    {
        private readonly Attention _attention = new(spec, weights, sites, products);
        private readonly LinearRun _mlpIn = new(sites.MlpIn, weights.MlpIn, products);
        private readonly LinearRun _mlpOut = new(sites.MlpOut, weights.MlpOut, products);

        public void Forward(int image, TransformerWorkspace workspace)
        {
            Normalize(weights.AttentionNorm, workspace);
            _attention.Forward(image, workspace.Normalized, workspace, workspace.Branch);
            AddBranch(workspace);

            Normalize(weights.MlpNorm, workspace);
            _mlpIn.Forward(image, workspace.Normalized, spec.Tokens, workspace, workspace.Intermediate);
            TokenSteps.Activate(spec.Activation, spec.Tokens, workspace.Workers, workspace.Intermediate);
            workspace.Count(DigitalKind.Activation, workspace.Intermediate.Length);
            _mlpOut.Forward(image, workspace.Intermediate, spec.Tokens, workspace, workspace.Branch);
            AddBranch(workspace);
        }

        private void AddBranch(TransformerWorkspace workspace)
        {
            TokenSteps.Add(workspace.Branch, spec.Tokens, workspace.Workers, workspace.Stream);
            workspace.Count(DigitalKind.Residual, workspace.Stream.Length);
        }

        private void Normalize(Norm norm, TransformerWorkspace workspace)
        {
            TokenSteps.Normalize(workspace.Stream, norm, spec.NormEpsilon, spec.Tokens, workspace.Workers, workspace.Normalized);
            workspace.Count(DigitalKind.LayerNorm, workspace.Stream.Length);
        }
    }
}
