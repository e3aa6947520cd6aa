using System.Runtime.Intrinsics;

namespace Ohmformer.Numerics;

/// <summary>The tanh approximation of GELU (Hendrycks and Gimpel: Gaussian error linear units, arXiv:1606.08415).</summary>
public static class GeluTanh
{
    /// <summary>Factors of the inner polynomial: u = <c>RootTwoOverPi</c> (x + <c>Cubic</c> x^3).</summary>
    internal const float RootTwoOverPi = 0.797884561f, Cubic = 0.044715f;

    /// <summary>for (int i = 0; i &lt; x.Length; i++) y[i] = x[i] / 2 * (1 + tanh(sqrt(2 / pi) * (x[i] + 0.044715 * x[i]^3)));</summary>
    /// <param name="x">Any length.</param>
    /// <param name="y">At least as long as x; may be x itself.</param>
    public static void Apply(ReadOnlySpan<float> x, Span<float> y) => Elementwise.Apply<Lanes>(x, y);

    private readonly struct Lanes : IElementwise
    {
        // (1 + tanh u) / 2 = 1 / (1 + exp(-2 u)).
        public static Vector256<float> Of(Vector256<float> x)
        {
            var u = RootTwoOverPi * Vector256.FusedMultiplyAdd(Cubic * (x * x), x, x);
            return x / (Vector256<float>.One + Exp.Of(-2f * u));
        }
    }
}
