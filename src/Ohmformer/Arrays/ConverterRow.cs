using Ohmformer.Circuits.Adc;

namespace Ohmformer.Arrays;

/// <summary>The converters of the samples of one row group.</summary>
internal sealed class ConverterRow
{
    private readonly IAdc[] _converters;

    /// <summary>Converters and their full scales, per sample.</summary>
    public ConverterRow(IAdc[] converters, BitLineRange[] fullScales)
    {
        _converters = converters;
        FullScales = fullScales;
        HasNoise = converters.Any(c => c.HasNoise);
        if (converters.All(c => c.Transfer is not null)) Transfers = [.. converters.Select(c => c.Transfer!.Value)];
    }

    /// <summary>Full scale per sample.</summary>
    public BitLineRange[] FullScales { get; }

    /// <summary>Transfer curve per sample when all are straight, else null.</summary>
    public AdcTransfer[]? Transfers { get; }

    /// <summary>Whether conversions draw random numbers.</summary>
    public bool HasNoise { get; }

    /// <summary>The converter of a sample.</summary>
    public IAdc this[int sample] => _converters[sample];
}
