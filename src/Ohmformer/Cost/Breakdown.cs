using System.Collections;
using Ohmformer.Physics;

namespace Ohmformer.Cost;

/// <summary>The components by which energy and area are reported.</summary>
public enum CostComponent
{
    /// <summary>Cells: their area and the energy that reads dissipate in them.</summary>
    Cells,

    /// <summary>Writing the cells of dynamic operands.</summary>
    CellWrites,

    /// <summary>Word-line drivers.</summary>
    Drivers,

    /// <summary>Sample-and-hold circuits at the bit lines.</summary>
    SampleHolds,

    /// <summary>Analog-to-digital converters.</summary>
    Converters,

    /// <summary>Shift-and-add units.</summary>
    ShiftAdds,

    /// <summary>Crossbars with their periphery, priced by published totals.</summary>
    MacroTotals,

    /// <summary>Tile buffers.</summary>
    Buffers,

    /// <summary>Links and routers.</summary>
    Links,

    /// <summary>Softmax units.</summary>
    SoftmaxUnits,

    /// <summary>The digital vector unit.</summary>
    VectorUnit,

    /// <summary>Off-chip memory.</summary>
    OffChip,
}

/// <summary>A quantity split by component. Enumerates the components that contribute, in the order of the enumeration.</summary>
public sealed class Breakdown<TUnit> : IEnumerable<KeyValuePair<CostComponent, Quantity<TUnit>>>
    where TUnit : IUnit
{
    private static readonly CostComponent[] Components = Enum.GetValues<CostComponent>();

    private readonly double[] _si = new double[Components.Length];

    /// <summary>The share of one component; zero when it does not contribute.</summary>
    public Quantity<TUnit> this[CostComponent component] => new(_si[(int)component]);

    /// <summary>The sum over all components.</summary>
    public Quantity<TUnit> Total => new(_si.Sum());

    /// <summary>Adds to one component while the breakdown is made.</summary>
    internal void Add(CostComponent component, Quantity<TUnit> quantity) => _si[(int)component] += quantity.Si;

    /// <summary>Adds another breakdown, component by component, repeated <paramref name="times"/> times.</summary>
    internal void Add(Breakdown<TUnit> other, double times = 1)
    {
        foreach (var (component, quantity) in other) Add(component, quantity * times);
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<CostComponent, Quantity<TUnit>>> GetEnumerator() =>
        Components.Where(c => _si[(int)c] != 0).Select(c => KeyValuePair.Create(c, this[c])).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
