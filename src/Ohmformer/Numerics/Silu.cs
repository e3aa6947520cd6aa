using System.Runtime.Intrinsics;

namespace Ohmformer.Numerics;

/// <summary>SiLU, x times the logistic function (Elfwing et al.: Sigmoid-weighted linear units, arXiv:1702.03118).</summary>
public static class Silu
{
    /// <summary>for (int i = 0; i &lt; x.Length; i++) y[i] = x[i] / (1 + exp(-x[i]));</summary>
    /// <param name="x">Any length.</param>
    /// <param name="y">At least as long as x; may be x itself.</param>
    public static void Apply(ReadOnlySpan<float> x, Span<float> y) => Elementwise.Apply<Lanes>(x, y);

    private readonly struct Lanes : IElementwise
    {
        public static Vector256<float> Of(Vector256<float> x) => x / (Vector256<float>.One + Exp.Of(-x));
    }
}
