using Ohmformer.Physics;

namespace Ohmformer.Devices;

/// <summary>
/// A phase-change cell. The standard deviation of the programmed conductance was measured on a million doped Ge2Sb2Te5
/// cells with GMax = 25 uS: sigma(g) = max(-1.1731 g^2 + 1.9650 g + 0.2635, 0) uS with g = G/GMax (Joshi et al., Accurate
/// deep neural network inference using computational phase-change memory, Nature Communications 11, 2473, 2020; the fit as
/// used by IBM's analog hardware acceleration kit). The cells drift: <see cref="DeviceSpec.DriftExponent"/>.
/// </summary>
public sealed record PcmSpec : DeviceSpec
{
    /// <summary>Factor on the measured programming noise.</summary>
    [Parameter("Factor on the measured programming noise; 1 as measured, 0 for none.", Min = 0, Max = 100)]
    public double WriteNoiseScale { get; init; } = 1;

    /// <inheritdoc/>
    public override IDevice Build() => new Pcm(this);
}

/// <summary>Behavior of <see cref="PcmSpec"/>.</summary>
internal sealed class Pcm(PcmSpec spec) : IDevice
{
    /// <summary>The conductance range of the measured cells, in microsiemens.</summary>
    private const double MeasuredGMax = 25;

    public DeviceSpec Spec => spec;

    public bool HasWriteNoise => spec.WriteNoiseScale > 0;

    public double Program(double target, double gaussian)
    {
        double sigma = Math.Max((-1.1731 * target + 1.9650) * target + 0.2635, 0) / MeasuredGMax;
        return target + spec.WriteNoiseScale * sigma * gaussian;
    }
}
