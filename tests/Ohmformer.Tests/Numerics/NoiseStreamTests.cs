using System.Runtime.Intrinsics;
using MathNet.Numerics.Distributions;
using Ohmformer.Numerics;

namespace Ohmformer.Tests.Numerics;

public sealed class NoiseStreamTests
{
    private static readonly NoiseKey Key = new(7, NoisePurpose.Read, 3, 5, 2, 11);

    /// <summary>The generator as published, one lane at a time, started from the key's Philox words.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Words_are_those_of_xoshiro256_plus_plus(int index)
    {
        var stream = new NoiseStream(Key, index);
        var states = new ulong[8][];
        for (uint lane = 0; lane < 8; lane++)
        {
            uint block = 16 * (uint)index + lane;
            var (low, high) = (Key.Block(block), Key.Block(block + 8));
            states[lane] = [low.X0 | (ulong)high.X0 << 32, low.X1 | (ulong)high.X1 << 32, low.X2 | (ulong)high.X2 << 32, low.X3 | (ulong)high.X3 << 32];
        }
        for (int step = 0; step < 100; step++)
        {
            var words = stream.Next();
            for (int lane = 0; lane < 8; lane++) Assert.Equal(Xoshiro(states[lane]), words.AsUInt64()[lane]);
        }
    }

    [Fact]
    public void All_words_together_follow_the_normal_distribution()
    {
        double[] draws = [.. Enumerable.Range(0, 1 << 16).Select(word => Gaussian16.FromWord((ushort)word) / 4096.0).Order()];
        Assert.Equal(0, draws.Average());
        Assert.Equal(1, draws.Average(z => z * z), 2e-5);
        Assert.Equal(0, draws.Average(z => z * z * z), 1e-12);
        Assert.Equal(3, draws.Average(z => Math.Pow(z, 4)), 3e-3);
        Assert.Equal(15, draws.Average(z => Math.Pow(z, 6)), 0.13);
        Assert.InRange(Distance(draws), 0, 2.9e-4);
        Assert.Equal(Gaussian16.Largest / 4096.0, draws[^1]);
    }

    [Fact]
    public void Vectors_draw_what_single_words_draw()
    {
        for (int word = 0; word < 1 << 16; word += 32)
        {
            var words = Vector512.Create((ushort)word) + Vector512<ushort>.Indices;
            var draws = Gaussian16.Tables.Load().FromWords(words);
            for (int lane = 0; lane < 32; lane++) Assert.Equal(Gaussian16.FromWord(words[lane]), draws[lane]);
        }
    }

    [Fact]
    public void A_stream_passes_the_tests_of_a_normal_sample()
    {
        const int Count = 1 << 18;
        double[] draws = Draws(new(Key), Count);
        Assert.InRange(draws.Average(), -4 / Math.Sqrt(Count), 4 / Math.Sqrt(Count));
        Assert.Equal(1, draws.Average(z => z * z), 4 * Math.Sqrt(2.0 / Count));
        Assert.Equal(0, draws.Average(z => z * z * z), 4 * Math.Sqrt(15.0 / Count));
        Assert.Equal(3, draws.Average(z => z * z * z * z), 4 * Math.Sqrt(96.0 / Count));
        Assert.InRange(Distance([.. draws.Order()]), 0, 1.63 / Math.Sqrt(Count));
    }

    /// <summary>Streams that differ in one field of the key, and draws of one stream at any distance that the simulator puts side by side.</summary>
    [Fact]
    public void Neighboring_streams_and_draws_are_uncorrelated()
    {
        const int Count = 1 << 16;
        double[] draws = Draws(new(Key), Count + 4096);
        NoiseKey[] others =
        [
            new(8, NoisePurpose.Read, 3, 5, 2, 11), new(7, NoisePurpose.Write, 3, 5, 2, 11), new(7, NoisePurpose.Read, 4, 5, 2, 11),
            new(7, NoisePurpose.Read, 3, 6, 2, 11), new(7, NoisePurpose.Read, 3, 5, 3, 11), new(7, NoisePurpose.Read, 3, 5, 2, 12),
        ];
        foreach (var other in others) AssertUncorrelated(draws, Draws(new(other), Count));
        AssertUncorrelated(draws, Draws(new(Key, 1), Count));
        foreach (int lag in new[] { 1, 2, 3, 4, 8, 16, 32, 64, 128, 256, 1024, 4096 }) AssertUncorrelated(draws, draws[lag..(lag + Count)]);

        static void AssertUncorrelated(double[] a, double[] b)
        {
            double product = 0, squares = 0;
            for (int i = 0; i < Count; i++)
            {
                product += a[i] * b[i];
                squares += (a[i] * a[i] - 1) * (b[i] * b[i] - 1);
            }
            Assert.InRange(product / Math.Sqrt(Count), -4.5, 4.5);
            Assert.InRange(squares / 2 / Math.Sqrt(Count), -6, 6);
        }
    }

    private static double[] Draws(NoiseStream stream, int count)
    {
        var draws = new short[count];
        stream.FillNormal(draws);
        return [.. draws.Select(z => z / 4096.0)];
    }

    /// <summary>Kolmogorov-Smirnov distance of sorted draws from the normal distribution.</summary>
    private static double Distance(double[] sorted)
    {
        double largest = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            double p = Normal.CDF(0, 1, sorted[i]);
            largest = Math.Max(largest, Math.Max(p - (double)i / sorted.Length, (i + 1.0) / sorted.Length - p));
        }
        return largest;
    }

    private static ulong Xoshiro(ulong[] s)
    {
        ulong result = ulong.RotateLeft(s[0] + s[3], 23) + s[0], t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = ulong.RotateLeft(s[3], 45);
        return result;
    }
}
