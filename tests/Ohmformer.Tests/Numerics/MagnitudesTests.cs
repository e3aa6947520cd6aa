using Ohmformer.Files;
using Ohmformer.Numerics;

namespace Ohmformer.Tests.Numerics;

public sealed class MagnitudesTests
{
    /// <summary>The nearest-rank percentile of sorted magnitudes, rounded up to 9 significant bits but not above the largest.</summary>
    public static float Sorted(IEnumerable<float> values, double percentile)
    {
        float[] sorted = [.. values.Select(MathF.Abs).Order()];
        if (sorted.Length == 0) return 0;
        float exact = sorted[Math.Max(1, (int)Math.Ceiling(sorted.Length * percentile / 100)) - 1];
        if (exact == 0) return 0;
        double step = Math.Pow(2, Math.Max(-126, Math.Floor(Math.Log2(exact))) - 8);
        return Math.Min((float)(Math.Ceiling(exact / step) * step), sorted[^1]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(97)]
    [InlineData(10_000)]
    public void Percentile_equals_that_of_sorted_values(int count)
    {
        var random = new Random(count);
        float[] values = [.. Enumerable.Range(0, count).Select(i => i % 7 == 0 ? 0 : MathF.Exp(20 * random.NextSingle() - 10) * (random.Next(2) == 0 ? 1 : -1))];
        var magnitudes = new Magnitudes();
        magnitudes.Add(values);
        foreach (double percentile in new[] { 0.001, 50, 90, 99, 99.9, 99.99, 100 }) Assert.Equal(Sorted(values, percentile), magnitudes.Percentile(percentile));
        Assert.Equal(values.Select(MathF.Abs).DefaultIfEmpty().Max(), magnitudes.Percentile(100));
    }

    [Fact]
    public void Order_does_not_matter_and_clearing_forgets()
    {
        float[] values = [.. Enumerable.Range(1, 500).Select(i => i * 0.37f)];
        var (forward, backward) = (new Magnitudes(), new Magnitudes());
        backward.Add([1e9f, -1e-9f]);
        backward.Clear();
        forward.Add(values);
        backward.Add([.. values.Reverse()]);
        Assert.Equal(forward.Percentile(77), backward.Percentile(77));
        Assert.Equal(forward.Percentile(100), backward.Percentile(100));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void Values_that_are_not_finite_are_rejected(float value) =>
        Assert.Contains("finite", Assert.Throws<InputException>(() => new Magnitudes().Add([1, value])).Message, StringComparison.Ordinal);

    [Fact]
    public void Extreme_magnitudes_keep_their_order()
    {
        var magnitudes = new Magnitudes();
        magnitudes.Add([float.Epsilon, 1, float.MaxValue]);
        Assert.Equal(float.MaxValue, magnitudes.Percentile(100));
        Assert.Equal(1, magnitudes.Percentile(50));
        Assert.True(magnitudes.Percentile(1) is > 0 and < 1e-37f);
    }
}
