using System.Text.Json;
using Ohmformer.Files;

namespace Ohmformer.Models.Images;

/// <summary>Height and width in pixels.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public readonly record struct PixelSize(int Height, int Width)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Height} x {Width}";
}

/// <summary>
/// How images of any size become the size that a network takes: they are resized, to <see cref="Size"/> or <see cref="ShortestEdge"/>, and
/// their center is cut out. Where both are absent and there is no <see cref="Crop"/>, they are resized to the network's size.
/// </summary>
public sealed record Framing
{
    private const int MaxSide = 1 << 14;

    private static readonly Dictionary<string, Resampling> TimmFilters = Enum.GetValues<Resampling>().ToDictionary(r => $"{r}".ToLowerInvariant(), StringComparer.Ordinal);

    /// <summary>Filter of the resizing.</summary>
    public Resampling Resampling { get; init; } = Resampling.Bilinear;

    /// <summary>Size after resizing, whatever the image's proportions.</summary>
    public PixelSize? Size { get; init; }

    /// <summary>Shorter side after resizing, with the image's proportions.</summary>
    public int? ShortestEdge { get; init; }

    /// <summary>Size of the center that is kept.</summary>
    public PixelSize? Crop { get; init; }

    /// <summary>Whether half pixels beside the center round to the even neighbor (torchvision, timm) or down (Hugging Face).</summary>
    public bool RoundsToEven { get; init; }

    /// <summary>Frames an image.</summary>
    /// <param name="picture">The image.</param>
    /// <param name="side">Side of the network's images.</param>
    /// <param name="name">Name of the image, for messages.</param>
    /// <exception cref="InputException">The image is too small to crop or does not get the network's size.</exception>
    internal Picture Apply(Picture picture, int side, string name)
    {
        if (ResizedSize(picture, side) is var (height, width))
        {
            PictureFile.CheckSize(name, width, height);
            PictureFile.CheckSize(name, width, picture.Height); // Between the steps of resizing: rows come first.
            picture = Resizer.Resize(picture, height, width, Resampling);
        }
        if (Crop is { } crop)
        {
            int top = Margin(picture.Height - crop.Height), left = Margin(picture.Width - crop.Width);
            if (picture.Height < crop.Height || picture.Width < crop.Width)
                throw new InputException($"{name}: has {picture.Height} x {picture.Width} pixels, too few to cut out {crop}; set do_resize in {Preprocessing.FileName} or remove the image");
            picture = picture.Crop(top, left, crop.Height, crop.Width);
        }
        return (picture.Height, picture.Width) == (side, side) ? picture : throw new InputException(
            $"{name}: becomes {picture.Height} x {picture.Width} pixels, but the model takes {side} x {side}; set size or crop_size in {Preprocessing.FileName}");
    }

    /// <summary>Checks that images get a network's size, as far as that does not depend on the image.</summary>
    /// <exception cref="InputException">They get another.</exception>
    internal void CheckFits(string model, int side)
    {
        if ((Crop ?? Size) is { } size && size != new PixelSize(side, side))
            throw new InputException($"{model}: its preprocessing makes images of {size} pixels, but the model takes {side} x {side}; set {(Crop is null ? "size" : "crop_size")} in {Preprocessing.FileName}");
    }

    /// <summary>Reads Hugging Face's preprocessor_config.json; absent keys have the defaults of ViT's and DeiT's image processors.</summary>
    /// <returns>Null when images are neither resized nor cropped.</returns>
    /// <exception cref="InputException">A value is not usable.</exception>
    internal static Framing? OfHuggingFace(string path, JsonFile config)
    {
        bool deit = (config.Text("image_processor_type") ?? config.Text("feature_extractor_type"))?.StartsWith("DeiT", StringComparison.Ordinal) ?? false;
        bool resizes = config.Flag("do_resize", true), crops = config.Flag("do_center_crop", deit);
        if (!resizes && !crops) return null;
        var framing = new Framing { Resampling = (Resampling)config.Int("resample", (int)Resampling.Nearest, (int)Resampling.Hamming, (int)(deit ? Resampling.Bicubic : Resampling.Bilinear)) };
        if (resizes)
        {
            var edge = SizeObject(config, "size") is { } size && size.Root.TryGetProperty("shortest_edge", out _) ? size.Int("shortest_edge", 1, MaxSide) : (int?)null;
            framing = edge is null ? framing with { Size = ReadSize(config, "size") ?? (deit ? new(256, 256) : null) } : framing with { ShortestEdge = edge };
        }
        if (crops) framing = framing with { Crop = ReadSize(config, "crop_size") ?? new(224, 224) };
        if (config.Number("crop_pct", 1) is var share && share != 1) framing = framing.WithShare(path, share);
        return framing.Checked(path);
    }

    /// <summary>Reads timm's pretrained_cfg: the shorter side becomes that of input_size / crop_pct, then the center is cut out.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="trained">The object pretrained_cfg.</param>
    /// <returns>Null when it has no input_size.</returns>
    /// <exception cref="InputException">A value is not usable.</exception>
    internal static Framing? OfTimm(string path, JsonFile trained)
    {
        if (trained.Numbers("input_size") is not { } input) return null;
        if (input.Length != 3 || input[1] != input[2] || input[1] is not (>= 1 and <= MaxSide) || input[1] != Math.Floor(input[1]))
            throw new InputException($"{path}: input_size is [{string.Join(", ", input)}]; it must be [channels, side, side]");
        int side = (int)input[1], resized = (int)Math.Floor(side / Share(path, trained.Number("crop_pct", 0.875)));
        string filter = trained.Text("interpolation") ?? "bicubic", mode = trained.Text("crop_mode") ?? "center";
        if (!TimmFilters.TryGetValue(filter, out var resampling)) throw trained.Unknown("interpolation", TimmFilters.Keys);
        var framing = new Framing { Resampling = resampling, Crop = new(side, side), RoundsToEven = true };
        return mode switch
        {
            "center" => framing with { ShortestEdge = resized },
            "squash" => framing with { Size = new(resized, resized) },
            _ => throw trained.Unknown("crop_mode", ["center", "squash"]),
        };
    }

    /// <summary>The keys of preprocessor_config.json that say this, except <see cref="RoundsToEven"/>, for which it has none.</summary>
    internal IEnumerable<KeyValuePair<string, object>> Keys()
    {
        yield return new("do_resize", Size is not null || ShortestEdge is not null || Crop is null);
        yield return new("resample", (int)Resampling);
        if (Size is { } size) yield return new("size", Json(size));
        if (ShortestEdge is { } edge) yield return new("size", new { shortest_edge = edge });
        yield return new("do_center_crop", Crop is not null);
        if (Crop is { } crop) yield return new("crop_size", Json(crop));
    }

    /// <summary>Height and width as preprocessor_config.json has them.</summary>
    internal static object Json(PixelSize size) => new { height = size.Height, width = size.Width };

    private PixelSize? ResizedSize(Picture picture, int side)
    {
        if (ShortestEdge is { } edge)
        {
            int shorter = Math.Min(picture.Height, picture.Width);
            return new(Scaled(picture.Height), Scaled(picture.Width));
            int Scaled(int length) => (int)Math.Min(int.MaxValue, (long)edge * length / shorter);
        }
        return Size ?? (Crop is null ? new(side, side) : null);
    }

    private int Margin(int spare) => RoundsToEven ? (int)Math.Round(spare / 2.0, MidpointRounding.ToEven) : spare / 2;

    /// <summary>ConvNeXt's rule: below 384 pixels resize to more and cut the center out, else resize without regard to proportions.</summary>
    private Framing WithShare(string path, double share)
    {
        if (ShortestEdge is not { } edge) throw new InputException($"{path}: crop_pct needs size with shortest_edge");
        PixelSize square = new(edge, edge);
        return edge < 384
            ? this with { ShortestEdge = (int)(edge / Share(path, share)), Crop = square }
            : this with { ShortestEdge = null, Size = square };
    }

    private Framing Checked(string path)
    {
        PixelSize? resized = ShortestEdge is { } edge ? new(edge, edge) : Size;
        return Crop is { } crop && resized is { } size && (crop.Height > size.Height || crop.Width > size.Width)
            ? throw new InputException($"{path}: crop_size {crop} is larger than the size {size} of the resized image")
            : this;
    }

    private static double Share(string path, double share) =>
        share is > 0.1 and <= 1 ? share : throw new InputException($"{path}: crop_pct is {share}; it must be above 0.1 and at most 1");

    private static JsonFile? SizeObject(JsonFile config, string key) => IsNumber(config, key) ? null : config.Object(key);

    private static PixelSize? ReadSize(JsonFile config, string key)
    {
        if (IsNumber(config, key)) return config.Int(key, 1, MaxSide) is var side ? new(side, side) : null;
        return config.Object(key) is { } size ? new(size.Int("height", 1, MaxSide), size.Int("width", 1, MaxSide)) : null;
    }

    private static bool IsNumber(JsonFile config, string key) => config.Root.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number;
}
