using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
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
        int lanes = Vector256<float>.Count, i = 0;
        Vector256<float> divisor = Vector256.Create(scale), most = Vector256.Create((float)largest);
        for (; i <= values.Length - lanes; i += lanes) Whole(Vector256.Create(values.Slice(i, lanes)) / divisor, -most, most).CopyTo(integers[i..]);
        for (; i < values.Length; i++) integers[i] = Whole(values[i] / scale, -largest, largest);
    }

    /// <summary>The scales that turn the largest magnitude of every column into the largest integer.</summary>
    /// <param name="values">Shape [rows, columns].</param>
    /// <param name="largest">Largest magnitude of an integer.</param>
    /// <param name="scales">Shape [columns].</param>
    public static void ColumnScales(ReadOnlySpan<float> values, int largest, Span<float> scales)
    {
        scales.Clear();
        int columns = scales.Length;
        for (int from = 0; from < values.Length; from += columns) TensorPrimitives.MaxMagnitude(values.Slice(from, columns), scales, scales);
        for (int n = 0; n < columns; n++) scales[n] = Scale(scales.Slice(n, 1), largest);
    }

    /// <summary>integers = round(values / scale of the column).</summary>
    /// <param name="values">Shape [rows, columns].</param>
    /// <param name="scales">Shape [columns].</param>
    /// <param name="largest">Largest magnitude of an integer.</param>
    /// <param name="integers">Shape [rows, columns].</param>
    public static void RoundColumns(ReadOnlySpan<float> values, ReadOnlySpan<float> scales, int largest, Span<int> integers)
    {
        int columns = scales.Length;
        for (int from = 0; from < values.Length; from += columns)
        {
            var row = values.Slice(from, columns);
            var to = integers.Slice(from, columns);
            for (int n = 0; n < columns; n++) to[n] = scales[n] == 0 ? 0 : Whole(row[n] / scales[n], -largest, largest);
        }
    }

    /// <summary>Quantizes probabilities to unsigned integers with the scale 1/largest.</summary>
    public static void RoundProbabilities(ReadOnlySpan<float> values, int largest, Span<int> integers)
    {
        if (TensorPrimitives.IsNaNAny(values)) throw new InputException("a probability is NaN; all numbers must be finite. Check the model's weights and inputs.");
        int lanes = Vector256<float>.Count, i = 0;
        var most = Vector256.Create((float)largest);
        for (; i <= values.Length - lanes; i += lanes) Whole(Vector256.Create(values.Slice(i, lanes)) * most, default, most).CopyTo(integers[i..]);
        for (; i < values.Length; i++) integers[i] = Whole(values[i] * largest, 0, largest);
    }

    /// <summary>The nearest integer, ties to even, within a range.</summary>
    private static int Whole(float value, int smallest, int largest) => (int)Math.Clamp(MathF.Round(value), smallest, largest);

    private static Vector256<int> Whole(Vector256<float> values, Vector256<float> smallest, Vector256<float> largest) =>
        Vector256.ConvertToInt32Native(Vector256.MinNative(Vector256.MaxNative(Vector256.Round(values), smallest), largest));
}
