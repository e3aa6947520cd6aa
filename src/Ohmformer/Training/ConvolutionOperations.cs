using Ohmformer.Models;
using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>
/// Differentiable convolutions of square images. Windows are matrix products of some rows at once: all windows of an image of 112 x 112 pixels
/// and 64 channels would take 29 MB.
/// </summary>
internal static class ConvolutionOperations
{
    // The windows that are unfolded at once stay in the second-level cache.
    private const int BandFloats = 1 << 16;

    /// <summary>The convolution of every image, y[o] = b[o] + sum over inputs of w[input, o] x[input of the window].</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [images, channels * size * size].</param>
    /// <param name="weight">Shape [channels * kernel * kernel, outputs]; inputs in the order channel, row, column.</param>
    /// <param name="bias">Shape [1, outputs].</param>
    /// <param name="shape">The convolution.</param>
    /// <returns>Shape [images, outputs * windows].</returns>
    /// <exception cref="ArgumentException">The shapes do not fit each other.</exception>
    public static Tensor Convolve(this Tape tape, Tensor x, Tensor weight, Tensor bias, Convolution shape)
    {
        int windows = shape.Windows, outputs = shape.Outputs;
        Shapes.Require(x, x.Rows, shape.Pixels, nameof(x));
        Shapes.Require(weight, shape.Inputs, outputs, nameof(weight));
        Shapes.Require(bias, 1, outputs, nameof(bias));
        var y = tape.Output(x.Rows, outputs * windows, x, weight, bias);
        for (int map = 0; map < x.Rows * outputs; map++) y.Value.Slice(map * windows, windows).Fill(bias.Value[map % outputs]);
        int most = RowsAtOnce(shape);
        var columns = tape.Scratch(shape.Inputs * most * shape.Side);
        for (int image = 0; image < x.Rows; image++)
            for (int row = 0; row < shape.Side; row += most)
            {
                int rows = Math.Min(most, shape.Side - row), count = rows * shape.Side;
                shape.ToColumns(x.Value.Slice(image * shape.Pixels, shape.Pixels), row, rows, columns.Span);
                Gemm.Multiply(
                    GemmOperand.Transposed(weight.Value, outputs), GemmOperand.Of(columns.Span, count), outputs, shape.Inputs, count,
                    y.Value[(image * y.Columns + row * shape.Side)..], windows, accumulate: true);
            }
        tape.Return(columns);
        tape.Record(y, (tape, x, weight, bias, shape), static (y, s) => AddGradients(s.tape, s.x, s.weight, s.bias, s.shape, y));
        return y;
    }

    /// <summary>The windows of every image as rows, such as the patches that a layer embeds.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [images, channels * size * size].</param>
    /// <param name="shape">The windows.</param>
    /// <returns>Shape [images * windows, channels * kernel * kernel].</returns>
    /// <exception cref="ArgumentException">The images have another size.</exception>
    public static Tensor Unfold(this Tape tape, Tensor x, Convolution shape)
    {
        Shapes.Require(x, x.Rows, shape.Pixels, nameof(x));
        int size = shape.Windows * shape.Inputs;
        var y = tape.Output(x.Rows * shape.Windows, shape.Inputs, x);
        for (int image = 0; image < x.Rows; image++) shape.Unfold(x.Value.Slice(image * shape.Pixels, shape.Pixels), y.Value.Slice(image * size, size));
        tape.Record(y, (x, shape), static (y, s) =>
        {
            int pixels = s.shape.Pixels, size = s.shape.Windows * s.shape.Inputs;
            for (int image = 0; image < s.x.Rows; image++) s.shape.Fold(y.Gradient.Slice(image * size, size), s.x.Gradient.Slice(image * pixels, pixels));
        });
        return y;
    }

    // db += sums of dy, dW += columns dy^T, and W dy is added to the pixels that the columns come from.
    private static void AddGradients(Tape tape, Tensor x, Tensor weight, Tensor bias, Convolution shape, Tensor y)
    {
        int windows = shape.Windows, outputs = shape.Outputs, most = RowsAtOnce(shape);
        if (bias.NeedsGradient)
            for (int map = 0; map < x.Rows * outputs; map++) bias.Gradient[map % outputs] += LaneSum.Of(y.Gradient.Slice(map * windows, windows));
        var columns = tape.Scratch(shape.Inputs * most * shape.Side);
        for (int image = 0; image < x.Rows; image++)
            for (int row = 0; row < shape.Side; row += most)
            {
                int rows = Math.Min(most, shape.Side - row), count = rows * shape.Side;
                var gradient = y.Gradient[(image * y.Columns + row * shape.Side)..];
                if (weight.NeedsGradient)
                {
                    shape.ToColumns(x.Value.Slice(image * shape.Pixels, shape.Pixels), row, rows, columns.Span);
                    Gemm.Multiply(
                        GemmOperand.Of(columns.Span, count), GemmOperand.Transposed(gradient, windows), shape.Inputs, count, outputs, weight.Gradient, outputs, accumulate: true);
                }
                if (!x.NeedsGradient) continue;
                Gemm.Multiply(GemmOperand.Of(weight.Value, outputs), GemmOperand.Of(gradient, windows), shape.Inputs, outputs, count, columns.Span, count);
                shape.AddColumns(columns.Span, row, rows, x.Gradient.Slice(image * shape.Pixels, shape.Pixels));
            }
        tape.Return(columns);
    }

    private static int RowsAtOnce(Convolution shape) => Math.Clamp(BandFloats / (shape.Inputs * shape.Side), 1, shape.Side);
}
