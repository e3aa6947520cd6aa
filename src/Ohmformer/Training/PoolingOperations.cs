using System.Numerics.Tensors;

namespace Ohmformer.Training;

/// <summary>Differentiable selections of rows, from tables and from sequences of different lengths, which lie one behind the other.</summary>
public static class PoolingOperations
{
    /// <summary>y[i] = x[indices[i]]: embeddings from a table, positions, the first token of every sequence.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [rows, d].</param>
    /// <param name="indices">Rows of x, in any order and any number of times; not copied.</param>
    /// <returns>Shape [indices, d].</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public static Tensor Rows(this Tape tape, Tensor x, ReadOnlyMemory<int> indices)
    {
        int d = x.Columns;
        foreach (int index in indices.Span) ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)x.Rows, nameof(indices));
        var y = tape.Output(indices.Length, d, x);
        for (int i = 0; i < indices.Length; i++) x.Value.Slice(indices.Span[i] * d, d).CopyTo(y.Value[(i * d)..]);
        tape.Record(y, () =>
        {
            var rows = indices.Span;
            var sums = x.Gradient;
            for (int i = 0; i < rows.Length; i++) LinearOperations.AddTo(y.Gradient.Slice(i * d, d), sums.Slice(rows[i] * d, d));
        });
        return y;
    }

    /// <summary>The mean of the rows of every sequence, its first ones left out.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [sum of the lengths, d].</param>
    /// <param name="lengths">Rows of every sequence, each more than <paramref name="skipped"/>; not copied.</param>
    /// <param name="skipped">Rows at the start of every sequence that do not count, such as class tokens.</param>
    /// <returns>Shape [sequences, d].</returns>
    public static Tensor MeanOfEach(this Tape tape, Tensor x, ReadOnlyMemory<int> lengths, int skipped)
    {
        int d = x.Columns;
        Shapes.Require(x, TensorPrimitives.Sum(lengths.Span), d, nameof(x));
        var y = tape.Output(lengths.Length, d, x);
        y.Value.Clear();
        for (int i = 0, row = 0; i < lengths.Length; row += lengths.Span[i++])
        {
            int length = lengths.Span[i];
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(length, skipped, nameof(lengths));
            var mean = y.Value.Slice(i * d, d);
            for (int t = skipped; t < length; t++) LinearOperations.AddTo(x.Value.Slice((row + t) * d, d), mean);
            TensorPrimitives.Divide(mean, length - skipped, mean);
        }
        tape.Record(y, () =>
        {
            for (int i = 0, row = 0; i < lengths.Length; row += lengths.Span[i++])
            {
                int length = lengths.Span[i];
                var part = y.Gradient.Slice(i * d, d);
                TensorPrimitives.Divide(part, length - skipped, part);
                for (int t = skipped; t < length; t++) LinearOperations.AddTo(part, x.Gradient.Slice((row + t) * d, d));
            }
        });
        return y;
    }

    /// <summary>The largest number of every column of every sequence, its first rows left out; the gradient goes to the first largest.</summary>
    /// <inheritdoc cref="MeanOfEach"/>
    public static Tensor MaxOfEach(this Tape tape, Tensor x, ReadOnlyMemory<int> lengths, int skipped)
    {
        int d = x.Columns;
        Shapes.Require(x, TensorPrimitives.Sum(lengths.Span), d, nameof(x));
        var y = tape.Output(lengths.Length, d, x);
        var largest = new int[lengths.Length * d];
        for (int i = 0, row = 0; i < lengths.Length; row += lengths.Span[i++])
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(lengths.Span[i], skipped, nameof(lengths));
            for (int n = 0; n < d; n++)
            {
                int best = (row + skipped) * d + n;
                for (int at = best; at < (row + lengths.Span[i]) * d; at += d)
                    if (x.Value[at] > x.Value[best]) best = at;
                (largest[i * d + n], y.Value[i * d + n]) = (best, x.Value[best]);
            }
        }
        tape.Record(y, () =>
        {
            for (int i = 0; i < largest.Length; i++) x.Gradient[largest[i]] += y.Gradient[i];
        });
        return y;
    }
}
