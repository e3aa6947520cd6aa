using Ohmformer.Circuits.Adc;
using Ohmformer.Physics;

namespace Ohmformer.Arrays;

/// <summary>What a macro's parameters mean together.</summary>
internal static class MacroSpecChecks
{
    /// <summary>Whether the currents of a differential pair are subtracted before the converter.</summary>
    public static bool SubtractsCurrents(this MacroSpec spec) => spec.Polarities == 2 && spec.Subtraction == Subtraction.Analog;

    /// <summary>The weight encoding of a macro.</summary>
    public static IWeightEncoding WeightEncoding(this MacroSpec spec) => spec.Encoding switch
    {
        WeightEncodingKind.Differential => new DifferentialEncoding(spec.WeightBits, spec.BitsPerCell),
        WeightEncodingKind.Offset => new OffsetEncoding(spec.WeightBits, spec.BitsPerCell),
        _ => new TwosComplementEncoding(spec.WeightBits),
    };

    /// <summary>Checks what no single parameter's range can say.</summary>
    /// <exception cref="InputException">The parameters contradict each other.</exception>
    public static void Check(this MacroSpec spec)
    {
        var device = spec.Device;
        if (!(device.NormalizedGMin < 1))
            throw new InputException($"device: gMin ({device.GMin}) must be below gMax ({device.GMax}); the ratio of the two holds the levels apart.");
        if (spec.BitsPerCell > device.MaxBitsPerCell)
            throw new InputException($"bitsPerCell is {spec.BitsPerCell}, but the device holds at most {device.MaxBitsPerCell}; lower bitsPerCell or choose another device.");
        if (spec is { Encoding: WeightEncodingKind.TwosComplement, BitsPerCell: > 1 })
            throw new InputException($"bitsPerCell is {spec.BitsPerCell}, but the two's-complement encoding has one cell per bit; set bitsPerCell to 1 or choose differential or offset.");
        if (spec is { InputBits: 1, InputCoding: InputCoding.SignMagnitudeBipolar or InputCoding.SignMagnitudeUnipolar })
            throw new InputException("inputBits is 1, but sign-magnitude inputs need a sign and a magnitude; set inputBits to 2 or more.");
        if (device.StuckAtGMin + device.StuckAtGMax > 1)
            throw new InputException($"device: stuckAtGMin and stuckAtGMax add up to {device.StuckAtGMin + device.StuckAtGMax:G4}; together they may be 1 at most.");
        if (spec.Adc is { Range: { Kind: AdcRangeKind.Explicit } range } && !(range.High > range.Low))
            throw new InputException($"adc.range goes from {range.Low:G6} to {range.High:G6} counts; the upper end must be above the lower one.");
    }
}
