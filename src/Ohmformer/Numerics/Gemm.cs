namespace Ohmformer.Numerics;

/// <summary>Single-precision matrix products.</summary>
public static class Gemm
{
    /// <summary>C = A B.</summary>
    /// <param name="a">Shape [m, k], row-major.</param>
    /// <param name="b">Shape [k, n], row-major.</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="k">Inner size.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="c">Shape [m, n], row-major; overwritten.</param>
    public static void Multiply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int k, int n, Span<float> c)
    {
        c[..(m * n)].Clear();
        for (int i = 0; i < m; i++)
            for (int p = 0; p < k; p++)
            {
                float scale = a[i * k + p];
                var row = b.Slice(p * n, n);
                var sum = c.Slice(i * n, n);
                for (int j = 0; j < n; j++) sum[j] += scale * row[j];
            }
    }
}
