using System.Text.Json;
using static Ohmformer.Tests.Cli.CommandLine;

namespace Ohmformer.Tests.Cli;

/// <summary>What evaluate and compare take from a model's card.</summary>
public sealed class CardTests : IDisposable
{
    private readonly TinyInputs _inputs = new();

    public void Dispose() => _inputs.Dispose();

    [Fact]
    public void An_evaluation_follows_the_card()
    {
        Card("data: ../images.npy", "samples: 3", "designs: [isaac-rram, sram-65nm]");
        Evaluate();
        Assert.Equal(("isaac-rram", "../images.npy", 3), (Text("design"), Text("data"), Result().GetProperty("samples").GetInt32()));
    }

    [Fact]
    public void Options_override_the_card()
    {
        Card("data: ../none.npy", "samples: 3", "designs: [isaac-rram]");
        Evaluate("--data", _inputs.Data, "--design", "rram-default");
        Assert.Equal(("rram-default", _inputs.Data, TinyInputs.Images), (Text("design"), Text("data"), Result().GetProperty("samples").GetInt32()));
        Card("data: ../images.npy", "samples: 3");
        Evaluate("--samples", "2");
        Assert.Equal(("rram-default", 2), (Text("design"), Result().GetProperty("samples").GetInt32()));
    }

    [Fact]
    public void A_comparison_takes_the_designs_of_the_card()
    {
        _inputs.Write("tiny/mine.yaml", TinyInputs.ExactDesign);
        Card("data: ../images.npy", "samples: 2", "designs: [./mine.yaml, isaac-rram]");
        Accepted("compare", "--model", _inputs.Model, "--noise-seeds", "1", "--output", _inputs.File("run"));
        Assert.Equal(["exact", "isaac-rram"], Result().EnumerateArray().Select(r => r.GetProperty("design").GetString()));
    }

    [Fact]
    public void Data_that_are_not_at_hand_are_named_with_what_to_do()
    {
        Card("data: cifar10/test_batch.bin", "source: \"https://www.cs.toronto.edu/~kriz/cifar.html.\"");
        Refused("tiny is evaluated on 'cifar10/test_batch.bin', as its card says, and these data are not at hand; get them from https://www.cs.toronto.edu/~kriz/cifar.html and name labeled images with --data (");
        Card("samples: 3");
        Refused("name labeled images with --data (folder of images,");
        File.Delete(Path.Combine(_inputs.Model, "README.md"));
        Refused("No data is shipped for the model");
    }

    [Fact]
    public void A_card_of_another_task_or_that_is_wrong_is_refused()
    {
        _inputs.Write("tiny/README.md", "---\nohmformer: { task: sst2, data: ../images.npy }\n---\n");
        Refused("README.md: 'task' is sst2, but");
        _inputs.Write("tiny/README.md", "---\nohmformer: { tusk: sst2 }\n---\n");
        Refused("README.md(2,14): unknown key 'tusk'; allowed: task,");
    }

    [Fact]
    public void Images_of_more_than_five_classes_have_a_top_5_accuracy_with_its_interval()
    {
        string printed = Accepted("evaluate", "--samples", "4", "--noise-seeds", "2", "--output", _inputs.File("run"));
        Assert.Contains("top-5 accuracy with its 95 % interval", printed, StringComparison.Ordinal);
        var (one, five) = (Result().GetProperty("accuracy"), Result().GetProperty("top5_accuracy"));
        foreach (string arithmetic in (string[])["float", "digital"])
        {
            Assert.InRange(five.GetProperty(arithmetic).GetDouble(), one.GetProperty(arithmetic).GetDouble(), 1);
            Assert.InRange(five.GetProperty(arithmetic).GetDouble(), five.GetProperty($"{arithmetic}_interval").GetProperty("low").GetDouble(), 1);
        }
        Assert.Equal(2, five.GetProperty("analog").GetProperty("intervals").GetArrayLength());
        Assert.EndsWith(",score_low,score_high,accuracy_low,accuracy_high,top5_accuracy,top5_low,top5_high", File.ReadAllLines(_inputs.File("run/results.csv"))[0], StringComparison.Ordinal);

        Card("data: ../images.npy");
        Evaluate();
        Assert.False(Result().TryGetProperty("top5_accuracy", out _)); // four classes
    }

    private void Card(params string[] lines) =>
        _inputs.Write("tiny/README.md", $"---\nohmformer:\n  task: image-classification\n{string.Concat(lines.Select(l => $"  {l}\n"))}---\n");

    private void Evaluate(params string[] more)
    {
        if (Directory.Exists(_inputs.File("run"))) Directory.Delete(_inputs.File("run"), recursive: true);
        Accepted(["evaluate", "--model", _inputs.Model, "--noise-seeds", "1", "--output", _inputs.File("run"), .. more]);
    }

    private void Refused(string message) => RefusedWith(message, "evaluate", "--model", _inputs.Model, "--output", _inputs.File("none"));

    private JsonElement Result() => JsonDocument.Parse(File.ReadAllText(_inputs.File("run/result.json"))).RootElement;

    private string? Text(string key) => Result().GetProperty(key).GetString();
}
