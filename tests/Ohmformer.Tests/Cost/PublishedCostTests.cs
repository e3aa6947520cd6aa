using Ohmformer.Cost;
using Ohmformer.Mapping;

namespace Ohmformer.Tests.Cost;

/// <summary>Numbers of publications that follow from their own totals per crossbar.</summary>
public sealed class PublishedCostTests
{
    private static readonly LayerClass[] AttentionClasses = [LayerClass.QueryKeyValue, LayerClass.Scores, LayerClass.Context];

    /// <summary>ClipFormer, arXiv 2402.02586: 3 N(d,d) s_W + h (N(d_h,t) + N(t,d_h)) s_KV crossbars of 0.03 mm2 per encoder.</summary>
    [Theory]
    [InlineData(12, 224.6)] // DeiT-S
    [InlineData(16, 299.5)] // LV-ViT-S
    public void ClipFormer_attention_area(int encoders, double squareMillimeters)
    {
        var design = TestDesigns.ClipFormer;
        var workload = TestWorkloads.Encoders("attention", encoders, 384, 6, 197);
        workload = workload with { Products = [.. workload.Products.Where(p => AttentionClasses.Contains(p.Site.Class))] };
        var report = CostModel.Estimate(design, workload);

        int N(int inputs, int outputs) => (inputs + 63) / 64 * ((outputs + 63) / 64);
        Assert.Equal(encoders * (3 * N(384, 384) * 4 + 6 * (N(64, 197) + N(197, 64)) * 4), report.Crossbars);
        Assert.Equal(squareMillimeters, report.Area.Si * 1e6, 0.05);

        // energy = t crossbars E_read + (dynamic crossbars) E_write
        double energy = 197 * report.Crossbars * 25e-12 + encoders * 6 * 8 * 4 * 118e-12;
        Assert.Equal(energy, report.Energy.Si, energy * 1e-12);
    }

    /// <summary>TReX, arXiv 2408.12742, DeiT-S without reuse: 0.1317 mJ, 10.92 ms, 775.2 mm2, EDAP 1115.23, 34.45 TOPS/W at 1 MAC = 1 operation.</summary>
    [Fact]
    public void Trex_table_of_DeiT_small()
    {
        var workload = TestWorkloads.Encoders("deit-small", 12, 384, 6, 197);
        workload = workload with { Digital = [.. workload.Digital.Where(d => d.Kind == DigitalKind.Softmax)] };
        var report = CostModel.Estimate(TestDesigns.Trex, workload);

        Within(0.1317e-3, report.Energy.Si);
        Within(10.92e-3, report.Latency.Si);
        Within(775.2e-6, report.Area.Si);
        Within(1115.23, report.EdapMilli);
        Within(2 * 34.45, report.TopsPerWatt);
        Assert.Equal(2 * 0.00054, report.TopsPerSquareMillimeter, 1e-5);
        Assert.Equal(12 * (3 * 3 + 2 + 2 + 3 + 9 + 9), report.Tiles);

        static void Within(double published, double ours) => Assert.Equal(published, ours, 0.003 * published);
    }

    /// <summary>TReX T11: attention takes 90 % of the delay; softmax 75 % of that, writes 6 %.</summary>
    [Fact]
    public void Trex_shares_of_the_attention_delay()
    {
        var workload = TestWorkloads.Encoders("deit-small", 12, 384, 6, 197);
        workload = workload with { Digital = [.. workload.Digital.Where(d => d.Kind == DigitalKind.Softmax)] };
        var report = CostModel.Estimate(TestDesigns.Trex, workload);

        double softmax = report.ByClass.Single(c => c.Class == nameof(DigitalKind.Softmax)).Latency.Si;
        double attention = softmax + report.ByClass.Where(c => AttentionClasses.Any(a => a.ToString() == c.Class)).Sum(c => c.Latency.Si);
        double writes = report.Steps.Sum(s => s.WriteLatency.Si);
        Assert.Equal(0.90, attention / report.Latency.Si, 0.005);
        Assert.Equal(0.75, softmax / attention, 0.005);
        Assert.Equal(0.06, writes / attention, 0.005);
    }

    /// <summary>ISAAC, ISCA 2016: a converter at 1.28 GS/s serves 128 bit lines in the 100 ns of a read.</summary>
    [Fact]
    public void Isaac_balances_read_and_conversion() => Assert.Equal(
        100e-9, new MacroCost(TestDesigns.IsaacLike.Weights, new(32e-9), new()).Cycle.Si, 1e-15);
}
