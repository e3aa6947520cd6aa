using MathNet.Numerics.Distributions;
using Ohmformer.Numerics;

namespace Ohmformer.Tests.Numerics;

public sealed class GaussianTests
{
    private static readonly NoiseKey Key = new(7, NoisePurpose.Read, 3, 5, 2, 11);

    public static TheoryData<uint> Words() => [0u, 1u, 2u, 3u, 0x3FFFFFFF, 0x40000000, 0x7FFFFFFF, 0x7FFFFFFE, 0x0000FFFF, 0x00010000, 0x12345678, 0x00000123];

    [Theory]
    [MemberData(nameof(Words))]
    public void Top_bit_mirrors_the_number(uint word) =>
        Assert.Equal(-Gaussian.FromWord(word), Gaussian.FromWord(word | 0x80000000));

    [Theory]
    [MemberData(nameof(Words))]
    public void Word_gives_the_inverse_distribution_function(uint word) =>
        Assert.Equal(Exact(word), Gaussian.FromWord(word), 1e-5);

    [Fact]
    public void Error_against_the_exact_inverse_stays_below_1e_5()
    {
        double worst = 0;
        for (uint i = 0; i < 40_000; i++)
        {
            // Every octave equally often: the plain draw would hardly reach the tails.
            uint word = (Philox.Block(i, 0, 0, 0, 1, 2).X0 & 0x7FFFFFFF) >> (int)(i % 31);
            worst = Math.Max(worst, Math.Abs(Exact(word) - Gaussian.FromWord(word)));
        }
        Assert.True(worst < 1e-5, $"largest error {worst:E2}");
    }

    [Fact]
    public void Largest_magnitude_belongs_to_the_smallest_tail() => Assert.Equal(6.3379, Gaussian.FromWord(0), 1e-3);

    [Fact]
    public void Moments_and_distribution_are_those_of_the_standard_normal()
    {
        const int Count = 1 << 18;
        var draws = new float[Count];
        Gaussian.Fill(Key, 0, draws);
        double mean = draws.Average(z => (double)z), variance = draws.Average(z => (double)z * z), fourth = draws.Average(z => Math.Pow(z, 4));
        Assert.InRange(mean, -4 / Math.Sqrt(Count), 4 / Math.Sqrt(Count));
        Assert.InRange(variance, 1 - 4 * Math.Sqrt(2.0 / Count), 1 + 4 * Math.Sqrt(2.0 / Count));
        Assert.InRange(fourth, 3 - 4 * Math.Sqrt(96.0 / Count), 3 + 4 * Math.Sqrt(96.0 / Count));

        Array.Sort(draws);
        double distance = Enumerable.Range(0, Count).Max(i => Math.Abs(Normal.CDF(0, 1, draws[i]) - (i + 0.5) / Count));
        Assert.True(distance < 1.63 / Math.Sqrt(Count), $"Kolmogorov-Smirnov distance {distance:F5} beyond the 1 % level");
        Assert.InRange(draws.Count(z => Math.Abs(z) > 3), 0.0027 * Count * 0.85, 0.0027 * Count * 1.15);
    }

    [Theory]
    [InlineData(0u, 0)]
    [InlineData(0u, 1)]
    [InlineData(3u, 2)]
    [InlineData(1u, 67)]
    [InlineData(4u, 64)]
    [InlineData(8u, 131)]
    public void Fill_equals_word_by_word(uint start, int count)
    {
        var draws = new float[count];
        Gaussian.Fill(Key, start, draws);
        for (int i = 0; i < count; i++) Assert.Equal(Gaussian.FromWord(Key.Word(start + (uint)i)), draws[i]);
    }

    [Theory]
    [InlineData(0u, 4)]
    [InlineData(5u, 1)]
    [InlineData(7u, 13)]
    public void Filled_columns_equal_word_by_word(uint start, int count)
    {
        var draws = new float[count * Gaussian.Lanes];
        Gaussian.FillColumns(Key, start, count, draws);
        for (int lane = 0; lane < Gaussian.Lanes; lane++)
        {
            var key = new NoiseKey(7, NoisePurpose.Read, 3, 5, 2, 11 + lane);
            for (int i = 0; i < count; i++) Assert.Equal(Gaussian.FromWord(key.Word(start + (uint)i)), draws[i * Gaussian.Lanes + lane]);
        }
    }

    [Fact]
    public void Philox_gives_the_known_answer() => // the authors' known-answer test, Random123 kat_vectors
        Assert.Equal((0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u), Philox.Block(0, 0, 0, 0, 0, 0));

    private static double Exact(uint word)
    {
        double p = (2.0 * (word & 0x7FFFFFFF) + 1) / Math.Pow(2, 33);
        return (word >> 31 == 0 ? -1 : 1) * Normal.InvCDF(0, 1, p);
    }
}
