using System.Text.Json;
using System.Xml.Linq;
using Ohmformer.Files;
using Ohmformer.Lab.Experiments;
using static Ohmformer.Tests.Cli.CommandLine;

namespace Ohmformer.Tests.Lab.Experiments;

/// <summary>The exact part of the experiments, whose verdicts must hold in every mode, and what a run leaves behind.</summary>
public sealed class ReproduceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("clipformer", 11, "C9 C11")]
    [InlineData("trex", 13, "T1 T2 T10 T11 T12")]
    public void Exact_claims_are_reproduced(string paper, int claims, string exact)
    {
        string json = Path.Combine(_folder.Path, "claims.json"), output = Path.Combine(_folder.Path, "run");
        Accepted("reproduce", paper, "--exact", "--json", json, "--output", output);
        var results = JsonDocument.Parse(File.ReadAllText(json)).RootElement.GetProperty("claims").EnumerateArray().ToList();
        Assert.Equal(claims, results.Count);
        foreach (var result in results)
        {
            Assert.Equal(["id", "claim", "paper", "ours", "verdict"], result.EnumerateObject().Select(p => p.Name));
            Assert.Contains(result.GetProperty("verdict").GetString(), (string[])["reproduced", "trend", "not reproduced"]);
        }
        string[] reproduced = [.. results.Where(r => r.GetProperty("verdict").GetString() == "reproduced").Select(r => r.GetProperty("id").GetString()!)];
        Assert.Equal(exact.Split(' '), reproduced);
        Assert.All(results.Where(r => !reproduced.Contains(r.GetProperty("id").GetString())), r => Assert.StartsWith("not run: ", r.GetProperty("ours").GetString(), StringComparison.Ordinal));
        Assert.Equal(File.ReadAllText(json), File.ReadAllText(Path.Combine(output, "claims.json")));
    }

    /// <summary>Quick mode on few samples: what must hold exactly holds there, too, and every claim but that about text is measured.</summary>
    [Theory]
    [InlineData("clipformer", "C9 C11", "")]
    [InlineData("trex", "T1 T2 T10 T11 T12", "T13")]
    public void Quick_mode_measures_every_claim_and_keeps_the_exact_verdicts(string paper, string exact, string unmeasured)
    {
        string json = Path.Combine(_folder.Path, "quick.json");
        Accepted("reproduce", paper, "--quick", "--samples", "10", "--noise-seeds", "2", "--json", json, "--output", Path.Combine(_folder.Path, "quick"));
        var results = JsonDocument.Parse(File.ReadAllText(json)).RootElement.GetProperty("claims").EnumerateArray().ToDictionary(r => r.GetProperty("id").GetString()!);
        Assert.All(exact.Split(' '), id => Assert.Equal("reproduced", results[id].GetProperty("verdict").GetString()));
        var notRun = results.Values.Where(r => r.GetProperty("ours").GetString()!.StartsWith("not run: ", StringComparison.Ordinal)).Select(r => r.GetProperty("id").GetString());
        Assert.Equal(unmeasured, string.Join(' ', notRun));
    }

    [Fact]
    public void A_run_leaves_a_page_tables_and_figures()
    {
        string output = Path.Combine(_folder.Path, "run");
        Accepted("reproduce", "trex", "--exact", "--output", output);
        string page = File.ReadAllText(Path.Combine(output, "index.html"));
        Assert.DoesNotContain("http", page.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("484.15", page, StringComparison.Ordinal);
        Assert.Contains("ohmformer reproduce trex --exact --seed 1", page, StringComparison.Ordinal);
        Assert.Contains("✓ reproduced", page, StringComparison.Ordinal);
        foreach (string figure in Directory.EnumerateFiles(output, "*.svg")) Assert.Equal("svg", XDocument.Load(figure).Root!.Name.LocalName);
        Assert.Equal(12, File.ReadAllLines(Path.Combine(output, "tables4and5.csv")).Length);
        Assert.Contains("exists and is not empty", Refused("reproduce", "trex", "--exact", "--output", output), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_was_begun_is_not_begun_again()
    {
        string output = Path.Combine(_folder.Path, "begun");
        Directory.CreateDirectory(ExperimentFolder.PartsOf(output));
        Assert.Contains("go on with it (--resume)", Refused("reproduce", "clipformer", "--exact", "--output", output), StringComparison.Ordinal);
        Accepted("reproduce", "clipformer", "--exact", "--output", output, "--resume");
        Assert.Contains("holds no run that was interrupted", Refused("reproduce", "clipformer", "--exact", "--output", Path.Combine(_folder.Path, "absent"), "--resume"), StringComparison.Ordinal);
        Assert.Contains("name the folder", Refused("reproduce", "clipformer", "--exact", "--resume"), StringComparison.Ordinal);
    }

    /// <summary>A folder without data sets leaves vit-digits; one sample shows no verdicts, but every table and figure.</summary>
    [Fact]
    public void Full_mode_goes_on_with_what_it_has_kept()
    {
        string data = Directory.CreateDirectory(Path.Combine(_folder.Path, "data")).FullName, output = Path.Combine(_folder.Path, "full");
        string[] command = ["reproduce", "clipformer", "--full", "--samples", "1", "--noise-seeds", "1", "--data", data, "--output", output];
        Accepted(command);
        string claims = File.ReadAllText(Path.Combine(output, "claims.json")), scores = File.ReadAllText(Path.Combine(output, "parts", "scores.jsonl"));
        Assert.Equal(61, File.ReadAllLines(Path.Combine(output, "table2-ours.csv")).Length);
        Assert.Equal(6 * 3 + 1, File.ReadAllLines(Path.Combine(output, "strong-noise.csv")).Length);
        Assert.Equal(5, Directory.EnumerateFiles(output, "*.svg").Count());
        File.Delete(Path.Combine(output, "claims.json"));
        Accepted([.. command, "--resume"]);
        Assert.Equal(claims, File.ReadAllText(Path.Combine(output, "claims.json")));
        Assert.Equal(scores, File.ReadAllText(Path.Combine(output, "parts", "scores.jsonl")));
    }

    [Fact]
    public void Modes_exclude_each_other()
    {
        Assert.Contains("exclude each other", Refused("reproduce", "trex", "--exact", "--quick"), StringComparison.Ordinal);
        Assert.Contains("there is no folder", Refused("reproduce", "trex", "--exact", "--data", Path.Combine(_folder.Path, "absent")), StringComparison.Ordinal);
        Assert.Contains("a command is missing", Refused("reproduce"), StringComparison.Ordinal);
        Assert.Contains("is not at hand in the mode full", Refused("reproduce", "trex", "--full", "--models", "vit-digits,vit-x", "--data", _folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void The_status_table_keeps_one_row_for_each_paper()
    {
        string text = File.ReadAllText(Path.Combine(SharedData.Project, "README.md"));
        foreach (var experiment in PaperExperiments.All)
        {
            var report = experiment.Run(new() { Mode = ExperimentMode.Exact }, new Progress<Ohmformer.Lab.PhaseProgress>(), default);
            text = StatusTable.Updated("README.md", text, report, ExperimentMode.Exact);
            Assert.Equal(text, StatusTable.Updated("README.md", text, report, ExperimentMode.Exact));
        }
        Assert.Contains("| [clipformer](papers/clipformer_arxiv_2024) | 11 | 2 | 0 | 0 | 9 | exact |\n| [trex](papers/trex_arxiv_2024) | 13 | 5 | 0 | 0 | 8 | exact |\n", text, StringComparison.Ordinal);
        var one = PaperExperiments.All[0].Run(new() { Mode = ExperimentMode.Exact }, new Progress<Ohmformer.Lab.PhaseProgress>(), default);
        Assert.Contains("between which the table stands", Assert.Throws<InputException>(() => StatusTable.Updated("README.md", "none", one, ExperimentMode.Exact)).Message, StringComparison.Ordinal);
    }
}
