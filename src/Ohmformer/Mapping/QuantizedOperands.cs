using System.Buffers;
using System.Runtime.Intrinsics;

namespace Ohmformer.Mapping;

/// <summary>The integers and scales of one product's driving operand, in rented memory.</summary>
internal readonly ref struct DrivenOperand : IDisposable
{
    private readonly int[] _integers;
    private readonly float[] _scales;
    private readonly int _count, _rows;

    /// <summary>Quantizes activations, or probabilities to unsigned integers.</summary>
    public DrivenOperand(ReadOnlySpan<float> values, int rows, int columns, ProductPrecision precision, bool probabilities, IQuantizer quantizer)
    {
        _rows = rows;
        _count = rows * columns;
        _integers = ArrayPool<int>.Shared.Rent(_count);
        _scales = ArrayPool<float>.Shared.Rent(rows);
        Largest = precision.LargestInput(probabilities);
        if (probabilities)
        {
            Absmax.RoundProbabilities(values[.._count], Largest, _integers);
            _scales.AsSpan(0, rows).Fill(1f / Largest);
        }
        else quantizer.Quantize(values[.._count], rows, columns, Largest, _integers, _scales);
    }

    /// <summary>Shape [rows, columns].</summary>
    public ReadOnlySpan<int> Integers => _integers.AsSpan(0, _count);

    /// <summary>Largest magnitude an integer may have.</summary>
    public int Largest { get; }

    /// <summary>result[t, n] = y[t, n] * scale[t] * columnScale[n].</summary>
    public void Rescale(ReadOnlySpan<double> y, ReadOnlySpan<float> columnScales, Span<float> result)
    {
        int columns = columnScales.Length, lanes = Vector256<float>.Count, half = Vector256<double>.Count;
        for (int t = 0; t < _rows; t++)
        {
            var from = y.Slice(t * columns, columns);
            var to = result.Slice(t * columns, columns);
            double scale = _scales[t];
            int n = 0;
            for (; n <= columns - lanes; n += lanes)
            {
                var (low, high) = Vector256.Widen(Vector256.Create(columnScales.Slice(n, lanes)));
                low = Vector256.Create(from.Slice(n, half)) * (low * scale);
                high = Vector256.Create(from.Slice(n + half, half)) * (high * scale);
                Vector256.Narrow(low, high).CopyTo(to[n..]);
            }
            for (; n < columns; n++) to[n] = (float)(from[n] * (scale * columnScales[n]));
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_integers);
        ArrayPool<float>.Shared.Return(_scales);
    }
}

/// <summary>The integers and column scales of a programmed operand.</summary>
internal sealed class ProgrammedOperand
{
    /// <summary>An operand of zeros.</summary>
    public ProgrammedOperand(int inputs, int outputs)
    {
        Integers = new int[inputs * outputs];
        Scales = new float[outputs];
    }

    /// <summary>Shape [inputs, outputs].</summary>
    public int[] Integers { get; }

    /// <summary>Shape [outputs].</summary>
    public float[] Scales { get; }

    /// <summary>Static weights: one scale per output column.</summary>
    public static ProgrammedOperand Weights(ReadOnlySpan<float> weights, int inputs, int outputs, ProductPrecision precision)
    {
        var operand = new ProgrammedOperand(inputs, outputs);
        Absmax.RoundColumns(weights[..(inputs * outputs)], inputs, outputs, precision.LargestWeight, operand.Integers, operand.Scales);
        return operand;
    }

    /// <summary>Overwrites a dynamic operand: one scale for the whole head.</summary>
    /// <param name="values">The head, shape [inputs, outputs].</param>
    /// <param name="precision">Bits.</param>
    /// <param name="magnitude">What becomes the largest integer; 0 for the largest magnitude of the values.</param>
    public void SetHead(ReadOnlySpan<float> values, ProductPrecision precision, float magnitude = 0)
    {
        values = values[..Integers.Length];
        float own = Absmax.Scale(values, precision.LargestWeight), scale = magnitude > 0 ? magnitude / precision.LargestWeight : own;
        Absmax.Round(values, scale, precision.LargestWeight, Integers);
        Scales.AsSpan().Fill(scale);
    }
}
