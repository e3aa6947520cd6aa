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

/// <summary>
/// Labeled images, as bytes or as floats that are normalized already. Sets of files decode an image when it is read. Many threads may
/// read at once.
/// </summary>
public sealed class ImageSet
{
    private readonly IPictures? _pictures;
    private readonly float[]? _floats;
    private readonly int[] _labels;
    private readonly Preprocessing? _fit;

    /// <summary>Images of bytes, which <see cref="Preprocessing"/> normalizes.</summary>
    /// <param name="source">File or folder, for messages.</param>
    /// <param name="pixels">Shape [images, channels, height, width].</param>
    /// <param name="labels">One per image.</param>
    /// <param name="channels">Color channels.</param>
    /// <param name="height">Rows of pixels.</param>
    /// <param name="width">Columns of pixels.</param>
    /// <exception cref="InputException">There are no images, or their number is not that of the labels.</exception>
    public ImageSet(string source, byte[] pixels, int[] labels, int channels, int height, int width)
        : this(source, new PackedPictures(source, pixels, 0, channels * height * width, channels, height, width), labels, channels, height, width) =>
        CheckCount(pixels.Length);

    /// <summary>Images of floats, which are normalized already.</summary>
    /// <inheritdoc cref="ImageSet(string, byte[], int[], int, int, int)"/>
    public ImageSet(string source, float[] pixels, int[] labels, int channels, int height, int width)
    {
        (Source, _floats, _labels, Channels, Height, Width) = (source, pixels, labels, channels, height, width);
        CheckCount(pixels.Length);
    }

    /// <summary>Images from elsewhere.</summary>
    /// <param name="source">File or folder, for messages.</param>
    /// <param name="pictures">The images; those whose size differs from the next parameters can only be read through <see cref="FittedTo"/>.</param>
    /// <param name="labels">One per image.</param>
    /// <param name="channels">Color channels.</param>
    /// <param name="height">Rows of pixels.</param>
    /// <param name="width">Columns of pixels.</param>
    internal ImageSet(string source, IPictures pictures, int[] labels, int channels, int height, int width) =>
        (Source, _pictures, _labels, Channels, Height, Width) = (source, pictures, labels, channels, height, width);

    private ImageSet(ImageSet whole, int[] labels)
    {
        (Source, _pictures, _floats, _labels, _fit) = (whole.Source, whole._pictures, whole._floats, labels, whole._fit);
        (Channels, Height, Width, Notice, Format, SortedClasses) = (whole.Channels, whole.Height, whole.Width, whole.Notice, whole.Format, whole.SortedClasses);
    }

    private ImageSet(ImageSet original, int channels, int side, Preprocessing fit, string? notice)
        : this(original.Source, original._pictures!, original._labels, channels, side, side) =>
        (_fit, Notice, Format, SortedClasses) = (fit, notice, original.Format, original.SortedClasses);

    /// <summary>The file or folder it was read from.</summary>
    public string Source { get; }

    /// <summary>Name of the format it was read from.</summary>
    public string Format { get; internal init; } = "arrays";

    /// <summary>Number of classes whose labels are only the order of their names, or null where the labels are given.</summary>
    internal int? SortedClasses { get; init; }

    /// <summary>Names of the classes in the order of their labels, where class folders tell them.</summary>
    internal IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>Whether the pixels are floats that are normalized already.</summary>
    internal bool IsNormalized => _floats is not null;

    /// <summary>What the user should know about how images are made to fit a network, or null.</summary>
    public string? Notice { get; }

    /// <summary>Number of images.</summary>
    public int Count => _labels.Length;

    /// <summary>Color channels of an image.</summary>
    public int Channels { get; }

    /// <summary>Rows of pixels of an image; of the first in a folder of images.</summary>
    public int Height { get; }

    /// <summary>Columns of pixels of an image; of the first in a folder of images.</summary>
    public int Width { get; }

    /// <summary>Numbers of one image.</summary>
    public int ImageElements => Channels * Height * Width;

    /// <summary>The class of an image.</summary>
    public int Label(int image) => _labels[image];

    /// <summary>The pixels of an image as a network takes them.</summary>
    /// <param name="image">Its index.</param>
    /// <param name="preprocessing">What happens to bytes; floats are copied.</param>
    /// <param name="pixels">Shape [channels, height, width].</param>
    /// <exception cref="InputException">The image's file is damaged, or its size is not that of the set; the message names it.</exception>
    public void Read(int image, Preprocessing preprocessing, Span<float> pixels)
    {
        if (_pictures is null)
        {
            _floats.AsSpan(image * ImageElements, ImageElements).CopyTo(pixels);
            return;
        }
        var picture = _pictures.Read(image);
        if (_fit is not null) picture = _fit.Fit(picture, Channels, Height, _pictures.NameOf(image));
        if ((picture.Channels, picture.Height, picture.Width) != (Channels, Height, Width))
            throw new InputException($"{_pictures.NameOf(image)}: is {picture} (channels, height, width), other images of the set are {Channels} x {Height} x {Width}; make them equal");
        preprocessing.Apply(picture.Pixels.Span, pixels);
    }

    /// <summary>Reads and decodes an image for nothing but its errors.</summary>
    /// <exception cref="InputException">Its file is damaged; the message names it.</exception>
    public void Check(int image) => _pictures?.Read(image);

    /// <summary>The first images of the set.</summary>
    /// <param name="count">How many; all when there are fewer.</param>
    public ImageSet Take(int count) => new(this, _labels[..Math.Min(count, Count)]);

    /// <summary>These images as a network takes them: resized, cropped and converted between gray and color where they are read.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="preprocessing">How images are framed; images of another size are resized bilinearly where it says nothing. Networks that do not read images have none, and are refused.</param>
    /// <exception cref="InputException">Images cannot be made to fit, or labels do not.</exception>
    public ImageSet FittedTo(TransformerSpec spec, Preprocessing? preprocessing)
    {
        var fitted = this;
        var (channels, side) = InputOf(spec);
        ArgumentNullException.ThrowIfNull(preprocessing);
        bool fits = (Channels, Height, Width) == (channels, side, side) && _pictures is PackedPictures;
        if (_pictures is not null && Picture.Converts(Channels, channels) && !(fits && preprocessing.Framing is null))
        {
            preprocessing.Framing?.CheckFits(spec.Name, side);
            fitted = new ImageSet(this, channels, side, preprocessing, NoticeOf(spec, channels, side, preprocessing));
        }
        fitted.CheckFits(spec);
        return fitted;
    }

    /// <summary>Checks that a network can be evaluated on these images.</summary>
    /// <exception cref="InputException">Sizes, channels or labels do not fit.</exception>
    public void CheckFits(TransformerSpec spec)
    {
        var (channels, side) = InputOf(spec);
        if (Channels != channels || Height != side || Width != side)
            throw new InputException($"{Source}: images are {Channels} x {Height} x {Width} (channels, height, width); "
                + $"the model {spec.Name} takes {channels} x {side} x {side}");
        int bad = Array.FindIndex(_labels, l => l < 0 || l >= spec.Classes);
        if (bad >= 0) throw new InputException($"{Source}: image {bad} has label {_labels[bad]}; the model {spec.Name} has classes 0 to {spec.Classes - 1}");
    }

    private (int Channels, int Side) InputOf(TransformerSpec spec) => spec.Input is ImageInput input
        ? (input.Channels, input.Size)
        : throw new InputException($"{Source}: holds images; the model {spec.Name} reads {(spec.Input is TokenInput ? "text" : "features")}. Name a vision model, or other data.");

    /// <summary>
    /// Reads a data set: a folder with a pair of idx files (MNIST, Fashion-MNIST), with the binary files of CIFAR-10 or CIFAR-100, or with
    /// class folders of PNG or JPEG files (ImageNet); a CIFAR file (.bin); or an array of images (.npy) beside its labels. Idx and CIFAR
    /// files may be packed with gzip.
    /// </summary>
    /// <param name="path">Folder or file.</param>
    /// <param name="split">Which part; a single file is taken as it is.</param>
    /// <exception cref="InputException">Nothing known is there, or it is damaged.</exception>
    public static ImageSet Load(string path, Split split)
    {
        if (Directory.Exists(path)) return LoadFolder(path, split);
        if (CifarImages.Recognizes(path)) return CifarImages.Load(path, [path]);
        if (path.EndsWith(".npy", StringComparison.Ordinal)) return NpyImages.Load(path);
        throw new InputException($"{path}: {(File.Exists(path) ? "unknown format" : "no such file or folder")}; data sets are folders with idx files, CIFAR files or class folders of images, CIFAR files (.bin, .bin.gz) or .npy arrays");
    }

    /// <summary>Whether a folder holds a part of a data set; nothing is read.</summary>
    public static bool HasPart(string folder, Split split) =>
        IdxImages.Find(folder, split) is not null || CifarImages.Find(folder, split).Count > 0 || ImageFolder.Find(folder, split) is not null;

    private static ImageSet LoadFolder(string path, Split split)
    {
        try
        {
            if (IdxImages.Find(path, split) is var (images, labels)) return IdxImages.Load(path, images, labels);
            if (CifarImages.Find(path, split) is { Count: > 0 } batches) return CifarImages.Load(path, batches);
            if (ImageFolder.Find(path, split) is { } folder) return ImageFolder.Load(path, folder);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new InputException($"{path}: cannot be read: {e.Message}", e);
        }
        string part = split == Split.Train ? "train" : "test";
        throw new InputException($"{path}: has no {part} images: holds neither {string.Join(" nor ", IdxImages.FileNames(split))} (packed or not) nor one .bin or .bin.gz file with \"{part}\" in its name "
            + $"nor {(split == Split.Train ? "train/CLASS" : "test/CLASS, val/CLASS or CLASS")} folders with .png or .jpg files");
    }

    private void CheckCount(int elements)
    {
        if (elements == 0 || Count == 0) throw new InputException($"{Source}: has no images");
        if (elements != (long)Count * ImageElements)
            throw new InputException($"{Source}: {elements / (double)ImageElements:0.###} images, but {Count} labels");
    }

    private string? NoticeOf(TransformerSpec spec, int channels, int side, Preprocessing preprocessing)
    {
        List<string> changes = [], notices = [];
        if (preprocessing.Framing is null && (Height, Width) != (side, side))
            changes.Add($"resized to {side} x {side} (bilinear, for the model does not say how)");
        if (Channels != channels) changes.Add(channels == 1 ? "converted to gray" : "given three equal colors");
        if (changes.Count > 0) notices.Add($"images of {Channels} x {Height} x {Width} (channels, height, width) are {string.Join(" and ", changes)}");
        if (SortedClasses is { } classes && classes != spec.Classes)
            notices.Add($"{classes} class folders got the labels 0 to {classes - 1} in the order of their names, but {spec.Name} has {spec.Classes} classes: say in {ClassIndex.FileName} which is which");
        return notices.Count == 0 ? null : $"{Source}: {string.Join("; ", notices)}";
    }
}
