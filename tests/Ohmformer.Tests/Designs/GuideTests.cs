using System.Text.RegularExpressions;
using Ohmformer.Cost;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;
using Ohmformer.Tests.Cost;

namespace Ohmformer.Tests.Designs;

/// <summary>The examples of docs/guide/designs.md work as printed.</summary>
public sealed class GuideTests
{
    [Fact]
    public void Examples_of_the_guide_load_and_can_be_priced()
    {
        using var folder = new TemporaryFolder();
        var examples = Regex.Matches(Text("docs/guide/designs.md"), "```yaml\n# (?<name>[a-z-]+).yaml\n(?<text>.*?)```", RegexOptions.Singleline);
        Assert.Equal(3, examples.Count);
        foreach (Match example in examples) folder.Write(example.Groups["name"].Value + ".yaml", example.Groups["text"].Value);
        foreach (Match example in examples)
        {
            var design = DesignFile.Load(folder.File(example.Groups["name"].Value + ".yaml"));
            Assert.Equal(example.Groups["name"].Value, design.Name);
            Assert.True(CostModel.Estimate(design, TestWorkloads.DeitSmall).Energy.Si > 0);
        }
    }

    [Fact]
    public void Example_of_the_readme_loads() => Assert.Equal(
        "my-design",
        SpecReader.ReadText<Design>(Regex.Match(Text("README.md"), "```yaml\n(base:.*?)```", RegexOptions.Singleline).Groups[1].Value, "README.md").Name);

    [Fact]
    public void Example_of_the_quantization_guide_loads() => Assert.Equal(
        4,
        SpecReader.ReadText<Design>(Regex.Match(Text("docs/guide/quantization.md"), "```yaml\n(.*?)```", RegexOptions.Singleline).Groups[1].Value, "quantization.md").Quantization!.Weights.Bits);

    [Fact]
    public void Readme_holds_no_placeholder() => Assert.DoesNotContain("RESULT_", Text("README.md"), StringComparison.Ordinal);

    [Fact]
    public void Guide_lists_every_shipped_design()
    {
        string guide = Text("docs/guide/designs.md");
        Assert.All(DesignFile.List(), d => Assert.Contains($"`{d.Name}`", guide, StringComparison.Ordinal));
    }

    private static string Text(string path) => File.ReadAllText(Path.Combine(SharedData.Project, path));
}
