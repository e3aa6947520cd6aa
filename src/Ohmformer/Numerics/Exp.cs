using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Numerics;

/// <summary>The exponential function in single precision, relative error below 2e-7, the same bits on every machine.</summary>
public static class Exp
{
    // Below Lowest the result is subnormal and set to 0; above Highest 2^n is infinite.
    private const float Lowest = -87.33654f, Highest = 88.72284f;

    // ln 2 in two parts: n * Ln2High is exact for |n| < 2^9 (Cody and Waite: Software Manual for the Elementary Functions, 1980).
    private const float Log2E = 1.442695041f, Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;

    /// <summary>for (int i = 0; i &lt; x.Length; i++) y[i] = exp(x[i]);</summary>
    /// <param name="x">Any length.</param>
    /// <param name="y">At least as long as x; may be x itself.</param>
    public static void Apply(ReadOnlySpan<float> x, Span<float> y) => Elementwise.Apply<Lanes>(x, y);

    /// <summary>exp(x) = 2^n exp(r) with n the nearest integer to x / ln 2; exp(r) by its Taylor series to r^7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Of(Vector256<float> x)
    {
        var clamped = Vector256.Min(Vector256.Max(x, Vector256.Create(Lowest)), Vector256.Create(Highest));
        var n = Vector256.Round(clamped * Log2E);
        var r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-Ln2High), clamped);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-Ln2Low), r);

        var y = Vector256.Create(1f / 5040);
        y = Vector256.FusedMultiplyAdd(y, r, Vector256.Create(1f / 720));
        y = Vector256.FusedMultiplyAdd(y, r, Vector256.Create(1f / 120));
        y = Vector256.FusedMultiplyAdd(y, r, Vector256.Create(1f / 24));
        y = Vector256.FusedMultiplyAdd(y, r, Vector256.Create(1f / 6));
        y = Vector256.FusedMultiplyAdd(y, r, Vector256.Create(0.5f));
        y = Vector256.FusedMultiplyAdd(y, r, Vector256<float>.One);
        y = Vector256.FusedMultiplyAdd(y, r, Vector256<float>.One);

        // 2^n as two factors, so that n = 128 is reached without an infinite factor.
        var exponent = Vector256.ConvertToInt32(n);
        var half = exponent >> 1;
        y = y * PowerOfTwo(half) * PowerOfTwo(exponent - half);
        y = Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256.Create(Lowest)), Vector256<float>.Zero, y);
        return Vector256.ConditionalSelect(Vector256.GreaterThan(x, Vector256.Create(Highest)), Vector256.Create(float.PositiveInfinity), y);
    }

    /// <summary>The same of sixteen lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Of(Vector512<float> x)
    {
        if (!Avx512F.IsSupported) return Vector512.Create(Of(x.GetLower()), Of(x.GetUpper()));
        var clamped = Vector512.Min(Vector512.Max(x, Vector512.Create(Lowest)), Vector512.Create(Highest));
        var n = Vector512.Round(clamped * Log2E);
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), clamped);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);

        var y = Vector512.Create(1f / 5040);
        y = Vector512.FusedMultiplyAdd(y, r, Vector512.Create(1f / 720));
        y = Vector512.FusedMultiplyAdd(y, r, Vector512.Create(1f / 120));
        y = Vector512.FusedMultiplyAdd(y, r, Vector512.Create(1f / 24));
        y = Vector512.FusedMultiplyAdd(y, r, Vector512.Create(1f / 6));
        y = Vector512.FusedMultiplyAdd(y, r, Vector512.Create(0.5f));
        y = Vector512.FusedMultiplyAdd(y, r, Vector512<float>.One);
        y = Avx512F.Scale(Vector512.FusedMultiplyAdd(y, r, Vector512<float>.One), n);
        y = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(Lowest)), Vector512<float>.Zero, y);
        return Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512.Create(Highest)), Vector512.Create(float.PositiveInfinity), y);
    }

    private static Vector256<float> PowerOfTwo(Vector256<int> n) => ((n + Vector256.Create(127)) << 23).AsSingle();

    private readonly struct Lanes : IElementwise
    {
        public static Vector256<float> Of(Vector256<float> x) => Exp.Of(x);
    }
}
