using System.Text.Json;
using Ohmformer.Files;
using Ohmformer.Lab.Datasets;
using Ohmformer.Models.Images;
using Ohmformer.Tests.Models.Images;
using static Ohmformer.Tests.Cli.CommandLine;

namespace Ohmformer.Tests.Cli;

/// <summary>ohmformer data list | check.</summary>
public sealed class DataCommandTests : IDisposable
{
    private readonly TinyInputs _inputs = new();

    public void Dispose() => _inputs.Dispose();

    [Fact]
    public void List_names_shipped_data_and_every_format()
    {
        string printed = Accepted("data", "list", "--json", _inputs.File("list.json"));
        Assert.Contains("shipped: data/digits, data/kjv/test.txt", printed, StringComparison.Ordinal);
        Assert.All(DataFormat.All, format => Assert.Contains(format.Example, printed, StringComparison.Ordinal));
        Assert.Equal(DataFormat.All.Count, Json("list.json").GetProperty("formats").GetArrayLength());
    }

    [Fact]
    public void Shipped_digits_are_checked_by_name()
    {
        string printed = Accepted("data", "check", "data/digits", "--json", _inputs.File("check.json"));
        Assert.Contains("data/digits: no problems.", printed, StringComparison.Ordinal);
        var parts = Json("check.json").GetProperty("parts");
        Assert.Equal([("train", 8000, 10), ("test", 2000, 10)], parts.EnumerateArray().Select(p =>
            (p.GetProperty("part").GetString(), p.GetProperty("samples").GetInt32(), p.GetProperty("classes").GetArrayLength())));
        Assert.Equal(2000, parts[1].GetProperty("classes").EnumerateArray().Sum(c => c.GetProperty("samples").GetInt32()));
    }

    [Fact]
    public void Every_format_is_recognized()
    {
        NpyArray.Of(new float[2 * 3 * 4], 2, 3, 4).Save(_inputs.File("b_features.npy"));
        NpyArray.Of(new[] { 1, 0 }, 2).Save(_inputs.File("b_labels.npy"));
        Checked("1 x 6 x 6 (channels, height, width)", _inputs.Data);
        Checked("1 x 6 x 6 (channels, height, width)", _inputs.IdxFolder());
        Checked("3 x 32 x 32", _inputs.Write("a.bin", new byte[3073]));
        Checked("3 frames of 4 features", _inputs.File("b_features.npy"));
        Checked("2 (0: 1, 1: 2)", _inputs.Write("a.tsv", "good\t1\nfine\t1\nbad\t0\n"));
        Checked("1 contexts, 1 answers, 1 questions without answer", _inputs.Write("squad.json", """
            {"data": [{"paragraphs": [{"context": "It was Ada.", "qas": [{"id": "1", "question": "Who?", "answers": [{"text": "Ada", "answer_start": 7}]},
            {"id": "2", "question": "When?", "is_impossible": true, "answers": []}]}]}]}
            """));
        Checked("5 tokens, ids up to 9", _inputs.Write("ids.json", "[[1, 2, 9], [3, 4]]"));
        Checked("4 words, 16 characters in lines", _inputs.Write("a.txt", "once upon\n\na 😁\n"));
        Checked("30 (100 to 100 samples each)", Many());
    }

    [Fact]
    public void Bad_data_are_refused_with_their_place()
    {
        RefusedWith("no data set of this name is shipped", "data", "check", "data/no-such");
        RefusedWith("no data set of this name is shipped", "data", "check", "");
        RefusedWith("unknown format; 'ohmformer data list' shows", "data", "check", _inputs.Write("a.xyz", ""));
        RefusedWith("is one file of a pair", "data", "check", Path.Combine(_inputs.IdxFolder(), "t10k-images-idx3-ubyte"));
        RefusedWith("holds no images; name one of its files, for example config.json", "data", "check", _inputs.Model);
        RefusedWith("holds neither", "data", "check", Directory.CreateDirectory(_inputs.File("empty")).FullName);
        RefusedWith("a.tsv(1): has the columns of no known task", "data", "check", _inputs.Write("a.tsv", "x\ty\tz\n"));
        RefusedWith("a.tsv(3): the label is '7'", "data", "check", _inputs.Write("a.tsv", "x\t1\ny\t0\nz\t7\n"));
        RefusedWith("a.tsv(1): has the columns of no known task", "data", "check", _inputs.Write("a.tsv", ""));
        RefusedWith("invalid JSON", "data", "check", _inputs.Write("a.json", "{"));
        RefusedWith("holds no token ids", "data", "check", _inputs.Write("a.json", "[]"));
        RefusedWith("has no questions", "data", "check", _inputs.Write("a.json", """{"data": []}"""));
        RefusedWith("has no words", "data", "check", _inputs.Write("a.txt", "\n \n"));
        RefusedWith("is not UTF-8", "data", "check", _inputs.Write("a.txt", [0xFF, 0xFF]));
        RefusedWith("a.bin: truncated", "data", "check", _inputs.Write("a.bin", new byte[5]));
        string idx = _inputs.IdxFolder();
        File.WriteAllBytes(Path.Combine(idx, "train-images-idx3-ubyte"), [0, 0, 8, 3]);
        RefusedWith("train-images-idx3-ubyte: claims 16 bytes of data; a file of 4 bytes cannot hold them", "data", "check", idx);
    }

    [Fact]
    public void Folders_of_images_are_decoded_and_the_first_damaged_file_is_named()
    {
        foreach (string name in new[] { "train/cat/0.png", "train/dog/0.png", "val/cat/0.png", "val/dog/0.png", "val/dog/1.png" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_inputs.File("photos/" + name))!);
            _inputs.Write("photos/" + name, TestPng.Encode(new Picture(new byte[3 * 4 * 5], 3, 4, 5)));
        }
        Checked("3 x 4 x 5 (channels, height, width), the first", _inputs.File("photos"));
        Checked("2 (0: 1, 1: 2)", _inputs.File("photos"));
        foreach (string name in new[] { "val/dog/0.png", "val/dog/1.png" }) File.WriteAllBytes(_inputs.File("photos/" + name), File.ReadAllBytes(_inputs.File("photos/" + name))[..^9]);
        RefusedWith("photos/val/dog/0.png: ", "data", "check", _inputs.File("photos"));
    }

    private string Many()
    {
        NpyArray.Of(new byte[3000], 3000, 1, 1).Save(_inputs.File("many-images.npy"));
        NpyArray.Of([.. Enumerable.Range(0, 3000).Select(i => i % 30)], 3000).Save(_inputs.File("many-labels.npy"));
        return _inputs.File("many-images.npy");
    }

    private static void Checked(string expected, string path)
    {
        string printed = Accepted("data", "check", path);
        Assert.Contains(expected, printed, StringComparison.Ordinal);
        Assert.Contains("no problems.", printed, StringComparison.Ordinal);
    }

    private JsonElement Json(string file) => JsonDocument.Parse(File.ReadAllText(_inputs.File(file))).RootElement;
}
