using System.Text.Json;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Tests.Models;
using static Ohmformer.Tests.Cli.CommandLine;

namespace Ohmformer.Tests.Cli;

/// <summary>The command train with recipes of TReX.</summary>
public sealed class TrexCommandTests : IDisposable
{
    private readonly TinyInputs _inputs = new();

    public void Dispose() => _inputs.Dispose();

    [Fact]
    public void Attention_is_taken_out_of_a_trained_model()
    {
        string recipe = Recipe("reuses: 1"), output = _inputs.File("reusing");
        string printed = Accepted("train", "--recipe", recipe, "--output", output, "--json", _inputs.File("train.json"));
        Assert.Contains("1 encoders reuse attention, the best of", printed, StringComparison.Ordinal);
        var model = Checkpoint.Load(output);
        int best = Assert.Single(model.Spec.Reuse!.Encoders);
        string[] patterns = File.ReadAllLines(Path.Combine(output, "patterns.csv"));
        Assert.Equal("encoders,kind,step,loss,accuracy,rank", patterns[0]);
        Assert.Equal(TinyInputs.Spec.Layers - 1, patterns.Length - 1);
        Assert.Contains(patterns, p => p.StartsWith($"{best},continuous,1,", StringComparison.Ordinal) && p.EndsWith(",1", StringComparison.Ordinal));
        foreach (string file in new[] { "curve.csv", "curve.svg", "recipe.yaml" }) Assert.True(File.Exists(Path.Combine(output, file)), file);
        Assert.Contains("## Reuse of attention", File.ReadAllText(Path.Combine(output, "README.md")), StringComparison.Ordinal);
        var json = JsonDocument.Parse(File.ReadAllText(_inputs.File("train.json"))).RootElement;
        Assert.Equal(2, json.GetProperty("training").GetProperty("epochs").GetArrayLength());
        Assert.Equal(best, json.GetProperty("best")[0].GetInt32());

        RefusedWith("holds a training that was begun", "train", "--recipe", recipe, "--output", output);
        Accepted("train", "--recipe", recipe, "--output", output, "--resume");
        Accepted("train", "--recipe", Path.Combine(output, "recipe.yaml"), "--output", output, "--resume");
        Assert.Equal(patterns, File.ReadAllLines(Path.Combine(output, "patterns.csv")));
        RefusedWith("belongs to a search with another recipe", "train", "--recipe", recipe, "--output", output, "--resume", "--seed", "2");
        RefusedWith("reuses attention already", "train", "--recipe", recipe, "--model", output, "--output", _inputs.File("again"));
    }

    [Fact]
    public void Attention_is_taken_out_of_an_lvvit_whose_patches_teach()
    {
        var spec = RandomTransformer.Families["lvvit"] with
        {
            Input = new ImageInput { Size = TinyInputs.Size, PatchSize = 2, Channels = 1, ClassTokens = 1, StemChannels = 3 },
            Layers = 3,
            Classes = TinyInputs.Classes,
        };
        string original = _inputs.File("lvvit"), output = _inputs.File("reusing");
        new Checkpoint(spec, RandomTransformer.Weights(spec), ["a", "b", "c", "d"], Preprocessing.Centered(1)).Save(original);
        string recipe = Recipe("""
            reuses: 1
            distillation: { answers: 0, classToken: 0, dense: 0.2 }
            noise: { type: trex, readNoise: 0.1, writeNoise: 0.2, hybrid: true }
            """);
        Accepted("train", "--recipe", recipe, "--model", original, "--output", output);
        var before = Checkpoint.Load(original);
        var model = Checkpoint.Load(output);
        int best = Assert.Single(model.Spec.Reuse!.Encoders);
        Assert.Equal(before.Spec with { Name = "reusing", Reuse = model.Spec.Reuse }, model.Spec);
        Assert.Equal(before.Labels, model.Labels);
        Assert.NotNull(model.Weights.Encoders[best].Transformation);
        for (int i = 0; i < 3; i++) Assert.NotEqual(before.Weights.Stem[i].Weight, model.Weights.Stem[i].Weight);
        Assert.NotEqual(before.Weights.SecondHead!.Weight, model.Weights.SecondHead!.Weight);
        Assert.Contains("dense: 0.2", File.ReadAllText(Path.Combine(output, "recipe.yaml")), StringComparison.Ordinal);
        Accepted("train", "--recipe", Path.Combine(output, "recipe.yaml"), "--output", output, "--resume");

        RefusedWith("the patches of tiny answer nothing", "train", "--recipe", recipe, "--output", _inputs.File("other"));
    }

    [Fact]
    public void What_cannot_be_reached_is_refused()
    {
        string recipe = Recipe(""), output = _inputs.File("reusing");
        string[] train = ["train", "--recipe", recipe, "--output", output];
        RefusedWith("TReX needs a target", train);
        RefusedWith("cannot meet the target", [.. train, "--target-delay", "1 ns"]);
        RefusedWith("Choose a target of at least", [.. train, "--target-edap", "1e-12"]);
        RefusedWith("as it is, so nothing has to be reused", [.. train, "--target-energy", "1 J"]);
        RefusedWith("--target-delay and --reuse both decide", [.. train, "--target-delay", "1 us", "--reuse", "1"]);
        RefusedWith("encoder 0 computes it", [.. train, "--reuse", $"{TinyInputs.Spec.Layers}"]);
        RefusedWith("has no recipe.yaml", "train", "--recipe", "trex", "--output", output, "--model", _inputs.Model, "--reuse", "1");
        RefusedWith("name it with --model", "train", "--recipe", "trex", "--output", output, "--reuse", "1");
        RefusedWith("write a number and a unit", [.. train, "--target-area", "5"]);
        string plain = _inputs.Write("plain.yaml", "name: x");
        RefusedWith("--reuse belongs to a recipe of TReX", "train", "--recipe", plain, "--output", output, "--reuse", "1");
        Assert.False(Directory.Exists(output));
    }

    private string Recipe(string more) => _inputs.Write("trex.yaml", $$"""
        base: trex
        model: "{{_inputs.Model}}"
        task: { type: images, data: "{{_inputs.IdxFolder()}}", patchSize: 3 }
        share: 0.5
        fineTuning: { epochs: 2 }
        {{more}}
        """);
}
