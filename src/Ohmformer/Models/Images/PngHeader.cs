using System.Buffers.Binary;
using Ohmformer.Files;

namespace Ohmformer.Models.Images;

/// <summary>The header chunk of a PNG file.</summary>
/// <param name="Width">Columns of pixels.</param>
/// <param name="Height">Rows of pixels.</param>
/// <param name="BitDepth">Bits of a sample: 1, 2, 4, 8 or 16.</param>
/// <param name="Color">What the samples mean.</param>
/// <param name="IsInterlaced">Whether the pixels come in the seven passes of Adam7.</param>
internal sealed record PngHeader(int Width, int Height, int BitDepth, PngColor Color, bool IsInterlaced)
{
    private const int Bytes = 13;

    /// <summary>Whether samples are indices into a palette.</summary>
    public bool IsIndexed => Color == PngColor.Indexed;

    /// <summary>Samples of a pixel.</summary>
    public int Samples => Color switch
    {
        PngColor.Rgb => 3,
        PngColor.GrayAlpha => 2,
        PngColor.RgbAlpha => 4,
        _ => 1,
    };

    /// <summary>Channels of the decoded image.</summary>
    public int Channels => Color is PngColor.Gray or PngColor.GrayAlpha ? 1 : 3;

    /// <summary>Bytes from a sample to the same sample of the pixel to the left, at least 1.</summary>
    public int FilterStep => Math.Max(1, Samples * BitDepth / 8);

    /// <summary>Bytes of a row of so many pixels.</summary>
    public int RowBytes(int pixels) => checked((int)(((long)pixels * Samples * BitDepth + 7) / 8));

    /// <summary>Reads the chunk.</summary>
    /// <exception cref="InputException">It breaks a rule of the format.</exception>
    public static PngHeader Parse(string path, byte[] chunk)
    {
        if (chunk.Length != Bytes) throw new InputException($"{path}: damaged: the header has {chunk.Length} bytes instead of {Bytes}");
        long width = BinaryPrimitives.ReadUInt32BigEndian(chunk), height = BinaryPrimitives.ReadUInt32BigEndian(chunk.AsSpan(4));
        PictureFile.CheckSize(path, width, height);
        var color = (PngColor)chunk[9];
        if (!DepthsOf(color).Contains(chunk[8])) throw new InputException($"{path}: damaged: color type {chunk[9]} with {chunk[8]} bits a sample does not exist");
        if (chunk[10] != 0 || chunk[11] != 0 || chunk[12] > 1)
            throw new InputException($"{path}: compression {chunk[10]}, filter {chunk[11]}, interlace {chunk[12]} are not those of PNG (0, 0, and 0 or 1)");
        return new PngHeader((int)width, (int)height, chunk[8], color, chunk[12] == 1);
    }

    private static byte[] DepthsOf(PngColor color) => color switch
    {
        PngColor.Gray => [1, 2, 4, 8, 16],
        PngColor.Indexed => [1, 2, 4, 8],
        PngColor.Rgb or PngColor.GrayAlpha or PngColor.RgbAlpha => [8, 16],
        _ => [],
    };
}

/// <summary>Color types of PNG, by the numbers of the format.</summary>
internal enum PngColor
{
    /// <summary>One sample of gray.</summary>
    Gray = 0,

    /// <summary>Red, green, blue.</summary>
    Rgb = 2,

    /// <summary>An index into a palette.</summary>
    Indexed = 3,

    /// <summary>Gray and alpha.</summary>
    GrayAlpha = 4,

    /// <summary>Red, green, blue, alpha.</summary>
    RgbAlpha = 6,
}
