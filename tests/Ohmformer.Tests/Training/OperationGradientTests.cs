using System.Numerics.Tensors;
using Ohmformer.Training;
using static Ohmformer.Tests.Training.GradientCheck;
using Tensor = Ohmformer.Training.Tensor;

namespace Ohmformer.Tests.Training;

/// <summary>The gradient of every operation against central differences.</summary>
public sealed class OperationGradientTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(5, 7, 3)]
    [InlineData(13, 4, 17)]
    public void Linear_has_the_gradient_of_its_differences(int rows, int inputs, int outputs)
    {
        Check((t, x) => t.Linear(x[0], x[1], x[2]), (rows, inputs), (inputs, outputs), (1, outputs));
        Check((t, x) => t.Linear(x[0], x[1]), (rows, inputs), (inputs, outputs));
        Check((t, x) => t.Linear(x[0], x[1], x[2], x[3]), (rows, inputs), (inputs, outputs), (1, outputs), (rows, outputs));
        Check((t, x) => t.Linear(x[0], x[1], residual: x[2]), (rows, inputs), (inputs, outputs), (rows, outputs));
    }

    [Fact]
    public void Sums_have_the_gradient_of_their_differences()
    {
        Check((t, x) => t.Add(x[0], x[1]), (3, 5), (3, 5));
        Check((t, x) => t.Add(x[0], x[0]), (3, 5));
        Check((t, x) => t.Scale(x[0], -1.7f), (3, 5));
        Check((t, x) => t.AddToEach(x[0], x[1], Sequences.Equal(2, 3)), (6, 5), (3, 5));
        Check((t, x) => t.AddToEach(x[0], x[1], Ragged(3, 1, 2)), (6, 5), (4, 5));
        Check((t, x) => t.AddToEach(x[0], x[1], Ragged(3, 4), new int[] { 1, 2, 0, 1, 3 }, classTokens: 1), (7, 5), (5, 5));
    }

    [Fact]
    public void Class_token_has_the_gradient_of_its_differences()
    {
        Check((t, x) => t.Prepend(x[0], x[1], Sequences.Equal(3, 2)), (6, 5), (1, 5));
        Check((t, x) => t.Prepend(x[0], x[1], Ragged(4, 2)), (6, 5), (2, 5));
        Check((t, x) => t.OneOfEach(x[0], Sequences.Equal(2, 3)), (6, 5));
        Check((t, x) => t.OneOfEach(x[0], Ragged(2, 4), index: 1), (6, 5));
    }

    [Theory]
    [InlineData(1, 1, 1, false, new[] { 1 })]
    [InlineData(2, 2, 5, false, new[] { 3, 3 })]
    [InlineData(2, 1, 5, true, new[] { 1, 4, 2 })]
    [InlineData(3, 3, 4, false, new[] { 17 })]
    [InlineData(4, 2, 3, true, new[] { 18, 5 })]
    public void Attention_has_the_gradient_of_its_differences(int heads, int keyValueHeads, int width, bool causal, int[] lengths)
    {
        (int, int) queries = (lengths.Sum(), heads * width), keys = (lengths.Sum(), keyValueHeads * width);
        Check((t, x) => t.Attention(x[0], x[1], x[2], Ragged(lengths), heads, keyValueHeads, causal), queries, keys, keys);
    }

    [Fact]
    public void Attention_of_a_matrix_to_itself_has_the_gradient_of_its_differences() =>
        Check((t, x) => t.Attention(x[0], x[0], x[0], Ragged(3, 2), heads: 2, keyValueHeads: 2), (5, 4));

    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 8)]
    [InlineData(4, 13)]
    public void Functions_of_rows_have_the_gradient_of_their_differences(int rows, int columns)
    {
        Check((t, x) => t.Gelu(x[0]), (rows, columns));
        Check((t, x) => t.Softmax(x[0]), (rows, columns));
        Check((t, x) => t.LayerNorm(x[0], x[1], x[2], 1e-2), (rows, columns), (1, columns), (1, columns));
        int[] labels = [.. Enumerable.Range(0, rows).Select(i => i % (columns + 1) - 1)]; // the first is not scored
        Check((t, x) => t.CrossEntropy(x[0], labels), (rows, columns));
        float[] targets = SmoothedLabels.Of(new int[rows], columns, 0.2);
        Check((t, x) => t.Scale(t.CrossEntropy(x[0], labels, targets), 0.5f), (rows, columns));
        Check((t, x) => t.Scale(t.Divergence(x[0], t.Constant(targets, rows, columns)), 0.5f), (rows, columns));
    }

    [Fact]
    public void Value_used_twice_gets_both_gradients()
    {
        var tape = new Tape();
        float[] x = [3], gradient = [0];
        var leaf = tape.Variable(x, gradient, 1, 1);
        tape.Backward(tape.Add(tape.Scale(leaf, 2), tape.Scale(leaf, 5)));
        Assert.Equal(7, gradient[0]);
    }

    [Fact]
    public void Constants_get_no_gradient_and_record_nothing()
    {
        var tape = new Tape();
        var constant = tape.Constant(new float[] { 1, 2 }, 1, 2);
        var y = tape.Softmax(constant);
        Assert.False(y.NeedsGradient);
        Assert.Throws<InvalidOperationException>(() => y.Gradient.Length);
    }

    [Fact]
    public void Operation_of_the_guide_passes_gradients_straight_through_noise()
    {
        var tape = new Tape();
        float[] x = [1, 2], gradient = [0, 0];
        var leaf = tape.Variable(x, gradient, 1, 2);
        var noisy = tape.AddNoise(leaf, [0.5f, 0.5f]);
        var sum = tape.Linear(noisy, tape.Constant(new float[] { 3, 4 }, 2, 1));
        Assert.Equal(1.5f * 3 + 2.5f * 4, sum.Value[0]);
        tape.Backward(sum);
        Assert.Equal([3, 4], gradient);
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        var tape = new Tape();
        Tensor a = tape.Constant(new float[6], 2, 3), b = tape.Constant(new float[6], 3, 2);
        Assert.Throws<ArgumentException>(() => tape.Add(a, b));
        Assert.Throws<ArgumentException>(() => tape.Linear(a, a));
        Assert.Throws<ArgumentException>(() => tape.Attention(a, a, a, Ragged(2), heads: 2, keyValueHeads: 2));
        Assert.Throws<ArgumentException>(() => tape.Attention(a, a, a, Ragged(1, 2), heads: 3, keyValueHeads: 3));
        Assert.Throws<ArgumentException>(() => tape.Attention(a, a, b, Ragged(2), heads: 3, keyValueHeads: 3));
        Assert.Throws<ArgumentException>(() => tape.Prepend(a, b, Ragged(2)));
        Assert.Throws<ArgumentException>(() => tape.AddToEach(a, tape.Constant(new float[3], 1, 3), Ragged(2)));
        Assert.Throws<ArgumentException>(() => tape.CrossEntropy(a, new int[2], new float[5]));
        Assert.Throws<ArgumentException>(() => tape.CrossEntropy(a, new int[1]));
        Assert.Throws<ArgumentException>(() => tape.Divergence(a, tape.Constant(new float[3], 1, 3)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Ragged(1, 0));
        Assert.Throws<ArgumentException>(() => tape.Backward(a));
        Assert.Throws<ArgumentException>(() => tape.Constant(new float[5], 2, 3));
    }

    private static Sequences Ragged(params int[] lengths) => new(lengths);
}

internal static class NoiseOperation
{
    // As in docs/theory/training.md.
    public static Tensor AddNoise(this Tape tape, Tensor x, ReadOnlySpan<float> noise)
    {
        var y = tape.Output(x.Rows, x.Columns, x);
        TensorPrimitives.Add(x.Value, noise, y.Value);
        tape.Record(y, () => TensorPrimitives.Add(x.Gradient, y.Gradient, x.Gradient));
        return y;
    }
}
