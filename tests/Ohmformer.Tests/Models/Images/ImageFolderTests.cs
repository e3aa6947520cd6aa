using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Images;

namespace Ohmformer.Tests.Models.Images;

public sealed class ImageFolderTests : IDisposable
{
    private static readonly Preprocessing AsIs = new() { RescaleFactor = 1, Mean = [0], Deviation = [1] };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Classes_are_sorted_and_take_turns()
    {
        foreach (var (i, name) in new[] { "b/2.png", "b/1.png", "b/10.PNG", "a/x.png", "c/y.png", "c/z.png" }.Index()) Flat("val/" + name, (byte)i);
        _folder.Write("val/c/readme.txt", "no image");
        Directory.CreateDirectory(_folder.File("val/.hidden"));
        Directory.CreateDirectory(_folder.File("val/d"));
        var set = ImageSet.Load(_folder.Path, Split.Test);
        Assert.Equal([(0, 3), (1, 1), (2, 4), (1, 2), (2, 5), (1, 0)], Content(set));
        Assert.Equal([(0, 3), (1, 1)], Content(set.Take(2)));
        Assert.Equal(("image folder", 6), (set.Format, set.Count));
        Assert.Equal(Content(set), Content(ImageSet.Load(_folder.File("val"), Split.Test)));
    }

    [Theory]
    [InlineData(Split.Train, new[] { "train", "test", "val" }, "train")]
    [InlineData(Split.Test, new[] { "train", "test", "val" }, "test")]
    [InlineData(Split.Test, new[] { "train", "val" }, "val")]
    [InlineData(Split.Test, new[] { "" }, "")]
    public void Splits_are_folders(Split split, string[] folders, string expected)
    {
        foreach (string folder in folders) Flat(Path.Combine(folder, "class", "1.png"), 1);
        Assert.Equal(Path.Combine(_folder.Path, expected), ImageSet.Load(_folder.Path, split).Source);
    }

    [Theory]
    [InlineData("class_index.json", """{"7": ["b", "a name"], "4": ["a", "another"], "0": ["absent"]}""")]
    [InlineData("imagenet_class_index.json", """{"7": "b", "4": "a"}""")]
    public void A_class_index_gives_the_labels(string name, string json)
    {
        Flat("test/a/1.png", 1);
        Flat("test/b/1.png", 2);
        _folder.Write(name, json);
        Assert.Equal([(4, 1), (7, 2)], Content(ImageSet.Load(_folder.Path, Split.Test)));
    }

    [Theory]
    [InlineData("""{"7": "b"}""", "test/a: this class folder has no label in")]
    [InlineData("""{"x": "b"}""", "the key \"x\" is no label")]
    [InlineData("""{"7": []}""", "label 7 is []; it must be the name of a class folder")]
    [InlineData("""{"7": "a", "8": "a"}""", "the class folder \"a\" has the labels 7 and 8")]
    [InlineData("""{"7": "a",""", "invalid JSON")]
    public void A_class_index_that_does_not_fit_is_refused(string json, string message)
    {
        Flat("test/a/1.png", 1);
        _folder.Write("class_index.json", json);
        AssertRefused(message);
    }

    [Fact]
    public void Folders_without_images_are_refused()
    {
        AssertRefused("nor test/CLASS, val/CLASS or CLASS folders with .png or .jpg files");
        Directory.CreateDirectory(_folder.File("test/class"));
        AssertRefused("has no test images");
        Flat("train/class/1.png", 1);
        AssertRefused("has no test images");
        Assert.Contains("has no train images", Assert.Throws<InputException>(() => ImageSet.Load(_folder.File("train"), Split.Train)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_image_is_named_when_it_is_read()
    {
        Flat("a/1.png", 1);
        Flat("a/2.png", 2);
        byte[] whole = File.ReadAllBytes(_folder.File("a/2.png"));
        _folder.Write("a/2.png", whole[..^1]);
        var set = ImageSet.Load(_folder.Path, Split.Test);
        set.Check(0);
        var refused = Assert.Throws<InputException>(() => set.Read(1, AsIs, new float[9]));
        Assert.StartsWith(_folder.File("a/2.png") + ": truncated", refused.Message, StringComparison.Ordinal);
        Assert.Equal(refused.Message, Assert.Throws<InputException>(() => set.Check(1)).Message);
        File.Delete(_folder.File("a/2.png"));
        Assert.Contains("2.png: no such file", Assert.Throws<InputException>(() => set.Check(1)).Message, StringComparison.Ordinal);
        _folder.Write("a/1.png", whole[1..]);
        AssertRefused("is neither PNG nor JPEG");
    }

    [Fact]
    public void Images_of_several_sizes_need_fitting()
    {
        Flat("a/1.png", 1);
        Flat("a/2.png", 2, height: 5, width: 4);
        var set = ImageSet.Load(_folder.Path, Split.Test);
        Assert.Contains("2.png: is 1 x 5 x 4 (channels, height, width), other images of the set are 1 x 3 x 3",
            Assert.Throws<InputException>(() => set.Read(1, AsIs, new float[9])).Message, StringComparison.Ordinal);
        var fitted = set.FittedTo(RandomTransformer.Reading(channels: 3), AsIs);
        var pixels = new float[3 * 6 * 6];
        fitted.Read(1, new() { RescaleFactor = 1, Mean = [0, 0, 0], Deviation = [1, 1, 1] }, pixels);
        Assert.All(pixels, p => Assert.Equal(2, p));
        Assert.Equal(_folder.Path + ": images of 1 x 3 x 3 (channels, height, width) are resized to 6 x 6 (bilinear, for the model does not say how) and given three equal colors; "
            + "1 class folders got the labels 0 to 0 in the order of their names, but tiny has 5 classes: say in class_index.json which is which", fitted.Notice);
    }

    [Fact]
    public void Many_threads_read_the_digits_of_the_project_as_they_are_in_its_file()
    {
        var digits = ImageSet.Load(Path.Combine(SharedData.Project, "data", "digits"), Split.Test).Take(60);
        var written = DigitFolder.Write(_folder.Path, digits);
        var set = ImageSet.Load(_folder.Path, Split.Test);
        Assert.Equal(digits.Count, set.Count);
        var next = new int[10];
        int[] originals = [.. Enumerable.Range(0, set.Count).Select(i => written[set.Label(i)][next[set.Label(i)]++])];
        Parallel.For(0, set.Count, i =>
        {
            float[] one = new float[28 * 28], other = new float[28 * 28];
            digits.Read(originals[i], AsIs, one);
            set.Read(i, AsIs, other);
            Assert.Equal(one, other);
        });
    }

    private static IEnumerable<(int Label, int Pixel)> Content(ImageSet set)
    {
        for (int i = 0; i < set.Count; i++)
        {
            var pixels = new float[9];
            set.Read(i, AsIs, pixels);
            yield return (set.Label(i), (int)pixels[8]);
        }
    }

    private void AssertRefused(string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => ImageSet.Load(_folder.Path, Split.Test)).Message, StringComparison.Ordinal);

    private void Flat(string name, byte value, int height = 3, int width = 3)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
        _folder.Write(name, TestPng.Encode(new Picture(Enumerable.Repeat(value, height * width).ToArray(), 1, height, width)));
    }
}
