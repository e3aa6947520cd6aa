using Ohmformer.Lab.Experiments;

namespace Ohmformer.Tests.Lab.Experiments;

public sealed class PublishedDamageTests
{
    /// <summary>DeiT-S, ClipFormer's Table II: (79.76 - 54.82)/(79.76 - 0.1) at gamma 4.</summary>
    [Fact]
    public void Damage_is_a_share_of_the_accuracy_above_chance()
    {
        var published = new PublishedDamage(79.76, 0.1, new Dictionary<double, double> { [4] = 54.82 });
        Assert.Equal(24.94 / 79.66, published.At(4), 1e-12);
        Assert.Equal(0, PublishedDamage.Of(90, 90, 10));
        Assert.Equal(1, PublishedDamage.Of(90, 10, 10));
    }

    [Fact]
    public void Crossings_lie_on_lines_between_measured_points()
    {
        (double, double)[] measured = [(4, 0.2), (8, 0.1), (12, 0.9)];
        Assert.Equal(2, PublishedDamage.Crossing(measured, 0.1));
        Assert.Equal(4, PublishedDamage.Crossing(measured, 0.2));
        Assert.Equal(10, PublishedDamage.Crossing(measured, 0.5)!.Value, 1e-12);
        Assert.Null(PublishedDamage.Crossing(measured, 0.95));
        Assert.Null(PublishedDamage.Crossing([], 0.1));
    }
}
