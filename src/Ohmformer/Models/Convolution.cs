using System.Numerics.Tensors;

namespace Ohmformer.Models;

/// <summary>A convolution over a square image as a matrix product of unfolded windows.</summary>
/// <param name="Channels">Channels of the image.</param>
/// <param name="Size">Side of the image.</param>
/// <param name="Outputs">Channels of the result.</param>
/// <param name="Kernel">Side of the window.</param>
/// <param name="Stride">Step between windows, along both axes.</param>
/// <param name="Padding">Zeros around the image, on every side.</param>
internal readonly record struct Convolution(int Channels, int Size, int Outputs, int Kernel, int Stride, int Padding)
{
    /// <summary>Numbers of one window.</summary>
    public int Inputs => Channels * Kernel * Kernel;

    /// <summary>Windows along one axis.</summary>
    public int Side => (Size + 2 * Padding - Kernel) / Stride + 1;

    /// <summary>Windows.</summary>
    public int Windows => Side * Side;

    /// <summary>Numbers of one image.</summary>
    public int Pixels => Channels * Size * Size;

    /// <summary>[channels, size, size] to [windows, channels * kernel * kernel], windows row by row.</summary>
    public void Unfold(ReadOnlySpan<float> image, Span<float> windows)
    {
        int to = 0;
        for (int window = 0; window < Windows; window++)
        {
            int left = window % Side * Stride - Padding, first = Math.Max(left, 0), count = Math.Min(left + Kernel, Size) - first;
            for (int channel = 0; channel < Channels; channel++)
                for (int y = 0; y < Kernel; y++, to += Kernel)
                {
                    int row = window / Side * Stride - Padding + y;
                    var line = windows.Slice(to, Kernel);
                    if (count < Kernel) line.Clear();
                    if (row < 0 || row >= Size) line.Clear();
                    else image.Slice((channel * Size + row) * Size + first, count).CopyTo(line[(first - left)..]);
                }
        }
    }

    /// <summary>The transpose of <see cref="Unfold"/>: adds every number of the windows to the pixel that it comes from.</summary>
    /// <param name="windows">Shape [windows, channels * kernel * kernel].</param>
    /// <param name="image">Shape [channels, size, size]; is added to.</param>
    public void Fold(ReadOnlySpan<float> windows, Span<float> image)
    {
        int from = 0;
        for (int window = 0; window < Windows; window++)
        {
            int left = window % Side * Stride - Padding, first = Math.Max(left, 0), count = Math.Min(left + Kernel, Size) - first;
            for (int channel = 0; channel < Channels; channel++)
                for (int y = 0; y < Kernel; y++, from += Kernel)
                {
                    int row = window / Side * Stride - Padding + y;
                    if (row < 0 || row >= Size) continue;
                    var line = image.Slice((channel * Size + row) * Size + first, count);
                    TensorPrimitives.Add(line, windows.Slice(from + first - left, count), line);
                }
        }
    }

    /// <summary>What <see cref="Unfold"/> makes of some rows of windows, transposed: whole lines of pixels are copied.</summary>
    /// <param name="image">Shape [channels, size, size].</param>
    /// <param name="firstRow">First row of windows.</param>
    /// <param name="rows">Rows of windows.</param>
    /// <param name="columns">Shape [channels * kernel * kernel, rows * side].</param>
    public void ToColumns(ReadOnlySpan<float> image, int firstRow, int rows, Span<float> columns)
    {
        for (int row = 0; row < rows; row++)
            for (int input = 0; input < Inputs; input++)
            {
                var line = columns.Slice((input * rows + row) * Side, Side);
                var (from, first, limit) = LineOf(input, firstRow + row);
                line[..first].Clear();
                line[limit..].Clear();
                if (Stride == 1) image.Slice(from, limit - first).CopyTo(line[first..]);
                else
                    for (int i = first; i < limit; i++, from += Stride) line[i] = image[from];
            }
    }

    /// <summary>The transpose of <see cref="ToColumns"/>; a pixel gets its numbers in the order of the windows, whatever the rows that are added at once.</summary>
    /// <param name="columns">Shape [channels * kernel * kernel, rows * side].</param>
    /// <param name="firstRow">First row of windows.</param>
    /// <param name="rows">Rows of windows.</param>
    /// <param name="image">Shape [channels, size, size]; is added to.</param>
    public void AddColumns(ReadOnlySpan<float> columns, int firstRow, int rows, Span<float> image)
    {
        for (int row = 0; row < rows; row++)
            for (int input = 0; input < Inputs; input++)
            {
                var line = columns.Slice((input * rows + row) * Side, Side);
                var (from, first, limit) = LineOf(input, firstRow + row);
                if (Stride == 1)
                {
                    var pixels = image.Slice(from, limit - first);
                    TensorPrimitives.Add(pixels, line[first..limit], pixels);
                }
                else
                {
                    for (int i = first; i < limit; i++, from += Stride) image[from] += line[i];
                }
            }
    }

    /// <summary>Where an input of a row of windows lies: the first window that has it inside the image, the one behind the last, and the pixel of the first.</summary>
    private (int From, int First, int Limit) LineOf(int input, int row)
    {
        int x = input % Kernel - Padding, y = row * Stride - Padding + input / Kernel % Kernel;
        if (y < 0 || y >= Size || x >= Size) return default;
        int first = Math.Min(x < 0 ? (Stride - 1 - x) / Stride : 0, Side), limit = Math.Clamp((Size - 1 - x) / Stride + 1, first, Side);
        return first == limit ? default : ((input / (Kernel * Kernel) * Size + y) * Size + first * Stride + x, first, limit);
    }
}
