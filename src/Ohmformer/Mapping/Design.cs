using Ohmformer.Arrays;
using Ohmformer.Physics;

namespace Ohmformer.Mapping;

/// <summary>
/// A complete hardware design. The simulator and the cost model read this one record, so accuracy and cost always describe
/// the same hardware. Design files (catalog/designs) are its text form.
/// </summary>
public sealed record Design : ICheckedSpec
{
    /// <summary>Short name, lower case with hyphens.</summary>
    [Parameter("Short name, lower case with hyphens.")]
    public required string Name { get; init; }

    /// <summary>What the design is and which publication it follows.</summary>
    [Parameter("What the design is and which publication it follows.")]
    public required string Description { get; init; }

    /// <summary>Manufacturing process.</summary>
    [Parameter("Manufacturing process.")]
    public required Technology Technology { get; init; }

    /// <summary>Macro that holds static weights.</summary>
    [Parameter("Macro that holds static weights.")]
    public required MacroSpec Weights { get; init; }

    /// <summary>Macro that holds attention's dynamic operands (K and V, programmed for each input).</summary>
    [Parameter("Macro that holds attention's dynamic operands, programmed for each input; the same as weights when absent.")]
    public MacroSpec? Attention { get; init; }

    /// <summary>Tokens that drop out while the network runs; null for none.</summary>
    [Parameter("Tokens that drop out while the network runs; none when absent.")]
    public TokenPruning? TokenPruning { get; init; }

    /// <summary>Everything around the macros.</summary>
    [Parameter("Tiles, buffers, links, digital units and off-chip memory.")]
    public required ChipSpec Chip { get; init; }

    /// <summary>How operands become integers; null for the defaults of <see cref="QuantizationSpec"/> with the bits of the macros.</summary>
    [Parameter("How operands become integers, with at most the bits of the macros; all bits of the macros and ranges from largest magnitudes when absent.")]
    public QuantizationSpec? Quantization { get; init; }

    /// <summary>The macro of the dynamic operands.</summary>
    public MacroSpec DynamicMacro => Attention ?? Weights;

    /// <inheritdoc/>
    public IEnumerable<Violation> Violations()
    {
        if (!Name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
            yield return new(nameof(Name), $"is '{Name}'; write lower-case letters, digits and hyphens, for example \"rram-6-bit-adc\"");
        if (Weights.OperandTransform is not null)
            yield return new(nameof(Weights), "has an operandTransform, which is for K and V only; set it in attention");
        ProductPrecision weights = new(Weights.InputBits, Weights.WeightBits), attention = new(DynamicMacro.InputBits, DynamicMacro.WeightBits);
        foreach (string excess in Quantization?.Excesses(weights, attention) ?? []) yield return new(nameof(Quantization), excess);
    }
}
