using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Images;

namespace Ohmformer.Tests.Models.Images;

public sealed class FramingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Centers_are_cut_out_as_by_timm_and_Hugging_Face()
    {
        _folder.Write(Preprocessing.FileName, """{"size": {"shortest_edge": 27}, "resample": 3, "do_center_crop": true, "crop_size": {"height": 24, "width": 24}}""");
        var huggingFace = Preprocessing.Find(_folder.Path, 3)!;
        var timm = Timm("""{"input_size": [3, 24, 24], "crop_pct": 0.875, "interpolation": "bicubic"}""");
        foreach (var expected in ImageReference.Framed)
        {
            var source = ImageReference.Picture(expected, "source");
            Assert.Equal(ImageReference.Bytes(expected, "huggingFace"), huggingFace.Fit(source, 3, 24, "x").Pixels.ToArray());
            Assert.Equal(ImageReference.Bytes(expected, "timm"), timm.Fit(source, 3, 24, "x").Pixels.ToArray());
        }
    }

    [Theory]
    [InlineData("""{"do_resize": false}""", null)]
    [InlineData("""{"do_resize": true}""", "Bilinear, size , edge , crop ")]
    [InlineData("""{"size": 224, "resample": 3}""", "Bicubic, size 224 x 224, edge , crop ")]
    [InlineData("""{"size": {"height": 48, "width": 32}, "resample": 0}""", "Nearest, size 48 x 32, edge , crop ")]
    [InlineData("""{"size": {"shortest_edge": 256}, "do_center_crop": true, "crop_size": 224}""", "Bilinear, size , edge 256, crop 224 x 224")]
    [InlineData("""{"size": {"shortest_edge": 224}, "crop_pct": 0.875}""", "Bilinear, size , edge 256, crop 224 x 224")]
    [InlineData("""{"size": {"shortest_edge": 384}, "crop_pct": 0.875}""", "Bilinear, size 384 x 384, edge , crop ")]
    [InlineData("""{"do_resize": false, "do_center_crop": true, "crop_size": 32}""", "Bilinear, size , edge , crop 32 x 32")]
    [InlineData("""{"feature_extractor_type": "DeiTFeatureExtractor"}""", "Bicubic, size 256 x 256, edge , crop 224 x 224")]
    [InlineData("""{"image_processor_type": "DeiTImageProcessor", "size": 300, "crop_size": 288, "resample": 1}""", "Lanczos, size 300 x 300, edge , crop 288 x 288")]
    public void Image_processors_are_read(string json, string? expected)
    {
        _folder.Write(Preprocessing.FileName, json);
        var framing = Preprocessing.Find(_folder.Path, 3)!.Framing;
        Assert.Equal(expected, Text(framing));
        if (framing is null) return;
        new Preprocessing { Mean = [0.5], Deviation = [0.5], Framing = framing }.Save(_folder.Path, 224);
        var saved = Preprocessing.Find(_folder.Path, 1)!.Framing;
        Assert.Equal(framing.Size is null && framing.ShortestEdge is null && framing.Crop is null ? framing with { Size = new(224, 224) } : framing, saved);
    }

    [Theory]
    [InlineData("""{"input_size": [3, 224, 224], "crop_pct": 0.9, "interpolation": "bilinear"}""", "Bilinear, size , edge 248, crop 224 x 224")]
    [InlineData("""{"input_size": [3, 224, 224]}""", "Bicubic, size , edge 256, crop 224 x 224")]
    [InlineData("""{"input_size": [3, 224, 224], "crop_pct": 1.0, "crop_mode": "squash", "interpolation": "lanczos"}""", "Lanczos, size 224 x 224, edge , crop 224 x 224")]
    [InlineData("""{"crop_pct": 0.9}""", null)]
    public void Timm_is_read(string json, string? expected) => Assert.Equal(expected, Text(Timm(json).Framing));

    [Theory]
    [InlineData("""{"size": [224, 224]}""", "size is [224, 224]; it must be an object")]
    [InlineData("""{"size": 0}""", "size is 0; it must be a whole number from 1")]
    [InlineData("""{"size": {"height": 4}}""", "size: width is missing")]
    [InlineData("""{"size": {"shortest_edge": 1e9}}""", "shortest_edge is 1e9")]
    [InlineData("""{"resample": 6}""", "resample is 6; it must be a whole number from 0 to 5")]
    [InlineData("""{"size": 32, "crop_size": 33, "do_center_crop": true}""", "crop_size 33 x 33 is larger than the size 32 x 32")]
    [InlineData("""{"size": {"shortest_edge": 224}, "crop_pct": 0}""", "crop_pct is 0; it must be above 0.1")]
    [InlineData("""{"size": 224, "crop_pct": 0.5}""", "crop_pct needs size with shortest_edge")]
    public void Image_processors_that_do_not_fit_are_refused(string json, string message)
    {
        _folder.Write(Preprocessing.FileName, json);
        string found = Assert.Throws<InputException>(() => Preprocessing.Find(_folder.Path, 3)).Message;
        Assert.Contains(message, found, StringComparison.Ordinal);
        Assert.StartsWith(_folder.Path, found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"input_size": [3, 224, 224], "interpolation": "random"}""", "interpolation is \"random\"; it must be one of nearest, lanczos, bilinear, bicubic, box, hamming")]
    [InlineData("""{"input_size": [3, 224, 224], "interpolation": "2"}""", "interpolation is \"2\"; it must be")]
    [InlineData("""{"input_size": [3, 224, 224], "interpolation": ""}""", "interpolation is \"\"; it must be")]
    [InlineData("""{"input_size": [3, 224, 224], "crop_mode": "border"}""", "crop_mode is \"border\"; it must be one of center, squash")]
    [InlineData("""{"input_size": [3, 224, 224], "crop_pct": 1.5}""", "crop_pct is 1.5")]
    [InlineData("""{"input_size": [3, 224, 192]}""", "config.json: pretrained_cfg: input_size is [3, 224, 192]; it must be [channels, side, side]")]
    [InlineData("""{"input_size": [224.5]}""", "input_size is [224.5]")]
    public void Timm_that_does_not_fit_is_refused(string json, string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => Timm(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Images_that_do_not_get_the_size_of_the_network_are_refused()
    {
        var spec = RandomTransformer.Reading(channels: 1);
        var set = new ImageSet("x", new byte[2 * 48], [0, 1], 1, 6, 8);
        Assert.Contains("tiny: its preprocessing makes images of 5 x 6 pixels, but the model takes 6 x 6; set size in preprocessor_config.json", Refused(new() { Size = new(5, 6) }), StringComparison.Ordinal);
        Assert.Contains("set crop_size in preprocessor_config.json", Refused(new() { ShortestEdge = 9, Crop = new(5, 5) }), StringComparison.Ordinal);
        Assert.Contains("x: image 1: becomes 6 x 8 pixels, but the model takes 6 x 6", Refused(new() { ShortestEdge = 6 }), StringComparison.Ordinal);
        Assert.Contains("x: image 1: has 6 x 8 pixels, too few to cut out 6 x 9", Assert.Throws<InputException>(() =>
            new Framing { Crop = new(6, 9) }.Apply(new Picture(new byte[48], 1, 6, 8), 6, "x: image 1")).Message, StringComparison.Ordinal);
        Assert.Contains("an image has 1 to", Assert.Throws<InputException>(() =>
            new Framing { ShortestEdge = 1 << 14 }.Apply(new Picture(new byte[100_000], 1, 1, 100_000), 6, "x")).Message, StringComparison.Ordinal);
        Assert.Contains("x: claims 1024 x 100000 pixels", Assert.Throws<InputException>(() =>
            new Framing { Size = new(1024, 1024) }.Apply(new Picture(new byte[100_000], 1, 100_000, 1), 1024, "x")).Message, StringComparison.Ordinal);

        string Refused(Framing framing)
        {
            var preprocessing = new Preprocessing { Mean = [0], Deviation = [1], Framing = framing };
            return Assert.Throws<InputException>(() => set.FittedTo(spec, preprocessing).Read(1, preprocessing, new float[36])).Message;
        }
    }

    [Fact]
    public void Images_that_fit_are_not_changed()
    {
        var set = new ImageSet("x", new byte[36], [0], 1, 6, 6);
        var preprocessing = Preprocessing.Centered(1);
        var spec = RandomTransformer.Reading(channels: 1);
        Assert.Same(set, set.FittedTo(spec, preprocessing));
        Assert.Null(set.FittedTo(spec, preprocessing with { Framing = new() { Size = new(6, 6) } }).Notice);
    }

    private Preprocessing Timm(string json) =>
        Preprocessing.OfTimm(_folder.Path, JsonFile.Load(_folder.Write("config.json", json)), 3);

    private static string? Text(Framing? framing) =>
        framing is null ? null : $"{framing.Resampling}, size {framing.Size}, edge {framing.ShortestEdge}, crop {framing.Crop}";
}
