using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ohmformer.Numerics;

/// <summary>Sums in eight lanes, the same order on every machine: lane l adds the elements i with i mod 8 = l.</summary>
internal static class LaneSum
{
    private const int Lanes = 8;

    /// <summary>float sum = 0; for (int i = 0; i &lt; x.Length; i++) sum += x[i];</summary>
    public static float Of(ReadOnlySpan<float> x)
    {
        var sum = Vector256<float>.Zero;
        for (; x.Length >= Lanes; x = x[Lanes..]) sum += Vector256.Create(x);
        return Finish(sum, x);
    }

    /// <summary>float sum = 0; for (int i = 0; i &lt; x.Length; i++) sum += x[i] * x[i]; with fused multiply-adds.</summary>
    public static float OfSquares(ReadOnlySpan<float> x) => OfProducts(x, x);

    /// <summary>float sum = 0; for (int i = 0; i &lt; x.Length; i++) sum += x[i] * y[i]; with fused multiply-adds.</summary>
    public static float OfProducts(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        y = y[..x.Length];
        var sum = Vector256<float>.Zero;
        for (; x.Length >= Lanes; x = x[Lanes..], y = y[Lanes..])
            sum = Vector256.FusedMultiplyAdd(Vector256.Create(x), Vector256.Create(y), sum);
        return Finish(sum, x, y);
    }

    // Apart from the loops: around a call in its own body, the compiler would keep a loop's sum in memory.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Finish(Vector256<float> sum, ReadOnlySpan<float> tail) => Total(tail.IsEmpty ? sum : sum + Padded(tail));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Finish(Vector256<float> sum, ReadOnlySpan<float> tailX, ReadOnlySpan<float> tailY) =>
        Total(tailX.IsEmpty ? sum : Vector256.FusedMultiplyAdd(Padded(tailX), Padded(tailY), sum));

    private static Vector256<float> Padded(ReadOnlySpan<float> tail)
    {
        Span<float> lanes = stackalloc float[Lanes];
        lanes.Clear();
        tail.CopyTo(lanes);
        return Vector256.Create<float>(lanes);
    }

    private static float Total(Vector256<float> sum)
    {
        var half = sum.GetLower() + sum.GetUpper();
        return half[0] + half[2] + (half[1] + half[3]);
    }
}
