using System.Collections.Concurrent;
using Ohmformer.Numerics;
using Ohmformer.Physics;

namespace Ohmformer.Circuits.Adc;

/// <summary>
/// A successive-approximation converter: one comparator searches the code bit by bit against a binary-weighted capacitor
/// array. Capacitors made of unit capacitors with independent errors give a bit of weight 2^i a relative error of
/// sigma/2^(i/2) (Fredenburg, Flynn: Statistical analysis of ENOB and yield in binary weighted ADCs and DACs with random
/// element mismatch, IEEE Transactions on Circuits and Systems I 59(7), 2012). All errors are off by default.
/// </summary>
public sealed record SarAdcSpec : AdcSpec
{
    /// <summary>Standard deviation of the offset between converters.</summary>
    [Parameter("Standard deviation of the offset between converters, in LSB.", Min = 0, Max = 64)]
    public double OffsetSpread { get; init; }

    /// <summary>Standard deviation of the gain error between converters.</summary>
    [Parameter("Standard deviation of the gain error between converters, as a share of the gain.", Min = 0, Max = 1)]
    public double GainSpread { get; init; }

    /// <summary>Standard deviation of a unit capacitor.</summary>
    [Parameter("Standard deviation of a unit capacitor, as a share of it; bends the transfer curve (INL).", Min = 0, Max = 1)]
    public double CapacitorMismatch { get; init; }

    /// <summary>Noise of the comparator, referred to the input.</summary>
    [Parameter("Comparator noise per conversion, referred to the input, in LSB rms.", Min = 0, Max = 64)]
    public double ComparatorNoise { get; init; }

    /// <inheritdoc/>
    public override IAdc Build(double low, double high, ulong seed = 0, int site = 0) => new SarAdc(this, TransferOver(low, high), seed, site);
}

/// <summary>Behavior of <see cref="SarAdcSpec"/>.</summary>
internal sealed class SarAdc(SarAdcSpec spec, AdcTransfer transfer, ulong seed, int site) : IAdc
{
    private readonly bool _straight = spec is { OffsetSpread: 0, GainSpread: 0, CapacitorMismatch: 0, ComparatorNoise: 0 };
    private readonly ConcurrentDictionary<int, Errors> _errors = new();

    public AdcTransfer? Transfer => _straight ? transfer : null;

    public bool HasNoise => spec.ComparatorNoise > 0;

    public double Convert(double value, int converter, double gaussian)
    {
        if (_straight) return transfer.Value(transfer.Code(value));
        var errors = _errors.GetOrAdd(converter, Draw);
        double position = transfer.Position(value) * errors.Gain + errors.Offset + spec.ComparatorNoise * gaussian;
        double sum = 0;
        int code = 0;
        for (int bit = spec.Bits - 1; bit >= 0; bit--)
        {
            // The comparator fires half an LSB below the sum of the capacitors switched in.
            if (position < sum + errors.Weights[bit] - 0.5) continue;
            sum += errors.Weights[bit];
            code |= 1 << bit;
        }
        return transfer.Value(Math.Min(code, spec.Levels - 1));
    }

    private Errors Draw(int converter)
    {
        var draws = new float[spec.Bits + 2];
        Gaussian.Fill(ConverterNoise.Key(seed, site, converter), 0, draws);
        var weights = new double[spec.Bits];
        for (int bit = 0; bit < weights.Length; bit++)
            weights[bit] = Math.ScaleB(1, bit) + spec.CapacitorMismatch * Math.Sqrt(Math.ScaleB(1, bit)) * draws[bit + 2];
        // Reference voltage and total capacitance set the full scale, so only the ratio between the capacitors matters.
        double scale = (Math.ScaleB(1, spec.Bits) - 1) / weights.Sum();
        return new(1 + spec.GainSpread * draws[0], spec.OffsetSpread * draws[1], [.. weights.Select(w => w * scale)]);
    }

    private sealed record Errors(double Gain, double Offset, double[] Weights);
}
