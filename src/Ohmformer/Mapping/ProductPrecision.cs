using Ohmformer.Arrays;
using Ohmformer.Files;

namespace Ohmformer.Mapping;

/// <summary>Bits of the two operands of a matrix product, signs included.</summary>
/// <param name="InputBits">Bits of the operand that drives the lines; unsigned where it is a probability.</param>
/// <param name="WeightBits">Bits of the programmed operand.</param>
public sealed record ProductPrecision(int InputBits = 8, int WeightBits = 8)
{
    /// <summary>The precision of a macro.</summary>
    /// <exception cref="InputException">The macro cannot take signed activations.</exception>
    public static ProductPrecision Of(MacroSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (spec.InputBits < 2 || spec.InputCoding == InputCoding.Unsigned)
            throw new InputException($"a network's activations are signed, but the macro takes {spec.InputBits}-bit {spec.InputCoding} inputs; use inputBits of 2 or more and a signed inputCoding.");
        return new(spec.InputBits, spec.WeightBits);
    }

    /// <summary>Largest magnitude of a programmed integer.</summary>
    public int LargestWeight => (1 << (WeightBits - 1)) - 1;

    /// <summary>Largest magnitude of a driving integer.</summary>
    /// <param name="probabilities">Whether it is unsigned.</param>
    public int LargestInput(bool probabilities) => probabilities ? (1 << InputBits) - 1 : (1 << (InputBits - 1)) - 1;
}
