using System.Buffers;
using System.Runtime.Intrinsics;
using Ohmformer.Numerics;

namespace Ohmformer.Mapping;

/// <summary>The integers and scales of one product's driving operand, in rented memory.</summary>
internal readonly ref struct DrivenOperand : IDisposable
{
    private readonly int[] _integers;
    private readonly float[] _scales;
    private readonly int _count, _rows;

    /// <summary>Quantizes values of shape [rows, columns] to integers of at most a magnitude.</summary>
    public DrivenOperand(ReadOnlySpan<float> values, int rows, int columns, int largest, IQuantizer quantizer)
    {
        _rows = rows;
        _count = rows * columns;
        _integers = ArrayPool<int>.Shared.Rent(_count);
        _scales = ArrayPool<float>.Shared.Rent(rows);
        quantizer.Quantize(values[.._count], rows, columns, largest, _integers, _scales);
    }

    /// <summary>Shape [rows, columns].</summary>
    public ReadOnlySpan<int> Integers => _integers.AsSpan(0, _count);

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

    /// <summary>One scale for all: the largest magnitude becomes the largest integer.</summary>
    public void SetTensor(ReadOnlySpan<float> values, int largest)
    {
        float scale = Absmax.Scale(values, largest);
        Absmax.Round(values, scale, largest, Integers);
        Scales.AsSpan().Fill(scale);
    }

    /// <summary>One scale for all from a given range.</summary>
    public void SetTensor(ReadOnlySpan<float> values, FixedRange range, int largest)
    {
        range.Round(values, largest, Integers);
        Scales.AsSpan().Fill(range.Scale(largest));
    }

    /// <summary>One scale per output column from its largest magnitude.</summary>
    public void SetColumns(ReadOnlySpan<float> values, int largest)
    {
        Absmax.ColumnScales(values, largest, Scales);
        Absmax.RoundColumns(values, Scales, largest, Integers);
    }

    /// <summary>One scale per output column from a percentile of its magnitudes.</summary>
    public void SetColumns(ReadOnlySpan<float> values, double percentile, int largest)
    {
        var magnitudes = new Magnitudes();
        for (int n = 0; n < Scales.Length; n++)
        {
            magnitudes.Clear();
            for (int i = n; i < values.Length; i += Scales.Length) magnitudes.Add(values[i]);
            Scales[n] = new FixedRange(magnitudes.Percentile(percentile)).Scale(largest);
        }
        Absmax.RoundColumns(values, Scales, largest, Integers);
    }
}
