namespace Ohmformer.Physics;

/// <summary>
/// Declares a property of a specification as a parameter of design files: one sentence and its range. Type, default and
/// whether it is required come from the property itself, so each parameter is declared once, for the simulator, the cost
/// model, design files, their schema and the documentation.
/// </summary>
/// <param name="description">One sentence that says what the parameter means.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ParameterAttribute(string description) : Attribute
{
    /// <summary>One sentence that says what the parameter means.</summary>
    public string Description { get; } = description;

    /// <summary>Smallest allowed value, in SI units for quantities.</summary>
    public double Min { get; init; } = double.NegativeInfinity;

    /// <summary>Largest allowed value, in SI units for quantities.</summary>
    public double Max { get; init; } = double.PositiveInfinity;
}
