using Ohmformer.Mapping;
using Ohmformer.Numerics;

namespace Ohmformer.Models;

/// <summary>One normalization of a network.</summary>
internal sealed class NormRun(TransformerSpec spec, Norm norm)
{
    /// <summary>Normalizes tokens.</summary>
    /// <param name="x">Shape [tokens, d].</param>
    /// <param name="tokens">Rows of x.</param>
    /// <param name="workspace">Counts the work.</param>
    /// <param name="y">Shape [tokens, d]; may be x itself.</param>
    public void Forward(ReadOnlySpan<float> x, int tokens, TransformerWorkspace workspace, Span<float> y)
    {
        if (spec.Norm == NormKind.Layer) LayerNorm.Apply(x, norm.Gain, norm.Bias, spec.NormEpsilon, tokens, spec.Hidden, y);
        else RmsNorm.Apply(x, norm.Gain, spec.NormEpsilon, tokens, spec.Hidden, y);
        workspace.Count(DigitalKind.LayerNorm, (long)tokens * spec.Hidden);
    }
}
