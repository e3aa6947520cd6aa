using Ohmformer.Files;

namespace Ohmformer.Models.Features;

/// <summary>
/// Labeled clips of audio as features: an array [clips, frames, features] of floats in a .npy file, for example mel-frequency cepstral coefficients, with its labels
/// [clips] beside it. Clips are read when they are asked for.
/// </summary>
public sealed class FeatureSet : IDisposable
{
    private const string Features = "features", Labels = "labels";

    private readonly NpyRows _clips;
    private readonly int[] _labels;

    private FeatureSet(string source, NpyRows clips, int[] labels) => (Source, _clips, _labels) = (source, clips, labels);

    /// <summary>The file it is read from.</summary>
    public string Source { get; }

    /// <summary>Number of clips.</summary>
    public int Count => _labels.Length;

    /// <summary>Frames of a clip.</summary>
    public int Frames => _clips.Shape[1];

    /// <summary>Numbers of a frame.</summary>
    public int FrameFeatures => _clips.Shape[2];

    /// <summary>The class of a clip.</summary>
    public int Label(int clip) => _labels[clip];

    /// <summary>Reads the features of a clip; any number of threads may.</summary>
    /// <param name="clip">Its index.</param>
    /// <param name="features">Shape [frames, features].</param>
    /// <exception cref="InputException">A number is not finite.</exception>
    public void Read(int clip, Span<float> features) => _clips.Read(clip, features);

    /// <summary>Opens a set.</summary>
    /// <param name="path">
    /// A .npy file with "features" in its name, or a folder with features.npy. The labels lie beside it under the name with "labels" in place of
    /// "features" and of what follows it, or of "features" alone.
    /// </param>
    /// <exception cref="InputException">A file is absent, damaged, or has another shape, or the two do not fit.</exception>
    public static FeatureSet Open(string path)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, Features + ".npy") : path;
        int[] labels = ReadLabels(LabelsBeside(file));
        var clips = NpyRows.Open(file);
        if (clips.Shape.Count == 3 && clips.Shape[0] == labels.Length && labels.Length > 0 && clips.RowElements > 0) return new(file, clips, labels);
        clips.Dispose();
        throw new InputException($"{file}: shape [{string.Join(", ", clips.Shape)}] beside {labels.Length} labels; features have shape [clips, frames, features], none of them 0, and a label for each clip");
    }

    /// <summary>Whether a path names such a set.</summary>
    public static bool Recognizes(string path) => Directory.Exists(path)
        ? File.Exists(Path.Combine(path, Features + ".npy"))
        : path.EndsWith(".npy", StringComparison.Ordinal) && Path.GetFileName(path).Contains(Features, StringComparison.Ordinal);

    /// <inheritdoc/>
    public void Dispose() => _clips.Dispose();

    private static string LabelsBeside(string file)
    {
        string folder = Path.GetDirectoryName(file) ?? "", name = Path.GetFileName(file);
        int at = name.IndexOf(Features, StringComparison.Ordinal);
        if (at < 0) throw new InputException($"{file}: the name must contain \"{Features}\"; the labels are then read from the file with \"{Labels}\" in its place");
        string all = Path.Combine(folder, name.Replace(Features, Labels, StringComparison.Ordinal)), shorter = Path.Combine(folder, name[..at] + Labels + ".npy");
        return File.Exists(all) ? all : File.Exists(shorter) ? shorter : throw new InputException($"{file}: no labels beside it; they are read from {all}");
    }

    private static int[] ReadLabels(string file)
    {
        var labels = NpyArray.Load(file);
        return labels.Shape.Count == 1 ? labels.ToInts(0) : throw new InputException($"{file}: shape [{string.Join(", ", labels.Shape)}]; labels have shape [clips]");
    }
}
