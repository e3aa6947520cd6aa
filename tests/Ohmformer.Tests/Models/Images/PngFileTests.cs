using Ohmformer.Files;
using Ohmformer.Models.Images;

namespace Ohmformer.Tests.Models.Images;

public sealed class PngFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Files => [.. ImageReference.Pngs.Keys];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_color_type_and_depth_is_decoded_as_PIL_does(string name)
    {
        var expected = ImageReference.Pngs[name];
        var picture = PictureFile.Load(_folder.Write("a.png", ImageReference.Bytes(expected, "file")));
        Assert.Equal(ImageReference.Picture(expected, "pixels") with { Pixels = default }, picture with { Pixels = default });
        Assert.Equal(ImageReference.Bytes(expected, "pixels"), picture.Pixels.ToArray());
    }

    [Fact]
    public void A_file_that_is_cut_anywhere_is_refused()
    {
        byte[] whole = ImageReference.Bytes(ImageReference.Pngs["3-4-interlaced-11x9"], "file");
        for (int length = 0; length < whole.Length; length++) AssertRefused("", whole[..length]);
    }

    [Fact]
    public void A_change_of_any_byte_is_found()
    {
        byte[] whole = ImageReference.Bytes(ImageReference.Pngs["2-8-plain-11x9"], "file");
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] changed = [.. whole];
            changed[i] ^= 0x10;
            AssertRefused("", changed);
        }
        whole[^30] ^= 1;
        AssertRefused("the check sum (CRC) of chunk IDAT at byte", whole);
    }

    [Fact]
    public void The_name_of_a_file_does_not_matter_but_its_first_bytes_do()
    {
        Assert.Equal(3, PictureFile.Load(_folder.Write("a.jpg", ImageReference.Bytes(ImageReference.Pngs["2-8-plain-11x9"], "file"))).Channels);
        AssertRefused("is neither PNG nor JPEG: begins with 474946383961", "GIF89a"u8.ToArray());
        AssertRefused("begins with nothing", []);
        Assert.Contains("no such file", Assert.Throws<InputException>(() => PictureFile.Load(_folder.File("none.png"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 5, 8, 2, 0, "claims 0 x 5 pixels")]
    [InlineData(5, -1, 8, 2, 0, "claims 5 x 4294967295 pixels; an image has 1 to 67108864")]
    [InlineData(1 << 30, 1 << 30, 8, 2, 0, "an image has 1 to 67108864")]
    [InlineData(8000, 8000, 8, 2, 0, "claims 8000 x 8000 pixels, which 11 bytes of data cannot hold")]
    [InlineData(2, 1, 3, 0, 0, "color type 0 with 3 bits a sample does not exist")]
    [InlineData(2, 1, 4, 2, 0, "color type 2 with 4 bits")]
    [InlineData(2, 1, 8, 5, 0, "color type 5 with 8 bits")]
    [InlineData(2, 1, 8, 0, 2, "interlace 2 are not those of PNG")]
    [InlineData(2, 1, 8, 3, 0, "there is no palette")]
    [InlineData(2, 2, 8, 0, 0, "truncated: the pixels end in row 1 of 2")]
    [InlineData(1, 1, 8, 0, 0, "more pixels follow than its header says")]
    public void A_header_that_does_not_fit_is_refused(int width, int height, byte depth, byte color, byte interlace, string message) =>
        AssertRefused(message, TestPng.Of(TestPng.Header(width, height, depth, color, interlace), TestPng.Chunk("IDAT", TestPng.Pack(0, 1, 2)), TestPng.Chunk("IEND")));

    [Fact]
    public void Chunks_that_break_a_rule_are_refused()
    {
        byte[] header = TestPng.Header(2, 1, 8, 0), data = TestPng.Chunk("IDAT", TestPng.Pack(0, 1, 2)), end = TestPng.Chunk("IEND"), indexed = TestPng.Header(2, 1, 8, 3);
        Assert.Equal([1, 2], Load(TestPng.Of(header, TestPng.Chunk("prVt", 1), data, end, [1, 2, 3])).Pixels.ToArray());
        AssertRefused("chunk IDAT stands before the header", TestPng.Of(data, end));
        AssertRefused("chunk IHDR is there twice", TestPng.Of(header, header, data, end));
        AssertRefused("the header has 2 bytes instead of 13", TestPng.Of(TestPng.Chunk("IHDR", 1, 2), data, end));
        AssertRefused("has a chunk ABCD that is unknown and may not be skipped", TestPng.Of(header, TestPng.Chunk("ABCD"), data, end));
        AssertRefused("no chunk begins at byte", TestPng.Of(header, TestPng.Chunk("ID T"), data, end));
        AssertRefused("a palette of 4 bytes", TestPng.Of(indexed, TestPng.Chunk("PLTE", 1, 2, 3, 4), data, end));
        AssertRefused("a pixel has color 2 of a palette of 2", TestPng.Of(indexed, TestPng.Chunk("PLTE", 1, 2, 3, 4, 5, 6), data, end));
        AssertRefused("row filter 5; there are 0 to 4", TestPng.Of(header, TestPng.Chunk("IDAT", TestPng.Pack(5, 1, 2)), end));
        AssertRefused("its data cannot be decompressed", TestPng.Of(header, TestPng.Chunk("IDAT", 1, 2, 3, 4, 5, 6, 7), end));
        AssertRefused("its data cannot be decompressed", TestPng.Of(header, TestPng.Chunk("IDAT", 0x78, 0x20, 0, 0, 0, 1, 0, 0), end)); // Asks for a dictionary.
        AssertRefused("which 0 bytes of data cannot hold", TestPng.Of(header, end));
        AssertRefused("truncated: the file ends at byte", TestPng.Of(header, data));
    }

    [Fact]
    public void The_encoder_of_the_tests_is_decoded()
    {
        var picture = new Picture(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18 }, 3, 2, 3);
        var decoded = Load(TestPng.Encode(picture));
        Assert.Equal(picture.Pixels.ToArray(), decoded.Pixels.ToArray());
        Assert.Equal((3, 2, 3), (decoded.Channels, decoded.Height, decoded.Width));
    }

    private Picture Load(byte[] content) => PictureFile.Load(_folder.Write("a.png", content));

    private void AssertRefused(string message, byte[] content)
    {
        string found = Assert.Throws<InputException>(() => Load(content)).Message;
        Assert.StartsWith(_folder.File("a.png"), found, StringComparison.Ordinal);
        Assert.Contains(message, found, StringComparison.Ordinal);
    }
}
