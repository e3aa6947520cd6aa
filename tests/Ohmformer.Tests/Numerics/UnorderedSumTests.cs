using Ohmformer.Numerics;

namespace Ohmformer.Tests.Numerics;

public sealed class UnorderedSumTests
{
    [Fact]
    public void Order_does_not_change_a_bit()
    {
        var random = new Random(1);
        double[] addends = [.. Enumerable.Range(0, 101).Select(_ => Math.Exp(20 * random.NextDouble() - 10))];
        double first = Sum(addends);
        Assert.Equal(addends.Sum(), first, 1e-9);
        for (int i = 0; i < 20; i++)
        {
            random.Shuffle(addends);
            Assert.Equal(first, Sum(addends));
        }
    }

    [Fact]
    public void Nothing_adds_up_to_zero() => Assert.Equal(0, new UnorderedSum().Value);

    private static double Sum(double[] addends)
    {
        var sum = new UnorderedSum();
        foreach (double addend in addends) sum.Add(addend);
        return sum.Value;
    }
}
