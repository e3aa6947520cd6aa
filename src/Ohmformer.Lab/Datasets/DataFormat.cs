namespace Ohmformer.Lab.Datasets;

/// <summary>A format of data sets that is understood.</summary>
/// <param name="Name">What it holds.</param>
/// <param name="Files">How its files are recognized.</param>
/// <param name="Example">A path as a user might name it.</param>
public sealed record DataFormat(string Name, string Files, string Example)
{
    /// <summary>All formats.</summary>
    public static IReadOnlyList<DataFormat> All { get; } =
    [
        new("images, idx", "folder with PART-images-idx3-ubyte and PART-labels-idx1-ubyte[.gz], PART being train, test or t10k", "data/digits"),
        new("images, CIFAR", "CIFAR-10 or CIFAR-100 in .bin[.gz], or a folder with the files of train and test", "cifar10/cifar10_test.bin.gz"),
        new("images, folders", "folder of class folders with .png or .jpg files, below train, test or val (ImageNet)", "photos/"),
        new("images, NumPy", ".npy [n, c, h, w] or [n, h, w] with \"images\" in its name; labels beside it", "my-images.npy"),
        new("audio features, NumPy", ".npy [clips, frames, features] with \"features\" in its name, or a folder with features.npy; labels beside it", "speech/features.npy"),
        new("sentences, GLUE", ".tsv of sst2, cola, mnli, qnli, rte, wnli, mrpc or qqp", "sst2/dev.tsv"),
        new("questions, SQuAD", ".json of version 1.1 or 2.0", "squad/dev-v1.1.json"),
        new("text", ".txt, .raw or .tokens in UTF-8, for perplexity", "wikitext2/test.txt"),
        new("token ids", ".json with a list of lists of ids, for perplexity", "token_ids.json"),
    ];

    /// <summary>Names of the data sets that ship with the program: folders, and files of text.</summary>
    public static IReadOnlyList<string> Shipped => ShippedFiles.Find(Folder) is { } folder
        ? [.. Directory.EnumerateDirectories(folder).SelectMany(Sets).Select(set => $"{Folder}/{Path.GetRelativePath(folder, set)}").Order(StringComparer.Ordinal)]
        : [];

    private const string Folder = "data";

    private static string[] Sets(string folder) => Directory.GetFiles(folder, "*.txt") is { Length: > 0 } texts ? texts : [folder];
}
