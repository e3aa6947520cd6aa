using Ohmformer.Models;
using Ohmformer.Training;
using static Ohmformer.Tests.Training.GradientCheck;

namespace Ohmformer.Tests.Training;

/// <summary>The convolutions of a stem against plain loops, central differences and unfolded windows.</summary>
public sealed class ConvolutionTests
{
    // Channels, size, outputs, kernel, stride, padding.
    public static TheoryData<int, int, int, int, int, int> Shapes => new()
    {
        { 1, 1, 1, 1, 1, 0 },
        { 2, 1, 3, 7, 2, 3 },
        { 1, 2, 1, 3, 1, 1 },
        { 3, 5, 2, 7, 2, 3 },
        { 2, 7, 5, 3, 1, 1 },
        { 2, 6, 3, 3, 3, 0 },
        { 3, 4, 2, 2, 3, 2 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Convolution_has_the_gradient_of_its_differences(int channels, int size, int outputs, int kernel, int stride, int padding)
    {
        var shape = new Convolution(channels, size, outputs, kernel, stride, padding);
        Check((t, x) => t.Convolve(x[0], x[1], x[2], shape), (2, shape.Pixels), (shape.Inputs, outputs), (1, outputs));
        Check((t, x) => t.Unfold(x[0], shape), (2, shape.Pixels));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    [InlineData(3, 61, 5, 7, 2, 3)]
    [InlineData(37, 33, 5, 7, 1, 3)] // More windows than are unfolded at once.
    public void Convolution_and_its_gradients_are_those_of_plain_loops(int channels, int size, int outputs, int kernel, int stride, int padding)
    {
        var shape = new Convolution(channels, size, outputs, kernel, stride, padding);
        var random = new Random(1);
        float[] Random(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        float[] x = Random(2 * shape.Pixels), w = Random(shape.Inputs * outputs), b = Random(outputs), dx = Random(x.Length), dw = Random(w.Length), db = Random(b.Length);
        var (expectedDx, expectedDw, expectedDb) = ((float[])[.. dx], (float[])[.. dw], db.Select(v => (double)v).ToArray());

        var tape = new Tape();
        var y = tape.Convolve(tape.Variable(x, dx, 2, shape.Pixels), tape.Variable(w, dw, shape.Inputs, outputs), tape.Variable(b, db, 1, outputs), shape);
        float[] dy = Random(y.Value.Length), expected = new float[dy.Length];
        for (int image = 0; image < 2; image++)
        {
            Forward(shape, x.AsSpan(image * shape.Pixels, shape.Pixels), w, b, expected.AsSpan(image * y.Columns, y.Columns));
            Backward(shape, x.AsSpan(image * shape.Pixels, shape.Pixels), w, dy.AsSpan(image * y.Columns, y.Columns), expectedDx.AsSpan(image * shape.Pixels, shape.Pixels), expectedDw, expectedDb);
        }
        Assert.Equal(expected, y.Value.ToArray());
        var loss = tape.Output(1, 1, y);
        tape.Record(loss, () => dy.CopyTo(y.Gradient));
        tape.Backward(loss);
        Assert.Equal(expectedDx, dx);
        Assert.Equal(expectedDw, dw);
        for (int o = 0; o < outputs; o++) Assert.Equal(expectedDb[o], db[o], 1e-5 * shape.Windows);
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        var tape = new Tape();
        var shape = new Convolution(2, 3, 4, Kernel: 3, Stride: 1, Padding: 1);
        Tensor Zeros(int rows, int columns) => tape.Constant(new float[rows * columns], rows, columns);
        Assert.Throws<ArgumentException>(() => tape.Convolve(Zeros(1, 17), Zeros(18, 4), Zeros(1, 4), shape));
        Assert.Throws<ArgumentException>(() => tape.Convolve(Zeros(1, 18), Zeros(18, 3), Zeros(1, 4), shape));
        Assert.Throws<ArgumentException>(() => tape.Convolve(Zeros(1, 18), Zeros(18, 4), Zeros(1, 3), shape));
        Assert.Throws<ArgumentException>(() => tape.Unfold(Zeros(1, 17), shape));
    }

    // The definition: a chain of fused multiply-adds over the inputs, zeros of the padding included.
    private static void Forward(Convolution shape, ReadOnlySpan<float> x, float[] w, float[] b, Span<float> y)
    {
        for (int o = 0; o < shape.Outputs; o++)
            for (int window = 0; window < shape.Windows; window++)
            {
                float sum = b[o];
                for (int input = 0; input < shape.Inputs; input++)
                    sum = MathF.FusedMultiplyAdd(w[input * shape.Outputs + o], PixelOf(shape, window, input) is >= 0 and int pixel ? x[pixel] : 0, sum);
                y[o * shape.Windows + window] = sum;
            }
    }

    private static void Backward(Convolution shape, ReadOnlySpan<float> x, float[] w, ReadOnlySpan<float> dy, Span<float> dx, float[] dw, double[] db)
    {
        for (int window = 0; window < shape.Windows; window++)
            for (int o = 0; o < shape.Outputs; o++) db[o] += dy[o * shape.Windows + window];
        for (int row = 0; row < shape.Side; row++)
            for (int input = 0; input < shape.Inputs; input++)
                for (int window = row * shape.Side; window < (row + 1) * shape.Side; window++)
                {
                    int pixel = PixelOf(shape, window, input);
                    float sum = 0;
                    for (int o = 0; o < shape.Outputs; o++)
                    {
                        ref float slope = ref dw[input * shape.Outputs + o];
                        float gradient = dy[o * shape.Windows + window];
                        slope = MathF.FusedMultiplyAdd(pixel >= 0 ? x[pixel] : 0, gradient, slope);
                        sum = MathF.FusedMultiplyAdd(w[input * shape.Outputs + o], gradient, sum);
                    }
                    if (pixel >= 0) dx[pixel] += sum;
                }
    }

    // -1 in the padding.
    private static int PixelOf(Convolution shape, int window, int input)
    {
        int y = window / shape.Side * shape.Stride - shape.Padding + input / shape.Kernel % shape.Kernel, x = window % shape.Side * shape.Stride - shape.Padding + input % shape.Kernel;
        return y < 0 || x < 0 || y >= shape.Size || x >= shape.Size ? -1 : (input / (shape.Kernel * shape.Kernel) * shape.Size + y) * shape.Size + x;
    }
}
