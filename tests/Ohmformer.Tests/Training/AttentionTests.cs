using Ohmformer.Training;
using Tensor = Ohmformer.Training.Tensor;

namespace Ohmformer.Tests.Training;

/// <summary>Attention against its definition, and sequences together against one at a time.</summary>
public sealed class AttentionTests
{
    [Theory]
    [InlineData(new[] { 1 }, 1, 1, 1, false)]
    [InlineData(new[] { 3, 1, 5 }, 2, 2, 4, false)]
    [InlineData(new[] { 17, 2 }, 6, 2, 3, true)]
    [InlineData(new[] { 130 }, 2, 1, 5, true)] // two blocks of queries
    [InlineData(new[] { 257, 128 }, 1, 1, 2, false)]
    public void Attention_equals_its_definition(int[] lengths, int heads, int keyValueHeads, int width, bool causal)
    {
        float[] q = Values(lengths.Sum() * heads * width, 1), k = Values(lengths.Sum() * keyValueHeads * width, 2), v = Values(k.Length, 3);
        var actual = Attend(new Tape(), q, k, v, lengths, heads, keyValueHeads, causal);
        double[] expected = Definition(q, k, v, lengths, heads, keyValueHeads, width, causal);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual.Value[i], 1e-5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sequences_together_have_the_bits_of_one_at_a_time(bool causal)
    {
        int[] lengths = [5, 1, 33];
        const int heads = 2, width = 8, d = heads * width;
        float[] q = Values(lengths.Sum() * d, 1), k = Values(q.Length, 2), v = Values(q.Length, 3);
        var (together, gradient) = Gradient(q, k, v, lengths);
        for (int i = 0, at = 0; i < lengths.Length; at += lengths[i++] * d)
        {
            int size = lengths[i] * d;
            var (alone, alonesGradient) = Gradient(q[at..(at + size)], k[at..(at + size)], v[at..(at + size)], [lengths[i]]);
            Assert.Equal(alone, together[at..(at + size)]);
            Assert.Equal(alonesGradient, gradient[at..(at + size)]);
        }

        (float[] Output, float[] KeyGradient) Gradient(float[] q, float[] k, float[] v, int[] lengths)
        {
            var tape = new Tape();
            float[] dk = new float[k.Length];
            var output = tape.Attention(
                tape.Constant(q, q.Length / d, d), tape.Variable(k, dk, k.Length / d, d), tape.Constant(v, v.Length / d, d), new Sequences(lengths), heads, heads, causal);
            float[] values = output.Value.ToArray();
            var loss = tape.Output(1, 1, output);
            tape.Record(loss, (output, values), static (_, s) => s.values.CopyTo(s.output.Gradient));
            tape.Backward(loss);
            return (values, dk);
        }
    }

    [Fact]
    public void Steps_allocate_nothing_once_the_tape_has_its_memory()
    {
        const int d = 8, rows = 21;
        int[] lengths = [10, 1, 10], labels = Enumerable.Range(0, rows).Select(i => i % d).ToArray();
        float[] x = Values(rows * d, 1), weight = Values(d * d, 2), vector = Values(d, 3), gradient = new float[rows * d];
        var tape = new Tape();
        Assert.Equal(0, Allocations.Of(() =>
        {
            tape.Reset();
            var stream = tape.Variable(x, gradient, rows, d);
            var normalized = tape.LayerNorm(stream, Row(), Row(), 1e-5);
            var attention = tape.Attention(Linear(normalized), Linear(normalized), Linear(normalized), new Sequences(lengths), heads: 2, keyValueHeads: 2);
            stream = tape.Linear(attention, Weight(), Row(), residual: stream);
            stream = tape.Add(stream, tape.Gelu(Linear(stream)));
            tape.Backward(tape.CrossEntropy(stream, labels));
        }));

        Tensor Weight() => tape.Variable(weight, gradient.AsMemory(0, d * d), d, d);

        Tensor Row() => tape.Variable(vector, gradient.AsMemory(0, d), 1, d);

        Tensor Linear(Tensor input) => tape.Linear(input, Weight(), Row());
    }

    private static Tensor Attend(Tape tape, float[] q, float[] k, float[] v, int[] lengths, int heads, int keyValueHeads, bool causal)
    {
        int rows = lengths.Sum();
        return tape.Attention(
            tape.Constant(q, rows, q.Length / rows), tape.Constant(k, rows, k.Length / rows), tape.Constant(v, rows, v.Length / rows),
            new Sequences(lengths), heads, keyValueHeads, causal);
    }

    private static double[] Definition(float[] q, float[] k, float[] v, int[] lengths, int heads, int keyValueHeads, int width, bool causal)
    {
        var result = new double[q.Length];
        int queries = heads * width, keys = keyValueHeads * width, start = 0;
        foreach (int length in lengths)
        {
            for (int h = 0; h < heads; h++)
                for (int i = start; i < start + length; i++)
                {
                    int column = h / (heads / keyValueHeads) * width, seen = causal ? i - start + 1 : length;
                    double[] e = [.. Enumerable.Range(start, seen).Select(j => Math.Exp(
                        Enumerable.Range(0, width).Sum(c => (double)q[i * queries + h * width + c] * k[j * keys + column + c]) / Math.Sqrt(width)))];
                    for (int c = 0; c < width; c++)
                        result[i * queries + h * width + c] = e.Select((w, j) => w * v[(start + j) * keys + column + c]).Sum() / e.Sum();
                }
            start += length;
        }
        return result;
    }

    private static float[] Values(int length, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() * 2 - 1)];
    }
}
