using System.Runtime.Intrinsics;

namespace Ohmformer.Numerics;

/// <summary>A function of one number, on eight lanes at once.</summary>
internal interface IElementwise
{
    /// <summary>The function of every lane. Only operations with one rounding rule on every machine: results do not depend on it.</summary>
    static abstract Vector256<float> Of(Vector256<float> x);
}

/// <summary>Runs an <see cref="IElementwise"/> function over spans.</summary>
internal static class Elementwise
{
    /// <summary>for (int i = 0; i &lt; x.Length; i++) y[i] = F(x[i]);</summary>
    /// <typeparam name="F">A struct, so that the compiler inlines it into the loop.</typeparam>
    /// <param name="x">Any length.</param>
    /// <param name="y">At least as long as x; may be x itself.</param>
    public static void Apply<F>(ReadOnlySpan<float> x, Span<float> y) where F : struct, IElementwise
    {
        if (y.Length < x.Length) throw new ArgumentException($"the destination has {y.Length} elements for {x.Length}", nameof(y));
        int lanes = Vector256<float>.Count, i = 0;
        for (; i <= x.Length - lanes; i += lanes)
            F.Of(Vector256.Create(x.Slice(i, lanes))).CopyTo(y[i..]);
        if (i == x.Length) return;

        Span<float> tail = stackalloc float[lanes];
        x[i..].CopyTo(tail);
        F.Of(Vector256.Create<float>(tail)).CopyTo(tail);
        tail[..(x.Length - i)].CopyTo(y[i..]);
    }
}
