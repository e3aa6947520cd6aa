using System.Runtime.Intrinsics.X86;
using Ohmformer.Numerics;

namespace Ohmformer.Tests.Numerics;

public sealed class IntegerMatrixTests
{
    // 0, 1, odd, prime, and one more than each unit: 4 and 2 numbers of a step, 6 rows, 16 columns.
    private static readonly int[] Inputs = [0, 1, 2, 3, 4, 5, 7, 31, 32, 33, 64, 67, 197], Outputs = [0, 1, 3, 15, 16, 17, 33], Tokens = [0, 1, 5, 6, 7, 13];

    public static TheoryData<string> Paths()
    {
        var data = new TheoryData<string> { nameof(IntegerPath.Portable) };
        if (Avx2.IsSupported) data.Add(nameof(IntegerPath.Avx2));
        if (Avx512BW.IsSupported) data.Add(nameof(IntegerPath.Avx512));
        if (AvxVnni.IsSupported) data.Add(nameof(IntegerPath.Vnni));
        return data;
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Product_is_exact_at_every_size(string path)
    {
        foreach (int inputs in Inputs)
            foreach (int outputs in Outputs)
                foreach (int tokens in Tokens) Check(path, tokens, inputs, outputs, (-128, 127), (-128, 127));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Product_is_exact_in_every_range(string path)
    {
        (int, int)[] inputs = [(-128, 127), (0, 255), (-1, 128), (-255, 255), (0, 256), (-32768, 32767), (0, 65535), (0, 0)];
        (int, int)[] weights = [(-128, 127), (-127, 128), (0, 255), (-32768, 32767), (0, 0)];
        foreach (var x in inputs)
            foreach (var w in weights) Check(path, 7, 700, 19, x, w);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Largest_sums_do_not_overflow(string path)
    {
        // One more row than 32 bits are sure to hold.
        foreach (var (inputs, x, w) in new[] { ((1 << 16) + 1, 255, -128), ((1 << 16) + 1, -128, -128), (515, 65535, -32768), (515, -32768, -32768), (300, 255, 32767) })
        {
            int[] vectors = Enumerable.Repeat(x, 2 * inputs).ToArray(), weights = Enumerable.Repeat(w, inputs).ToArray();
            var y = new double[2];
            new IntegerMatrix(weights, inputs, 1, Enum.Parse<IntegerPath>(path)).Multiply(vectors, 2, y);
            Assert.Equal((double)inputs * x * w, y[0]);
            Assert.Equal(y[0], y[1]);
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Blocks_of_vectors_may_need_different_numbers_of_bits(string path)
    {
        // More vectors than are packed at once; the first blocks hold bytes of either sign, the last ones words.
        const int Tokens = 300, Inputs = 2047, Outputs = 5;
        int[] x = Values(Tokens * Inputs, (-128, 127), 1), w = Values(Inputs * Outputs, (-128, 127), 2);
        for (int i = 0; i < x.Length / 3; i++) x[i] = Math.Abs(x[i]) * 255 / 128;
        for (int i = x.Length * 2 / 3; i < x.Length; i++) x[i] *= 200;
        double[] expected = new double[Tokens * Outputs], actual = new double[Tokens * Outputs];
        IntegerMatrix.Reference(x, w, Tokens, Inputs, Outputs, expected);
        new IntegerMatrix(w, Inputs, Outputs, Enum.Parse<IntegerPath>(path)).Multiply(x, Tokens, actual);
        Assert.Equal(expected, actual);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Nothing_is_written_beyond_the_product(string path)
    {
        foreach (int outputs in Outputs)
            foreach (int tokens in Tokens)
            {
                int[] x = Values(tokens * 7, (-9, 9), 1), w = Values(7 * outputs, (-9, 9), 2);
                var y = new double[tokens * outputs + 40];
                y.AsSpan().Fill(double.NaN);
                new IntegerMatrix(w, 7, outputs, Enum.Parse<IntegerPath>(path)).Multiply(x, tokens, y);
                Assert.Equal(-1, y.AsSpan(tokens * outputs).IndexOfAnyExcept(double.NaN));
            }
    }

    [Fact]
    public void Numbers_beyond_16_bits_and_short_spans_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new IntegerMatrix([1, 32768], 2, 1));
        Assert.Throws<ArgumentException>(() => new IntegerMatrix([1, 2], 2, 1).Multiply([0, 65536], 1, new double[1]));
        Assert.Throws<ArgumentException>(() => new IntegerMatrix([1, 2], 2, 1).Multiply([-1, 32768], 1, new double[1]));
        Assert.ThrowsAny<ArgumentException>(() => new IntegerMatrix([1], 2, 1));
        Assert.ThrowsAny<ArgumentException>(() => new IntegerMatrix([1, 2], 2, 1).Multiply([0, 1], 1, []));
    }

    [Fact]
    public void A_product_allocates_nothing()
    {
        var matrix = new IntegerMatrix(Values(64 * 33, (-128, 127), 1), 64, 33);
        int[] x = Values(7 * 64, (-128, 127), 2);
        var y = new double[7 * 33];
        Assert.Equal(0, Allocations.Of(() => matrix.Multiply(x, 7, y)));
    }

    private static void Check(string path, int tokens, int inputs, int outputs, (int, int) xRange, (int, int) wRange)
    {
        int[] x = Values(tokens * inputs, xRange, 1), w = Values(inputs * outputs, wRange, 2);
        double[] expected = new double[tokens * outputs], actual = [.. Enumerable.Repeat(double.NaN, tokens * outputs)];
        IntegerMatrix.Reference(x, w, tokens, inputs, outputs, expected);
        new IntegerMatrix(w, inputs, outputs, Enum.Parse<IntegerPath>(path)).Multiply(x, tokens, actual);
        Assert.True(expected.AsSpan().SequenceEqual(actual), $"{tokens} x {inputs} x {outputs}, x in {xRange}, w in {wRange}");
    }

    /// <summary>Random numbers of a range, its ends among them.</summary>
    private static int[] Values(int length, (int Low, int High) range, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(6) switch { 0 => range.Low, 1 => range.High, _ => random.Next(range.Low, range.High + 1) })];
    }
}
