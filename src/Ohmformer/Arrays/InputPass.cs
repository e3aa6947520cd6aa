namespace Ohmformer.Arrays;

/// <summary>Which inputs drive a pass.</summary>
internal enum DriveKind
{
    /// <summary>Bits of the number as it stands.</summary>
    Bits,

    /// <summary>Bits of the magnitude, with the sign of the number on the line.</summary>
    Signed,

    /// <summary>Bits of the positive numbers only.</summary>
    Positive,

    /// <summary>Bits of the magnitude of the negative numbers only.</summary>
    Negative,
}

/// <summary>One application of input pulses to the word lines: some bits of every input.</summary>
/// <param name="Shift">Lowest bit applied.</param>
/// <param name="Mask">Largest pulse, 2^bits - 1.</param>
/// <param name="Kind">Which inputs drive.</param>
/// <param name="Weight">What a pulse of 1 is worth.</param>
internal readonly record struct InputPass(int Shift, int Mask, DriveKind Kind, double Weight)
{
    /// <summary>The passes of a macro, in the order of time.</summary>
    public static InputPass[] Of(MacroSpec spec, bool unsigned)
    {
        var coding = unsigned ? InputCoding.Unsigned : spec.InputCoding;
        var passes = new List<InputPass>();
        int bits = coding == InputCoding.Unsigned ? spec.InputBits : spec.InputBits - 1;
        for (int shift = 0; shift < bits; shift += spec.InputBitsPerCycle)
        {
            int mask = (1 << Math.Min(spec.InputBitsPerCycle, bits - shift)) - 1;
            double weight = Math.ScaleB(1, shift);
            switch (coding)
            {
                case InputCoding.SignMagnitudeBipolar:
                    passes.Add(new(shift, mask, DriveKind.Signed, weight));
                    break;
                case InputCoding.SignMagnitudeUnipolar:
                    passes.Add(new(shift, mask, DriveKind.Positive, weight));
                    passes.Add(new(shift, mask, DriveKind.Negative, -weight));
                    break;
                default:
                    passes.Add(new(shift, mask, DriveKind.Bits, weight));
                    break;
            }
        }
        if (coding == InputCoding.TwosComplement) passes.Add(new(bits, 1, DriveKind.Bits, -Math.ScaleB(1, bits)));
        return [.. passes];
    }

    /// <summary>Smallest and largest input that the passes can code.</summary>
    public static (int Smallest, int Largest) Range(MacroSpec spec, bool unsigned) => (unsigned ? InputCoding.Unsigned : spec.InputCoding) switch
    {
        InputCoding.Unsigned => (0, (1 << spec.InputBits) - 1),
        InputCoding.TwosComplement => (-(1 << (spec.InputBits - 1)), (1 << (spec.InputBits - 1)) - 1),
        _ => (1 - (1 << (spec.InputBits - 1)), (1 << (spec.InputBits - 1)) - 1),
    };

    /// <summary>The pulse on the line of an input.</summary>
    public int Drive(int x) => Kind switch
    {
        DriveKind.Bits => (x >> Shift) & Mask,
        DriveKind.Signed => Math.Sign(x) * ((Math.Abs(x) >> Shift) & Mask),
        DriveKind.Positive => (Math.Max(x, 0) >> Shift) & Mask,
        _ => (Math.Max(-x, 0) >> Shift) & Mask,
    };
}
