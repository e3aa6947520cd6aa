using System.Collections.Concurrent;
using Ohmformer.Numerics;
using Ohmformer.Physics;

namespace Ohmformer.Circuits.Adc;

/// <summary>
/// A flash converter: one comparator per threshold, the code is the number of comparators that fire. Comparator offsets are
/// fixed and independent (Pelgrom, van Rens, Vertregt, Dijkstra: A 25-Ms/s 8-bit CMOS A/D converter for embedded application,
/// IEEE Journal of Solid-State Circuits 29(8), 1994). All errors are off by default.
/// </summary>
public sealed record FlashAdcSpec : AdcSpec
{
    /// <summary>Standard deviation of the comparators' offsets.</summary>
    [Parameter("Standard deviation of the comparators' offsets, in LSB.", Min = 0, Max = 64)]
    public double ThresholdSpread { get; init; }

    /// <summary>Noise per conversion, referred to the input.</summary>
    [Parameter("Noise per conversion, referred to the input, in LSB rms.", Min = 0, Max = 64)]
    public double ComparatorNoise { get; init; }

    /// <inheritdoc/>
    public override IAdc Build(double low, double high, ulong seed = 0, int site = 0) => new FlashAdc(this, TransferOver(low, high), seed, site);
}

/// <summary>Behavior of <see cref="FlashAdcSpec"/>.</summary>
internal sealed class FlashAdc(FlashAdcSpec spec, AdcTransfer transfer, ulong seed, int site) : IAdc
{
    private readonly bool _straight = spec is { ThresholdSpread: 0, ComparatorNoise: 0 };
    private readonly ConcurrentDictionary<int, float[]> _thresholds = new();

    public AdcTransfer? Transfer => _straight ? transfer : null;

    public bool HasNoise => spec.ComparatorNoise > 0;

    public double Convert(double value, int converter, double gaussian)
    {
        if (_straight) return transfer.Value(transfer.Code(value));
        float position = (float)(transfer.Position(value) + spec.ComparatorNoise * gaussian);
        return transfer.Value(Fired(_thresholds.GetOrAdd(converter, Draw), position));
    }

    /// <summary>How many of the ascending thresholds lie at or below the position.</summary>
    private static int Fired(float[] thresholds, float position)
    {
        int low = 0, high = thresholds.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (thresholds[middle] <= position) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// <summary>Thresholds of one converter; sorted, because the number that fires does not depend on which comparator is which.</summary>
    private float[] Draw(int converter)
    {
        var thresholds = new float[spec.Levels - 1];
        Gaussian.Fill(ConverterNoise.Key(seed, site, converter), 0, thresholds);
        for (int i = 0; i < thresholds.Length; i++) thresholds[i] = i + 0.5f + (float)spec.ThresholdSpread * thresholds[i];
        Array.Sort(thresholds);
        return thresholds;
    }
}
