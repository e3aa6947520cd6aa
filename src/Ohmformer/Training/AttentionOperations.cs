using System.Numerics.Tensors;
using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>
/// Differentiable multi-head attention (Vaswani et al.: Attention is all you need, arXiv:1706.03762, section 3.2), with shared heads of
/// keys and values (Ainslie et al.: Grouped-query attention, arXiv:2305.13245).
/// </summary>
public static class AttentionOperations
{
    // Queries that are computed together: their scores stay in the cache between the two products.
    private const int BlockQueries = 128;

    /// <summary>softmax(Q K^T / sqrt(width of a head)) V within every sequence, head by head, the heads side by side again.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="query">Shape [rows of all sequences, heads * width].</param>
    /// <param name="key">Shape [rows of all sequences, key-value heads * width].</param>
    /// <param name="value">Shape [rows of all sequences, key-value heads * width].</param>
    /// <param name="sequences">The sequences.</param>
    /// <param name="heads">Heads of the queries.</param>
    /// <param name="keyValueHeads">Heads of keys and values, each shared by heads / keyValueHeads query heads.</param>
    /// <param name="causal">Whether a token attends only to itself and those before it.</param>
    /// <param name="noted">First tokens of every sequence, without mask, whose attention is noted.</param>
    /// <param name="notes">
    /// Gets how much those tokens attend to each row, summed over all heads, shape [rows of all sequences]: numbers without a gradient. Empty for nothing.
    /// </param>
    /// <returns>Shape [rows of all sequences, heads * width].</returns>
    /// <exception cref="ArgumentException">The shapes do not fit each other.</exception>
    public static Tensor Attention(
        this Tape tape, Tensor query, Tensor key, Tensor value, Sequences sequences, int heads, int keyValueHeads, bool causal = false, int noted = 0, Span<float> notes = default)
    {
        var layout = new Layout(query, key, value, sequences, heads, keyValueHeads, causal);
        var mixed = tape.Output(query.Rows, query.Columns, query, key, value);
        var probabilities = tape.Scratch(layout.Probabilities(sequences));
        foreach (var block in new Blocks(sequences, layout, backward: false)) Forward(layout, block, query, key, value, probabilities.Span, mixed);
        if (!notes.IsEmpty) Note(layout, sequences, probabilities.Span, noted, notes);
        if (!mixed.NeedsGradient) tape.Return(probabilities);
        tape.Record(mixed, (tape, query, key, value, sequences, layout, probabilities), static (mixed, s) =>
        {
            var gradients = s.tape.Scratch(Layout.LargestBlock(s.sequences));
            bool shared = s.query == s.key || s.key == s.value || s.query == s.value;
            Span<float> dq = Fill(s.query, shared, out bool addQuery), dk = Fill(s.key, shared, out bool addKey), dv = Fill(s.value, shared, out bool addValue);
            foreach (var block in new Blocks(s.sequences, s.layout, backward: true))
            {
                Span<float> p = s.probabilities.Span.Slice(block.At, block.Size), dp = gradients.Span[..block.Size];
                Fetch(s.layout, block, s.query, s.key, s.value, s.probabilities.Span);
                Products(s.layout, block, mixed, s.value, p, dp, dv, addValue || block.AddsToKeys);
                SoftmaxGradient.Backward(p, block.Rows, block.Columns, block.Stride, s.layout.Scale, dp);
                Products(s.layout, block, s.query, s.key, dp, dq, addQuery, dk, addKey || block.AddsToKeys);
            }
            s.tape.Return(gradients);
            s.tape.Return(s.probabilities);
        });
        return mixed;
    }

    // Heads are read column by column: what comes next is loaded row by row meanwhile.
    private static void Fetch(in Layout l, in Block b, Tensor query, Tensor key, Tensor value, ReadOnlySpan<float> probabilities)
    {
        int next = b.At + b.Size;
        CacheFetch.Start(probabilities[next..Math.Min(next + b.Size, probabilities.Length)]);
        if (b.Query % l.Queries != 0 || b.Key % l.Keys != 0) return;
        int queries = b.Query + b.Rows * l.Queries, keys = b.Key + b.Columns * l.Keys;
        CacheFetch.Start(query.Value[queries..Math.Min(queries + b.Rows * l.Queries, query.Value.Length)]);
        CacheFetch.Start(key.Value[keys..Math.Min(keys + b.Columns * l.Keys, key.Value.Length)]);
        CacheFetch.Start(value.Value[keys..Math.Min(keys + b.Columns * l.Keys, value.Value.Length)]);
    }

    // Inputs that are one tensor add to its gradient.
    private static Span<float> Fill(Tensor x, bool shared, out bool add)
    {
        add = shared;
        return !x.NeedsGradient ? default : shared ? x.Gradient : x.GradientToFill(out add);
    }

    private static void Forward(in Layout l, in Block b, Tensor query, Tensor key, Tensor value, Span<float> probabilities, Tensor mixed)
    {
        var p = probabilities.Slice(b.At, b.Size);
        Gemm.Multiply(GemmOperand.Of(query.Value[b.Query..], l.Queries), GemmOperand.Transposed(key.Value[b.Key..], l.Keys), b.Rows, l.Width, b.Columns, p, b.Stride);
        SoftmaxGradient.Forward(p, b.Rows, b.Columns, b.Stride, l.Scale, l.Causal ? b.FirstLength : b.Columns);
        Gemm.Multiply(GemmOperand.Of(p, b.Stride), GemmOperand.Of(value.Value[b.Key..], l.Keys), b.Rows, b.Columns, l.Width, mixed.Value[b.Query..], l.Queries);
    }

    private static void Note(in Layout l, Sequences sequences, ReadOnlySpan<float> probabilities, int noted, Span<float> notes)
    {
        int at = 0;
        notes.Clear();
        foreach (var (start, length) in sequences)
        {
            var sum = notes.Slice(start, length);
            int stride = Layout.Stride(length);
            for (int head = 0; head < l.Heads; head++, at += length * stride)
                for (int t = 0; t < Math.Min(noted, length); t++) TensorPrimitives.Add(sum, probabilities.Slice(at + t * stride, length), sum);
        }
    }

    // dP = dO V^T and dV += P^T dO.
    private static void Products(in Layout l, in Block b, Tensor mixed, Tensor value, ReadOnlySpan<float> p, Span<float> dp, Span<float> dv, bool add)
    {
        var output = GemmOperand.Of(mixed.Gradient[b.Query..], l.Queries);
        Gemm.Multiply(output, GemmOperand.Transposed(value.Value[b.Key..], l.Keys), b.Rows, l.Width, b.Columns, dp, b.Stride);
        if (!dv.IsEmpty) Gemm.Multiply(GemmOperand.Transposed(p, b.Stride), output, b.Columns, b.Rows, l.Width, dv[b.Key..], l.Keys, add);
    }

    // dQ += dS K and dK += dS^T Q.
    private static void Products(
        in Layout l, in Block b, Tensor query, Tensor key, ReadOnlySpan<float> ds, Span<float> dq, bool addQuery, Span<float> dk, bool addKey)
    {
        if (!dq.IsEmpty)
            Gemm.Multiply(GemmOperand.Of(ds, b.Stride), GemmOperand.Of(key.Value[b.Key..], l.Keys), b.Rows, b.Columns, l.Width, dq[b.Query..], l.Queries, addQuery);
        if (!dk.IsEmpty)
            Gemm.Multiply(GemmOperand.Transposed(ds, b.Stride), GemmOperand.Of(query.Value[b.Query..], l.Queries), b.Columns, b.Rows, l.Width, dk[b.Key..], l.Keys, addKey);
    }

    /// <summary>Sizes that all sequences share.</summary>
    private readonly struct Layout
    {
        public Layout(Tensor query, Tensor key, Tensor value, Sequences sequences, int heads, int keyValueHeads, bool causal)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(heads);
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(keyValueHeads);
            if (query.Columns % heads != 0 || heads % keyValueHeads != 0)
                throw new ArgumentException($"{query.Columns} columns cannot be cut into {heads} heads that share {keyValueHeads}.", nameof(heads));
            (Heads, Queries, Width, Causal) = (heads, query.Columns, query.Columns / heads, causal);
            (Group, Keys) = (heads / keyValueHeads, keyValueHeads * Width);
            sequences.Require(query, nameof(query));
            Shapes.Require(key, query.Rows, Keys, nameof(key));
            Shapes.Require(value, query.Rows, Keys, nameof(value));
        }

        /// <summary>Heads of the queries.</summary>
        public int Heads { get; }

        /// <summary>Query heads that share a head of keys and values.</summary>
        public int Group { get; }

        /// <summary>Columns of the queries, and of keys and values.</summary>
        public int Queries { get; }

        public int Keys { get; }

        /// <summary>Width of a head.</summary>
        public int Width { get; }

        public bool Causal { get; }

        public float Scale => 1 / MathF.Sqrt(Width);

        /// <summary>Elements from one row of probabilities to the next: whole cache lines.</summary>
        public static int Stride(int tokens) => (tokens + FloatLanes.Count - 1) / FloatLanes.Count * FloatLanes.Count;

        /// <summary>Elements of the probabilities of all sequences and heads.</summary>
        public int Probabilities(Sequences sequences)
        {
            int sum = 0;
            foreach (var (_, length) in sequences) sum = checked(sum + Heads * length * Stride(length));
            return sum;
        }

        public static int LargestBlock(Sequences sequences)
        {
            int largest = 0;
            foreach (var (_, length) in sequences) largest = Math.Max(largest, Math.Min(length, BlockQueries) * Stride(length));
            return largest;
        }
    }

    /// <summary>Some queries of one head of one sequence.</summary>
    /// <param name="Query">First element of its queries.</param>
    /// <param name="Key">First element of its keys and values.</param>
    /// <param name="Rows">Queries.</param>
    /// <param name="Columns">Keys that they see.</param>
    /// <param name="FirstLength">Keys that the first query sees when the mask is causal.</param>
    /// <param name="Stride">Elements from one row of probabilities to the next.</param>
    /// <param name="At">First element of the probabilities.</param>
    /// <param name="AddsToKeys">Whether a block before has written the gradients of these keys and values.</param>
    private readonly record struct Block(int Query, int Key, int Rows, int Columns, int FirstLength, int Stride, int At, bool AddsToKeys)
    {
        public int Size => Rows * Stride;
    }

    /// <summary>All blocks; backward, the queries of a head come last first, since the last see all keys.</summary>
    private readonly ref struct Blocks(Sequences sequences, in Layout layout, bool backward)
    {
        private readonly Layout _layout = layout;

        public Enumerator GetEnumerator() => new(sequences, _layout, backward);

        public struct Enumerator(Sequences sequences, Layout layout, bool backward)
        {
            private Sequences.Enumerator _sequences = sequences.GetEnumerator();
            private int _start, _length, _head, _block, _before, _blocks;

            public Block Current { get; private set; }

            public bool MoveNext()
            {
                if (_block == _blocks && !NextHead()) return false;
                int stride = Layout.Stride(_length), index = backward ? _blocks - 1 - _block : _block;
                int first = index * BlockQueries, limit = Math.Min(first + BlockQueries, _length);
                Current = new(
                    (_start + first) * layout.Queries + _head * layout.Width, _start * layout.Keys + _head / layout.Group * layout.Width,
                    limit - first, layout.Causal ? limit : _length, first + 1, stride,
                    _before + (_head * _length + first) * stride, _block > 0 || _head % layout.Group != 0);
                _block++;
                return true;
            }

            private bool NextHead()
            {
                _block = 0;
                if (_length > 0 && ++_head < layout.Heads) return true;
                _before += layout.Heads * _length * Layout.Stride(_length);
                _head = 0;
                if (!_sequences.MoveNext()) return false;
                (_start, _length) = _sequences.Current;
                _blocks = (_length + BlockQueries - 1) / BlockQueries;
                return true;
            }
        }
    }
}
