namespace Ohmformer.Models.Images;

/// <summary>Images of one size in memory, at equal distances.</summary>
/// <param name="source">Their file or folder, for messages.</param>
/// <param name="data">All bytes.</param>
/// <param name="start">Where the first image begins.</param>
/// <param name="stride">Bytes from an image to the next.</param>
/// <param name="channels">Color channels.</param>
/// <param name="height">Rows of pixels.</param>
/// <param name="width">Columns of pixels.</param>
internal sealed class PackedPictures(string source, byte[] data, int start, int stride, int channels, int height, int width) : IPictures
{
    /// <inheritdoc/>
    public Picture Read(int image) => new(data.AsMemory(start + image * stride, channels * height * width), channels, height, width);

    /// <inheritdoc/>
    public string NameOf(int image) => $"{source}: image {image}";
}
