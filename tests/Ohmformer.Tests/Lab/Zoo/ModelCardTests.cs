using System.Text.RegularExpressions;
using Ohmformer.Files;
using Ohmformer.Lab.Tasks;
using Ohmformer.Lab.Zoo;

namespace Ohmformer.Tests.Lab.Zoo;

public sealed class ModelCardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_card_is_read_whole()
    {
        var card = Read("""
            license: mit
            datasets: [one, two]
            tags:
              - vision
            ohmformer:
              task: sst2
              data: ../sst2/dev.tsv
              source: "https://example.org/SST-2.zip"
              samples: 0
              designs: [rram-default, ./mine.yaml]
              result: { metric: matthews-correlation, value: -0.25, samples: 872 }
            """)!;
        Assert.Equal("mit", card.License);
        Assert.Equal(["one", "two"], card.Datasets);
        Assert.Equal(("sst2", "../sst2/dev.tsv", "https://example.org/SST-2.zip", 0), (card.Evaluation.Task, card.Evaluation.Data, card.Evaluation.Source, card.Evaluation.Samples));
        Assert.Equal(["rram-default", "./mine.yaml"], card.Evaluation.Designs);
        Assert.Equal(new() { Metric = Metric.MatthewsCorrelation, Value = -0.25, Samples = 872 }, card.Evaluation.Result);
    }

    [Fact]
    public void Only_the_task_is_required()
    {
        var card = Read("ohmformer: { task: language-modeling }")!;
        Assert.Null(card.License);
        Assert.Empty(card.Datasets);
        Assert.Equal((null, null, null), (card.Evaluation.Data, card.Evaluation.Samples, card.Evaluation.Result));
        Assert.Empty(card.Evaluation.Designs);
    }

    [Fact]
    public void The_example_of_the_guide_is_a_card()
    {
        string guide = File.ReadAllText(Path.Combine(SharedData.Project, "docs/guide/models.md"));
        _folder.Write(ModelCard.FileName, Regex.Match(guide, "```yaml\n(---\n.*?\n---\n)```", RegexOptions.Singleline).Groups[1].Value);
        Assert.Equal(0.9835, ModelCard.Find(_folder.Path)!.Evaluation.Result!.Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# A model\n\nohmformer: is a word in a text\n")]
    [InlineData("---\nlicense: mit\ntags: [&anchor x]\n---\n")]
    [InlineData("---\nlicense: mit\n\tfront matter of another program that never ends\n")]
    [InlineData("\n---\nohmformer: 3\n---\n")]
    public void Cards_for_people_and_other_programs_are_no_cards(string text)
    {
        _folder.Write(ModelCard.FileName, text);
        Assert.Null(ModelCard.Find(_folder.Path));
    }

    [Fact]
    public void A_model_without_a_readme_has_no_card() => Assert.Null(ModelCard.Find(_folder.Path));

    [Theory]
    [InlineData("(2,12): 'ohmformer' must be a mapping", "ohmformer: 3")]
    [InlineData("(3,3): 'ohmformer' lacks the required key 'task'", "ohmformer:\n  data: x")]
    [InlineData("(2,20): 'task' is 'vision'; allowed: image-classification,", "ohmformer: { task: vision }")]
    [InlineData("did you mean 'image-classification'?", "ohmformer: { task: image-clasification }")]
    [InlineData("(2,26): unknown key 'date'; allowed: task, data,", "ohmformer: { task: sst2, date: x }")]
    [InlineData("'samples' is 'many'; write a whole number", "ohmformer: { task: sst2, samples: many }")]
    [InlineData("'samples' is -1; allowed: 0", "ohmformer: { task: sst2, samples: -1 }")]
    [InlineData("'designs' must be a list", "ohmformer: { task: sst2, designs: rram-default }")]
    [InlineData("lacks the required key 'metric'", "ohmformer: { task: sst2, result: { value: 0.5 } }")]
    [InlineData("'metric' is 'acc'; allowed: accuracy, matthews-correlation, f1, top5-accuracy, perplexity", "ohmformer: { task: sst2, result: { metric: acc, value: 0.5 } }")]
    [InlineData("'value' is not from 0 to 1; write shares as 0.98 and not as 98", "ohmformer: { task: sst2, result: { metric: accuracy, value: 98.35 } }")]
    [InlineData("'value' is less than 1", "ohmformer: { task: sst2, result: { metric: perplexity, value: 0.5 } }")]
    [InlineData("'license' must be a text or a list of texts", "license: { a: b }\nohmformer: { task: sst2 }")]
    [InlineData("(3,1): duplicate key 'ohmformer'", "ohmformer: { task: sst2 }\nohmformer: { task: sst2 }")]
    [InlineData("(3,1): not valid YAML", "ohmformer: { task: sst2")]
    [InlineData("not valid YAML", "ohmformer:\n\ttask: sst2")]
    public void A_wrong_card_is_refused_with_its_place(string message, string frontMatter) => Refused(message, $"---\n{frontMatter}\n---\n# Model\n");

    [Fact]
    public void A_card_without_an_end_is_refused() => Refused("README.md(1): the front matter that starts here has no end", "---\nohmformer: { task: sst2 }\n# Model\n");

    [Fact]
    public void A_card_that_is_not_text_is_refused()
    {
        _folder.Write(ModelCard.FileName, [0x2D, 0x2D, 0x2D, 0x0A, 0xFF, 0xFE]);
        Assert.Contains("is not UTF-8", Assert.Throws<InputException>(() => ModelCard.Find(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_may_end_as_on_windows()
    {
        _folder.Write(ModelCard.FileName, "---\r\nlicense: mit\r\nohmformer:\r\n  task: sst2\r\n---\r\n");
        Assert.Equal(("mit", "sst2"), (ModelCard.Find(_folder.Path)!.License, ModelCard.Find(_folder.Path)!.Evaluation.Task));
    }

    private ModelCard? Read(string frontMatter)
    {
        _folder.Write(ModelCard.FileName, $"---\n{frontMatter}\n---\n\n# A model\n");
        return ModelCard.Find(_folder.Path);
    }

    private void Refused(string message, string text)
    {
        _folder.Write(ModelCard.FileName, text);
        Assert.Contains(message, Assert.Throws<InputException>(() => ModelCard.Find(_folder.Path)).Message, StringComparison.Ordinal);
    }
}
