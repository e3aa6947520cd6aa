using Ohmformer.Files;
using Ohmformer.Physics;

namespace Ohmformer.Arrays;

/// <summary>What a macro's parameters mean together.</summary>
internal static class MacroSpecMeaning
{
    /// <summary>Whether the currents of a differential pair are subtracted before the converter.</summary>
    public static bool SubtractsCurrents(this MacroSpec spec) => spec.Polarities == 2 && spec.Subtraction == Subtraction.Analog;

    /// <summary>The conductances that are written in place of those of the mapping.</summary>
    public static IOperandTransform Transform(this MacroSpec spec) => spec.OperandTransform?.Build(spec.Device) ?? new Untransformed();

    /// <summary>The weight encoding of a macro; of transformed weights, which are smaller, where there is a transform.</summary>
    public static IWeightEncoding WeightEncoding(this MacroSpec spec) => spec.Encoding switch
    {
        WeightEncodingKind.Differential => new DifferentialEncoding(Math.Min(spec.WeightBits, spec.Slices * spec.BitsPerCell + 1), spec.BitsPerCell),
        WeightEncodingKind.Offset => new OffsetEncoding(spec.WeightBits, spec.BitsPerCell),
        _ => new TwosComplementEncoding(spec.WeightBits),
    };

    /// <summary>Checks the rules between the parameters of the macro, its device and its converter.</summary>
    /// <exception cref="InputException">A rule is broken; all broken rules are listed.</exception>
    public static void Check(this MacroSpec spec)
    {
        (string Where, ICheckedSpec? Part)[] parts = [("", spec), ("device.", spec.Device), ("adc.", spec.Adc), ("adc.range.", spec.Adc?.Range), ("operandTransform.", spec.OperandTransform)];
        string[] problems = [.. from part in parts
                                where part.Part is not null
                                from violation in part.Part.Violations()
                                select $"{part.Where}{char.ToLowerInvariant(violation.Property[0])}{violation.Property[1..]} {violation.Message}."];
        if (problems.Length > 0) throw new InputException(string.Join('\n', problems));
    }
}
