using Ohmformer.Physics;

namespace Ohmformer.Devices;

/// <summary>
/// A ferroelectric transistor. Programming leaves an error in proportion to the conductance, G' = G (1 + sigma n)
/// (Moitra, Bhattacharjee, Kim, Panda: TReX, arXiv 2408.12742, which uses sigma = 0.2).
/// </summary>
public sealed record FeFetSpec : DeviceSpec
{
    /// <summary>Standard deviation of the programmed conductance, as a share of it.</summary>
    [Parameter("Standard deviation of the programmed conductance, as a share of it.", Min = 0, Max = 1)]
    public double WriteNoise { get; init; }

    /// <inheritdoc/>
    public override IDevice Build() => new FeFet(this);
}

/// <summary>Behavior of <see cref="FeFetSpec"/>.</summary>
internal sealed class FeFet(FeFetSpec spec) : IDevice
{
    public DeviceSpec Spec => spec;

    public bool HasWriteNoise => spec.WriteNoise > 0;

    public double Program(double target, double gaussian) => target * (1 + spec.WriteNoise * gaussian);
}
