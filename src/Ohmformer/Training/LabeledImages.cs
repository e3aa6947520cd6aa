namespace Ohmformer.Training;

/// <summary>Square images with one class each.</summary>
public sealed class LabeledImages
{
    /// <summary>Takes images as they are; nothing is copied.</summary>
    /// <param name="pixels">Shape [count, channels, size, size].</param>
    /// <param name="labels">Shape [count], below <paramref name="classes"/>.</param>
    /// <param name="channels">Color channels.</param>
    /// <param name="size">Side in pixels.</param>
    /// <param name="classes">Number of classes.</param>
    /// <exception cref="ArgumentException">The lengths do not agree, or a label is no class.</exception>
    public LabeledImages(ReadOnlyMemory<byte> pixels, ReadOnlyMemory<byte> labels, int channels, int size, int classes)
    {
        if (pixels.Length != (long)labels.Length * channels * size * size)
            throw new ArgumentException($"{pixels.Length} pixels for {labels.Length} images of {channels} x {size} x {size}", nameof(pixels));
        foreach (byte label in labels.Span)
            if (label >= classes) throw new ArgumentException($"label {label} with {classes} classes", nameof(labels));
        (Pixels, Labels, Channels, Size, Classes) = (pixels, labels, channels, size, classes);
    }

    /// <summary>Shape [count, channels, size, size].</summary>
    public ReadOnlyMemory<byte> Pixels { get; }

    /// <summary>Shape [count].</summary>
    public ReadOnlyMemory<byte> Labels { get; }

    /// <summary>Color channels.</summary>
    public int Channels { get; }

    /// <summary>Side in pixels.</summary>
    public int Size { get; }

    /// <summary>Number of classes.</summary>
    public int Classes { get; }

    /// <summary>Number of images.</summary>
    public int Count => Labels.Length;

    /// <summary>Bytes of one image.</summary>
    public int ImageLength => Channels * Size * Size;

    /// <summary>One image, shape [channels, size, size].</summary>
    public ReadOnlySpan<byte> Image(int index) => Pixels.Span.Slice(index * ImageLength, ImageLength);

    /// <summary>Some of the images, not copied.</summary>
    public LabeledImages Slice(int start, int count) =>
        new(Pixels.Slice(start * ImageLength, count * ImageLength), Labels.Slice(start, count), Channels, Size, Classes);
}
