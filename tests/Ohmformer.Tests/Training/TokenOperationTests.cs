using Ohmformer.Models;
using Ohmformer.Training;

namespace Ohmformer.Tests.Training;

/// <summary>The operations of language models and of pooling: gradients against central differences, values against definitions.</summary>
public sealed class TokenOperationTests
{
    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 8)]
    [InlineData(4, 13)]
    public void Functions_of_rows_have_the_gradient_of_their_differences(int rows, int columns)
    {
        GradientCheck.Check((t, x) => t.RmsNorm(x[0], x[1], 1e-2), (rows, columns), (1, columns));
        GradientCheck.Check((t, x) => t.Multiply(x[0], x[1]), (rows, columns), (rows, columns));
        foreach (var activation in Enum.GetValues<Activation>())
            GradientCheck.Check((t, x) => t.Activate(t.Scale(x[0], 3), activation), (rows, columns));
    }

    [Fact]
    public void Lookup_has_the_gradient_of_its_differences() =>
        GradientCheck.Check((t, x) => t.Rows(x[0], new int[] { 3, 0, 3, 1, 3 }), (4, 5));

    [Fact]
    public void Lookup_outside_of_the_table_is_refused()
    {
        var tape = new Tape();
        var table = tape.Constant(new float[6], 3, 2);
        Assert.Throws<ArgumentOutOfRangeException>(() => tape.Rows(table, new int[] { 3 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => tape.Rows(table, new int[] { -1 }));
    }

    [Fact]
    public void Pooling_has_the_gradient_of_its_differences()
    {
        GradientCheck.Check((t, x) => t.MeanOfEach(x[0], new Sequences(new int[] { 2, 5, 3 }), skipped: 1), (10, 3));
        var tape = new Tape();
        Assert.Throws<ArgumentOutOfRangeException>(() => tape.MeanOfEach(tape.Constant(new float[6], 2, 3), new Sequences(new int[] { 1, 1 }), skipped: 1));
    }

    [Fact]
    public void Largest_rows_get_the_gradient()
    {
        var tape = new Tape();
        float[] values = [9, 9, 1, 5, 4, 2, 9, 9, -1, -2], gradients = new float[10];
        var largest = tape.MaxOfEach(tape.Variable(values, gradients, 5, 2), new Sequences(new int[] { 3, 2 }), skipped: 1);
        Assert.Equal([4, 5, -1, -2], largest.Value.ToArray());
        var row = tape.Linear(tape.Rows(largest, new int[] { 0 }), tape.Constant(new float[] { 2, 3 }, 2, 1));
        tape.Backward(tape.Add(row, tape.Linear(tape.Rows(largest, new int[] { 1 }), tape.Constant(new float[] { 5, 7 }, 2, 1))));
        Assert.Equal([0, 0, 0, 3, 2, 0, 0, 0, 5, 7], gradients);
    }

    [Theory]
    [InlineData(Positions.RotaryHalves)]
    [InlineData(Positions.RotaryPairs)]
    public void Rotation_has_the_gradient_of_its_differences_and_keeps_lengths(Positions positions)
    {
        var spec = Models.RandomTransformer.Families["llama"] with { Positions = positions };
        var rotary = new RotaryPositions(spec);
        GradientCheck.Check((t, x) => t.Rotate(x[0], rotary, new int[] { 0, 6, 2 }), (3, 12));

        var tape = new Tape();
        float[] values = [.. Enumerable.Range(1, 12).Select(i => (float)i)];
        float[] turned = tape.Rotate(tape.Constant(values, 1, 12), rotary, new int[] { 5 }).Value.ToArray();
        Assert.NotEqual(values, turned);
        Assert.Equal(values.Sum(v => v * v), turned.Sum(v => v * v), 1e-3);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(5, 3, 7)]
    public void Head_on_embeddings_has_the_gradient_of_its_differences(int rows, int width, int vocabulary)
    {
        GradientCheck.Check((t, x) => t.LinearTransposed(x[0], x[1], x[2]), (rows, width), (vocabulary, width), (1, vocabulary));
        GradientCheck.Check((t, x) => t.LinearTransposed(x[0], x[1]), (rows, width), (vocabulary, width));
    }
}
