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
}
