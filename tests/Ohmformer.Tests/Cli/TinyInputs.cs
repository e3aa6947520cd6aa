using System.Buffers.Binary;
using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Tests.Models;

namespace Ohmformer.Tests.Cli;

/// <summary>A folder with a tiny model of random weights, a tiny data set, and designs, for tests of the command line.</summary>
internal sealed class TinyInputs : IDisposable
{
    public const int Images = 12, Size = 6, Classes = 4;

    public const string ExactDesign = """
        base: rram-default
        name: exact
        description: An ideal device without converters.
        weights: { base: rram-128-2b, device: ideal, adc: null }
        attention: { base: rram-128-2b, device: ideal, adc: null }
        """;

    private readonly TemporaryFolder _folder = new();

    public TinyInputs()
    {
        new Checkpoint(Spec, RandomTransformer.Weights(Spec), ["a", "b", "c", "d"], Preprocessing.Centered(1)).Save(Model);
        NpyArray.Of(Pixels(Images), Images, 1, Size, Size).Save(Data);
        NpyArray.Of(Labels(Images), Images).Save(_folder.File("labels.npy"));
    }

    public static TransformerSpec Spec { get; } = RandomTransformer.Reading(channels: 1, Size) with { Classes = Classes };

    public string Path => _folder.Path;

    public string Model => _folder.File("tiny");

    public string Data => _folder.File("images.npy");

    public string File(string name) => _folder.File(name);

    public string Write(string name, string content) => _folder.Write(name, content);

    public string Write(string name, byte[] content) => _folder.Write(name, content);

    public string Save<T>(string name, T[] values, params int[] shape) where T : unmanaged
    {
        NpyArray.Of(values, shape).Save(File(name));
        return File(name);
    }

    /// <summary>The options of a short evaluation of the tiny model.</summary>
    public string[] Evaluation(params string[] more) => ["--model", Model, "--data", Data, .. more];

    /// <summary>Writes training and test images as idx files.</summary>
    public string IdxFolder()
    {
        string folder = Directory.CreateDirectory(File("idx")).FullName;
        foreach (string split in new[] { "train", "t10k" })
        {
            Write($"idx/{split}-images-idx3-ubyte", [.. Header(0x803, Images, Size, Size), .. Pixels(Images)]);
            Write($"idx/{split}-labels-idx1-ubyte", [.. Header(0x801, Images), .. Labels(Images)]);
        }
        return folder;
    }

    /// <summary>All files and folders, to see that nothing was added.</summary>
    public string[] Content() => [.. Directory.EnumerateFileSystemEntries(Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    public void Dispose() => _folder.Dispose();

    private static byte[] Pixels(int images)
    {
        var pixels = new byte[images * Size * Size];
        new Random(1).NextBytes(pixels);
        return pixels;
    }

    private static byte[] Labels(int images) => [.. Enumerable.Range(0, images).Select(i => (byte)(i % Classes))];

    private static byte[] Header(params int[] words)
    {
        var bytes = new byte[4 * words.Length];
        foreach (var (i, word) in words.Index()) BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 * i), word);
        return bytes;
    }
}
