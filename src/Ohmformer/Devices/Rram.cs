using Ohmformer.Physics;

namespace Ohmformer.Devices;

/// <summary>
/// A filamentary resistive cell. Programming leaves an error that grows with the root of the distance from GMin,
/// G' = G + gamma sqrt((G - GMin) (GMax - GMin)) n with n ~ N(0, sigma^2), and reads see noise in proportion to the
/// conductance (Bhattacharjee, Moitra, Panda: ClipFormer, arXiv 2402.02586, equations 2 and 3).
/// </summary>
public sealed record RramSpec : DeviceSpec
{
    /// <summary>Standard deviation sigma of the write noise. ClipFormer uses 0.1.</summary>
    [Parameter("Standard deviation sigma of write noise, relative to the conductance range; 0 for cells that are verified after the write.", Min = 0, Max = 1)]
    public double WriteNoise { get; init; }

    /// <summary>Factor gamma of the write noise. ClipFormer uses 3, 4 and 5.</summary>
    [Parameter("Factor gamma of write noise.", Min = 0, Max = 100)]
    public double WriteNoiseFactor { get; init; } = 1;

    /// <summary>Whether programmed conductances are confined to [GMin, GMax].</summary>
    [Parameter("Whether programmed conductances are confined to the range from gMin to gMax.")]
    public bool ClampToRange { get; init; }

    /// <inheritdoc/>
    public override IDevice Build() => new Rram(this);
}

/// <summary>Behavior of <see cref="RramSpec"/>.</summary>
internal sealed class Rram(RramSpec spec) : IDevice
{
    private readonly double _gMin = spec.NormalizedGMin;
    private readonly double _spread = spec.WriteNoiseFactor * spec.WriteNoise;

    public DeviceSpec Spec => spec;

    public bool HasWriteNoise => _spread > 0;

    public double Program(double target, double gaussian)
    {
        double g = target + Spread(target) * gaussian;
        return spec.ClampToRange ? Math.Clamp(g, _gMin, 1) : g;
    }

    public double? Slope(double target) => spec.ClampToRange ? null : Spread(target);

    private double Spread(double target) => _spread * Math.Sqrt(Math.Max(target - _gMin, 0) * (1 - _gMin));
}
