using System.Globalization;
using System.Text.Json;
using CsvHelper;
using Ohmformer.Lab.Designs;
using static Ohmformer.Tests.Cli.CommandLine;

namespace Ohmformer.Tests.Cli;

public sealed class EvaluateTests : IDisposable
{
    private readonly TinyInputs _inputs = new();

    public void Dispose() => _inputs.Dispose();

    [Fact]
    public void A_run_folder_is_complete_and_prints_its_numbers()
    {
        string printed = Evaluate("run", "--samples", "5", "--noise-seeds", "2", "--json", _inputs.File("result.json"));
        Assert.Equal(["attention-snr.csv", "design.yaml", "diagnostics.csv", "log.txt", "result.json", "results.csv"], Directory.GetFiles(_inputs.File("run")).Select(Path.GetFileName).Order());
        foreach (string part in new[] { "5 samples", "float32", "digital, 8 bit", "2 noise seeds", "energy", "latency", "area", "EDAP", "TOPS/W", "TOPS/mm2", "converters", "layer norm", "A100", "SNR", "Results: " })
            Assert.Contains(part, printed, StringComparison.Ordinal);
        Assert.DoesNotContain(printed.Split('\n'), line => line.EndsWith(' '));
        Assert.Equal(File.ReadAllText(_inputs.File("run/result.json")), File.ReadAllText(_inputs.File("result.json")));
        Assert.Contains("analog, seed 2", File.ReadAllText(_inputs.File("run/log.txt")), StringComparison.Ordinal);
    }

    [Fact]
    public void Result_json_has_its_stable_keys()
    {
        Evaluate("run", "--samples", "3", "--noise-seeds", "2", "--seed", "7");
        var result = Result("run");
        foreach (string key in new[] { "accuracy.float", "accuracy.digital", "accuracy.analog.mean", "accuracy.analog.std" })
            Assert.True(Number(result, key) is >= 0 and <= 1, key);
        foreach (string key in new[] { "cost.energy_joule", "cost.latency_second", "cost.area_square_metre", "cost.edap" })
            Assert.True(Number(result, key) > 0, key);
        Assert.Equal(7, Number(result, "seed"));
        Assert.Matches(@"^\d+\.\d+\.\d+", result.GetProperty("version").GetString());
        double product = Number(result, "cost.energy_joule") * Number(result, "cost.latency_second") * Number(result, "cost.area_square_metre");
        Assert.Equal(1, product / Number(result, "cost.edap"), 1e-12);
    }

    [Fact]
    public void Results_csv_has_a_row_for_each_arithmetic_and_seed()
    {
        Evaluate("run", "--noise-seeds", "2", "--seed", "5");
        using var csv = new CsvReader(new StreamReader(_inputs.File("run/results.csv")), CultureInfo.InvariantCulture);
        csv.Read();
        csv.ReadHeader();
        var rows = new List<(string Arithmetic, string Seed, double Accuracy, double Energy)>();
        while (csv.Read()) rows.Add((csv.GetField("arithmetic")!, csv.GetField("seed")!, csv.GetField<double>("accuracy"), csv.GetField<double>("energy_joule")));
        var result = Result("run");
        Assert.Equal([("float", ""), ("digital", ""), ("analog", "5"), ("analog", "6")], rows.Select(r => (r.Arithmetic, r.Seed)));
        Assert.Equal(Number(result, "accuracy.float"), rows[0].Accuracy);
        Assert.Equal(Number(result, "accuracy.digital"), rows[1].Accuracy);
        Assert.Equal(Number(result, "accuracy.analog.mean"), (rows[2].Accuracy + rows[3].Accuracy) / 2, 1e-12);
        Assert.All(rows, r => Assert.Equal(Number(result, "cost.energy_joule"), r.Energy));
    }

    [Fact]
    public void A_run_repeats_from_its_folder()
    {
        Evaluate("first", "--noise-seeds", "2", "--seed", "3", "--design", "isaac-rram");
        Evaluate("second", "--noise-seeds", "2", "--seed", "3", "--design", _inputs.File("first/design.yaml"));
        Assert.Equal(DesignFile.Resolved(DesignFile.Load("isaac-rram")), DesignFile.Resolved(DesignFile.Load(_inputs.File("second/design.yaml"))));
        Assert.Equal(Comparable("first"), Comparable("second"));
    }

    [Fact]
    public void Threads_do_not_change_the_result()
    {
        Evaluate("one", "--noise-seeds", "2", "--threads", "1");
        Evaluate("two", "--noise-seeds", "2", "--threads", "2");
        Assert.Equal(Comparable("one"), Comparable("two"));
    }

    [Fact]
    public void The_seed_changes_the_noise()
    {
        Evaluate("one", "--noise-seeds", "1", "--seed", "1");
        Evaluate("two", "--noise-seeds", "1", "--seed", "2");
        Assert.NotEqual(Result("one").GetProperty("diagnostics").ToString(), Result("two").GetProperty("diagnostics").ToString());
    }

    [Theory]
    [InlineData("0", TinyInputs.Images)]
    [InlineData("7", 7)]
    [InlineData("100000", TinyInputs.Images)]
    public void More_samples_than_the_set_has_mean_all(string samples, int expected)
    {
        Evaluate("run", "--samples", samples, "--noise-seeds", "1");
        Assert.Equal(expected, Number(Result("run"), "samples"));
    }

    [Fact]
    public void Compare_equals_the_single_runs()
    {
        string[] designs = ["isaac-rram", "trex-fefet", _inputs.Write("exact.yaml", TinyInputs.ExactDesign)];
        string printed = Accepted(["compare", "--output", _inputs.File("all"), "--designs", string.Join(',', designs), .. _inputs.Evaluation("--noise-seeds", "2", "--csv", _inputs.File("all.csv"), "--json", _inputs.File("all.json"))]);
        var all = JsonDocument.Parse(File.ReadAllText(_inputs.File("all.json"))).RootElement.EnumerateArray().ToArray();
        Assert.Equal(designs.Length, all.Length);
        foreach (var (i, design) in designs.Index())
        {
            Evaluate($"single{i}", "--noise-seeds", "2", "--design", design);
            Assert.Equal(Comparable($"single{i}"), Comparable(all[i]));
        }
        Assert.Equal(1 + 4 * designs.Length, File.ReadAllLines(_inputs.File("all.csv")).Length);
        Assert.Contains("exact", printed, StringComparison.Ordinal);
        Assert.Contains("McNemar", printed, StringComparison.Ordinal);
        AssertPaired(all);
        AssertFolder(designs.Length);
        Assert.All(printed.Split('\n').Where(line => !line.StartsWith("warning:", StringComparison.Ordinal)).Skip(1), line => Assert.True(line.Length <= 100, line));
    }

    /// <summary>The folder of a comparison holds the results of all designs, a chart, and the folder of each run.</summary>
    private void AssertFolder(int designs)
    {
        Assert.Equal(["1-isaac-rram", "2-trex-fefet", "3-exact", "comparison.svg", "pareto.svg", "result.json", "results.csv"], Directory.GetFileSystemEntries(_inputs.File("all")).Select(Path.GetFileName).Order());
        Assert.Equal(File.ReadAllText(_inputs.File("all.json")), File.ReadAllText(_inputs.File("all/result.json")));
        Assert.Equal(File.ReadAllText(_inputs.File("all.csv")), File.ReadAllText(_inputs.File("all/results.csv")));
        Assert.Equal("exact", DesignFile.Load(_inputs.File($"all/{designs}-exact/design.yaml")).Name);
        Assert.Contains("trex-fefet", File.ReadAllText(_inputs.File("all/comparison.svg")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_quantization_is_calibrated_and_shown()
    {
        string quantized = _inputs.Write("quantized.yaml", TinyInputs.ExactDesign.Replace("name: exact", "name: quantized", StringComparison.Ordinal) + "\nquantization: { activations: { bits: 6, percentile: 99 }, keys: { granularity: token } }");
        string printed = Evaluate("run", "--noise-seeds", "1", "--design", quantized);
        Assert.Contains("activations 6 bit at percentile 99, keys per token", printed, StringComparison.Ordinal);
        Assert.Contains("ranges of operands calibrated on", File.ReadAllText(_inputs.File("run/log.txt")), StringComparison.Ordinal);
        Assert.Equal("activations 6 bit at percentile 99, keys per token", Result("run").GetProperty("quantization").GetString());
        Assert.Equal(Number(Result("run"), "accuracy.digital"), Number(Result("run"), "accuracy.analog.mean"));

        printed = Accepted(["compare", "--output", _inputs.File("both"), "--designs", $"rram-default,{quantized}", .. _inputs.Evaluation("--noise-seeds", "1", "--json", _inputs.File("all.json"))]);
        Assert.Contains("quantized: activations 6 bit", printed, StringComparison.Ordinal);
        Assert.Contains("digital", printed, StringComparison.Ordinal);
        var all = JsonDocument.Parse(File.ReadAllText(_inputs.File("all.json"))).RootElement;
        Assert.Equal(Comparable("run"), Comparable(all[1]));
        Assert.False(all[0].TryGetProperty("quantization", out _));
    }

    [Fact]
    public void The_digital_score_and_its_ranges_are_those_of_the_pruned_network()
    {
        const string quantization = "\nquantization: { activations: { bits: 5, percentile: 90 } }";
        string pruned = _inputs.Write("pruned.yaml", TinyInputs.ExactDesign.Replace("name: exact", "name: pruned", StringComparison.Ordinal) + quantization + "\ntokenPruning: { keepRatio: 0.3 }");
        string whole = _inputs.Write("whole.yaml", TinyInputs.ExactDesign.Replace("name: exact", "name: whole", StringComparison.Ordinal) + quantization);
        string printed = Accepted(["compare", "--output", _inputs.File("all"), "--designs", $"{whole},{pruned}", "--model", "vit-digits", "--samples", "20", "--noise-seeds", "1", "--json", _inputs.File("all.json")]);
        var results = JsonDocument.Parse(File.ReadAllText(_inputs.File("all.json"))).RootElement.EnumerateArray().ToArray();
        // Arrays without errors give the digital result, so each must have been computed on the same network with the same ranges.
        Assert.All(results, result => Assert.Equal(Number(result, "accuracy.analog.mean"), Number(result, "accuracy.digital")));
        Assert.NotEqual(Number(results[0], "accuracy.digital"), Number(results[1], "accuracy.digital"));
        Assert.Contains("digital, pruned: ranges of operands calibrated on", File.ReadAllText(_inputs.File("all/2-pruned/log.txt")), StringComparison.Ordinal);
        Assert.Contains("digital", printed, StringComparison.Ordinal);
    }

    /// <summary>The discordant samples account for the difference of the accuracies with the first seed.</summary>
    private static void AssertPaired(JsonElement[] results)
    {
        Assert.False(results[0].TryGetProperty("versus_first", out _));
        foreach (var result in results.Skip(1))
        {
            double difference = First(result) - First(results[0]);
            Assert.Equal(difference, Number(result, "versus_first.difference"), 1e-12);
            Assert.Equal(difference * Number(result, "samples"), Number(result, "versus_first.only_this") - Number(result, "versus_first.only_other"), 1e-9);
            Assert.InRange(Number(result, "versus_first.p_value"), 0, 1);
        }

        static double First(JsonElement result) => result.GetProperty("accuracy").GetProperty("analog").GetProperty("values")[0].GetDouble();
    }

    [Fact]
    public void Every_accuracy_lies_in_its_interval()
    {
        string printed = Evaluate("run", "--noise-seeds", "2");
        foreach (var (share, interval) in new[] { ("float", "float_interval"), ("digital", "digital_interval"), ("analog.mean", "analog.interval") })
        {
            double value = Number(Result("run"), "accuracy." + share), low = Number(Result("run"), $"accuracy.{interval}.low"), high = Number(Result("run"), $"accuracy.{interval}.high");
            Assert.InRange(value, low, high);
            Assert.True(high > low);
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{100 * low:F1} to {100 * high:F1} %"), printed, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_exact_design_classifies_as_8_bit_arithmetic()
    {
        Evaluate("run", "--noise-seeds", "1", "--design", _inputs.Write("exact.yaml", TinyInputs.ExactDesign));
        Assert.Equal(Number(Result("run"), "accuracy.digital"), Number(Result("run"), "accuracy.analog.mean"));
        Assert.All(Result("run").GetProperty("diagnostics").EnumerateArray(), site => Assert.False(site.TryGetProperty("snr_decibel", out _)));
    }

    [Fact]
    public void Quiet_prints_nothing()
    {
        var outcome = Run(["evaluate", "--quiet", "--output", _inputs.File("run"), .. _inputs.Evaluation("--noise-seeds", "1")]);
        Assert.Equal(new(0, "", ""), outcome);
        Assert.True(File.Exists(_inputs.File("run/result.json")));
    }

    [Fact]
    public void An_output_folder_may_exist_when_it_is_empty_but_not_with_content()
    {
        Directory.CreateDirectory(_inputs.File("run"));
        Evaluate("run", "--samples", "1", "--noise-seeds", "1");
        var before = _inputs.Content();
        RefusedWith("exists and is not empty", ["evaluate", "--output", _inputs.File("run"), .. _inputs.Evaluation("--samples", "1")]);
        Assert.Equal(before, _inputs.Content());
    }

    [Fact]
    public void Results_that_cannot_be_written_are_refused_before_the_run()
    {
        string[] evaluation = _inputs.Evaluation("--samples", "1", "--noise-seeds", "1"), inOutput = [.. evaluation, "--output", _inputs.File("run")];
        var before = _inputs.Content();
        RefusedWith("is a file and not a folder", ["evaluate", .. evaluation, "--output", Path.Combine(_inputs.Data, "run")]);
        RefusedWith("is a file and not a folder", ["evaluate", .. evaluation, "--output", _inputs.Data]);
        RefusedWith("is a folder; name a file", ["evaluate", .. inOutput, "--json", _inputs.Path]);
        RefusedWith("is a file and not a folder", ["evaluate", .. inOutput, "--json", Path.Combine(_inputs.Data, "result.json")]);
        RefusedWith("is a folder; name a file", ["compare", "--designs", "rram-default", .. evaluation, "--csv", _inputs.Path]);
        Assert.Equal(before, _inputs.Content());
    }

    [Fact]
    public void Json_may_go_to_a_folder_that_is_missing()
    {
        Evaluate("run", "--samples", "1", "--noise-seeds", "1", "--json", _inputs.File("a/b/result.json"));
        Assert.True(File.Exists(_inputs.File("a/b/result.json")));
    }

    private string Evaluate(string folder, params string[] more) => Accepted(["evaluate", "--output", _inputs.File(folder), .. _inputs.Evaluation(more)]);

    private JsonElement Result(string folder) => JsonDocument.Parse(File.ReadAllText(_inputs.File(folder + "/result.json"))).RootElement;

    private static double Number(JsonElement root, string path) => path.Split('.').Aggregate(root, (element, key) => element.GetProperty(key)).GetDouble();

    private string Comparable(string folder) => Comparable(Result(folder));

    /// <summary>A result without what may differ between equal runs: the time they took, and what they are compared with.</summary>
    private static string Comparable(JsonElement result) => string.Join('\n', result.EnumerateObject().Where(p => p.Name is not ("timing" or "versus_first")).Select(p => $"{p.Name}: {JsonSerializer.Serialize(p.Value)}"));
}
