using Ohmformer.Files;

namespace Ohmformer.Models.Images;

/// <summary>Decodes image files; what a file is follows from its first bytes, not from its name.</summary>
internal static class PictureFile
{
    private const int MaxBytes = 1 << 28;

    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg"];

    /// <summary>Whether a file's name is that of an image.</summary>
    public static bool Recognizes(string path) => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Decodes a file.</summary>
    /// <exception cref="InputException">It is absent, damaged or of an unknown format; the message names it.</exception>
    public static Picture Load(string path)
    {
        byte[] bytes = InputFile.ReadAllBytes(path, MaxBytes);
        if (PngFile.Recognizes(bytes)) return PngFile.Decode(path, bytes);
        if (JpegFile.Recognizes(bytes)) return JpegFile.Decode(path, bytes);
        throw new InputException($"{path}: is neither PNG nor JPEG: begins with {(bytes.Length == 0 ? "nothing" : Convert.ToHexString(bytes.AsSpan(0, Math.Min(8, bytes.Length))))}; convert or remove it");
    }

    /// <summary>Checks the sizes that a file claims.</summary>
    /// <exception cref="InputException">They are not positive or too large.</exception>
    public static void CheckSize(string path, long width, long height)
    {
        if (width < 1 || height < 1 || width > Picture.MaxPixels / height)
            throw new InputException($"{path}: claims {width} x {height} pixels; an image has 1 to {Picture.MaxPixels}");
    }
}
