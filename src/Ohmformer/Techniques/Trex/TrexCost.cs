using Ohmformer.Cost;

namespace Ohmformer.Techniques.Trex;

/// <summary>Which operations count for TOPS/mm2.</summary>
public enum TrexOperations
{
    /// <summary>Those that are executed.</summary>
    Actual,

    /// <summary>Those of the network without reuse, as in the tables of TReX: reuse then counts as speed.</summary>
    Baseline,
}

/// <summary>What TReXSim counts. The defaults count everything.</summary>
public sealed record TrexCounting
{
    /// <summary>Everything that is executed.</summary>
    public static TrexCounting Honest { get; } = new();

    /// <summary>The tables of TReX (arXiv:2408.12742): without the transformation blocks, TOPS/mm2 of the network without reuse.</summary>
    public static TrexCounting Published { get; } = new() { CountTransformations = false, Operations = TrexOperations.Baseline };

    /// <summary>Whether transformation blocks cost energy, delay, area and operations (<c>count_tb</c>).</summary>
    public bool CountTransformations { get; init; } = true;

    /// <summary>Which operations count for TOPS/mm2 (<c>ops</c>); TOPS/W always counts those that are executed, as TReX does.</summary>
    public TrexOperations Operations { get; init; } = TrexOperations.Actual;
}

/// <summary>Cost of the encoders of a network, one row of TReX's tables. One MAC is two operations; TReX counts one.</summary>
/// <param name="Energy">Energy of one inference.</param>
/// <param name="Delay">Duration of one inference.</param>
/// <param name="Area">Area of all tiles and digital units.</param>
/// <param name="Macs">Multiply-accumulate operations that are executed.</param>
/// <param name="DensityMacs">Multiply-accumulate operations that count for <see cref="TopsPerSquareMillimeter"/>.</param>
public sealed record TrexCost(Energy Energy, Time Delay, Area Area, long Macs, long DensityMacs)
{
    /// <summary>Energy-delay-area product in mJ ms mm2.</summary>
    public double EdapMilli => Energy.Si * Delay.Si * Area.Si * 1e12;

    /// <summary>Tera-operations per joule.</summary>
    public double TopsPerWatt => 2e-12 * Macs / Energy.Si;

    /// <summary>Tera-operations per second and square millimeter.</summary>
    public double TopsPerSquareMillimeter => 2e-12 * DensityMacs / Delay.Si / (Area.Si * 1e6);

    /// <summary>What a report of the cost model says of encoders.</summary>
    internal static TrexCost Of(CostReport report, long densityMacs) => new(report.Energy, report.Latency, report.Area, report.Macs, densityMacs);
}
