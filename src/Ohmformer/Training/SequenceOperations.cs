using System.Numerics.Tensors;

namespace Ohmformer.Training;

/// <summary>Differentiable operations on the rows of several sequences.</summary>
public static class SequenceOperations
{
    /// <summary>Adds rows of a table to every sequence, such as position embeddings: row i of a sequence gets row i of the table.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [rows of all sequences, d].</param>
    /// <param name="table">Shape [at least the longest sequence, d].</param>
    /// <param name="sequences">The sequences.</param>
    /// <param name="kept">
    /// When some patches or frames are left out: which are there, of all sequences; the first <paramref name="classTokens"/> rows of
    /// a sequence get the first rows of the table, and row classTokens + j gets row classTokens + kept[j]. Empty when all are there.
    /// </param>
    /// <param name="classTokens">Rows in front of every sequence that <paramref name="kept"/> does not count.</param>
    /// <returns>Shape [rows of all sequences, d].</returns>
    /// <exception cref="ArgumentException">The table has too few rows.</exception>
    public static Tensor AddToEach(this Tape tape, Tensor x, Tensor table, Sequences sequences, ReadOnlyMemory<int> kept = default, int classTokens = 0)
    {
        int d = x.Columns;
        sequences.Require(x, nameof(x));
        Shapes.Require(table, table.Rows, d, nameof(table));
        var y = tape.Output(x.Rows, d, x, table);
        foreach (var run in new TableRuns(sequences, kept, classTokens))
        {
            if (run.TableRow + run.Count > table.Rows)
                throw new ArgumentException($"The table has {table.Rows} rows, and row {run.TableRow + run.Count - 1} is wanted.", nameof(table));
            TensorPrimitives.Add<float>(x.Value.Slice(run.Row * d, run.Count * d), table.Value.Slice(run.TableRow * d, run.Count * d), y.Value[(run.Row * d)..]);
        }
        tape.Record(y, (x, table, sequences, kept, classTokens), static (y, s) =>
        {
            int d = y.Columns;
            if (s.table.NeedsGradient)
                foreach (var run in new TableRuns(s.sequences, s.kept, s.classTokens))
                    LinearOperations.AddTo(y.Gradient.Slice(run.Row * d, run.Count * d), s.table.Gradient.Slice(run.TableRow * d, run.Count * d));
            s.x.TakeGradientOf(y);
        });
        return y;
    }

    /// <summary>Puts the same rows in front of every sequence, such as class tokens.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [rows of all sequences, d].</param>
    /// <param name="rows">Shape [n, d].</param>
    /// <param name="sequences">The sequences of x; the result has those of <see cref="Sequences.Longer"/>.</param>
    /// <returns>Shape [rows of all sequences + n for each, d].</returns>
    public static Tensor Prepend(this Tape tape, Tensor x, Tensor rows, Sequences sequences)
    {
        int d = x.Columns, size = rows.Rows * d, at = 0;
        sequences.Require(x, nameof(x));
        Shapes.Require(rows, rows.Rows, d, nameof(rows));
        var y = tape.Output(x.Rows + sequences.Count * rows.Rows, d, x, rows);
        foreach (var (start, length) in sequences)
        {
            rows.Value.CopyTo(y.Value[at..]);
            x.Value.Slice(start * d, length * d).CopyTo(y.Value[(at + size)..]);
            at += size + length * d;
        }
        tape.Record(y, (x, rows, sequences), static (y, s) =>
        {
            int d = y.Columns, size = s.rows.Rows * d, at = 0;
            bool add = false;
            var dx = s.x.NeedsGradient ? s.x.GradientToFill(out add) : default;
            foreach (var (start, length) in s.sequences)
            {
                if (s.rows.NeedsGradient) LinearOperations.AddTo(y.Gradient.Slice(at, size), s.rows.Gradient);
                if (s.x.NeedsGradient)
                {
                    var part = y.Gradient.Slice(at + size, length * d);
                    if (add) LinearOperations.AddTo(part, dx.Slice(start * d, length * d));
                    else part.CopyTo(dx[(start * d)..]);
                }
                at += size + length * d;
            }
        });
        return y;
    }

    /// <summary>One row of every sequence, such as the class token.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [rows of all sequences, d].</param>
    /// <param name="sequences">The sequences.</param>
    /// <param name="index">Which row of each.</param>
    /// <returns>Shape [sequences, d].</returns>
    public static Tensor OneOfEach(this Tape tape, Tensor x, Sequences sequences, int index = 0)
    {
        int d = x.Columns, at = 0;
        sequences.Require(x, nameof(x));
        var y = tape.Output(sequences.Count, d, x);
        foreach (var (start, length) in sequences)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, length);
            x.Value.Slice((start + index) * d, d).CopyTo(y.Value[at..]);
            at += d;
        }
        tape.Record(y, (x, sequences, index), static (y, s) =>
        {
            int d = y.Columns, at = 0;
            var dx = s.x.Gradient;
            foreach (var (start, _) in s.sequences)
            {
                LinearOperations.AddTo(y.Gradient.Slice(at, d), dx.Slice((start + s.index) * d, d));
                at += d;
            }
        });
        return y;
    }

    /// <summary>Runs of adjacent rows that take adjacent rows of a table.</summary>
    private readonly ref struct TableRuns(Sequences sequences, ReadOnlyMemory<int> kept, int classTokens)
    {
        public Enumerator GetEnumerator() => new(sequences, kept.Span, classTokens);

        public ref struct Enumerator(Sequences sequences, ReadOnlySpan<int> kept, int classTokens)
        {
            private readonly ReadOnlySpan<int> _kept = kept;
            private Sequences.Enumerator _sequences = sequences.GetEnumerator();
            private int _row, _left, _keptBefore;

            public (int Row, int TableRow, int Count) Current { get; private set; }

            public bool MoveNext()
            {
                bool fresh = _left == 0;
                if (fresh)
                {
                    if (!_sequences.MoveNext()) return false;
                    (_row, _left) = _sequences.Current;
                }
                int count = _left, tableRow = 0;
                if (!_kept.IsEmpty && fresh && classTokens > 0)
                {
                    count = Math.Min(classTokens, _left);
                }
                else if (!_kept.IsEmpty)
                {
                    (count, tableRow) = (1, classTokens + _kept[_keptBefore]);
                    while (count < _left && _kept[_keptBefore + count] == _kept[_keptBefore] + count) count++;
                    _keptBefore += count;
                }
                Current = (_row, tableRow, count);
                _row += count;
                _left -= count;
                return true;
            }
        }
    }
}
