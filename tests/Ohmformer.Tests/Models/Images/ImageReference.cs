using System.Text.Json;
using Ohmformer.Models.Images;

namespace Ohmformer.Tests.Models.Images;

/// <summary>What PIL made of images (tests/reference/images/make_reference.py).</summary>
internal static class ImageReference
{
    private static readonly JsonElement Root =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(SharedData.Project, "tests", "reference", "images", "reference.json"))).RootElement;

    /// <summary>PNG files, by name.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Pngs { get; } = ByName(Root.GetProperty("decoded"));

    /// <summary>JPEG files, by name.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Jpegs { get; } = ByName(Root.GetProperty("jpeg"));

    /// <summary>An image and what it is in other sizes.</summary>
    public static JsonElement Resized { get; } = Root.GetProperty("resized");

    /// <summary>Columns that are chosen where no filter is applied.</summary>
    public static IEnumerable<JsonElement> Nearest { get; } = Root.GetProperty("nearest").EnumerateArray();

    /// <summary>Images whose shorter side became 27 and of which the center 24 x 24 was cut out.</summary>
    public static IEnumerable<JsonElement> Framed { get; } = Root.GetProperty("framed").EnumerateArray();

    public static byte[] Bytes(JsonElement element, string key) => element.GetProperty(key).GetBytesFromBase64();

    /// <summary>The image of a case: its channels follow from the number of bytes.</summary>
    public static Picture Picture(JsonElement element, string key)
    {
        byte[] pixels = Bytes(element, key);
        int height = element.GetProperty("height").GetInt32(), width = element.GetProperty("width").GetInt32();
        return new Picture(pixels, pixels.Length / (height * width), height, width);
    }

    /// <summary>Largest difference between two images of one size.</summary>
    public static int Distance(Picture one, byte[] other)
    {
        Assert.Equal(other.Length, one.Pixels.Length);
        return one.Pixels.ToArray().Zip(other, (a, b) => Math.Abs(a - b)).Max();
    }

    private static Dictionary<string, JsonElement> ByName(JsonElement cases) => cases.EnumerateArray().ToDictionary(c => c.GetProperty("name").GetString()!);
}
