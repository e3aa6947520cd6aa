namespace Ohmformer.Devices;

/// <summary>
/// The device seam: what conductance results from programming a target. Reading, drift and stuck cells follow from
/// <see cref="DeviceSpec"/> alone and are the same for all devices.
/// </summary>
public interface IDevice
{
    /// <summary>The numbers of this device.</summary>
    DeviceSpec Spec { get; }

    /// <summary>Whether programming draws random numbers.</summary>
    bool HasWriteNoise { get; }

    /// <summary>The programmed conductance of one cell.</summary>
    /// <param name="target">Normalized target conductance G/GMax.</param>
    /// <param name="gaussian">A standard normal draw that belongs to this cell and this write.</param>
    /// <returns>Normalized programmed conductance.</returns>
    double Program(double target, double gaussian);

    /// <summary>
    /// How the conductance follows the draw where it does so in a straight line: <see cref="Program"/> then gives target + slope * gaussian, with these two roundings.
    /// </summary>
    /// <param name="target">Normalized target conductance G/GMax.</param>
    /// <returns>The slope; null where the conductance follows another law.</returns>
    double? Slope(double target) => null;
}
