namespace Ohmformer.Mapping;

/// <summary>One scale per token: the token's largest magnitude becomes the largest integer; ties round to even.</summary>
public sealed class AbsmaxPerToken : IQuantizer
{
    /// <inheritdoc/>
    public void Quantize(ReadOnlySpan<float> values, int rows, int columns, int largest, Span<int> integers, Span<float> scales)
    {
        for (int t = 0; t < rows; t++)
        {
            var row = values.Slice(t * columns, columns);
            scales[t] = Absmax.Scale(row, largest);
            Absmax.Round(row, scales[t], largest, integers.Slice(t * columns, columns));
        }
    }
}
