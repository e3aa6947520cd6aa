using Ohmformer.Files;

namespace Ohmformer.Models.Images;

/// <summary>
/// The binary versions of CIFAR-10 and CIFAR-100 (Krizhevsky: Learning multiple layers of features from tiny images, 2009). A record is a
/// label, for CIFAR-100 a coarse and a fine label, and 3 x 32 x 32 bytes. The fine label counts.
/// </summary>
internal static class CifarImages
{
    private const int Channels = 3, Side = 32, PixelBytes = Channels * Side * Side, Record10 = 1 + PixelBytes, Record100 = 2 + PixelBytes;

    /// <summary>The files have no header that says how many; the data sets have 60,000.</summary>
    private const int MaxRecords = 60_000;

    /// <summary>Whether a name is that of such a file.</summary>
    public static bool Recognizes(string path) =>
        path.EndsWith(".bin", StringComparison.Ordinal) || path.EndsWith(".bin.gz", StringComparison.Ordinal);

    /// <summary>The files of a split in a folder: data_batch_1 to 5 for training, or the one with "train" or "test" in its name; empty when there are none.</summary>
    /// <exception cref="InputException">Several files have the word in their names.</exception>
    public static IReadOnlyList<string> Find(string folder, Split split)
    {
        string[] files = [.. Directory.EnumerateFiles(folder).Where(Recognizes).Order(StringComparer.Ordinal)];
        string part = split == Split.Train ? "train" : "test";
        string[] batches = Named("data_batch"), named = Named(part);
        if (split == Split.Train && batches.Length > 0) return batches;
        return named.Length < 2 ? named : throw new InputException(
            $"{folder}: holds several .bin files with \"{part}\" in their names: {string.Join(", ", named.Select(Path.GetFileName))}; name one with --data or keep one");

        string[] Named(string word) => [.. files.Where(f => Path.GetFileName(f).Contains(word, StringComparison.OrdinalIgnoreCase))];
    }

    /// <summary>Reads one or several files as one set.</summary>
    /// <param name="source">File or folder, for messages.</param>
    /// <param name="paths">The files, of one kind.</param>
    /// <exception cref="InputException">A file is damaged or not made of whole records.</exception>
    public static ImageSet Load(string source, IReadOnlyList<string> paths)
    {
        using var data = new MemoryStream();
        int record = 0;
        foreach (string path in paths)
        {
            int before = (int)data.Length;
            Append(path, data);
            int own = RecordBytes(path, (int)data.Length - before);
            if (record != 0 && own != record) throw new InputException($"{path}: is CIFAR-{(own == Record10 ? 10 : 100)}, unlike {paths[0]}; keep them in separate folders");
            record = own;
        }
        if (data.Length / record > MaxRecords) throw TooMany(source);
        byte[] bytes = data.GetBuffer();
        int labelAt = record - PixelBytes - 1;
        int[] labels = [.. Enumerable.Range(0, (int)data.Length / record).Select(i => (int)bytes[i * record + labelAt])];
        return new ImageSet(source, new PackedPictures(source, bytes, labelAt + 1, record, Channels, Side, Side), labels, Channels, Side, Side)
        {
            Format = record == Record10 ? "CIFAR-10" : "CIFAR-100",
        };
    }

    private static void Append(string path, MemoryStream data)
    {
        using var file = new PackedFile(path);
        var buffer = new byte[1 << 20];
        for (int read; (read = file.ReadUpTo(buffer)) > 0;)
        {
            if (data.Length + read > MaxRecords * Record100) throw TooMany(path);
            data.Write(buffer, 0, read);
        }
    }

    private static InputException TooMany(string path) => new($"{path}: has more than {MaxRecords} records of {Record10} or {Record100} bytes");

    private static int RecordBytes(string path, int bytes)
    {
        if (bytes == 0) throw new InputException($"{path}: has no images");
        if (bytes % Record10 == 0) return Record10;
        return bytes % Record100 == 0 ? Record100 : throw new InputException(
            $"{path}: truncated or not CIFAR: {bytes} bytes are not whole records of {Record10} (CIFAR-10) or {Record100} bytes (CIFAR-100)");
    }
}
