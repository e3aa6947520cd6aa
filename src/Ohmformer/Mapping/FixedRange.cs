using System.Numerics.Tensors;
using Ohmformer.Files;

namespace Ohmformer.Mapping;

/// <summary>One scale that was fixed before the run: the range becomes the largest integer, what is larger is clipped; ties round to even.</summary>
/// <param name="range">The magnitude that becomes the largest integer; with 0 all integers are 0.</param>
public sealed class FixedRange(float range) : IQuantizer
{
    /// <inheritdoc/>
    public void Quantize(ReadOnlySpan<float> values, int rows, int columns, int largest, Span<int> integers, Span<float> scales)
    {
        scales[..rows].Fill(Scale(largest));
        Round(values, largest, integers);
    }

    /// <summary>The value of one step.</summary>
    internal float Scale(int largest) => range / largest;

    /// <summary>integers = round(values / scale), clipped.</summary>
    internal void Round(ReadOnlySpan<float> values, int largest, Span<int> integers)
    {
        if (!TensorPrimitives.IsFiniteAll(values)) throw new InputException("an operand of a matrix product is not a finite number. Check the model's weights and inputs.");
        Absmax.Round(values, Scale(largest), largest, integers);
    }
}
