using Ohmformer.Models.Images;

namespace Ohmformer.Tests.Models.Images;

public sealed class ResizerTests
{
    /// <summary>All agree exactly where this was written; sines may differ in the last bit on other systems.</summary>
    [Theory]
    [InlineData(Resampling.Nearest, 0)]
    [InlineData(Resampling.Lanczos, 1)]
    [InlineData(Resampling.Bilinear, 0)]
    [InlineData(Resampling.Bicubic, 0)]
    [InlineData(Resampling.Box, 0)]
    [InlineData(Resampling.Hamming, 1)]
    public void Images_are_resized_as_PIL_does(Resampling resampling, int levels)
    {
        var source = ImageReference.Picture(ImageReference.Resized, "source");
        var cases = ImageReference.Resized.GetProperty("cases").EnumerateArray().Where(c => c.GetProperty("resample").GetInt32() == (int)resampling).ToList();
        Assert.True(cases.Count >= 4);
        foreach (var expected in cases)
        {
            var resized = Resizer.Resize(source, expected.GetProperty("height").GetInt32(), expected.GetProperty("width").GetInt32(), resampling);
            Assert.InRange(ImageReference.Distance(resized, ImageReference.Bytes(expected, "pixels")), 0, levels);
        }
    }

    [Fact]
    public void The_nearest_of_two_equally_near_columns_is_that_of_PIL()
    {
        foreach (var expected in ImageReference.Nearest)
        {
            byte[] columns = [.. expected.GetProperty("columns").EnumerateArray().Select(c => c.GetByte())], all = [.. Enumerable.Range(0, expected.GetProperty("width").GetInt32()).Select(i => (byte)i)];
            Assert.Equal(columns, Resizer.Resize(new Picture(all, 1, 1, all.Length), 1, columns.Length, Resampling.Nearest).Pixels.ToArray());
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 8)]
    [InlineData(7, 5)]
    [InlineData(64, 1)]
    public void A_flat_image_stays_flat(int height, int width)
    {
        var flat = new Picture(Enumerable.Repeat((byte)201, 3 * 7 * 5).ToArray(), 3, 7, 5);
        foreach (var resampling in Enum.GetValues<Resampling>())
            Assert.All(Resizer.Resize(flat, height, width, resampling).Pixels.ToArray(), p => Assert.Equal(201, p));
    }

    [Fact]
    public void The_mean_of_pixels_is_the_box()
    {
        var picture = new Picture(new byte[] { 0, 10, 20, 30, 40, 50, 60, 70 }, 1, 2, 4);
        Assert.Equal([25, 45], Resizer.Resize(picture, 1, 2, Resampling.Box).Pixels.ToArray());
        Assert.Same(picture, Resizer.Resize(picture, 2, 4, Resampling.Box));
    }

    [Fact]
    public void Colors_become_gray_as_in_PIL()
    {
        var source = ImageReference.Picture(ImageReference.Resized, "source");
        var gray = source.WithChannels(1);
        Assert.Equal(ImageReference.Bytes(ImageReference.Resized, "gray"), gray.Pixels.ToArray());
        Assert.Equal([.. gray.Pixels.ToArray(), .. gray.Pixels.ToArray(), .. gray.Pixels.ToArray()], gray.WithChannels(3).Pixels.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => source.WithChannels(2));
    }
}
