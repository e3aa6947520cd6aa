using Ohmformer.Physics;

namespace Ohmformer.Devices;

/// <summary>How the standard deviation of read noise depends on the conductance.</summary>
public enum ReadNoiseKind
{
    /// <summary>The standard deviation is a share of GMax, the same for every conductance.</summary>
    Constant,

    /// <summary>The standard deviation is a share of the conductance itself.</summary>
    Proportional,
}

/// <summary>
/// A memory cell as a conductance: its range, its noise, its cost. Conductances inside the simulator are normalized,
/// g = G/GMax in [GMin/GMax, 1].
/// </summary>
public abstract record DeviceSpec : ICheckedSpec
{
    /// <summary>Conductance of the least conducting state.</summary>
    [Parameter("Conductance of the least conducting state; \"0 S\" for an ideal device.", Min = 0)]
    public required Conductance GMin { get; init; }

    /// <summary>Conductance of the most conducting state.</summary>
    [Parameter("Conductance of the most conducting state.", Min = 1e-12, Max = 1)]
    public required Conductance GMax { get; init; }

    /// <summary>Most bits one cell can hold.</summary>
    [Parameter("Most bits that one cell can hold.", Min = 1, Max = 8)]
    public required int MaxBitsPerCell { get; init; }

    /// <summary>Standard deviation of read noise, as a share of GMax or of the conductance.</summary>
    [Parameter("Standard deviation of read noise per read: a share of GMax or of the conductance, see readNoiseKind.", Min = 0, Max = 1)]
    public double ReadNoise { get; init; }

    /// <summary>How read noise depends on the conductance.</summary>
    [Parameter("Whether read noise is a share of GMax (constant) or of the conductance (proportional).")]
    public ReadNoiseKind ReadNoiseKind { get; init; } = ReadNoiseKind.Proportional;

    /// <summary>Drift exponent: G(t) = G (t/t0)^-nu.</summary>
    [Parameter("Drift exponent nu in G(t) = G (t/t0)^-nu; 0 for none.", Min = 0, Max = 1)]
    public double DriftExponent { get; init; }

    /// <summary>Standard deviation of the drift exponent between cells.</summary>
    [Parameter("Standard deviation of the drift exponent between cells.", Min = 0, Max = 1)]
    public double DriftExponentSpread { get; init; }

    /// <summary>Reference time t0 of drift.</summary>
    [Parameter("Time t0 after programming at which the drift law starts.", Min = 1e-9, Max = 1e6)]
    public Time DriftReference { get; init; } = new(20);

    /// <summary>Share of cells stuck at GMin.</summary>
    [Parameter("Share of cells that are stuck at GMin.", Min = 0, Max = 1)]
    public double StuckAtGMin { get; init; }

    /// <summary>Share of cells stuck at GMax.</summary>
    [Parameter("Share of cells that are stuck at GMax.", Min = 0, Max = 1)]
    public double StuckAtGMax { get; init; }

    /// <summary>How often a cell can be written before it fails.</summary>
    [Parameter("Writes that a cell survives.", Min = 1)]
    public required double Endurance { get; init; }

    /// <summary>Voltage on an active word line during a read.</summary>
    [Parameter("Word-line voltage during a read.", Min = 0, Max = 10)]
    public required Voltage ReadVoltage { get; init; }

    /// <summary>Time for one read of an array, without the conversion.</summary>
    [Parameter("Duration of one array read, without the conversion.", Min = 1e-12, Max = 1e-3)]
    public required Time ReadTime { get; init; }

    /// <summary>Energy to write one cell.</summary>
    [Parameter("Energy to write one cell.", Min = 1e-18, Max = 1e-3)]
    public required Energy WriteEnergy { get; init; }

    /// <summary>Time to write one row of cells.</summary>
    [Parameter("Duration of writing one row of cells.", Min = 1e-12, Max = 1e-1)]
    public required Time WriteTime { get; init; }

    /// <summary>Area of one cell.</summary>
    [Parameter("Area of one cell at the design's node.", Min = 1e-18, Max = 1e-6)]
    public required Area CellArea { get; init; }

    /// <summary>Where the numbers come from.</summary>
    [Parameter("Published source of the numbers.")]
    public required string Source { get; init; }

    /// <summary>ON/OFF ratio GMax/GMin; infinite for an ideal device.</summary>
    public double OnOffRatio => GMax / GMin;

    /// <summary>Normalized conductance of the least conducting state, g0 = GMin/GMax.</summary>
    public double NormalizedGMin => GMin / GMax;

    /// <summary>The behavior this specification describes.</summary>
    public abstract IDevice Build();

    /// <inheritdoc/>
    public virtual IEnumerable<Violation> Violations()
    {
        if (GMin >= GMax) yield return new(nameof(GMin), $"is {GMin}; it must be below gMax, {GMax}");
        if (StuckAtGMin + StuckAtGMax > 1)
            yield return new(nameof(StuckAtGMax), $"and stuckAtGMin together are {StuckAtGMin + StuckAtGMax:G4}; they must not exceed 1");
    }
}
