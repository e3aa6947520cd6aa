using System.Buffers.Binary;
using System.Text;
using Ohmformer.Files;

namespace Ohmformer.Models.Images;

/// <summary>
/// PNG files (W3C: Portable Network Graphics, second edition, 2003): all color types and bit depths, plain or interlaced. Alpha and
/// transparency are dropped, samples of 16 bits keep their upper byte, gamma and color profiles are ignored.
/// </summary>
internal static class PngFile
{
    private const int ChunkOverhead = 12, MaxPaletteBytes = 3 * 256;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(TableEntry)];

    /// <summary>Whether bytes begin as a PNG file does.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Signature);

    /// <summary>Decodes a file that is recognized.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="bytes">Its content.</param>
    /// <exception cref="InputException">The file is damaged.</exception>
    public static Picture Decode(string path, byte[] bytes)
    {
        PngHeader? header = null;
        byte[]? palette = null;
        using var data = new MemoryStream();
        for (int at = Signature.Length; ;)
        {
            var (type, content) = Chunk(path, bytes, at);
            at += ChunkOverhead + content.Length;
            if ((header is null) != (type == "IHDR")) throw new InputException($"{path}: damaged: chunk {type} {(header is null ? "stands before the header" : "is there twice")}");
            if (type == "IHDR") header = PngHeader.Parse(path, content);
            else if (type == "PLTE") palette = Palette(path, content);
            else if (type == "IDAT") data.Write(content);
            else if (type == "IEND") break;
            else if (char.IsAsciiLetterUpper(type[0])) throw new InputException($"{path}: has a chunk {type} that is unknown and may not be skipped");
        }
        if (header!.IsIndexed && palette is null) throw new InputException($"{path}: damaged: its colors are indices, but there is no palette");
        data.Position = 0;
        return new PngPixels(path, header, header.IsIndexed ? palette : null).Decode(data);
    }

    private static (string Type, byte[] Content) Chunk(string path, byte[] bytes, int at)
    {
        if (bytes.Length - at < ChunkOverhead) throw new InputException($"{path}: truncated: the file ends at byte {bytes.Length} without an end chunk");
        uint length = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));
        string type = Encoding.Latin1.GetString(bytes, at + 4, 4);
        if (!type.All(char.IsAsciiLetter)) throw new InputException($"{path}: damaged: no chunk begins at byte {at}");
        if (length > bytes.Length - at - ChunkOverhead)
            throw new InputException($"{path}: truncated: chunk {type} has {length} bytes, of which {bytes.Length - at - ChunkOverhead} are there");
        int end = at + 8 + (int)length;
        if (Crc(bytes.AsSpan((at + 4)..end)) != BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(end)))
            throw new InputException($"{path}: damaged: the check sum (CRC) of chunk {type} at byte {at} is wrong");
        return (type, bytes[(at + 8)..end]);
    }

    private static byte[] Palette(string path, byte[] content) => content.Length is > 0 and <= MaxPaletteBytes && content.Length % 3 == 0
        ? content
        : throw new InputException($"{path}: damaged: a palette of {content.Length} bytes; it has 3 for each of 1 to 256 colors");

    /// <summary>CRC-32 (ISO 3309), which ends every chunk.</summary>
    internal static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes) crc = CrcTable[(byte)(crc ^ b)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint TableEntry(int index)
    {
        uint entry = (uint)index;
        for (int bit = 0; bit < 8; bit++) entry = (entry & 1) != 0 ? 0xEDB88320 ^ (entry >> 1) : entry >> 1;
        return entry;
    }
}
