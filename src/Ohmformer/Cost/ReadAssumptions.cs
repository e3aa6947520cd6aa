using Ohmformer.Physics;

namespace Ohmformer.Cost;

/// <summary>
/// What the cost model assumes about data when it prices the energy that a read dissipates in the cells; no data or weights
/// are needed for an estimate. The defaults are choices of this project: docs/theory/cost-model.md, "Cells".
/// </summary>
public sealed record ReadAssumptions
{
    /// <summary>
    /// Mean conductance of a cell that holds a digit, as a share of its range, 0 at GMin and 1 at GMax. One cell of every differential
    /// pair holds none and stays at GMin.
    /// </summary>
    [Parameter("Mean conductance of a cell that holds a digit, as a share of its range: 0 is GMin, 1 is GMax.", Min = 0, Max = 1)]
    public double ConductanceShare { get; init; } = 0.5;

    /// <summary>Mean square of the line voltages in units of the read voltage's; for single bits the share of lines that carry a one.</summary>
    [Parameter("Mean square of the line voltages in units of the read voltage's square; for single bits the share of ones.", Min = 0, Max = 1)]
    public double LineActivity { get; init; } = 0.5;
}
