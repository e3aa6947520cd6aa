using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ohmformer.Numerics;

/// <summary>GELU and its derivative in one pass: both need the same exponential.</summary>
internal static unsafe class GeluGradient
{
    /// <summary>y[i] = x[i] Phi(x[i]); slope[i] = Phi(x[i]) + x[i] phi(x[i]) with the normal density phi.</summary>
    /// <param name="x">Any length.</param>
    /// <param name="y">As long as x.</param>
    /// <param name="slope">As long as x.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(ReadOnlySpan<float> x, Span<float> y, Span<float> slope)
    {
        const float oneOverRootTwoPi = 0.398942280f;
        fixed (float* px = x, py = y[..x.Length], ps = slope[..x.Length])
            for (int i = 0; i < x.Length; i += FloatLanes.Count)
            {
                var lanes = FloatLanes.Load(px + i, x.Length - i);
                var bell = Exp.Of(-0.5f * (lanes * lanes));
                var cdf = Vector512.Create(NormalCdf.Of(lanes.GetLower(), bell.GetLower()), NormalCdf.Of(lanes.GetUpper(), bell.GetUpper()));
                FloatLanes.Store(py + i, x.Length - i, lanes * cdf);
                FloatLanes.Store(ps + i, x.Length - i, Vector512.FusedMultiplyAdd(oneOverRootTwoPi * lanes, bell, cdf));
            }
    }
}
