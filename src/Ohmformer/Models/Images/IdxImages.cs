using System.Buffers.Binary;
using Ohmformer.Files;

namespace Ohmformer.Models.Images;

/// <summary>The idx files of MNIST and its relatives (LeCun: The MNIST database, "file formats"): unsigned bytes, big-endian sizes.</summary>
internal static class IdxImages
{
    private const int ImagesMagic = 0x803, LabelsMagic = 0x801;

    /// <summary>Names of the image files of a split, without .gz.</summary>
    public static IEnumerable<string> FileNames(Split split) => Prefixes(split).Select(p => p + "-images-idx3-ubyte");

    /// <summary>The pair of files of a split in a folder, or null.</summary>
    public static (string Images, string Labels)? Find(string folder, Split split)
    {
        foreach (string prefix in Prefixes(split))
            foreach (string packed in new[] { "", ".gz" })
            {
                string images = Path.Combine(folder, $"{prefix}-images-idx3-ubyte{packed}");
                if (File.Exists(images)) return (images, Path.Combine(folder, $"{prefix}-labels-idx1-ubyte{packed}"));
            }
        return null;
    }

    /// <summary>Reads a pair of files.</summary>
    /// <exception cref="InputException">A file is damaged, or the two do not fit.</exception>
    public static ImageSet Load(string source, string images, string labels)
    {
        var (pixels, sizes) = Read(images, ImagesMagic, "images", dimensions: 3);
        var (classes, counts) = Read(labels, LabelsMagic, "labels", dimensions: 1);
        if (sizes[0] != counts[0]) throw new InputException($"{source}: {images} has {sizes[0]} images, {labels} has {counts[0]} labels");
        return new ImageSet(source, pixels, [.. classes.Select(c => (int)c)], 1, sizes[1], sizes[2]) { Format = "idx" };
    }

    private static string[] Prefixes(Split split) => split == Split.Train ? ["train"] : ["test", "t10k"];

    private static (byte[] Data, int[] Sizes) Read(string path, int magic, string what, int dimensions)
    {
        using var file = new PackedFile(path);
        byte[] header = file.Read(sizeof(int) * (1 + dimensions));
        int found = BinaryPrimitives.ReadInt32BigEndian(header);
        if (found != magic) throw new InputException($"{path}: begins with 0x{found:X8}; idx files of {what} begin with 0x{magic:X8}");
        var sizes = new int[dimensions];
        Int128 bytes = 1;
        for (int i = 0; i < dimensions; i++)
        {
            sizes[i] = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(sizeof(int) * (1 + i)));
            if (sizes[i] < 1) throw new InputException($"{path}: has no {what}: a size is {sizes[i]}");
            bytes *= sizes[i];
        }
        byte[] data = file.Read((long)Int128.Min(bytes, long.MaxValue));
        file.ExpectEnd();
        return (data, sizes);
    }
}
