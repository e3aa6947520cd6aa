using System.Text.Json;
using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Images;
using static Ohmformer.Tests.Cli.CommandLine;

namespace Ohmformer.Tests.Cli;

/// <summary>The commands cost, model, design and train.</summary>
public sealed class OtherCommandTests : IDisposable
{
    private const string Fashion = "data/models/vit-fashion-mnist", FashionImages = "data/fashion-mnist",
        FashionPixels = FashionImages + "/t10k-images-idx3-ubyte.gz", FashionLabels = FashionImages + "/t10k-labels-idx1-ubyte.gz",
        Cifar = "data/models/vit-cifar10", CifarImages = "data/cifar10/cifar10_test.bin.gz",
        GoldenLogits = "/golden_logits.npy";

    private readonly TinyInputs _inputs = new();

    public void Dispose() => _inputs.Dispose();

    [Fact]
    public void Cost_prices_a_known_network_on_every_shipped_design()
    {
        foreach (var design in DesignFile.List())
        {
            Accepted("cost", "--model", "deit-tiny", "--design", design.Name, "--json", _inputs.File("cost.json"));
            var cost = Json("cost.json").GetProperty("cost");
            Assert.InRange(cost.GetProperty("energy_joule").GetDouble(), 1e-7, 1);
            Assert.InRange(cost.GetProperty("latency_second").GetDouble(), 1e-7, 10);
            Assert.Equal(design.Name, Json("cost.json").GetProperty("design").GetString());
        }
    }

    [Fact]
    public void Cost_of_a_model_folder_is_that_of_an_evaluation()
    {
        Accepted("cost", "--model", _inputs.Model, "--json", _inputs.File("cost.json"));
        Accepted(["evaluate", "--output", _inputs.File("run"), .. _inputs.Evaluation("--samples", "1", "--noise-seeds", "1")]);
        Assert.Equal(JsonSerializer.Serialize(Json("run/result.json").GetProperty("cost")), JsonSerializer.Serialize(Json("cost.json").GetProperty("cost")));
    }

    [Fact]
    public void Model_info_counts_parameters_and_macs()
    {
        string printed = Accepted("model", "info", "deit-small", "--json", _inputs.File("info.json"));
        Assert.Contains("22,050,664", printed, StringComparison.Ordinal); // DeiT, table 1: 22 M
        Assert.Contains("query key value", printed, StringComparison.Ordinal);
        Assert.Equal(22_050_664, Json("info.json").GetProperty("parameters").GetInt64());
        Assert.Equal(4_598_882_304, Json("info.json").GetProperty("layer_classes").EnumerateArray().Sum(c => c.GetProperty("macs").GetInt64()));
    }

    [SharedModelFact(Fashion, Fashion + GoldenLogits, FashionPixels, FashionLabels)]
    public void Logits_of_vit_fashion_mnist_are_those_of_pytorch() => AssertGoldenLogits(Fashion, FashionImages);

    [SharedModelFact(Cifar, Cifar + GoldenLogits, CifarImages)]
    public void Logits_of_vit_cifar10_are_those_of_pytorch() => AssertGoldenLogits(Cifar, CifarImages);

    [Fact]
    public void Logits_of_inputs_that_do_not_fit_are_refused()
    {
        RefusedLogits("the shape is [2, 1, 8, 8], but tiny reads images [n, 1, 6, 6]", _inputs.Save("x.npy", new float[128], 2, 1, 8, 8));
        RefusedLogits("the shape is [2, 7], but tiny reads images [n, 1, 6, 6]", _inputs.Save("x.npy", new int[14], 2, 7)); // token ids
        RefusedLogits("holds no inputs", _inputs.Save("x.npy", Array.Empty<float>(), 0, 1, 6, 6));
        RefusedLogits("input 1 holds NaN", _inputs.Save("x.npy", [.. new float[36], float.NaN, .. new float[35]], 2, 1, 6, 6));
        RefusedLogits("no such file", _inputs.File("none.npy"));
        RefusedLogits("is a folder", _inputs.Path);
    }

    [Fact]
    public void Logits_do_not_depend_on_threads()
    {
        string x = _inputs.Save("x.npy", [.. Enumerable.Range(0, 5 * 36).Select(i => MathF.Sin(i))], 5, 1, 6, 6);
        Assert.Equal(Logits(_inputs.Model, x, "--threads", "1"), Logits(_inputs.Model, x, "--threads", "2"));
    }

    [Fact]
    public void Design_list_names_every_shipped_design()
    {
        string printed = Accepted("design", "list", "--json", _inputs.File("list.json"));
        Assert.Equal(DesignFile.List().Select(d => d.Name), Json("list.json").EnumerateArray().Select(d => d.GetProperty("name").GetString()));
        Assert.All(DesignFile.List(), d => Assert.Contains(d.Name, printed, StringComparison.Ordinal));
    }

    [Fact]
    public void Design_show_prints_a_file_that_is_equal()
    {
        foreach (var design in DesignFile.List())
        {
            string shown = Accepted("design", "show", design.Name);
            Assert.Equal(shown, Accepted("design", "show", _inputs.Write("shown.yaml", shown)));
            Assert.Contains($"{design.Name}: no problems.", Accepted("design", "check", _inputs.File("shown.yaml")), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Design_check_reports_all_problems_in_print_and_json()
    {
        string design = _inputs.Write("bad.yaml", "base: rram-default\nname: BAD\ncolor: red\nweights: { rows: -1, columns: many }\n");
        string error = Refused("design", "check", design, "--json", _inputs.File("problems.json"));
        string?[] problems = [.. Json("problems.json").GetProperty("problems").EnumerateArray().Select(p => p.GetString())];
        Assert.True(problems.Length >= 3, error);
        Assert.All(problems, p => Assert.Contains(p!, error, StringComparison.Ordinal));
        Assert.Contains("bad.yaml(3,1): ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Design_schema_is_printed_or_written()
    {
        string printed = Accepted("design", "schema");
        Accepted("design", "schema", "--quiet", "--output", _inputs.File("schema.json"));
        Assert.Equal(printed, File.ReadAllText(_inputs.File("schema.json")));
        Assert.Equal("object", JsonDocument.Parse(printed).RootElement.GetProperty("type").GetString());
        RefusedWith("is a folder", "design", "schema", "--output", _inputs.Path);
    }

    [Fact]
    public void Training_writes_a_model_that_other_commands_take()
    {
        string recipe = Recipe(), output = _inputs.File("trained");
        string printed = Accepted("train", "--recipe", recipe, "--output", output, "--json", _inputs.File("train.json"));
        Assert.Matches(@"^test accuracy [\d.]+ % \([\d.]+ to [\d.]+ %\) of \d+ after 2 epochs in 00:00:\d\d: ", printed);
        Assert.Contains("<svg", File.ReadAllText(_inputs.File("trained/curve.svg")), StringComparison.Ordinal);
        string card = File.ReadAllText(_inputs.File("trained/README.md"));
        Assert.Contains($"ohmformer train --recipe {recipe} --output {output}\n", card, StringComparison.Ordinal);
        Assert.Contains("task: image-classification", card, StringComparison.Ordinal);
        Assert.Equal(2, Json("train.json").GetProperty("epochs").GetArrayLength());
        Accepted("evaluate", "--model", output, "--data", _inputs.File("idx"), "--noise-seeds", "1", "--output", _inputs.File("run"));
        Assert.Equal(Json("train.json").GetProperty("score").GetDouble(), Json("run/result.json").GetProperty("accuracy").GetProperty("float").GetDouble());

        RefusedWith("holds the checkpoint of a training", "train", "--recipe", recipe, "--output", output);
        Accepted("train", "--recipe", recipe, "--output", output, "--resume");
        // The resolved recipe beside the weights says the same.
        Accepted("train", "--recipe", Path.Combine(output, "recipe.yaml"), "--output", output, "--resume");
        RefusedWith("belongs to another training", "train", "--recipe", recipe, "--output", output, "--resume", "--seed", "2");
    }

    [Fact]
    public void A_training_that_cannot_work_is_refused()
    {
        string output = _inputs.File("trained");
        RefusedWith("unknown key 'layer'", "train", "--output", output, "--recipe", _inputs.Write("r.yaml", "layer: 3"));
        RefusedWith("no such file or folder", "train", "--output", output, "--recipe", Recipe(_inputs.File("none")));
        RefusedWith("is a file and not a folder", "train", "--output", _inputs.Data, "--recipe", Recipe());
        Assert.False(Directory.Exists(output));
    }

    private string Recipe(string? data = null) => _inputs.Write("recipe.yaml", $$"""
        name: tiny
        task: { type: images, data: "{{data ?? _inputs.IdxFolder()}}", patchSize: 3 }
        network: { layers: 1, hidden: 4, heads: 2, intermediate: 4 }
        optimization: { epochs: 2, warmUpEpochs: 0 }
        """);

    private JsonElement Json(string file) => JsonDocument.Parse(File.ReadAllText(_inputs.File(file))).RootElement;

    private void RefusedLogits(string message, string inputs)
    {
        RefusedWith(message, "model", "logits", "--model", _inputs.Model, "--inputs", inputs, "--output", _inputs.File("y.npy"));
        Assert.False(File.Exists(_inputs.File("y.npy")));
    }

    [Fact]
    public void Logits_of_texts_have_a_row_for_every_token()
    {
        string model = Path.Combine(SharedData.Project, "tests/Ohmformer.Tests/Models/reference/gpt2-tied");
        Logits(model, _inputs.Save("x.npy", new[] { 1L, 2, 3, 3, 2, 1 }, 2, 3));
        Assert.Equal([2, 3, 13], NpyArray.Load(_inputs.File("y.npy")).Shape);
        RefusedWith("reads token ids [n, t], t from 1 to 10", "model", "logits", "--model", model, "--inputs", _inputs.Save("x.npy", new int[11], 1, 11), "--output", _inputs.File("y.npy"));
        RefusedWith("token id 13", "model", "logits", "--model", model, "--inputs", _inputs.Save("x.npy", new[] { 13 }, 1, 1), "--output", _inputs.File("y.npy"));
        RefusedWith("holds images, but gpt2-tied predicts text; name a text (.txt", "evaluate", "--model", model, "--data", _inputs.Data);
    }

    [Theory]
    [InlineData("deit-tiny", 197)]
    [InlineData("lvvit-small", 197)]
    [InlineData("bert-large", 512)]
    [InlineData("distilbert", 512)]
    [InlineData("gpt2", 1024)]
    [InlineData("llama-7b", 2048)]
    public void Cost_grows_with_the_tokens(string model, int tokens)
    {
        double[] energies = [.. new[] { 0, 128, 32768 }.Select(length =>
        {
            Accepted("cost", "--model", model, "--tokens", $"{length}", "--json", _inputs.File("cost.json"));
            Assert.Equal(length == 0 ? tokens : length, Json("cost.json").GetProperty("tokens").GetInt32());
            return Json("cost.json").GetProperty("cost").GetProperty("energy_joule").GetDouble();
        })];
        Assert.InRange(energies[0], energies[1], energies[2]);
    }

    [Fact]
    public void Tokens_must_leave_room_for_the_input()
    {
        RefusedWith("1 tokens leave none for the input: deit-tiny has 1 class tokens. Name at least 2", "cost", "--model", "deit-tiny", "--tokens", "1");
        RefusedWith("--tokens is '-1'; it must be a whole number", "cost", "--model", "gpt2", "--tokens", "-1");
    }

    private float[] Logits(string model, string inputs, params string[] more)
    {
        Accepted(["model", "logits", "--model", model, "--inputs", inputs, "--output", _inputs.File("y.npy"), .. more]);
        return (float[])NpyArray.Load(_inputs.File("y.npy")).Values;
    }

    private void AssertGoldenLogits(string model, string data)
    {
        var golden = NpyArray.Load(SharedData.Get(model + GoldenLogits));
        int count = golden.Shape[0];
        var images = ImageSet.Load(SharedData.Get(data), Split.Test).Take(count);
        var preprocessing = Checkpoint.Load(SharedData.Get(model)).Preprocessing!;
        var pixels = new float[count * images.ImageElements];
        for (int i = 0; i < count; i++) images.Read(i, preprocessing, pixels.AsSpan(i * images.ImageElements, images.ImageElements));
        float[] logits = Logits(SharedData.Get(model), _inputs.Save("x.npy", pixels, count, images.Channels, images.Height, images.Width));
        float worst = logits.Zip(golden.ToFloats(), (a, b) => MathF.Abs(a - b)).Max();
        Assert.True(worst < 1e-4, $"logits differ by up to {worst}");
    }
}
