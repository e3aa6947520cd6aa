using System.Text.Json;
using Ohmformer.Models.Images;
using Ohmformer.Tests.Models.Images;
using static Ohmformer.Tests.Cli.CommandLine;

namespace Ohmformer.Tests.Cli;

/// <summary>Evaluations on folders of images.</summary>
public sealed class ImageFolderCommandTests : IDisposable
{
    private const int Digits = 5;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Digits_as_png_files_give_the_accuracy_of_the_shipped_file()
    {
        string shipped = Path.Combine(SharedData.Project, "data", "digits");
        DigitFolder.Write(_folder.File("png/test"), ImageSet.Load(shipped, Split.Test).Take(Digits));
        var (fromFile, fromFolder) = (Evaluate(shipped), Evaluate(_folder.File("png")));
        foreach (string arithmetic in new[] { "float", "digital" })
            Assert.Equal(fromFile.GetProperty("accuracy").GetProperty(arithmetic).GetDouble(), fromFolder.GetProperty("accuracy").GetProperty(arithmetic).GetDouble());
        Assert.Equal(fromFile.GetProperty("accuracy").GetProperty("analog").ToString(), fromFolder.GetProperty("accuracy").GetProperty("analog").ToString());
        Assert.Equal(Digits, fromFolder.GetProperty("samples").GetInt32());
        Assert.DoesNotContain("resized", fromFolder.GetProperty("warnings").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Images_of_another_size_are_resized_with_a_notice()
    {
        using var inputs = new TinyInputs();
        for (int i = 0; i < 8; i++)
        {
            Directory.CreateDirectory(_folder.File($"val/{i % TinyInputs.Classes}"));
            _folder.Write($"val/{i % TinyInputs.Classes}/{i}.png", TestPng.Encode(new Picture(new byte[3 * 9 * 11], 3, 9, 11)));
        }
        string[] evaluation = ["evaluate", "--model", inputs.Model, "--data", _folder.Path, "--noise-seeds", "1"];
        Accepted([.. evaluation, "--output", _folder.File("run")]);
        const string Notice = "images of 3 x 9 x 11 (channels, height, width) are resized to 6 x 6 (bilinear, for the model does not say how) and converted to gray";
        Assert.Contains(Notice, File.ReadAllText(_folder.File("run/result.json")), StringComparison.Ordinal);
        Assert.Contains(Notice, File.ReadAllText(_folder.File("run/log.txt")), StringComparison.Ordinal);

        _folder.Write("val/3/7.png", "no image");
        RefusedWith("val/3/7.png: is neither PNG nor JPEG", [.. evaluation, "--output", _folder.File("run2")]);
        Directory.CreateDirectory(_folder.File("val/9/"));
        _folder.Write("val/9/1.png", TestPng.Encode(new Picture(new byte[36], 1, 6, 6)));
        RefusedWith("has label 4; the model tiny has classes 0 to 3", [.. evaluation, "--output", _folder.File("run2")]);
    }

    private JsonElement Evaluate(string data)
    {
        string result = _folder.File("result.json");
        Accepted("evaluate", "--data", data, "--model", "vit-digits", "--samples", $"{Digits}", "--noise-seeds", "1", "--design", _folder.Write("exact.yaml", TinyInputs.ExactDesign), "--quiet",
            "--output", _folder.File($"run-{Path.GetFileName(data)}"), "--json", result);
        return JsonDocument.Parse(File.ReadAllText(result)).RootElement;
    }
}
