using Ohmformer.Numerics;

namespace Ohmformer.Circuits.Adc;

/// <summary>Where the fixed errors of a converter come from.</summary>
internal static class ConverterNoise
{
    /// <summary>The stream of one converter's fixed errors.</summary>
    public static NoiseKey Key(ulong seed, int site, int converter) => new(
        seed, NoisePurpose.AdcMismatch, site, 0, converter / NoiseKey.MaxColumn, converter % NoiseKey.MaxColumn);
}
