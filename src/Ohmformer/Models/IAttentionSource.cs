namespace Ohmformer.Models;

/// <summary>The seam that answers where an encoder's attention output comes from.</summary>
internal interface IAttentionSource
{
    /// <summary>The concatenated output of the heads, before the output projection.</summary>
    /// <param name="image">Index of the input; keys the noise.</param>
    /// <param name="stream">The residual stream, shape [tokens, d].</param>
    /// <param name="tokens">Rows of the stream.</param>
    /// <param name="workspace">Scratch of the caller; holds the outputs of earlier encoders.</param>
    /// <returns>Shape [tokens, heads * head size], an array of the workspace.</returns>
    float[] Forward(int image, float[] stream, int tokens, TransformerWorkspace workspace);
}
