namespace Ohmformer.Training;

/// <summary>
/// How the rows of a matrix belong to sequences: the tokens of one lie behind those of the other, and each has its own length, so
/// nothing is padded.
/// </summary>
public readonly struct Sequences
{
    private readonly ReadOnlyMemory<int> _lengths;
    private readonly int _count, _length;

    private Sequences(int count, int length, ReadOnlyMemory<int> lengths) => (_count, _length, _lengths) = (count, length, lengths);

    /// <summary>Sequences of chosen lengths.</summary>
    /// <param name="lengths">Tokens of every sequence, at least 1; not copied.</param>
    /// <exception cref="ArgumentException">A length is not positive.</exception>
    public Sequences(ReadOnlyMemory<int> lengths)
        : this(lengths.Length, 0, lengths)
    {
        foreach (int length in lengths.Span) ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length, nameof(lengths));
    }

    /// <summary>Number of sequences.</summary>
    public int Count => _count;

    /// <summary>Tokens of all sequences.</summary>
    public int Rows
    {
        get
        {
            int rows = _count * _length;
            foreach (int length in _lengths.Span) rows += length;
            return rows;
        }
    }

    /// <summary>Sequences of chosen lengths.</summary>
    /// <param name="lengths">Tokens of every sequence, at least 1; not copied.</param>
    public static implicit operator Sequences(ReadOnlyMemory<int> lengths) => new(lengths);

    /// <summary>Sequences of equal length.</summary>
    /// <param name="count">Sequences.</param>
    /// <param name="length">Tokens of each.</param>
    public static Sequences Equal(int count, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        return new(count, length, default);
    }

    /// <summary>The same sequences with further tokens in each, such as class tokens.</summary>
    /// <param name="tokens">Further tokens.</param>
    public Sequences Longer(int tokens) => new(_count, _length + tokens, _lengths);

    /// <summary>The sequences in order.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>Checks that a matrix has the rows of these sequences.</summary>
    internal void Require(Tensor x, string name)
    {
        if (x.Rows != Rows) throw new ArgumentException($"The matrix has {x.Rows} rows, {_count} sequences have {Rows}.", name);
    }

    /// <summary>Walks through sequences.</summary>
    public struct Enumerator
    {
        private readonly Sequences _sequences;
        private int _index, _start, _length;

        internal Enumerator(Sequences sequences) => (_sequences, _index) = (sequences, -1);

        /// <summary>First row and number of rows of the sequence.</summary>
        public readonly (int Start, int Length) Current => (_start, _length);

        /// <summary>Goes on to the next sequence.</summary>
        public bool MoveNext()
        {
            if (++_index >= _sequences._count) return false;
            _start += _length;
            _length = _sequences._length + (_sequences._lengths.IsEmpty ? 0 : _sequences._lengths.Span[_index]);
            return true;
        }
    }
}
