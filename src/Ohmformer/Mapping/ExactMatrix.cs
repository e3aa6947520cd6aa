using System.Buffers;
using Ohmformer.Numerics;

namespace Ohmformer.Mapping;

/// <summary>
/// An integer matrix that multiplies integer vectors exactly. Single-precision products of as many rows as keep every sum
/// below 2^24 are exact in any order, so the fast matrix product serves; operands too wide for that take a plain loop.
/// </summary>
internal sealed class ExactMatrix
{
    private readonly float[] _weights;
    private readonly int _inputs, _outputs, _largest;

    public ExactMatrix(ReadOnlySpan<int> weights, int inputs, int outputs)
    {
        _inputs = inputs;
        _outputs = outputs;
        _weights = new float[weights.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            _weights[i] = weights[i];
            _largest = Math.Max(_largest, Math.Abs(weights[i]));
        }
    }

    /// <summary>y = x W.</summary>
    /// <param name="x">Shape [tokens, inputs].</param>
    /// <param name="tokens">Vectors.</param>
    /// <param name="largest">Largest magnitude in x.</param>
    /// <param name="y">Shape [tokens, outputs]; overwritten.</param>
    public void Multiply(ReadOnlySpan<int> x, int tokens, int largest, Span<double> y)
    {
        y[..(tokens * _outputs)].Clear();
        int rows = (int)Math.Min(_inputs, (1 << 24) / Math.Max((long)largest * _largest, 1));
        float[] a = ArrayPool<float>.Shared.Rent(tokens * Math.Max(rows, 1)), c = ArrayPool<float>.Shared.Rent(tokens * _outputs);
        for (int start = 0; start < _inputs && rows > 0; start += rows)
        {
            int count = Math.Min(rows, _inputs - start);
            for (int t = 0; t < tokens; t++)
                for (int k = 0; k < count; k++) a[t * count + k] = x[t * _inputs + start + k];
            Gemm.Multiply(a, _weights.AsSpan(start * _outputs, count * _outputs), tokens, count, _outputs, c);
            for (int i = 0; i < tokens * _outputs; i++) y[i] += c[i];
        }
        ArrayPool<float>.Shared.Return(a);
        ArrayPool<float>.Shared.Return(c);
        if (rows == 0) MultiplyWide(x, tokens, y);
    }

    private void MultiplyWide(ReadOnlySpan<int> x, int tokens, Span<double> y)
    {
        for (int t = 0; t < tokens; t++)
            for (int k = 0; k < _inputs; k++)
            {
                double scale = x[t * _inputs + k];
                var row = _weights.AsSpan(k * _outputs, _outputs);
                var sum = y.Slice(t * _outputs, _outputs);
                for (int n = 0; n < _outputs; n++) sum[n] += scale * row[n];
            }
    }
}
