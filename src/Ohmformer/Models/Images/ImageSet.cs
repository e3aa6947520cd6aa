using Ohmformer.Files;

namespace Ohmformer.Models.Images;

/// <summary>Which part of a data set.</summary>
public enum Split
{
    /// <summary>The part to train on.</summary>
    Train,

    /// <summary>The part to evaluate on.</summary>
    Test,
}

/// <summary>Labeled images of one size, as bytes or as floats that are normalized already.</summary>
public sealed class ImageSet
{
    private readonly byte[]? _bytes;
    private readonly float[]? _floats;
    private readonly int[] _labels;

    /// <summary>Images of bytes, which <see cref="Preprocessing"/> normalizes.</summary>
    /// <param name="source">File or folder, for messages.</param>
    /// <param name="pixels">Shape [images, channels, height, width].</param>
    /// <param name="labels">One per image.</param>
    /// <param name="channels">Color channels.</param>
    /// <param name="height">Rows of pixels.</param>
    /// <param name="width">Columns of pixels.</param>
    /// <exception cref="InputException">There are no images, or their number is not that of the labels.</exception>
    public ImageSet(string source, byte[] pixels, int[] labels, int channels, int height, int width)
        : this(source, pixels.Length, labels, channels, height, width) => _bytes = pixels;

    /// <summary>Images of floats, which are normalized already.</summary>
    /// <inheritdoc cref="ImageSet(string, byte[], int[], int, int, int)"/>
    public ImageSet(string source, float[] pixels, int[] labels, int channels, int height, int width)
        : this(source, pixels.Length, labels, channels, height, width) => _floats = pixels;

    private ImageSet(string source, int elements, int[] labels, int channels, int height, int width)
    {
        (Source, Channels, Height, Width, _labels) = (source, channels, height, width, labels);
        if (elements == 0 || labels.Length == 0) throw new InputException($"{source}: has no images");
        if (elements != (long)labels.Length * ImageElements)
            throw new InputException($"{source}: {elements / (double)ImageElements:0.###} images, but {labels.Length} labels");
    }

    /// <summary>The file or folder it was read from.</summary>
    public string Source { get; }

    /// <summary>Number of images.</summary>
    public int Count => _labels.Length;

    /// <summary>Color channels of an image.</summary>
    public int Channels { get; }

    /// <summary>Rows of pixels of an image.</summary>
    public int Height { get; }

    /// <summary>Columns of pixels of an image.</summary>
    public int Width { get; }

    /// <summary>Numbers of one image.</summary>
    public int ImageElements => Channels * Height * Width;

    /// <summary>The class of an image.</summary>
    public int Label(int image) => _labels[image];

    /// <summary>The pixels of an image as a network takes them.</summary>
    /// <param name="image">Its index.</param>
    /// <param name="preprocessing">What happens to bytes; floats are copied.</param>
    /// <param name="pixels">Shape [channels, height, width].</param>
    public void Read(int image, Preprocessing preprocessing, Span<float> pixels)
    {
        var range = (image * ImageElements)..((image + 1) * ImageElements);
        if (_floats is not null) _floats.AsSpan(range).CopyTo(pixels);
        else preprocessing.Apply(_bytes.AsSpan(range), pixels);
    }

    /// <summary>The first images of the set.</summary>
    /// <param name="count">How many; all when there are fewer.</param>
    public ImageSet Take(int count)
    {
        count = Math.Min(count, Count);
        var labels = _labels[..count];
        return _floats is not null
            ? new ImageSet(Source, _floats[..(count * ImageElements)], labels, Channels, Height, Width)
            : new ImageSet(Source, _bytes![..(count * ImageElements)], labels, Channels, Height, Width);
    }

    /// <summary>Checks that a network can be evaluated on these images.</summary>
    /// <exception cref="InputException">Sizes, channels or labels do not fit.</exception>
    public void CheckFits(TransformerSpec spec)
    {
        if (spec.Input is not ImageInput input)
            throw new InputException($"{Source}: holds images; the model {spec.Name} reads {(spec.Input is TokenInput ? "text" : "features")}. Name a vision model, or other data.");
        if (Channels != input.Channels || Height != input.Size || Width != input.Size)
            throw new InputException($"{Source}: images are {Channels} x {Height} x {Width} (channels, height, width); "
                + $"the model {spec.Name} takes {input.Channels} x {input.Size} x {input.Size}");
        int bad = Array.FindIndex(_labels, l => l < 0 || l >= spec.Classes);
        if (bad >= 0) throw new InputException($"{Source}: image {bad} has label {_labels[bad]}; the model {spec.Name} has classes 0 to {spec.Classes - 1}");
    }

    /// <summary>
    /// Reads a data set: a folder with a pair of idx files (MNIST, Fashion-MNIST) or one binary CIFAR-10 file of the split, a CIFAR-10
    /// file (.bin), or an array of images (.npy) beside its labels. All but .npy may be packed with gzip.
    /// </summary>
    /// <param name="path">Folder or file.</param>
    /// <param name="split">Which part; a single file is taken as it is.</param>
    /// <exception cref="InputException">Nothing known is there, or it is damaged.</exception>
    public static ImageSet Load(string path, Split split)
    {
        if (Directory.Exists(path))
        {
            if (IdxImages.Find(path, split) is var (images, labels)) return IdxImages.Load(path, images, labels);
            string part = split == Split.Train ? "train" : "test";
            string[] cifar = [.. Directory.EnumerateFiles(path).Where(f => CifarImages.Recognizes(f) && Path.GetFileName(f).Contains(part, StringComparison.OrdinalIgnoreCase))];
            return cifar.Length == 1 ? CifarImages.Load(cifar[0]) : throw new InputException(
                $"{path}: holds neither {string.Join(" nor ", IdxImages.FileNames(split))} (packed or not) nor one .bin or .bin.gz file with \"{part}\" in its name");
        }
        if (CifarImages.Recognizes(path)) return CifarImages.Load(path);
        if (path.EndsWith(".npy", StringComparison.Ordinal)) return NpyImages.Load(path);
        throw new InputException($"{path}: {(File.Exists(path) ? "unknown format" : "no such file or folder")}; data sets are folders with idx files, CIFAR-10 files (.bin, .bin.gz) or .npy arrays");
    }
}
