using System.Text.Json;
using System.Text.Json.Serialization;
using Ohmformer.Files;
using Ohmformer.Models.Images;

namespace Ohmformer.Models;

/// <summary>
/// How images become a network's input: framed to its size, then every byte becomes (pixel * rescale factor - mean) / deviation of its channel.
/// </summary>
public sealed record Preprocessing
{
    /// <summary>Name of its file in a model folder, in the format of Hugging Face image processors.</summary>
    public const string FileName = "preprocessor_config.json";

    /// <summary>Factor of a pixel; 1/255 brings bytes to [0, 1].</summary>
    public double RescaleFactor { get; init; } = 1.0 / 255;

    /// <summary>Mean of every channel after rescaling.</summary>
    public required IReadOnlyList<double> Mean { get; init; }

    /// <summary>Standard deviation of every channel after rescaling.</summary>
    public required IReadOnlyList<double> Deviation { get; init; }

    /// <summary>How images are resized and cropped; null where only images of another size are resized, bilinearly.</summary>
    public Framing? Framing { get; init; }

    /// <summary>Bytes to [-1, 1], what Hugging Face's ViTImageProcessor does when nothing else is said.</summary>
    public static Preprocessing Centered(int channels) => new()
    {
        Mean = [.. Enumerable.Repeat(0.5, channels)],
        Deviation = [.. Enumerable.Repeat(0.5, channels)],
    };

    /// <summary>Mean and deviation of ImageNet's red, green and blue.</summary>
    public static Preprocessing ImageNet { get; } = new() { Mean = [0.485, 0.456, 0.406], Deviation = [0.229, 0.224, 0.225] };

    /// <summary>Normalizes one image.</summary>
    /// <param name="pixels">Shape [channels, height, width].</param>
    /// <param name="normalized">The same shape.</param>
    public void Apply(ReadOnlySpan<byte> pixels, Span<float> normalized)
    {
        int area = pixels.Length / Mean.Count;
        for (int channel = 0; channel < Mean.Count; channel++)
        {
            double mean = Mean[channel], deviation = Deviation[channel];
            for (int i = channel * area; i < (channel + 1) * area; i++)
                normalized[i] = (float)((pixels[i] * RescaleFactor - mean) / deviation);
        }
    }

    /// <summary>An image in the size and with the channels that a network takes.</summary>
    /// <param name="picture">The image.</param>
    /// <param name="channels">Channels of the network.</param>
    /// <param name="side">Side of the network's images.</param>
    /// <param name="name">Name of the image, for messages.</param>
    /// <exception cref="InputException">The image cannot be cropped, does not get the size, or has channels that do not convert.</exception>
    internal Picture Fit(Picture picture, int channels, int side, string name)
    {
        if (!Picture.Converts(picture.Channels, channels)) throw new InputException($"{name}: has {picture.Channels} channels; the model takes {channels}");
        return (Framing ?? new Framing()).Apply(picture.WithChannels(channels), side, name);
    }

    /// <summary>Reads a model folder's preprocessor_config.json.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="channels">Channels of the network.</param>
    /// <returns>Null when the folder has no such file.</returns>
    /// <exception cref="InputException">The file is there but cannot be used.</exception>
    public static Preprocessing? Find(string folder, int channels)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        var config = JsonFile.Load(path);
        var centered = Centered(channels);
        bool normalize = config.Flag("do_normalize", true);
        return new Preprocessing
        {
            RescaleFactor = config.Flag("do_rescale", true) ? config.Number("rescale_factor", centered.RescaleFactor) : 1,
            Mean = normalize ? config.Numbers("image_mean") ?? centered.Mean : [.. new double[channels]],
            Deviation = normalize ? config.Numbers("image_std") ?? centered.Deviation : [.. Enumerable.Repeat(1.0, channels)],
            Framing = Framing.OfHuggingFace(path, config),
        }.Checked(path, channels);
    }

    /// <summary>What timm's config.json says, with the mean and deviation of ImageNet where it does not.</summary>
    /// <param name="folder">The model folder, for messages.</param>
    /// <param name="trained">The object pretrained_cfg of the configuration, or null.</param>
    /// <param name="channels">Channels of the network.</param>
    /// <exception cref="InputException">A value is not usable.</exception>
    internal static Preprocessing OfTimm(string folder, JsonFile? trained, int channels)
    {
        string path = $"{folder}: config.json: pretrained_cfg";
        var fallback = channels == 3 ? ImageNet : Centered(channels);
        return new Preprocessing
        {
            Mean = trained?.Numbers("mean") ?? fallback.Mean,
            Deviation = trained?.Numbers("std") ?? fallback.Deviation,
            Framing = trained is null ? null : Framing.OfTimm(path, trained),
        }.Checked(path, channels);
    }

    /// <summary>This, if it fits a network.</summary>
    /// <exception cref="InputException">Its lists have not one number per channel, or a deviation is not positive.</exception>
    internal Preprocessing Checked(string path, int channels)
    {
        if (Mean.Count != channels || Deviation.Count != channels)
            throw new InputException($"{path}: {Mean.Count} means and {Deviation.Count} deviations; the model has {channels} channels");
        if (Deviation.Any(d => d <= 0)) throw new InputException($"{path}: a deviation is {Deviation.Min()}; it must be positive");
        return this;
    }

    /// <summary>Writes a preprocessor_config.json.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="imageSize">Side of the network's images in pixels.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string folder, int imageSize)
    {
        var keys = new Dictionary<string, object>
        {
            ["image_processor_type"] = "ViTImageProcessor",
            ["do_resize"] = false,
            ["size"] = Framing.Json(new(imageSize, imageSize)),
            ["do_rescale"] = true,
            ["rescale_factor"] = RescaleFactor,
            ["do_normalize"] = true,
            ["image_mean"] = Mean,
            ["image_std"] = Deviation,
        };
        foreach (var (key, value) in Framing?.Keys() ?? []) keys[key] = value;
        AtomicFile.Write(Path.Combine(folder, FileName), stream => JsonSerializer.Serialize(stream, keys, ModelJson));
    }

    /// <summary>How the files of a model folder are written.</summary>
    internal static readonly JsonSerializerOptions ModelJson = new() { WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
}
