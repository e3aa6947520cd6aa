using System.IO.Compression;
using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Images;

namespace Ohmformer.Tests.Models.Images;

public sealed class ImageSetTests : IDisposable
{
    private static readonly Preprocessing AsIs = new() { RescaleFactor = 1, Mean = [0], Deviation = [1] };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("train", Split.Train, false)]
    [InlineData("test", Split.Test, true)]
    [InlineData("t10k", Split.Test, false)]
    public void Idx_pairs_are_read(string prefix, Split split, bool packed)
    {
        Idx(prefix, packed);
        var set = ImageSet.Load(_folder.Path, split);
        Assert.Equal((2, 1, 2, 3), (set.Count, set.Channels, set.Height, set.Width));
        Assert.Equal((7, 9), (set.Label(0), set.Label(1)));
        var pixels = new float[6];
        set.Read(1, AsIs, pixels);
        Assert.Equal([7f, 8, 9, 10, 11, 12], pixels);
        Assert.Equal(1, set.Take(1).Count);
        Assert.Equal(2, set.Take(5).Count);
    }

    [Theory]
    [InlineData("a.bin")]
    [InlineData("a.bin.gz")]
    [InlineData("cifar_TEST.bin")]
    public void Cifar_records_are_read(string name)
    {
        byte[] records = new byte[2 * 3073];
        (records[0], records[3073], records[1], records[3073 + 3072]) = (3, 8, 50, 60);
        string path = _folder.Write(name, name.EndsWith(".gz", StringComparison.Ordinal) ? Pack(records) : records);
        var set = ImageSet.Load(name.Contains("TEST", StringComparison.Ordinal) ? _folder.Path : path, Split.Test);
        Assert.Equal((2, 3, 32, 32), (set.Count, set.Channels, set.Height, set.Width));
        Assert.Equal((3, 8), (set.Label(0), set.Label(1)));
        var pixels = new float[3072];
        set.Read(1, new Preprocessing { Mean = [0, 0, 0.5], Deviation = [1, 1, 0.5] }, pixels);
        Assert.Equal((float)((60 / 255.0 - 0.5) / 0.5), pixels[^1]);
    }

    [Fact]
    public void Cifar_batches_are_one_training_set()
    {
        for (byte batch = 5; batch >= 1; batch--) _folder.Write($"data_batch_{batch}.bin", Record(batch, 3073));
        _folder.Write("test_batch.bin", Record(9, 3073));
        ImageSet train = ImageSet.Load(_folder.Path, Split.Train), test = ImageSet.Load(_folder.Path, Split.Test);
        Assert.Equal([1, 2, 3, 4, 5], Enumerable.Range(0, train.Count).Select(train.Label));
        Assert.Equal((1, 9, "CIFAR-10"), (test.Count, test.Label(0), test.Format));
        var pixels = new float[3072];
        train.Read(3, new Preprocessing { RescaleFactor = 1, Mean = [0, 0, 0], Deviation = [1, 1, 1] }, pixels);
        Assert.All(pixels, p => Assert.Equal(104, p));
    }

    [Fact]
    public void Cifar_100_has_two_labels_of_which_the_fine_one_counts()
    {
        byte[] record = Record(7, 3074);
        record[1] = 99;
        _folder.Write("train.bin.gz", Pack([.. record, .. record]));
        var set = ImageSet.Load(_folder.Path, Split.Train);
        Assert.Equal((2, 99, "CIFAR-100"), (set.Count, set.Label(1), set.Format));
        var pixels = new float[3072];
        set.Read(1, new Preprocessing { RescaleFactor = 1, Mean = [0, 0, 0], Deviation = [1, 1, 1] }, pixels);
        Assert.All(pixels, p => Assert.Equal(107, p));
    }

    [SharedFact("data/cifar10/cifar10_train.bin.gz", "data/fashion-mnist/t10k-labels-idx1-ubyte.gz")]
    public void Published_sets_are_complete()
    {
        Assert.Equal(22_000, ImageSet.Load(SharedData.Get("data/cifar10"), Split.Train).Count);
        var fashion = ImageSet.Load(SharedData.Get("data/fashion-mnist"), Split.Test);
        Assert.Equal(Enumerable.Repeat(1000, 10), Enumerable.Range(0, fashion.Count).CountBy(fashion.Label).Select(c => c.Value));
    }

    [Fact]
    public void Npy_pairs_are_read()
    {
        NpyArray.Of(new byte[] { 1, 2, 3, 4 }, 2, 1, 2).Save(_folder.File("images.npy"));
        NpyArray.Of(new long[] { 5, 6 }, 2).Save(_folder.File("labels.npy"));
        var bytes = ImageSet.Load(_folder.File("images.npy"), Split.Test);
        Assert.Equal((2, 1, 1, 2, 6), (bytes.Count, bytes.Channels, bytes.Height, bytes.Width, bytes.Label(1)));
        NpyArray.Of(new[] { 0.5f, 2, 3, 4, 5, 6 }, 1, 3, 2, 1).Save(_folder.File("images.npy"));
        NpyArray.Of(new byte[] { 5 }, 1).Save(_folder.File("labels.npy"));
        var floats = ImageSet.Load(_folder.File("images.npy"), Split.Test);
        Assert.Equal((1, 3, 2, 1), (floats.Count, floats.Channels, floats.Height, floats.Width));
        var pixels = new float[6];
        floats.Read(0, AsIs, pixels);
        Assert.Equal([0.5f, 2, 3, 4, 5, 6], pixels);
    }

    [Fact]
    public void The_digits_of_the_project_are_complete()
    {
        string digits = Path.Combine(SharedData.Project, "data", "digits");
        ImageSet train = ImageSet.Load(digits, Split.Train), test = ImageSet.Load(digits, Split.Test);
        Assert.Equal((8000, 2000), (train.Count, test.Count));
        Assert.Equal((28, 28), (test.Height, test.Width));
        Assert.Equal(10, Enumerable.Range(0, 2000).Select(test.Label).Distinct().Count());
    }

    [Fact]
    public void Idx_files_that_do_not_fit_are_refused()
    {
        AssertRefused("has no test images: holds neither test-images-idx3-ubyte nor t10k-images-idx3-ubyte (packed or not) nor one .bin", _folder.Path);
        Idx("test", packed: false);
        string images = _folder.File("test-images-idx3-ubyte"), labels = _folder.File("test-labels-idx1-ubyte");
        byte[] whole = File.ReadAllBytes(images);
        File.WriteAllBytes(images, whole[..^1]);
        AssertRefused("truncated: 12 bytes expected, 11 found", _folder.Path);
        File.WriteAllBytes(images, [.. whole, 0]);
        AssertRefused("more data follows than the header says", _folder.Path);
        File.WriteAllBytes(images, [0, 0, 8, 1, .. whole[4..]]);
        AssertRefused("begins with 0x00000801; idx files of images begin with 0x00000803", _folder.Path);
        File.WriteAllBytes(images, [0, 0, 8, 3, 0, 0, 0, 0, .. whole[8..]]);
        AssertRefused("has no images: a size is 0", _folder.Path);
        File.WriteAllBytes(images, [0, 0, 8, 3, 127, 255, 255, 255, 127, 255, 255, 255, 127, 255, 255, 255]);
        AssertRefused("cannot hold them", _folder.Path);
        File.WriteAllBytes(images, [0, 0, 8, 3, 0, 0, 0, 1, .. whole[8..^6]]);
        AssertRefused("has 1 images, " + labels + " has 2 labels", _folder.Path);
        File.WriteAllBytes(images, whole);
        File.Delete(labels);
        AssertRefused("test-labels-idx1-ubyte: no such file", _folder.Path);
    }

    [Fact]
    public void Packed_files_that_lie_are_refused()
    {
        Idx("test", packed: true);
        string images = _folder.File("test-images-idx3-ubyte.gz");
        byte[] whole = File.ReadAllBytes(images);
        File.WriteAllBytes(images, whole[..^12]);
        AssertRefused("truncated", _folder.Path);
        File.WriteAllBytes(images, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        AssertRefused("damaged or truncated", _folder.Path);
        File.WriteAllBytes(images, Pack([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, .. new byte[50_000_000]]));
        AssertRefused("more data follows than the header says", _folder.Path);
        File.WriteAllBytes(images, Pack([0, 0, 8, 3, 0, 15, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28]));
        AssertRefused("cannot hold them", _folder.Path);
    }

    [Fact]
    public void Cifar_files_that_do_not_fit_are_refused()
    {
        AssertRefused("truncated or not CIFAR: 3080 bytes are not whole records of 3073 (CIFAR-10) or 3074 bytes (CIFAR-100)", _folder.Write("a.bin", new byte[3080]));
        AssertRefused("has no images", _folder.Write("a.bin", []));
        AssertRefused("has more than 60000 records", _folder.Write("a.bin.gz", Pack(new byte[3073 * 60_001])));
        AssertRefused("no such file", _folder.File("b.bin"));
        _folder.Write("a.bin", []);
        _folder.Write("test_1.bin", Record(1, 3073));
        _folder.Write("test_2.bin", Record(1, 3073));
        AssertRefused("holds several .bin files with \"test\" in their names: test_1.bin, test_2.bin", _folder.Path);
        _folder.Write("data_batch_1.bin", Record(1, 3073));
        _folder.Write("data_batch_2.bin", Record(1, 3074));
        Assert.Contains("data_batch_2.bin: is CIFAR-100, unlike", Assert.Throws<InputException>(() => ImageSet.Load(_folder.Path, Split.Train)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Npy_files_that_do_not_fit_are_refused()
    {
        string path = _folder.File("images.npy");
        NpyArray.Of(new byte[] { 1, 2 }, 2).Save(path);
        AssertRefused("shape [2]; images have shape", path);
        NpyArray.Of(new byte[] { 1, 2 }, 2, 1, 1).Save(path);
        AssertRefused("labels.npy: no such file", path);
        NpyArray.Of(new byte[] { 1 }, 1).Save(_folder.File("labels.npy"));
        AssertRefused("2 images, but 1 labels", path);
        NpyArray.Of(new byte[] { 1, 2 }, 1, 2).Save(_folder.File("labels.npy"));
        AssertRefused("labels have shape [n]", path);
        NpyArray.Of(new[] { 0.5f, 1 }, 2).Save(_folder.File("labels.npy"));
        AssertRefused("element 0 is 0.5; it must be a whole number", path);
        NpyArray.Of(new byte[] { 1, 2 }, 2).Save(_folder.File("labels.npy"));
        NpyArray.Of(new sbyte[] { 1, 2 }, 2, 1, 1).Save(path);
        AssertRefused("images are SByte; they must be uint8 or floats", path);
        NpyArray.Of(new[] { 1, float.NaN }, 2, 1, 1).Save(path);
        AssertRefused("element 1 is NaN; pixels must be finite", path);
        NpyArray.Of(Array.Empty<float>(), 0, 1, 1).Save(path);
        NpyArray.Of(Array.Empty<byte>(), 0).Save(_folder.File("labels.npy"));
        AssertRefused("has no images", path);
        NpyArray.Of(new byte[] { 1 }, 1, 1, 1).Save(_folder.File("x.npy"));
        AssertRefused("the name must contain \"images\"", _folder.File("x.npy"));
    }

    [Theory]
    [InlineData("data.txt", "unknown format")]
    [InlineData("none.txt", "no such file or folder")]
    public void Other_files_are_refused(string name, string message)
    {
        _folder.Write("data.txt", "text");
        AssertRefused(message, _folder.File(name));
    }

    [Fact]
    public void Images_that_the_model_cannot_take_are_refused()
    {
        var spec = RandomTransformer.Tiny;
        new ImageSet("x", new byte[2 * 36], [4], 2, 6, 6).CheckFits(spec);
        Refuses("images are 1 x 6 x 6 (channels, height, width); the model tiny takes 2 x 6 x 6", new ImageSet("x", new byte[36], [4], 1, 6, 6));
        Refuses("images are 2 x 6 x 3", new ImageSet("x", new byte[36], [4], 2, 6, 3));
        Refuses("image 1 has label 5; the model tiny has classes 0 to 4", new ImageSet("x", new byte[4 * 36], [4, 5], 2, 6, 6));
        void Refuses(string message, ImageSet set) =>
            Assert.Contains(message, Assert.Throws<InputException>(() => set.CheckFits(spec)).Message, StringComparison.Ordinal);
    }

    private static void AssertRefused(string message, string path) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => ImageSet.Load(path, Split.Test)).Message, StringComparison.Ordinal);

    /// <summary>A CIFAR record with all labels alike and pixels 100 above them.</summary>
    private static byte[] Record(byte label, int bytes) =>
        [.. Enumerable.Repeat(label, bytes - 3072), .. Enumerable.Repeat((byte)(100 + label), 3072)];

    /// <summary>Two images of 2 x 3 pixels, labels 7 and 9.</summary>
    private void Idx(string prefix, bool packed)
    {
        byte[] images = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], labels = [0, 0, 8, 1, 0, 0, 0, 2, 7, 9];
        _folder.Write($"{prefix}-images-idx3-ubyte{(packed ? ".gz" : "")}", packed ? Pack(images) : images);
        _folder.Write($"{prefix}-labels-idx1-ubyte{(packed ? ".gz" : "")}", packed ? Pack(labels) : labels);
    }

    private static byte[] Pack(byte[] data)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(data);
        return packed.ToArray();
    }
}
