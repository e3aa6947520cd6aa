using Ohmformer.Cost;
using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;
using Ohmformer.Tests.Cost;

namespace Ohmformer.Tests.Designs;

public sealed class DesignFileTests
{
    [Fact]
    public void List_names_and_describes_the_shipped_designs()
    {
        var designs = DesignFile.List();
        Assert.Contains(designs, d => d.Name == "rram-default" && d.Description.Length > 40);
        Assert.Equal(designs.OrderBy(d => d.Name, StringComparer.Ordinal), designs);
    }

    [Theory]
    [InlineData("rram-dafault", "did you mean 'rram-default'?")]
    [InlineData("../designs/rram-default", "(1,1): the file does not exist.")]
    [InlineData("", "allowed: clipformer-rram")]
    public void Unknown_design_is_a_clear_error(string name, string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => DesignFile.Load(name)).Message, StringComparison.Ordinal);

    [Fact]
    public void Presets_are_found_from_any_folder()
    {
        string before = Directory.GetCurrentDirectory();
        try
        {
            Directory.SetCurrentDirectory(Path.GetTempPath());
            Assert.Equal("isaac-rram", DesignFile.Load("isaac-rram").Name);
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }
    }

    [Fact]
    public void Resolved_text_needs_no_preset()
    {
        string text = DesignFile.Resolved(DesignFile.Load("trex-rram"));
        Assert.DoesNotContain("base:", text, StringComparison.Ordinal);
        Assert.Contains("gMin: \"100 nS\"", text, StringComparison.Ordinal);
        Assert.Contains("  totals:\n    readEnergy: \"25.15 pJ\"\n", text, StringComparison.Ordinal);
        Assert.Equal(text, DesignFile.Resolved(SpecReader.ReadText<Design>(text, "resolved.yaml")));
    }

    [Fact]
    public void Program_that_changes_a_design_can_save_it()
    {
        var design = DesignFile.Load("rram-default");
        design = design with { Weights = design.Weights with { Adc = null, SampleHold = null, GridBits = null, Age = new(3600) } };
        var again = SpecReader.ReadText<Design>(DesignFile.Resolved(design), "resolved.yaml");
        Assert.Null(again.Weights.Adc);
        Assert.Null(again.Weights.GridBits);
        Assert.Equal(3600, again.Weights.Age.Si);
    }

    /// <summary>TReX, arXiv 2408.12742, DeiT-S without reuse: 0.1317 mJ, 10.92 ms, 775.2 mm2.</summary>
    [Fact]
    public void Trex_design_reproduces_the_published_totals()
    {
        var workload = TestWorkloads.Encoders("deit-small", 12, 384, 6, 197);
        workload = workload with { Digital = [.. workload.Digital.Where(d => d.Kind == DigitalKind.Softmax)] };
        var report = CostModel.Estimate(DesignFile.Load("trex-fefet"), workload);
        Assert.Equal(0.1317e-3, report.Energy.Si, 0.003 * 0.1317e-3);
        Assert.Equal(10.92e-3, report.Latency.Si, 0.003 * 10.92e-3);
        Assert.Equal(775.2e-6, report.Area.Si, 0.003 * 775.2e-6);
    }

    /// <summary>ClipFormer, arXiv 2402.02586: the attention of DeiT-S takes 224.6 mm2.</summary>
    [Fact]
    public void Clipformer_design_reproduces_the_published_area()
    {
        LayerClass[] attention = [LayerClass.QueryKeyValue, LayerClass.Scores, LayerClass.Context];
        var workload = TestWorkloads.Encoders("attention", 12, 384, 6, 197);
        workload = workload with { Products = [.. workload.Products.Where(p => attention.Contains(p.Site.Class))] };
        Assert.Equal(224.6, CostModel.Estimate(DesignFile.Load("clipformer-rram"), workload).Area.Si * 1e6, 0.05);
    }

    /// <summary>ISAAC: 0.3 mW during 100 ns for an array; 1.28 GS/s serve 128 bit lines in that time.</summary>
    [Fact]
    public void Isaac_design_reproduces_power_and_cycle()
    {
        var design = DesignFile.Load("isaac-rram");
        var cost = new MacroCost(design.Weights, design.Technology.Node, new());
        Assert.Equal(30e-12, cost.CellRead.Si * 128 * 128, 0.01 * 30e-12);
        Assert.Equal(100e-9, cost.Cycle.Si, 1e-12);
    }
}
