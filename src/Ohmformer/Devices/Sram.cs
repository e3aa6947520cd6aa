using Ohmformer.Files;
using Ohmformer.Physics;

namespace Ohmformer.Devices;

/// <summary>
/// A static-memory cell whose read transistor conducts or not. Threshold mismatch spreads the current between cells,
/// I' = I (1 + sigma n) (Pelgrom, Duinmaijer, Welbers: Matching properties of MOS transistors, IEEE Journal of Solid-State
/// Circuits 24(5), 1989).
/// </summary>
public sealed record SramSpec : DeviceSpec
{
    /// <summary>Standard deviation of the cell current between cells, as a share of it.</summary>
    [Parameter("Standard deviation of the cell current between cells, as a share of it.", Min = 0, Max = 1)]
    public double CurrentMismatch { get; init; }

    private string TwoStates => $"is {MaxBitsPerCell}; a static-memory cell has two states, so it must be 1";

    /// <inheritdoc/>
    /// <exception cref="InputException">More than one bit per cell.</exception>
    public override IDevice Build() => MaxBitsPerCell == 1 ? new Sram(this) : throw new InputException($"device.maxBitsPerCell {TwoStates}.");

    /// <inheritdoc/>
    public override IEnumerable<Violation> Violations() => MaxBitsPerCell == 1
        ? base.Violations()
        : base.Violations().Append(new(nameof(MaxBitsPerCell), TwoStates));
}

/// <summary>Behavior of <see cref="SramSpec"/>.</summary>
internal sealed class Sram(SramSpec spec) : IDevice
{
    public DeviceSpec Spec => spec;

    public bool HasWriteNoise => spec.CurrentMismatch > 0;

    public double Program(double target, double gaussian) => target * (1 + spec.CurrentMismatch * gaussian);
}
