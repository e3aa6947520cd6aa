namespace Ohmformer.Physics;

/// <summary>A specification with rules between its parameters. Readers of design files report what it finds at the key it names.</summary>
public interface ICheckedSpec
{
    /// <summary>The rules that this specification breaks; empty for a sound one. Asked only when every parameter is in its own range.</summary>
    IEnumerable<Violation> Violations();
}

/// <summary>A rule between parameters that a specification breaks.</summary>
/// <param name="Property">Name of the property to change, from <c>nameof</c>.</param>
/// <param name="Message">What was found and what is allowed, without a final period.</param>
public readonly record struct Violation(string Property, string Message);
