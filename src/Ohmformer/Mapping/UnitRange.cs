namespace Ohmformer.Mapping;

/// <summary>Probabilities: 1 becomes the largest integer; ties round to even.</summary>
public sealed class UnitRange : IQuantizer
{
    /// <inheritdoc/>
    public void Quantize(ReadOnlySpan<float> values, int rows, int columns, int largest, Span<int> integers, Span<float> scales)
    {
        Absmax.RoundProbabilities(values, largest, integers);
        scales[..rows].Fill(1f / largest);
    }
}
