using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ohmformer.Numerics;

/// <summary>GELU and its derivative in one pass: both need the same exponential.</summary>
internal static unsafe class GeluGradient
{
    /// <summary>
    /// y[i] = x[i] Phi(x[i]); slope[i] = Phi(x[i]) + x[i] phi(x[i]) with the normal distribution function Phi, absolute error below 2e-7
    /// (Abramowitz and Stegun: Handbook of mathematical functions, 1964, equation 7.1.26), and density phi.
    /// </summary>
    /// <param name="x">Any length.</param>
    /// <param name="y">As long as x.</param>
    /// <param name="slope">As long as x; may be x itself.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(ReadOnlySpan<float> x, Span<float> y, Span<float> slope)
    {
        const float oneOverRootTwoPi = 0.398942280f;
        fixed (float* px = x, py = y[..x.Length], ps = slope[..x.Length])
            for (int i = 0; i < x.Length; i += FloatLanes.Count)
            {
                var lanes = FloatLanes.Load(px + i, x.Length - i);
                var bell = Exp.Of(-0.5f * (lanes * lanes));
                var cdf = Cdf(lanes, bell);
                FloatLanes.Store(py + i, x.Length - i, lanes * cdf);
                FloatLanes.Store(ps + i, x.Length - i, Vector512.FusedMultiplyAdd(oneOverRootTwoPi * lanes, bell, cdf));
            }
    }

    // Phi(x) from exp(-x^2 / 2): for negative x it is half of 1 - erf(|x| / sqrt 2).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Cdf(Vector512<float> x, Vector512<float> bell)
    {
        const float pOverRootTwo = 0.3275911f * 0.707106781f;
        var t = Vector512<float>.One / Vector512.FusedMultiplyAdd(Vector512.Abs(x), Vector512.Create(pOverRootTwo), Vector512<float>.One);
        var sum = Vector512.Create(1.061405429f);
        sum = Vector512.FusedMultiplyAdd(sum, t, Vector512.Create(-1.453152027f));
        sum = Vector512.FusedMultiplyAdd(sum, t, Vector512.Create(1.421413741f));
        sum = Vector512.FusedMultiplyAdd(sum, t, Vector512.Create(-0.284496736f));
        sum = Vector512.FusedMultiplyAdd(sum, t, Vector512.Create(0.254829592f));
        var tail = 0.5f * (sum * t) * bell;
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), tail, Vector512<float>.One - tail);
    }
}
