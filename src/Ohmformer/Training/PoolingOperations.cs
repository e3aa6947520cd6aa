using System.Numerics.Tensors;

namespace Ohmformer.Training;

/// <summary>Differentiable selections of rows: from tables, and of the tokens that a classifier reads.</summary>
public static class PoolingOperations
{
    /// <summary>y[i] = x[indices[i]], such as the embeddings of tokens.</summary>
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
        tape.Record(y, (x, indices), static (y, s) =>
        {
            int d = y.Columns;
            var indices = s.indices.Span;
            Span<float> from = y.Gradient, to = s.x.Gradient;
            for (int i = 0; i < indices.Length; i++) LinearOperations.AddTo(from.Slice(i * d, d), to.Slice(indices[i] * d, d));
        });
        return y;
    }

    /// <summary>The mean of the rows of every sequence, its first ones left out.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [rows of all sequences, d].</param>
    /// <param name="sequences">The sequences, each longer than <paramref name="skipped"/>.</param>
    /// <param name="skipped">Rows at the start of every sequence that do not count, such as class tokens.</param>
    /// <returns>Shape [sequences, d].</returns>
    public static Tensor MeanOfEach(this Tape tape, Tensor x, Sequences sequences, int skipped)
    {
        int d = x.Columns, at = 0;
        sequences.Require(x, nameof(x));
        var y = tape.Output(sequences.Count, d, x);
        y.Value.Clear();
        foreach (var (start, length) in sequences)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(length, skipped, nameof(sequences));
            var mean = y.Value.Slice(at, d);
            for (int row = start + skipped; row < start + length; row++) LinearOperations.AddTo(x.Value.Slice(row * d, d), mean);
            TensorPrimitives.Divide(mean, length - skipped, mean);
            at += d;
        }
        tape.Record(y, (x, sequences, skipped), static (y, s) =>
        {
            int d = y.Columns, at = 0;
            var dx = s.x.Gradient;
            foreach (var (start, length) in s.sequences)
            {
                var part = y.Gradient.Slice(at, d);
                TensorPrimitives.Divide(part, length - s.skipped, part);
                for (int row = start + s.skipped; row < start + length; row++) LinearOperations.AddTo(part, dx.Slice(row * d, d));
                at += d;
            }
        });
        return y;
    }

    /// <summary>The largest number of every column of every sequence, its first rows left out; the gradient goes to the first largest.</summary>
    /// <inheritdoc cref="MeanOfEach"/>
    public static Tensor MaxOfEach(this Tape tape, Tensor x, Sequences sequences, int skipped)
    {
        int d = x.Columns, at = 0;
        sequences.Require(x, nameof(x));
        var y = tape.Output(sequences.Count, d, x);
        var largest = new int[sequences.Count * d];
        foreach (var (start, length) in sequences)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(length, skipped, nameof(sequences));
            for (int n = 0; n < d; n++, at++)
            {
                int best = (start + skipped) * d + n;
                for (int i = best; i < (start + length) * d; i += d)
                    if (x.Value[i] > x.Value[best]) best = i;
                (largest[at], y.Value[at]) = (best, x.Value[best]);
            }
        }
        tape.Record(y, (x, largest), static (y, s) =>
        {
            Span<float> from = y.Gradient, to = s.x.Gradient;
            for (int i = 0; i < from.Length; i++) to[s.largest[i]] += from[i];
        });
        return y;
    }
}
