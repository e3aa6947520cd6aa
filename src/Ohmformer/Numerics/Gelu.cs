using System.Runtime.Intrinsics;

namespace Ohmformer.Numerics;

/// <summary>GELU, x Phi(x) (Hendrycks and Gimpel: Gaussian error linear units, arXiv:1606.08415).</summary>
public static class Gelu
{
    /// <summary>for (int i = 0; i &lt; x.Length; i++) y[i] = x[i] * (1 + erf(x[i] / sqrt(2))) / 2;</summary>
    /// <param name="x">Any length.</param>
    /// <param name="y">At least as long as x; may be x itself.</param>
    public static void Apply(ReadOnlySpan<float> x, Span<float> y) => Elementwise.Apply<Lanes>(x, y);

    private readonly struct Lanes : IElementwise
    {
        public static Vector256<float> Of(Vector256<float> x) => x * NormalCdf.Of(x);
    }
}
