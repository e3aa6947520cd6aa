using System.Globalization;
using System.Text.Json;
using CsvHelper;
using Ohmformer.Devices;
using Ohmformer.Lab.Designs;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Tests.Models;
using static Ohmformer.Tests.Cli.CommandLine;

namespace Ohmformer.Tests.Cli;

/// <summary>Several models, and values of parameters of designs.</summary>
public sealed class CompareTests : IDisposable
{
    private const string Key = "attention.device.writeNoiseFactor", Designs = "clipformer-rram,clipformer-rram-2-025";

    private readonly TinyInputs _inputs = new();
    private readonly string _other;

    public CompareTests()
    {
        _other = _inputs.File("other");
        new Checkpoint(TinyInputs.Spec, RandomTransformer.Weights(TinyInputs.Spec, seed: 5), ["a", "b", "c", "d"], Preprocessing.Centered(1)).Save(_other);
    }

    public void Dispose() => _inputs.Dispose();

    [Fact]
    public void A_grid_equals_its_single_evaluations()
    {
        Compare("--models", $"{_inputs.Model},{_other}", "--designs", Designs, "--sweep", $"{Key}=3,9");
        var results = Results();
        Assert.Equal(8, results.Length);
        int i = 0;
        foreach (string model in (string[])[_inputs.Model, _other])
        {
            foreach (string design in Designs.Split(','))
            {
                foreach (string factor in (string[])["3", "9"])
                {
                    var result = results[i++];
                    Assert.Equal((model, design, Key, factor), (Text(result, "model"), Text(result, "design"), Text(result.GetProperty("settings")[0], "key"), Text(result.GetProperty("settings")[0], "value")));
                    string file = _inputs.Write("single.yaml", $"base: {design}\nreason: x\nname: {design}\nattention: {{ device: {{ writeNoiseFactor: {factor} }} }}");
                    Accepted("evaluate", "--model", model, "--data", _inputs.Data, "--design", file, "--noise-seeds", "2", "--output", _inputs.File($"single{i}"));
                    var single = JsonDocument.Parse(File.ReadAllText(_inputs.File($"single{i}/result.json"))).RootElement;
                    foreach (string part in (string[])["accuracy", "cost", "diagnostics", "attention_snr", "warnings"])
                        Assert.Equal(JsonSerializer.Serialize(single.GetProperty(part)), JsonSerializer.Serialize(result.GetProperty(part)));
                }
            }
        }
    }

    [Fact]
    public void A_grid_leaves_a_folder_for_each_cell_one_table_and_charts()
    {
        string printed = Compare("--models", $"{_inputs.Model},{_other}", "--designs", Designs, "--sweep", $"{Key}=3,9", "--csv", _inputs.File("all.csv"));
        Assert.Equal(
            ["1-tiny-clipformer-rram", "2-tiny-clipformer-rram", "3-tiny-clipformer-rram-2-025", "4-tiny-clipformer-rram-2-025", "5-other-clipformer-rram", "6-other-clipformer-rram",
            "7-other-clipformer-rram-2-025", "8-other-clipformer-rram-2-025", "comparison.svg", "pareto.svg", "result.json", "results.csv", "sweep-clipformer-rram-2-025.svg", "sweep-clipformer-rram.svg"],
            Directory.GetFileSystemEntries(_inputs.File("run")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(9, ((RramSpec)DesignFile.Load(_inputs.File("run/8-other-clipformer-rram-2-025/design.yaml")).Attention!.Device).WriteNoiseFactor);
        Assert.Contains("Pareto fronts", File.ReadAllText(_inputs.File("run/pareto.svg")), StringComparison.Ordinal);
        Assert.All((string[])["tiny", "other"], name => Assert.Contains($">{name}<", File.ReadAllText(_inputs.File("run/sweep-clipformer-rram.svg")), StringComparison.Ordinal));
        Assert.Equal(2, printed.Split('\n').Count(line => line.Contains("model ", StringComparison.Ordinal) && line.Contains("design", StringComparison.Ordinal) && line.Contains("writeNoiseFactor", StringComparison.Ordinal)));
        Assert.All(printed.Split('\n').Where(line => !line.Contains("warning", StringComparison.Ordinal)).Skip(2), line => Assert.True(line.Length <= 160, line));

        using var csv = new CsvReader(new StreamReader(_inputs.File("all.csv")), CultureInfo.InvariantCulture);
        var rows = csv.GetRecords<dynamic>().Cast<IDictionary<string, object>>().ToList();
        Assert.Equal(8 * 4, rows.Count);
        Assert.Equal(["3", "9"], rows.Select(r => (string)r[Key]).Distinct());
        Assert.Equal(File.ReadAllText(_inputs.File("all.csv")), File.ReadAllText(_inputs.File("run/results.csv")));
    }

    [Fact]
    public void Tests_are_against_the_first_model_and_design_with_the_same_values()
    {
        Compare("--models", $"{_inputs.Model},{_other}", "--designs", Designs, "--sweep", $"{Key}=3,9");
        var results = Results();
        Assert.All(results[..2], r => Assert.False(r.TryGetProperty("versus_first", out _)));
        foreach (var (i, result) in results.Index().Skip(2))
        {
            var paired = result.GetProperty("versus_first");
            Assert.Equal((_inputs.Model, "clipformer-rram"), (Text(paired, "model"), Text(paired, "design")));
            Assert.Equal(FirstSeed(result) - FirstSeed(results[i % 2]), paired.GetProperty("difference").GetDouble(), 1e-12);
        }

        Compare("--model", _inputs.Model, "--designs", "clipformer-rram", "--sweep", $"{Key}=3,9,27");
        results = Results();
        Assert.False(results[0].TryGetProperty("versus_first", out _));
        Assert.All(results[1..], r => Assert.Equal(FirstSeed(r) - FirstSeed(results[0]), r.GetProperty("versus_first").GetProperty("difference").GetDouble(), 1e-12));
    }

    [Fact]
    public void Two_sweeps_give_all_combinations_and_a_chart_each()
    {
        string printed = Compare("--model", _inputs.Model, "--designs", "clipformer-rram", "--sweep", "attention.operandTransform=null,clipformer-2-025", "--sweep", "attention.device.readNoise=0,0.1");
        Assert.Equal(["null 0", "null 0.1", "clipformer-2-025 0", "clipformer-2-025 0.1"], Results().Select(r => string.Join(' ', r.GetProperty("settings").EnumerateArray().Select(s => Text(s, "value")))));
        Assert.Contains("operandTransform  readNoise", printed, StringComparison.Ordinal);
        Assert.Contains(">readNoise 0.1<", File.ReadAllText(_inputs.File("run/sweep-1.svg")), StringComparison.Ordinal); // names along the axis, a line for each read noise
        Assert.Contains(">operandTransform null<", File.ReadAllText(_inputs.File("run/sweep-2.svg")), StringComparison.Ordinal);
        Assert.Contains(">readNoise 0.1<", File.ReadAllText(_inputs.File("run/pareto.svg")), StringComparison.Ordinal); // a condition: it changes no cost
    }

    [Fact]
    public void Models_that_cannot_be_compared_are_refused_before_anything_runs()
    {
        var more = TinyInputs.Spec with { Classes = 5 };
        new Checkpoint(more, RandomTransformer.Weights(more), ["a", "b", "c", "d", "e"], Preprocessing.Centered(1)).Save(_inputs.File("more"));
        var before = _inputs.Content();
        string[] common = ["compare", "--designs", "clipformer-rram", "--output", _inputs.File("run")], data = ["--data", _inputs.Data];
        RefusedWith("one has 4 classes, the other 5", [.. common, .. data, "--models", $"{_inputs.Model},{_inputs.File("more")}"]);
        RefusedWith("--model and --models contradict each other", [.. common, .. data, "--models", _other, "--model", _inputs.Model]);
        RefusedWith("--models names no model", [.. common, .. data, "--models", ","]);
        RefusedWith("neither a directory", [.. common, .. data, "--models", $"{_inputs.Model},none"]);
        RefusedWith("write the path of a key in the design", [.. common, .. data, "--model", _other, "--sweep", Key]);
        RefusedWith("write the path of a key in the design", [.. common, .. data, "--model", _other, "--sweep", $"{Key}=3,,4"]);
        RefusedWith("has the value '3' twice", [.. common, .. data, "--model", _other, "--sweep", $"{Key}=3,4,3"]);
        RefusedWith("did you mean 'writeNoiseFactor'?", [.. common, .. data, "--model", _other, "--sweep", "attention.device.writeNoiseFacter=3"]);
        Assert.Equal(before, _inputs.Content());

        Directory.CreateDirectory(_inputs.File("copy"));
        foreach (string file in (string[])["images.npy", "labels.npy"]) File.Copy(_inputs.File(file), _inputs.File("copy/" + file));
        Card(_inputs.Model, "images", 2);
        Card(_other, "images", 3);
        RefusedWith("one is evaluated on 3 samples, the other on 2", [.. common, "--models", $"{_other},{_inputs.Model}"]);
        Card(_other, "copy/images", 2);
        RefusedWith("one is evaluated on ../images.npy, the other on ../copy/images.npy", [.. common, "--models", $"{_inputs.Model},{_other}"]);

        static void Card(string model, string data, int samples) =>
            File.WriteAllText(Path.Combine(model, "README.md"), $"---\nohmformer:\n  task: image-classification\n  data: ../{data}.npy\n  samples: {samples}\n---\n");
    }

    private string Compare(params string[] more)
    {
        if (Directory.Exists(_inputs.File("run"))) Directory.Delete(_inputs.File("run"), recursive: true);
        return Accepted(["compare", "--data", _inputs.Data, "--noise-seeds", "2", "--output", _inputs.File("run"), .. more]);
    }

    private JsonElement[] Results() => [.. JsonDocument.Parse(File.ReadAllText(_inputs.File("run/result.json"))).RootElement.EnumerateArray()];

    private static string? Text(JsonElement element, string key) => element.GetProperty(key).GetString();

    private static double FirstSeed(JsonElement result) => result.GetProperty("accuracy").GetProperty("analog").GetProperty("values")[0].GetDouble();
}
