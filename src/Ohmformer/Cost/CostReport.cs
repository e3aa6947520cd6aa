using Ohmformer.Arrays;
using Ohmformer.Physics;

namespace Ohmformer.Cost;

/// <summary>Price of one component's action at the design's node.</summary>
/// <param name="Where">"weights", "attention" or "chip".</param>
/// <param name="Component">The component.</param>
/// <param name="Energy">Energy of one action.</param>
/// <param name="Time">Duration of one action.</param>
/// <param name="Area">Area of one instance.</param>
public sealed record ActionPrice(string Where, CostComponent Component, Energy Energy, Time Time, Area Area)
{
    internal static ActionPrice Of(string where, CostComponent component, ComponentCost cost) => new(where, component, cost.Energy, cost.Time, cost.Area);
}

/// <summary>Cost of one step of the workload: a matrix product, digital work, or the transfer to and from off-chip memory.</summary>
public sealed record StepCost
{
    /// <summary>Name of the step, for example "encoder.3.mlp.in".</summary>
    public required string Name { get; init; }

    /// <summary>Class for reports: the name of a <see cref="Mapping.LayerClass"/> or <see cref="Mapping.DigitalKind"/>, or "OffChip".</summary>
    public required string Class { get; init; }

    /// <summary>What the components do in one inference.</summary>
    public required ActivityCounts Counts { get; init; }

    /// <summary>Energy of one inference.</summary>
    public required Breakdown<Joule> Energy { get; init; }

    /// <summary>Duration in one inference, writes included.</summary>
    public required Time Latency { get; init; }

    /// <summary>The part of the latency in which a dynamic operand is written.</summary>
    public Time WriteLatency { get; init; }

    /// <summary>Crossbars that hold the programmed operand; 0 for digital steps.</summary>
    public int Crossbars { get; init; }

    /// <summary>Tiles that hold these crossbars.</summary>
    public int Tiles { get; init; }

    /// <summary>Cells in use as a share of the cells of these crossbars.</summary>
    public double Utilization { get; init; }
}

/// <summary>Energy and latency of all steps of one class.</summary>
/// <param name="Class">The class, see <see cref="StepCost.Class"/>.</param>
/// <param name="Energy">Energy of one inference.</param>
/// <param name="Latency">Latency of one inference.</param>
/// <param name="Crossbars">Crossbars of the class.</param>
/// <param name="Tiles">Tiles of the class.</param>
public sealed record ClassCost(string Class, Energy Energy, Time Latency, int Crossbars, int Tiles);

/// <summary>How long the cells of dynamic operands live.</summary>
/// <param name="WritesPerCell">Writes of a cell per inference.</param>
/// <param name="Endurance">Writes that a cell survives.</param>
/// <param name="WriteEnergy">Energy of these writes per inference.</param>
/// <param name="Latency">Latency of one inference.</param>
/// <param name="PipelineInterval">Shortest time between two inferences when images are pipelined.</param>
public sealed record Lifetime(double WritesPerCell, double Endurance, Energy WriteEnergy, Time Latency, Time PipelineInterval)
{
    /// <summary>Inferences until the first cell reaches its endurance.</summary>
    public double Inferences => Endurance / WritesPerCell;

    /// <summary>Lifetime when one inference follows the other without a pause.</summary>
    public Time AtFullRate => Latency * Inferences;

    /// <summary>Lifetime at the highest pipelined rate.</summary>
    public Time AtPipelinedRate => PipelineInterval * Inferences;
}

/// <summary>Cost of one inference of a workload on a design. docs/theory/cost-model.md states the models behind the numbers.</summary>
public sealed record CostReport
{
    /// <summary>Name of the design.</summary>
    public required string Design { get; init; }

    /// <summary>Name of the workload.</summary>
    public required string Workload { get; init; }

    /// <summary>Multiply-accumulate operations of one inference.</summary>
    public required long Macs { get; init; }

    /// <summary>Cost of each step: matrix products in order, digital work in order, off-chip transfers.</summary>
    public required IReadOnlyList<StepCost> Steps { get; init; }

    /// <summary>Energy of one inference by component.</summary>
    public required Breakdown<Joule> EnergyByComponent { get; init; }

    /// <summary>Area of the chip by component; tiles count whole.</summary>
    public required Breakdown<SquareMeter> AreaByComponent { get; init; }

    /// <summary>Energy and latency by class, in order of appearance.</summary>
    public required IReadOnlyList<ClassCost> ByClass { get; init; }

    /// <summary>What the components do in one inference.</summary>
    public required ActivityCounts Counts { get; init; }

    /// <summary>Duration of one inference; steps run one after the other.</summary>
    public required Time Latency { get; init; }

    /// <summary>
    /// Shortest time between two inferences when different images occupy different layers: the busiest product, softmax unit,
    /// vector unit or off-chip port.
    /// </summary>
    public required Time PipelineInterval { get; init; }

    /// <summary>Crossbars in use.</summary>
    public required int Crossbars { get; init; }

    /// <summary>Tiles.</summary>
    public required int Tiles { get; init; }

    /// <summary>Cells in use as a share of the cells of all crossbars in use.</summary>
    public required double Utilization { get; init; }

    /// <summary>Lifetime of the dynamic operands' cells; null when the workload writes none.</summary>
    public Lifetime? Lifetime { get; init; }

    /// <summary>Energy of one inference.</summary>
    public Energy Energy => EnergyByComponent.Total;

    /// <summary>Area of the chip.</summary>
    public Area Area => AreaByComponent.Total;

    /// <summary>Mean power while one inference runs after the other.</summary>
    public Power Power => new(Energy.Si / Latency.Si);

    /// <summary>Energy-delay-area product in J s m2.</summary>
    public double Edap => Energy.Si * Latency.Si * Area.Si;

    /// <summary>Energy-delay-area product in mJ ms mm2, the unit of most publications.</summary>
    public double EdapMilli => Edap * 1e12;

    /// <summary>Tera-operations per second; one MAC is two operations.</summary>
    public double Tops => 2e-12 * Macs / Latency.Si;

    /// <summary>Tera-operations per second and watt, which is tera-operations per joule.</summary>
    public double TopsPerWatt => 2e-12 * Macs / Energy.Si;

    /// <summary>Tera-operations per second and square millimeter.</summary>
    public double TopsPerSquareMillimeter => Tops / (Area.Si * 1e6);
}
