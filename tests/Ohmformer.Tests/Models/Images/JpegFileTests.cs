using Ohmformer.Files;
using Ohmformer.Models.Images;

namespace Ohmformer.Tests.Models.Images;

/// <summary>A test that needs the system library for JPEG, or its absence, and else is skipped, saying so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class JpegTheoryAttribute : TheoryAttribute
{
    public JpegTheoryAttribute(bool installed = true)
    {
        if (JpegFile.IsSupported != installed) Skip = installed ? "skipped: needs libturbojpeg" : "skipped: libturbojpeg is installed";
    }
}

public sealed class JpegFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Files => [.. ImageReference.Jpegs.Keys];

    public void Dispose() => _folder.Dispose();

    /// <summary>Exactly with libturbojpeg 2.1.5; other versions may round otherwise.</summary>
    [JpegTheory]
    [MemberData(nameof(Files))]
    public void Files_are_decoded_as_PIL_does(string name)
    {
        var expected = ImageReference.Jpegs[name];
        var picture = PictureFile.Load(_folder.Write("a.jpg", ImageReference.Bytes(expected, "file")));
        Assert.Equal(ImageReference.Picture(expected, "pixels") with { Pixels = default }, picture with { Pixels = default });
        Assert.InRange(ImageReference.Distance(picture, ImageReference.Bytes(expected, "pixels")), 0, 1);
    }

    [JpegTheory]
    [MemberData(nameof(Files))]
    public void Truncated_files_are_refused(string name)
    {
        byte[] whole = ImageReference.Bytes(ImageReference.Jpegs[name], "file");
        foreach (int length in new[] { 3, 20, whole.Length / 3, whole.Length * 2 / 3, whole.Length - 10 })
        {
            string message = Assert.Throws<InputException>(() => PictureFile.Load(_folder.Write("a.jpg", whole[..length]))).Message;
            Assert.StartsWith(_folder.File("a.jpg") + ": damaged or truncated: ", message, StringComparison.Ordinal);
        }
    }

    [JpegTheory]
    [MemberData(nameof(Files))]
    public void Damaged_files_are_decoded_or_refused(string name)
    {
        byte[] whole = ImageReference.Bytes(ImageReference.Jpegs[name], "file");
        for (int i = 3; i < whole.Length; i++)
        {
            byte[] changed = [.. whole];
            changed[i] ^= 0x55;
            try
            {
                var picture = JpegFile.Decode("a.jpg", changed);
                Assert.Equal(picture.Channels * picture.Height * picture.Width, picture.Pixels.Length);
            }
            catch (InputException refused)
            {
                Assert.StartsWith("a.jpg: ", refused.Message, StringComparison.Ordinal);
            }
        }
    }

    [JpegTheory(installed: false)]
    [MemberData(nameof(Files))]
    public void Without_the_system_library_the_message_says_what_to_install(string name)
    {
        string path = _folder.Write("a.jpg", ImageReference.Bytes(ImageReference.Jpegs[name], "file"));
        string message = Assert.Throws<InputException>(() => PictureFile.Load(path)).Message;
        Assert.Contains("libturbojpeg is needed; install it (Debian and Ubuntu: apt-get install libturbojpeg0", message, StringComparison.Ordinal);
    }
}
