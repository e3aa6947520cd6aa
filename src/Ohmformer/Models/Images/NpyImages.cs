using Ohmformer.Files;

namespace Ohmformer.Models.Images;

/// <summary>
/// Images as a .npy array [n, channels, height, width] or [n, height, width], of uint8 or of floats that are normalized already. The
/// labels [n] lie beside it under the name in which "images" is replaced by "labels".
/// </summary>
internal static class NpyImages
{
    /// <summary>Reads a pair of arrays.</summary>
    /// <exception cref="InputException">An array is damaged, has a wrong shape or type, or the two do not fit.</exception>
    public static ImageSet Load(string path)
    {
        var images = NpyArray.Load(path);
        if (images.Shape.Count is not (3 or 4) || images.Shape.Skip(1).Any(size => size == 0))
            throw new InputException($"{path}: shape [{string.Join(", ", images.Shape)}]; images have shape [n, channels, height, width] or [n, height, width]");
        int[] labels = Labels(path);
        if (labels.Length != images.Shape[0]) throw new InputException($"{path}: {images.Shape[0]} images, but {labels.Length} labels beside it");
        int channels = images.Shape.Count == 4 ? images.Shape[1] : 1, height = images.Shape[^2], width = images.Shape[^1];
        return images.Values switch
        {
            byte[] bytes when bytes.GetType() == typeof(byte[]) => new ImageSet(path, bytes, labels, channels, height, width) { Format = "npy" },
            float[] or double[] => new ImageSet(path, Finite(path, images.ToFloats()), labels, channels, height, width) { Format = "npy" },
            _ => throw new InputException($"{path}: images are {images.Values.GetType().GetElementType()!.Name}; they must be uint8 or floats that are normalized already"),
        };
    }

    private static int[] Labels(string path)
    {
        string name = Path.GetFileName(path);
        if (!name.Contains("images", StringComparison.Ordinal))
            throw new InputException($"{path}: the name must contain \"images\"; the labels are then read from the file with \"labels\" in its place");
        string file = Path.Combine(Path.GetDirectoryName(path) ?? "", name.Replace("images", "labels", StringComparison.Ordinal));
        var labels = NpyArray.Load(file);
        return labels.Shape.Count == 1 ? labels.ToInts() : throw new InputException($"{file}: shape [{string.Join(", ", labels.Shape)}]; labels have shape [n]");
    }

    private static float[] Finite(string path, float[] values)
    {
        int bad = Array.FindIndex(values, v => !float.IsFinite(v));
        return bad < 0 ? values : throw new InputException($"{path}: element {bad} is {values[bad]}; pixels must be finite");
    }
}
