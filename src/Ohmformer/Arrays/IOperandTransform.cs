using Ohmformer.Devices;
using Ohmformer.Physics;

namespace Ohmformer.Arrays;

/// <summary>The transform seam: what happens to an operand between its mapping to conductances and the write, whose noise comes after it.</summary>
public interface IOperandTransform
{
    /// <summary>The conductance that is written in place of another.</summary>
    /// <param name="target">Normalized conductance G/GMax of the mapping, in [GMin/GMax, 1].</param>
    /// <returns>Normalized conductance to write; rises with <paramref name="target"/>, is never above it, and leaves GMin where it is.</returns>
    double Transform(double target);
}

/// <summary>A transform as design files name it. Absent: conductances are written as they are mapped.</summary>
public abstract record OperandTransformSpec : ICheckedSpec
{
    /// <summary>Where the transform comes from.</summary>
    [Parameter("Published source of the transform.")]
    public required string Source { get; init; }

    /// <summary>The behavior on cells of one kind.</summary>
    public abstract IOperandTransform Build(DeviceSpec device);

    /// <summary>Cells that hold the magnitude of a transformed weight.</summary>
    /// <param name="weightBits">Bits of the weight, sign included.</param>
    /// <param name="bitsPerCell">Bits of one cell.</param>
    public abstract int Slices(int weightBits, int bitsPerCell);

    /// <summary>Why the transform cannot be used on cells of one kind, without a final period; null when it can.</summary>
    public abstract string? Problem(DeviceSpec device);

    /// <inheritdoc/>
    public abstract IEnumerable<Violation> Violations();
}

/// <summary>No transform.</summary>
internal sealed class Untransformed : IOperandTransform
{
    public double Transform(double target) => target;
}
