using Ohmformer.Physics;

namespace Ohmformer.Tests.Physics;

public sealed class ComponentCostTests
{
    private static readonly ComponentCost Published = new()
    {
        Energy = new(2e-12),
        Time = new(1e-9),
        Area = new(1200e-12),
        Node = new(32e-9),
        Source = "test",
    };

    [Fact]
    public void Keeps_its_numbers_at_its_own_node() => Assert.Same(Published, Published.At(new(32e-9)));

    [Fact]
    public void Scales_energy_and_area_to_another_node()
    {
        var scaled = Published.At(new(64e-9));
        Assert.Equal(2e-12 * Math.Pow(2, 1.9), scaled.Energy.Si, 1e-24);
        Assert.Equal(4800e-12, scaled.Area.Si, 1e-20);
        Assert.Equal(Published.Time, scaled.Time);
        Assert.Equal(new Length(64e-9), scaled.Node);
    }

    [Fact]
    public void Returns_to_its_numbers_after_a_round_trip()
    {
        var back = Published.At(new(7e-9)).At(new(32e-9));
        Assert.Equal(Published.Energy.Si, back.Energy.Si, 1e-24);
        Assert.Equal(Published.Area.Si, back.Area.Si, 1e-22);
    }
}
