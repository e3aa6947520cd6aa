using Ohmformer.Models.Features;
using Ohmformer.Models.Texts;

namespace Ohmformer.Lab.Datasets;

/// <summary>What a data set holds.</summary>
internal enum DataKind
{
    /// <summary>Labeled images.</summary>
    Images,

    /// <summary>Labeled clips of audio as features.</summary>
    Features,

    /// <summary>Labeled sentences or pairs of them.</summary>
    Sentences,

    /// <summary>Questions about texts.</summary>
    Questions,

    /// <summary>Text without labels.</summary>
    Text,

    /// <summary>Sequences of token ids.</summary>
    TokenIds,
}

/// <summary>Tells kinds of data sets apart by their names; only .json files are looked into.</summary>
internal static class DataKinds
{
    /// <summary>What a path holds, to all appearances: a folder without features counts as images. Null for unknown names.</summary>
    /// <exception cref="Files.InputException">A .json file cannot be read.</exception>
    public static DataKind? Of(string path) => FeatureSet.Recognizes(path) ? DataKind.Features
        : Directory.Exists(path) ? DataKind.Images
        : Path.GetExtension(path) switch
        {
            ".npy" or ".bin" => DataKind.Images,
            ".gz" when path.EndsWith(".bin.gz", StringComparison.Ordinal) => DataKind.Images,
            ".tsv" => DataKind.Sentences,
            ".json" => Questions.Recognizes(path) ? DataKind.Questions : DataKind.TokenIds,
            ".txt" or ".raw" or ".tokens" => DataKind.Text,
            _ => null,
        };

    /// <summary>The kind in a message, for example "token ids".</summary>
    public static string Words(DataKind kind) => kind == DataKind.TokenIds ? "token ids" : kind.ToString().ToLowerInvariant();
}
