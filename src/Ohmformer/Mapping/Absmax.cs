using System.Numerics.Tensors;
using Ohmformer.Files;

namespace Ohmformer.Mapping;

/// <summary>Symmetric quantization by the largest magnitude.</summary>
internal static class Absmax
{
    /// <summary>The scale that turns the largest magnitude into the largest integer; 0 when all values are zero.</summary>
    public static float Scale(ReadOnlySpan<float> values, int largest)
    {
        float magnitude = values.IsEmpty ? 0 : MathF.Abs(TensorPrimitives.MaxMagnitude(values));
        return float.IsFinite(magnitude)
            ? magnitude / largest
            : throw new InputException($"an operand of a matrix product contains {magnitude}; all numbers must be finite. Check the model's weights and inputs.");
    }

    /// <summary>integers = round(values / scale).</summary>
    public static void Round(ReadOnlySpan<float> values, float scale, int largest, Span<int> integers)
    {
        if (scale == 0)
        {
            integers[..values.Length].Clear();
            return;
        }
        for (int i = 0; i < values.Length; i++) integers[i] = Math.Clamp((int)MathF.Round(values[i] / scale), -largest, largest);
    }

    /// <summary>Quantizes weights with one scale per output column.</summary>
    /// <param name="weights">Shape [inputs, outputs].</param>
    /// <param name="inputs">Rows.</param>
    /// <param name="outputs">Columns.</param>
    /// <param name="largest">Largest magnitude of an integer.</param>
    /// <param name="integers">Shape [inputs, outputs].</param>
    /// <param name="scales">Shape [outputs].</param>
    public static void RoundColumns(ReadOnlySpan<float> weights, int inputs, int outputs, int largest, Span<int> integers, Span<float> scales)
    {
        var column = new float[inputs];
        var rounded = new int[inputs];
        for (int n = 0; n < outputs; n++)
        {
            for (int k = 0; k < inputs; k++) column[k] = weights[k * outputs + n];
            scales[n] = Scale(column, largest);
            Round(column, scales[n], largest, rounded);
            for (int k = 0; k < inputs; k++) integers[k * outputs + n] = rounded[k];
        }
    }

    /// <summary>Quantizes probabilities to unsigned integers with the scale 1/largest.</summary>
    public static void RoundProbabilities(ReadOnlySpan<float> values, int largest, Span<int> integers)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsNaN(values[i])) throw new InputException("a probability is NaN; all numbers must be finite. Check the model's weights and inputs.");
            integers[i] = (int)MathF.Round(Math.Clamp(values[i], 0, 1) * largest);
        }
    }
}
