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
    public void Cost_of_a_design_that_drops_tokens_is_that_of_an_evaluation()
    {
        string design = _inputs.Write("sparse.yaml", TinyInputs.ExactDesign.Replace("name: exact", "name: sparse", StringComparison.Ordinal) + "\ntokenPruning: { keepRatio: 0.3 }");
        Accepted("cost", "--model", _inputs.Model, "--design", design, "--json", _inputs.File("cost.json"));
        Accepted("cost", "--model", _inputs.Model, "--design", _inputs.Write("exact.yaml", TinyInputs.ExactDesign), "--json", _inputs.File("whole.json"));
        Accepted(["evaluate", "--design", design, "--output", _inputs.File("run"), .. _inputs.Evaluation("--samples", "1", "--noise-seeds", "1")]);
        var cost = Json("cost.json").GetProperty("cost");
        Assert.Equal(JsonSerializer.Serialize(Json("run/result.json").GetProperty("cost")), JsonSerializer.Serialize(cost));
        Assert.True(cost.GetProperty("macs").GetInt64() < Json("whole.json").GetProperty("cost").GetProperty("macs").GetInt64());
        RefusedWith("which gpt2 lacks", "cost", "--model", "gpt2", "--design", design);
        RefusedWith("which gpt2 lacks", "model", "info", "gpt2", "--design", design);
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

    [Fact]
    public void Model_info_counts_the_arrays_as_the_cost_model_does()
    {
        foreach (string line in (string[])["deit-tiny --design isaac-rram", "gpt2 --design trex-hybrid --tokens 77", "lvvit-small --design clipformer-rram"])
        {
            string[] words = line.Split(' ');
            string printed = Accepted(["model", "info", .. words, "--json", _inputs.File("info.json")]);
            Accepted(["cost", "--model", .. words, "--json", _inputs.File("cost.json")]);
            var (memory, cost) = (Json("info.json").GetProperty("memory"), Json("cost.json").GetProperty("cost"));
            foreach (string count in (string[])["crossbars", "tiles"])
            {
                long sum = memory.GetProperty("static").GetProperty(count).GetInt64() + memory.GetProperty("dynamic").GetProperty(count).GetInt64();
                Assert.Equal(cost.GetProperty(count).GetInt64(), sum);
                Assert.Equal(sum, memory.GetProperty("layer_classes").EnumerateArray().Sum(c => c.GetProperty(count).GetInt64()));
            }
            Assert.Contains("together", printed, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Model_info_knows_what_weights_and_keys_and_values_occupy()
    {
        // One head of 64 elements, 197 tokens, 8-bit operands: K and V are 197 x 64 bytes each, three heads in each of twelve layers.
        Accepted("model", "info", "deit-tiny", "--json", _inputs.File("info.json"));
        var memory = Json("info.json").GetProperty("memory");
        Assert.Equal(2 * 197 * 64 * 3 * 12, memory.GetProperty("dynamic").GetProperty("bytes").GetInt64());
        Assert.Equal((12 * 12 * 192 * 192) + (768 * 192) + (192 * 1000), memory.GetProperty("static").GetProperty("values").GetInt64());
        Assert.All(memory.GetProperty("layer_classes").EnumerateArray(), c => Assert.InRange(c.GetProperty("utilization").GetDouble(), 1e-3, 1));
        RefusedWith("did you mean 'isaac-rram'?", "model", "info", "deit-tiny", "--design", "isaac-ram");
    }

    [Fact]
    public void Model_info_warns_of_a_broken_card_or_recipe_with_its_place()
    {
        Assert.DoesNotContain("warning:", Accepted("model", "info", "vit-digits", "--json", _inputs.File("info.json")), StringComparison.Ordinal);
        Assert.Empty(Json("info.json").GetProperty("warnings").EnumerateArray());

        _inputs.Write("tiny/README.md", "---\nohmformer:\n  task: vision\n---\n");
        _inputs.Write("tiny/recipe.yaml", "name: tiny\nepochs: [3]\n");
        string printed = Accepted("model", "info", _inputs.Model, "--json", _inputs.File("info.json"));
        Assert.Contains("README.md(3,9): 'task' is 'vision'; allowed: image-classification,", printed, StringComparison.Ordinal);
        Assert.Contains("recipe.yaml(2,1): unknown key 'epochs'", printed, StringComparison.Ordinal);
        Assert.Equal(2, Json("info.json").GetProperty("warnings").GetArrayLength());

        _inputs.Write("tiny/README.md", "---\nohmformer: { task: sst2 }\n---\n");
        _inputs.Write("tiny/recipe.yaml", "base: trex\nfineTuning: { epoch: 3 }\n");
        printed = Accepted("model", "info", _inputs.Model);
        Assert.Contains("README.md: 'task' is sst2, but", printed, StringComparison.Ordinal);
        Assert.Contains("recipe.yaml(2,15): unknown key 'epoch'", printed, StringComparison.Ordinal);
    }

    [Fact]
    public void Model_list_names_shipped_models_with_their_cards_and_known_networks()
    {
        string printed = Accepted("model", "list", "--json", _inputs.File("list.json"));
        var models = Json("list.json").EnumerateArray().ToDictionary(m => m.GetProperty("name").GetString()!);
        Assert.All(models.Keys, name => Assert.Contains(name, printed, StringComparison.Ordinal));
        Assert.Contains("98.35 % top-1 accuracy of 2,000", printed, StringComparison.Ordinal);
        var digits = models["vit-digits"];
        Assert.Equal((406_794, "image-classification", "data/digits", 0.9835), (
            digits.GetProperty("parameters").GetInt64(), digits.GetProperty("task").GetString(), digits.GetProperty("data").GetString(), digits.GetProperty("result").GetProperty("value").GetDouble()));
        Assert.InRange(digits.GetProperty("bytes").GetInt64(), 406_794 * 2, 406_794 * 5);
        Assert.False(models["llama-7b"].GetProperty("weights").GetBoolean());
        Assert.InRange(models["llama-7b"].GetProperty("parameters").GetInt64(), 6.7e9, 6.8e9); // Llama, table 2: 6.7 B
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
    public void The_card_says_what_encoders_share_and_which_tokens_drop_out()
    {
        string recipe = File.ReadAllText(Recipe()).Replace("layers: 1", "layers: 4", StringComparison.Ordinal) + "\ntokenPruning: { keepRatio: 0.5 }\nsharedEncoders: ";
        Accepted("train", "--recipe", _inputs.Write("shared.yaml", recipe + "2"), "--output", _inputs.File("trained"));
        string card = File.ReadAllText(_inputs.File("trained/README.md"));
        Assert.Contains("| 2 neighboring encoders have the same weights |", card, StringComparison.Ordinal);
        Assert.Contains("`tokenPruning: { keepRatio: 0.5 }`", card, StringComparison.Ordinal);
        RefusedWith("sharedEncoders is 5, but tiny has 4 encoders; choose 1 to 4", "train", "--recipe", _inputs.Write("shared.yaml", recipe + "5"), "--output", _inputs.File("other"));
    }

    [Fact]
    public void A_training_that_cannot_work_is_refused()
    {
        string output = _inputs.File("trained");
        RefusedWith("unknown key 'layer'", "train", "--output", output, "--recipe", _inputs.Write("r.yaml", "layer: 3"));
        RefusedWith("no such file or folder", "train", "--output", output, "--recipe", Recipe(_inputs.File("none")));
        RefusedWith("is a file and not a folder", "train", "--output", _inputs.Data, "--recipe", Recipe());
        byte[] weights = File.ReadAllBytes(_inputs.File("tiny/model.safetensors"));
        foreach (string resume in (string[])["--quiet", "--resume"])
            RefusedWith("holds a model, model.safetensors, but no checkpoint", "train", "--output", _inputs.Model, resume, "--recipe", Recipe());
        Assert.Equal(weights, File.ReadAllBytes(_inputs.File("tiny/model.safetensors")));
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

    [Fact]
    public void Cost_of_reused_attention_stands_beside_that_without()
    {
        Accepted("cost", "--model", "deit-small", "--design", "trex-fefet", "--reuse", "1,3,5, 7,9", "--json", _inputs.File("cost.json"));
        var rows = Json("cost.json").GetProperty("reuse").EnumerateArray().ToDictionary(r => r.GetProperty("name").GetString()!);
        double Gain(string row) => rows[row].GetProperty("edap_gain").GetDouble();
        Assert.Equal(1, Gain("encoders without reuse"));
        Assert.Equal(2.09, Gain("encoders"), 0.005);
        Assert.Equal(2.30, Gain("encoders, counted as in TReX"), 0.005); // TReX, arXiv:2408.12742, Table IV: 2.3x
        Assert.InRange(Gain("network"), 1.5, 2.09);
        Assert.Equal(Json("cost.json").GetProperty("cost").GetProperty("energy_joule").GetDouble(), rows["network"].GetProperty("energy_joule").GetDouble());
        Assert.Equal(rows["network without reuse"].GetProperty("edap").GetDouble() / rows["network"].GetProperty("edap").GetDouble(), Gain("network"), 1e-12);
    }

    [Theory]
    [InlineData("0,3", "encoder 0 cannot reuse attention: there is none before it. Choose encoders from 1 on.")]
    [InlineData("3,12", "encoder 12 cannot reuse attention: the network has 12 encoders. Choose encoders from 1 to 11.")]
    [InlineData("3,3", "names an encoder twice: 3, 3")]
    [InlineData("3;4", "'3;4' is not a whole number. Write numbers from 1 on with commas between them, such as 3,5,7.")]
    [InlineData("", "is not a list of encoders")]
    public void Encoders_that_cannot_reuse_are_refused(string encoders, string message) =>
        RefusedWith(message, "cost", "--model", "deit-small", "--design", "trex-fefet", "--reuse", encoders);

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
