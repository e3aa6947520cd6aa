using System.Runtime.Intrinsics;

namespace Ohmformer.Numerics;

/// <summary>The rectified linear unit.</summary>
public static class Relu
{
    /// <summary>for (int i = 0; i &lt; x.Length; i++) y[i] = max(x[i], 0);</summary>
    /// <param name="x">Any length.</param>
    /// <param name="y">At least as long as x; may be x itself.</param>
    public static void Apply(ReadOnlySpan<float> x, Span<float> y) => Elementwise.Apply<Lanes>(x, y);

    private readonly struct Lanes : IElementwise
    {
        public static Vector256<float> Of(Vector256<float> x) => Vector256.Max(x, Vector256<float>.Zero);
    }
}
