using Ohmformer.Mapping;

namespace Ohmformer.Models;

/// <summary>The heads' output C of an earlier encoder, as it is.</summary>
internal sealed class RepeatedAttention : IAttentionSource
{
    /// <inheritdoc/>
    public float[] Forward(int image, float[] stream, int tokens, TransformerWorkspace workspace) => workspace.Context;
}

/// <summary>
/// A transformation block, GELU(W LayerNorm(C) + b), with C the heads' output of an earlier encoder (Moitra et al.: TReX,
/// arXiv:2408.12742). It normalizes in the network's way, over all heads.
/// </summary>
/// <param name="spec">The network.</param>
/// <param name="weights">Weights of the block.</param>
/// <param name="site">Name and noise key of its product.</param>
/// <param name="afterAnother">Whether C is the output of the transformation block before this one.</param>
/// <param name="products">The arithmetic of the product.</param>
internal sealed class TransformedAttention(TransformerSpec spec, TransformationWeights weights, ProductSite site, bool afterAnother, IMatrixProduct products) : IAttentionSource
{
    private readonly LinearRun _linear = new(site, weights.Linear, products);

    /// <inheritdoc/>
    public float[] Forward(int image, float[] stream, int tokens, TransformerWorkspace workspace)
    {
        float[] normalized = workspace.Query, y = workspace.Transformed;
        TokenSteps.Normalize(spec, weights.Norm, afterAnother ? y : workspace.Context, tokens, workspace, normalized);
        _linear.Forward(image, normalized, tokens, workspace, y);
        TokenSteps.Activate(Activation.Gelu, tokens, spec.QueryWidth, workspace, y);
        return y;
    }
}
