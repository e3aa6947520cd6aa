namespace Ohmformer.Mapping;

/// <summary>One scale for all tokens: the largest magnitude of all becomes the largest integer; ties round to even.</summary>
public sealed class AbsmaxPerTensor : IQuantizer
{
    /// <inheritdoc/>
    public void Quantize(ReadOnlySpan<float> values, int rows, int columns, int largest, Span<int> integers, Span<float> scales)
    {
        float scale = Absmax.Scale(values, largest);
        scales[..rows].Fill(scale);
        Absmax.Round(values, scale, largest, integers);
    }
}
