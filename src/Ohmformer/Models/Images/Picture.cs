namespace Ohmformer.Models.Images;

/// <summary>One image as bytes.</summary>
/// <param name="Pixels">Shape [channels, height, width].</param>
/// <param name="Channels">Color channels; 1 is gray, 3 are red, green and blue.</param>
/// <param name="Height">Rows of pixels.</param>
/// <param name="Width">Columns of pixels.</param>
internal sealed record Picture(ReadOnlyMemory<byte> Pixels, int Channels, int Height, int Width)
{
    /// <summary>Largest image that is decoded: 64 Mi pixels, three times what a camera makes.</summary>
    public const int MaxPixels = 1 << 26;

    /// <summary>Sizes in words.</summary>
    public override string ToString() => $"{Channels} x {Height} x {Width}";

    /// <summary>Whether <see cref="WithChannels"/> can convert between two numbers of channels.</summary>
    public static bool Converts(int from, int to) => from == to || (from, to) is (1, 3) or (3, 1);

    /// <summary>
    /// This image as gray (ITU-R BT.601 luma, 0.299 R + 0.587 G + 0.114 B, rounded from 16-bit weights) or with three equal colors.
    /// </summary>
    /// <param name="channels">1 or 3, or what it has.</param>
    public Picture WithChannels(int channels)
    {
        if (channels == Channels) return this;
        if (!Converts(Channels, channels)) throw new ArgumentOutOfRangeException(nameof(channels), channels, $"An image of {Channels} channels does not convert to them.");
        int area = Height * Width;
        var from = Pixels.Span;
        var converted = new byte[channels * area];
        if (channels == 3)
            for (int c = 0; c < 3; c++) from.CopyTo(converted.AsSpan(c * area));
        else
            for (int i = 0; i < area; i++)
                converted[i] = (byte)((19595 * from[i] + 38470 * from[area + i] + 7471 * from[2 * area + i] + (1 << 15)) >> 16);
        return new Picture(converted, channels, Height, Width);
    }

    /// <summary>A part of this image.</summary>
    /// <param name="top">First row.</param>
    /// <param name="left">First column.</param>
    /// <param name="height">Rows of the part.</param>
    /// <param name="width">Columns of the part.</param>
    public Picture Crop(int top, int left, int height, int width)
    {
        if ((height, width) == (Height, Width)) return this;
        var part = new byte[Channels * height * width];
        for (int row = 0; row < Channels * height; row++)
        {
            int from = row / height * Height + top + row % height;
            Pixels.Span.Slice(from * Width + left, width).CopyTo(part.AsSpan(row * width));
        }
        return new Picture(part, Channels, height, width);
    }
}
