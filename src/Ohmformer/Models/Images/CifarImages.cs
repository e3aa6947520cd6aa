using Ohmformer.Files;

namespace Ohmformer.Models.Images;

/// <summary>The binary version of CIFAR-10 (Krizhevsky: Learning multiple layers of features from tiny images, 2009): a label and 3 x 32 x 32 bytes per record.</summary>
internal static class CifarImages
{
    private const int Channels = 3, Side = 32, PixelBytes = Channels * Side * Side, RecordBytes = 1 + PixelBytes;

    /// <summary>The file has no header that says how many; the data set has 60,000.</summary>
    private const int MaxRecords = 60_000;

    /// <summary>Whether a name is that of such a file.</summary>
    public static bool Recognizes(string path) =>
        path.EndsWith(".bin", StringComparison.Ordinal) || path.EndsWith(".bin.gz", StringComparison.Ordinal);

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">It is damaged or not made of whole records.</exception>
    public static ImageSet Load(string path)
    {
        using var file = new PackedFile(path);
        using var pixels = new MemoryStream();
        var labels = new List<int>();
        var record = new byte[RecordBytes];
        for (int read; (read = file.ReadUpTo(record)) > 0;)
        {
            if (read < RecordBytes) throw new InputException($"{path}: truncated: record {labels.Count} has {read} of {RecordBytes} bytes");
            if (labels.Count == MaxRecords) throw new InputException($"{path}: has more than {MaxRecords} records of {RecordBytes} bytes");
            labels.Add(record[0]);
            pixels.Write(record, 1, PixelBytes);
        }
        return new ImageSet(path, pixels.ToArray(), [.. labels], Channels, Side, Side);
    }
}
