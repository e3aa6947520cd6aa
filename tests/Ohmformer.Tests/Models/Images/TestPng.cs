using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Ohmformer.Models.Images;

namespace Ohmformer.Tests.Models.Images;

/// <summary>Writes small PNG files, right and wrong ones.</summary>
internal static class TestPng
{
    private static readonly byte[] Signature = [0x89, .. "PNG"u8, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>A gray or RGB image of 8 bits.</summary>
    public static byte[] Encode(Picture picture)
    {
        using var rows = new MemoryStream();
        int area = picture.Height * picture.Width;
        for (int y = 0; y < picture.Height; y++)
        {
            rows.WriteByte(0);
            for (int x = 0; x < picture.Width; x++)
                for (int c = 0; c < picture.Channels; c++) rows.WriteByte(picture.Pixels.Span[c * area + y * picture.Width + x]);
        }
        return Of(Header(picture.Width, picture.Height, 8, (byte)(picture.Channels == 1 ? 0 : 2)), Chunk("IDAT", Pack(rows.ToArray())), Chunk("IEND"));
    }

    /// <summary>A file of chunks.</summary>
    public static byte[] Of(params byte[][] chunks) => [.. Signature, .. chunks.SelectMany(c => c)];

    public static byte[] Header(int width, int height, byte depth, byte color, byte interlace = 0)
    {
        var content = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(content, width);
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(4), height);
        (content[8], content[9], content[12]) = (depth, color, interlace);
        return Chunk("IHDR", content);
    }

    public static byte[] Chunk(string type, params byte[] content)
    {
        byte[] chunk = [0, 0, 0, 0, .. Encoding.ASCII.GetBytes(type), .. content, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), PngFile.Crc(chunk.AsSpan(4..^4)));
        return chunk;
    }

    public static byte[] Pack(params byte[] data)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest)) zlib.Write(data);
        return packed.ToArray();
    }
}
