using System.IO.Compression;
using Ohmformer.Files;

namespace Ohmformer.Models.Images;

/// <summary>The pixels of a PNG file: inflates, reverses the row filters, and puts samples in their places.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="header">Sizes and sample format.</param>
/// <param name="palette">Red, green and blue of every color when samples are indices, else null.</param>
internal sealed class PngPixels(string path, PngHeader header, byte[]? palette)
{
    private readonly record struct Pass(int Left, int Top, int StepX, int StepY)
    {
        public int Columns(int width) => (width - Left + StepX - 1) / StepX;

        public int Rows(int height) => (height - Top + StepY - 1) / StepY;
    }

    /// <summary>Every pixel in one pass.</summary>
    private static readonly Pass[] Plain = [new(0, 0, 1, 1)];

    /// <summary>The seven passes of interlaced files (PNG specification, section 8.2).</summary>
    private static readonly Pass[] Adam7 = [new(0, 0, 8, 8), new(4, 0, 8, 8), new(0, 4, 4, 8), new(2, 0, 4, 4), new(0, 2, 2, 4), new(1, 0, 2, 2), new(0, 1, 1, 2)];

    private byte[] _pixels = [];

    /// <summary>Decodes the joined data chunks.</summary>
    /// <exception cref="InputException">They are damaged, or hold fewer or more pixels than the header says.</exception>
    public Picture Decode(MemoryStream data)
    {
        if ((long)header.RowBytes(header.Width) * header.Height > data.Length * PackedFile.MaxRatio)
            throw new InputException($"{path}: claims {header.Width} x {header.Height} pixels, which {data.Length} bytes of data cannot hold");
        _pixels = new byte[header.Channels * header.Height * header.Width];
        using var inflated = new ZLibStream(data, CompressionMode.Decompress);
        foreach (var pass in header.IsInterlaced ? Adam7 : Plain)
            if (pass.Columns(header.Width) is > 0 and int columns) Read(inflated, pass, columns);
        if (Fill(inflated, new byte[1]) > 0) throw new InputException($"{path}: damaged: more pixels follow than its header says");
        return new Picture(_pixels, header.Channels, header.Height, header.Width);
    }

    private void Read(Stream inflated, Pass pass, int columns)
    {
        byte[] line = new byte[1 + header.RowBytes(columns)], above = new byte[line.Length];
        for (int row = 0; row < pass.Rows(header.Height); row++)
        {
            int y = pass.Top + row * pass.StepY;
            if (Fill(inflated, line) < line.Length) throw new InputException($"{path}: truncated: the pixels end in row {y} of {header.Height}");
            Unfilter(line[0], line.AsSpan(1), above.AsSpan(1));
            Place(line.AsSpan(1), columns, y * header.Width + pass.Left, pass.StepX);
            (line, above) = (above, line);
        }
    }

    private int Fill(Stream inflated, byte[] buffer)
    {
        try
        {
            return inflated.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new InputException($"{path}: damaged: its data cannot be decompressed", e);
        }
    }

    /// <summary>Reverses the filter of a row (PNG specification, section 9): a byte was stored as its difference from a prediction.</summary>
    private void Unfilter(byte filter, Span<byte> row, ReadOnlySpan<byte> above)
    {
        int step = header.FilterStep;
        for (int i = 0; i < row.Length; i++)
        {
            int left = i < step ? 0 : row[i - step], up = above[i], corner = i < step ? 0 : above[i - step];
            row[i] += filter switch
            {
                0 => 0,
                1 => (byte)left,
                2 => (byte)up,
                3 => (byte)((left + up) / 2),
                4 => Paeth(left, up, corner),
                _ => throw new InputException($"{path}: damaged: row filter {filter}; there are 0 to 4"),
            };
        }
    }

    /// <summary>Of left, up and corner the one that is nearest to left + up - corner; the first of equals.</summary>
    private static byte Paeth(int left, int up, int corner)
    {
        int toLeft = Math.Abs(up - corner), toUp = Math.Abs(left - corner), toCorner = Math.Abs(left + up - 2 * corner);
        if (toLeft <= toUp && toLeft <= toCorner) return (byte)left;
        return (byte)(toUp <= toCorner ? up : corner);
    }

    private void Place(ReadOnlySpan<byte> row, int columns, int first, int step)
    {
        int area = header.Height * header.Width, scale = 255 / ((1 << Math.Min(8, header.BitDepth)) - 1);
        for (int x = 0; x < columns; x++)
            for (int c = 0; c < header.Channels; c++)
                _pixels[c * area + first + x * step] = palette is null
                    ? (byte)(Sample(row, x * header.Samples + c) * scale)
                    : Color(Sample(row, x), c);
    }

    private int Sample(ReadOnlySpan<byte> row, int index)
    {
        int depth = header.BitDepth;
        if (depth >= 8) return row[index * (depth / 8)];
        int bit = index * depth;
        return (row[bit / 8] >> (8 - depth - bit % 8)) & ((1 << depth) - 1);
    }

    private byte Color(int index, int channel) => 3 * index < palette!.Length
        ? palette[3 * index + channel]
        : throw new InputException($"{path}: damaged: a pixel has color {index} of a palette of {palette.Length / 3}");
}
