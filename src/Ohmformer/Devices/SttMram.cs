using Ohmformer.Files;
using Ohmformer.Physics;

namespace Ohmformer.Devices;

/// <summary>
/// A magnetic tunnel junction with two states. The resistance depends exponentially on the barrier's thickness, so its
/// spread between cells is lognormal: R' = R exp(sigma n) (Zhang et al., Compact modeling of perpendicular-anisotropy
/// CoFeB/MgO magnetic tunnel junctions, IEEE Transactions on Electron Devices 59(3), 2012, which models the spread of thickness).
/// </summary>
public sealed record SttMramSpec : DeviceSpec
{
    /// <summary>Standard deviation of the logarithm of the resistance between cells.</summary>
    [Parameter("Standard deviation of the logarithm of the resistance between cells.", Min = 0, Max = 1)]
    public double ResistanceSpread { get; init; }

    private string TwoStates => $"is {MaxBitsPerCell}; a magnetic tunnel junction has two states, so it must be 1";

    /// <inheritdoc/>
    /// <exception cref="InputException">More than one bit per cell.</exception>
    public override IDevice Build() => MaxBitsPerCell == 1 ? new SttMram(this) : throw new InputException($"device.maxBitsPerCell {TwoStates}.");

    /// <inheritdoc/>
    public override IEnumerable<Violation> Violations() => MaxBitsPerCell == 1
        ? base.Violations()
        : base.Violations().Append(new(nameof(MaxBitsPerCell), TwoStates));
}

/// <summary>Behavior of <see cref="SttMramSpec"/>.</summary>
internal sealed class SttMram(SttMramSpec spec) : IDevice
{
    public DeviceSpec Spec => spec;

    public bool HasWriteNoise => spec.ResistanceSpread > 0;

    public double Program(double target, double gaussian) => target * Math.Exp(-spec.ResistanceSpread * gaussian);
}
