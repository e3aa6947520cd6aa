using Ohmformer.Cost;

namespace Ohmformer.Tests.Cost;

public sealed class ParetoFrontTests
{
    [Fact]
    public void Nothing_is_the_front_of_nothing() => Assert.Empty(ParetoFront.Of([]));

    [Fact]
    public void Costs_rise_and_so_do_values()
    {
        Assert.Equal([3, 0, 2], ParetoFront.Of([(2, 5), (3, 5), (4, 9), (1, 1), (4, 8)]));
        Assert.Equal([0, 2], ParetoFront.Of([(1, 1), (double.NaN, 9), (1, 1), (1, double.NaN), (2, 1)]));
    }

    /// <summary>The definition, on choices with many ties.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(37)]
    public void A_choice_is_on_the_front_exactly_when_no_other_beats_it(int count)
    {
        var random = new Random(count);
        for (int round = 0; round < 50; round++)
        {
            var choices = Enumerable.Range(0, count).Select(_ => (Cost: (double)random.Next(8), Value: (double)random.Next(8))).ToArray();
            var unbeaten = Enumerable.Range(0, count).Where(i => !choices.Any(c => c.Cost <= choices[i].Cost && c.Value >= choices[i].Value && c != choices[i]));
            Assert.Equal(unbeaten, ParetoFront.Of(choices).Order());
        }
    }
}
