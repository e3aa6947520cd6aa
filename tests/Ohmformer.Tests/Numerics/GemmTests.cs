using Ohmformer.Numerics;

namespace Ohmformer.Tests.Numerics;

public sealed class GemmTests
{
    // 0, 1, odd, prime, and one more than each block: 12 and 6 rows, 32 and 16 columns, 512 steps, 480 rows, 512 columns.
    private static readonly (int M, int K, int N)[] Shapes =
    [
        (0, 3, 4), (3, 0, 4), (3, 4, 0), (1, 1, 1), (1, 5, 1), (2, 3, 5), (5, 7, 11), (12, 8, 32), (13, 9, 33), (7, 64, 17),
        (17, 16, 17), (15, 31, 45), (50, 64, 192), (24, 257, 16), (11, 513, 29), (481, 3, 7), (4, 3, 513), (16, 5, 31), (25, 300, 47),
    ];

    public static TheoryData<string> Paths()
    {
        var data = new TheoryData<string> { nameof(GemmPath.Reference), nameof(GemmPath.Portable) };
        if (Avx2Kernel.IsSupported) data.Add(nameof(GemmPath.Avx2));
        if (Avx512Kernel.IsSupported) data.Add(nameof(GemmPath.Avx512));
        return data;
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Product_agrees_with_double_precision(string path)
    {
        foreach (var (m, k, n) in Shapes)
        {
            float[] a = Values(m * k, 1), b = Values(k * n, 2), c = Values(m * n, 3);
            Gemm.Multiply(Enum.Parse<GemmPath>(path), GemmOperand.Of(a, k), GemmOperand.Of(b, n), m, k, n, c, n, accumulate: false);
            for (int i = 0; i < m; i++)
                for (int j = 0; j < n; j++)
                {
                    double sum = 0, size = 0;
                    for (int p = 0; p < k; p++)
                    {
                        double term = (double)a[i * k + p] * b[p * n + j];
                        sum += term;
                        size += Math.Abs(term);
                    }
                    // Each of the k roundings adds at most half a unit in the last place of a partial sum.
                    Assert.True(Math.Abs(c[i * n + j] - sum) <= k * size * 6e-8, $"{m}x{k}x{n} [{i},{j}]: {c[i * n + j]} for {sum}");
                }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Workers_that_share_columns_give_the_same_bits(int threads)
    {
        using var workers = new Workers(threads);
        foreach (var (m, k, n) in Shapes)
        {
            float[] a = Values(m * k, 4), b = Values(k * n, 5), expected = new float[m * n], actual = Values(m * n, 6);
            Gemm.Multiply(a, b, m, k, n, expected);
            Gemm.Multiply(a, b, m, k, n, workers, actual);
            Assert.True(expected.AsSpan().SequenceEqual(actual), $"{m}x{k}x{n}");
            Array.Fill(actual, float.NaN);
            new PackedMatrix(b, k, n).Multiply(a, m, workers, actual);
            Assert.True(expected.AsSpan().SequenceEqual(actual), $"{m}x{k}x{n}");
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Every_path_gives_the_bits_of_the_reference_in_every_layout(string path)
    {
        foreach (var (m, k, n) in Shapes)
            for (int layout = 0; layout < 8; layout++)
            {
                bool ta = (layout & 1) != 0, tb = (layout & 2) != 0, accumulate = (layout & 4) != 0;
                int aStride = (ta ? m : k) + 3, bStride = (tb ? k : n) + 1, cStride = n + 2;
                float[] a = Values((ta ? k : m) * aStride, 4), b = Values((tb ? n : k) * bStride, 5);
                float[] expected = Values(m * cStride, 6), actual = [.. expected];
                Multiply(GemmPath.Reference, expected);
                Multiply(Enum.Parse<GemmPath>(path), actual);
                Assert.True(expected.AsSpan().SequenceEqual(actual), $"{m}x{k}x{n}, A^T {ta}, B^T {tb}, accumulate {accumulate}");

                void Multiply(GemmPath chosen, float[] c) => Gemm.Multiply(
                    chosen,
                    ta ? GemmOperand.Transposed(a, aStride) : GemmOperand.Of(a, aStride),
                    tb ? GemmOperand.Transposed(b, bStride) : GemmOperand.Of(b, bStride),
                    m, k, n, c, cStride, accumulate);
            }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_packed_matrix_gives_the_bits_of_the_reference(string name)
    {
        var path = Enum.Parse<GemmPath>(name);
        if (path == GemmPath.Reference) return;
        foreach (var (m, k, n) in Shapes.Append((5, 1030, 1100)))
        {
            float[] a = Values(m * k, 1), b = Values(k * n, 2), expected = new float[m * n], actual = Values(m * n, 3);
            Gemm.Multiply(GemmPath.Reference, GemmOperand.Of(a, k), GemmOperand.Of(b, n), m, k, n, expected, n, accumulate: false);
            new PackedMatrix(b, k, n, path).Multiply(a, m, Workers.One, actual);
            Assert.True(expected.AsSpan().SequenceEqual(actual), $"{m}x{k}x{n}");
        }
    }

    [Fact]
    public void Rows_do_not_depend_on_the_rows_beside_them()
    {
        const int K = 300, N = 70;
        float[] a = Values(40 * K, 7), b = Values(K * N, 8), all = new float[40 * N], alone = new float[N];
        Gemm.Multiply(a, b, 40, K, N, all);
        for (int i = 0; i < 40; i++)
        {
            Gemm.Multiply(a.AsSpan(i * K, K), b, 1, K, N, alone);
            Assert.True(all.AsSpan(i * N, N).SequenceEqual(alone));
        }
    }

    [Fact]
    public void Product_allocates_nothing_after_the_first_call()
    {
        float[] a = Values(50 * 64, 9), b = Values(64 * 192, 10), c = new float[50 * 192];
        var packed = new PackedMatrix(b, 64, 192);
        Assert.Equal(0, Allocations.Of(() => Gemm.Multiply(a, b, 50, 64, 192, c)));
        Assert.Equal(0, Allocations.Of(() => packed.Multiply(a, 50, Workers.One, c)));
    }

    [Fact]
    public void Spans_too_short_for_their_shapes_are_refused()
    {
        float[] six = new float[6], five = new float[5];
        Assert.Throws<ArgumentException>(() => Gemm.Multiply(five, six, 2, 3, 2, new float[4]));
        Assert.Throws<ArgumentException>(() => Gemm.Multiply(six, five, 2, 3, 2, new float[4]));
        Assert.Throws<ArgumentException>(() => Gemm.Multiply(six, six, 2, 3, 2, new float[3]));
        Assert.Throws<ArgumentException>(() => Gemm.Multiply(GemmOperand.Of(six, 2), GemmOperand.Of(six, 2), 2, 3, 2, new float[4], 2));
        Assert.ThrowsAny<ArgumentException>(() => new PackedMatrix(five, 3, 2));
        Assert.ThrowsAny<ArgumentException>(() => new PackedMatrix(six, 3, 2).Multiply(five, 2, Workers.One, new float[4]));
        Assert.ThrowsAny<ArgumentException>(() => new PackedMatrix(six, 3, 2).Multiply(six, 2, Workers.One, new float[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Gemm.Multiply(six, six, -2, 3, 2, new float[4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Gemm.Multiply(GemmOperand.Of(six, 3), GemmOperand.Of(six, 2), 2, 3, 2, new float[4], 1));
    }

    private static float[] Values(int length, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f)];
    }
}
