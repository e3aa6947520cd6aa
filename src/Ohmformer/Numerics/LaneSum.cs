using System.Runtime.Intrinsics;

namespace Ohmformer.Numerics;

/// <summary>Sums in eight lanes, the same order on every machine.</summary>
internal static class LaneSum
{
    /// <summary>float sum = 0; for (int i = 0; i &lt; x.Length; i++) sum += x[i]; with lane l adding the i with i mod 8 = l.</summary>
    public static float Of(ReadOnlySpan<float> x)
    {
        var sum = Vector256<float>.Zero;
        int i = 0;
        for (; i <= x.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            sum += Vector256.Create(x.Slice(i, Vector256<float>.Count));
        return Finish(sum, x[i..]);
    }

    /// <summary>float sum = 0; for (int i = 0; i &lt; x.Length; i++) sum += x[i] * x[i]; in the same lanes.</summary>
    public static float OfSquares(ReadOnlySpan<float> x) => OfProducts(x, x);

    /// <summary>float sum = 0; for (int i = 0; i &lt; x.Length; i++) sum += x[i] * y[i]; in the same lanes.</summary>
    public static float OfProducts(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        var sum = Vector256<float>.Zero;
        int lanes = Vector256<float>.Count, i = 0;
        for (; i <= x.Length - lanes; i += lanes)
            sum = Vector256.FusedMultiplyAdd(Vector256.Create(x.Slice(i, lanes)), Vector256.Create(y.Slice(i, lanes)), sum);
        Span<float> products = stackalloc float[lanes];
        for (int tail = i; tail < x.Length; tail++) products[tail - i] = x[tail] * y[tail];
        return Finish(sum, products[..(x.Length - i)]);
    }

    private static float Finish(Vector256<float> sum, ReadOnlySpan<float> tail)
    {
        for (int i = 0; i < tail.Length; i++) sum = sum.WithElement(i, sum[i] + tail[i]);
        var half = sum.GetLower() + sum.GetUpper();
        return half[0] + half[2] + (half[1] + half[3]);
    }
}
