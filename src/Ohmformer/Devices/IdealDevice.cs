namespace Ohmformer.Devices;

/// <summary>A cell that takes exactly the conductance it is programmed to.</summary>
public sealed record IdealDeviceSpec : DeviceSpec
{
    /// <inheritdoc/>
    public override IDevice Build() => new IdealDevice(this);
}

/// <summary>Behavior of <see cref="IdealDeviceSpec"/>.</summary>
internal sealed class IdealDevice(IdealDeviceSpec spec) : IDevice
{
    public DeviceSpec Spec => spec;

    public bool HasWriteNoise => false;

    public double Program(double target, double gaussian) => target;
}
