using Ohmformer.Arrays;
using Ohmformer.Cost;
using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Models;

namespace Ohmformer.Tests.Cost;

public sealed class CostModelTests
{
    private static readonly Design Isaac = TestDesigns.IsaacLike;

    private static Workload One(int tokens, int inputs, int outputs, int heads = 1, bool dynamic = false) => new()
    {
        Name = "one",
        Products = [new(new("product", LayerClass.Mlp, 0), tokens, inputs, outputs, heads, dynamic)],
        Digital = [],
        InputBytes = 0,
        OutputBytes = 0,
    };

    private static void Near(double expected, double actual) => Assert.Equal(expected, actual, Math.Abs(expected) * 1e-12);

    [Fact]
    public void One_vector_through_one_crossbar_by_hand()
    {
        // 128 inputs by 16 outputs fill one 128 x 128 crossbar; 8 planes; one 8-bit converter for 128 bit lines.
        var report = CostModel.Estimate(Isaac, One(1, 128, 16));
        var energy = report.EnergyByComponent;
        double gMin = 1 / 1.7e6, g = gMin + 0.5 / 2 * (1e-5 - gMin); // One cell of every pair stays at GMin.
        Near(8 * 128 * 128 * 0.5 * 0.2 * 0.2 * g * 100e-9, energy[CostComponent.Cells].Si);
        Near(8 * 128 * 0.39e-12, energy[CostComponent.Drivers].Si);
        Near(8 * 128 * 0.97e-15, energy[CostComponent.SampleHolds].Si);
        Near(8 * 128 * 1.67e-12, energy[CostComponent.Converters].Si);
        Near(8 * 128 * 0.05e-12, energy[CostComponent.ShiftAdds].Si);
        Near((128 + 16) * 0.639e-12, energy[CostComponent.Buffers].Si);
        Near((128 + 16 * 4) * 0.648e-12, energy[CostComponent.Links].Si);
        Assert.Equal(0, energy[CostComponent.CellWrites].Si);

        Near(8 * Math.Max(100e-9, 128 / 1.28e9), report.Latency.Si);

        var area = report.AreaByComponent;
        Near(96 * 128 * 128 * 4 * 32e-9 * 32e-9, area[CostComponent.Cells].Si);
        Near(96 * 128 * 0.167e-12, area[CostComponent.Drivers].Si);
        Near(96 * 1200e-12, area[CostComponent.Converters].Si);
        Near(96 * 60e-12, area[CostComponent.ShiftAdds].Si);
        Near(0.083e-6, area[CostComponent.Buffers].Si);
        Near(128 * 1000e-12 * Math.Pow(32.0 / 45, 2), area[CostComponent.VectorUnit].Si);
        Assert.Equal((1, 1, 1.0), (report.Crossbars, report.Tiles, report.Utilization));
    }

    [Fact]
    public void A_dynamic_operand_is_written_row_by_row_before_it_is_read()
    {
        var report = CostModel.Estimate(Isaac, One(10, 200, 16, heads: 3, dynamic: true));
        var step = report.Steps[0];
        Near(128 * 50e-9, step.WriteLatency.Si);
        Near(128 * 50e-9 + 10 * 8 * 100e-9, step.Latency.Si);
        Near(3 * 200 * 128 * 1e-12, report.EnergyByComponent[CostComponent.CellWrites].Si);
        Assert.Equal(3 * 2, report.Crossbars);
    }

    [Fact]
    public void A_slow_converter_stretches_the_cycle_and_fewer_shared_lines_shorten_it()
    {
        Time Latency(int columnsPerAdc, Subtraction subtraction = Subtraction.Digital) => CostModel.Estimate(
            Isaac with
            {
                Weights = Isaac.Weights with
                {
                    Device = Isaac.Weights.Device with { ReadTime = new(1e-9) },
                    ColumnsPerAdc = columnsPerAdc,
                    Subtraction = subtraction,
                },
            },
            One(1, 128, 16)).Latency;

        Near(8 * 128 / 1.28e9, Latency(128).Si);
        Near(8 * 64 / 1.28e9, Latency(128, Subtraction.Analog).Si);
        Near(8 * 8 / 1.28e9, Latency(8).Si);
        Near(8 * 128 / 1.28e9, Latency(100_000).Si); // no more lines than the crossbar has
        Near(8 * 1e-9, Latency(1).Si); // the read is longer than one conversion
    }

    [Theory]
    [InlineData("1 ns", "0 s", 144)] // 128 inputs and 16 outputs
    [InlineData("0 s", "1 ns", 192)] // outputs as partial sums of 4 bytes
    public void A_slow_buffer_or_link_limits_the_vectors(string bufferTime, string linkTime, double nanoseconds)
    {
        var chip = Isaac.Chip with { Buffer = Isaac.Chip.Buffer with { Time = Time.Parse(bufferTime) }, Link = Isaac.Chip.Link with { Time = Time.Parse(linkTime) } };
        var macro = Isaac.Weights with { Device = Isaac.Weights.Device with { ReadTime = new(1e-9) }, ColumnsPerAdc = 1 };
        Near(5 * nanoseconds * 1e-9, CostModel.Estimate(Isaac with { Chip = chip, Weights = macro }, One(5, 128, 16)).Latency.Si);
    }

    [Fact]
    public void Softmax_runs_on_one_unit_per_head_and_norms_on_all_lanes()
    {
        var workload = One(1, 128, 16) with
        {
            Digital = [new("softmax", DigitalKind.Softmax, 6 * 100, 6), new("norm", DigitalKind.LayerNorm, 1000), new("rescale", DigitalKind.Rescale, 1)],
        };
        var report = CostModel.Estimate(Isaac, workload);
        Near(100 * 333e-12, report.Steps.Single(s => s.Name == "softmax").Latency.Si);
        Near(600 * 4.37e-12 * Math.Pow(32.0 / 28, 1.9), report.EnergyByComponent[CostComponent.SoftmaxUnits].Si);
        Near(47 * 1e-9, report.Steps.Single(s => s.Name == "norm").Latency.Si); // 6000 operations on 128 lanes
        Near(6 * 5676e-12 * Math.Pow(32.0 / 28, 2), report.AreaByComponent[CostComponent.SoftmaxUnits].Si);
        Assert.Equal(6002, report.Counts.VectorOperations);
        Assert.Equal(600, report.Counts.SoftmaxElements);
    }

    [Fact]
    public void Only_input_and_output_leave_the_chip()
    {
        var report = CostModel.Estimate(Isaac, One(1, 128, 16) with { InputBytes = 1000, OutputBytes = 24 });
        Assert.Equal(1024, report.Counts.OffChipBytes);
        Near(1024 * 31.2e-12, report.EnergyByComponent[CostComponent.OffChip].Si);
        Near(1024 * 10e-12, report.Steps[^1].Latency.Si);
    }

    [Fact]
    public void A_converter_without_a_cost_row_is_an_error_that_names_the_rows()
    {
        var design = Isaac with { Weights = Isaac.Weights with { Adc = TestDesigns.IsaacAdc(8) with { Bits = 12 } } };
        var error = Assert.Throws<InputException>(() => CostModel.Estimate(design, TestWorkloads.DeitSmall));
        Assert.Contains("12 bits", error.Message, StringComparison.Ordinal);
        Assert.Contains("4, 5, 6, 7, 8, 9, 10 bits", error.Message, StringComparison.Ordinal);

        var empty = Isaac with { Weights = Isaac.Weights with { Adc = TestDesigns.IsaacAdc(8) with { Costs = [] } } };
        Assert.Contains("known are none", Assert.Throws<InputException>(() => CostModel.Prices(empty)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Published_totals_need_no_converter_cost()
    {
        var totals = TestDesigns.ClipFormer;
        var report = CostModel.Estimate(totals with { Weights = totals.Weights with { Adc = TestDesigns.IsaacAdc(8) with { Costs = [] } } }, One(2, 64, 64));
        Near(2 * 4 * 25e-12, report.Energy.Si);
        Assert.Equal([CostComponent.MacroTotals], report.AreaByComponent.Select(a => a.Key));
    }

    [Theory]
    [InlineData("isaac-like")]
    [InlineData("clipformer")]
    [InlineData("trex")]
    public void Every_breakdown_sums_to_its_total(string name)
    {
        var design = new[] { Isaac, TestDesigns.ClipFormer, TestDesigns.Trex }.Single(d => d.Name == name);
        var report = CostModel.Estimate(design, TestWorkloads.DeitSmall);
        Near(report.Energy.Si, report.EnergyByComponent.Sum(e => e.Value.Si));
        Near(report.Energy.Si, report.ByClass.Sum(c => c.Energy.Si));
        Near(report.Energy.Si, report.Steps.Sum(s => s.Energy.Total.Si));
        Near(report.Latency.Si, report.ByClass.Sum(c => c.Latency.Si));
        Near(report.Latency.Si, report.Steps.Sum(s => s.Latency.Si));
        Near(report.Area.Si, report.AreaByComponent.Sum(a => a.Value.Si));
        Assert.Equal(report.Counts, report.Steps.Aggregate(new ActivityCounts(), (sum, s) => sum + s.Counts));
        Assert.Equal(report.Crossbars, report.ByClass.Sum(c => c.Crossbars));
        Assert.Equal(report.Tiles, report.Steps.Sum(s => s.Tiles));
    }

    [Fact]
    public void Derived_figures_follow_from_energy_latency_and_area()
    {
        var report = CostModel.Estimate(Isaac, TestWorkloads.DeitSmall);
        Assert.Equal(TestWorkloads.DeitSmall.Macs, report.Macs);
        Near(report.Energy.Si * 1e3 * (report.Latency.Si * 1e3) * (report.Area.Si * 1e6), report.EdapMilli);
        Near(2e-12 * report.Macs / report.Latency.Si, report.Tops);
        Near(report.Tops / report.Power.Si, report.TopsPerWatt);
        Near(report.Tops / (report.Area.Si * 1e6), report.TopsPerSquareMillimeter);
        Assert.InRange(report.Utilization, 0.5, 1);
        Assert.True(report.PipelineInterval < report.Latency);
        Assert.True(report.PipelineInterval >= report.Steps.Where(s => s.Crossbars > 0).Max(s => s.Latency));
    }

    [Fact]
    public void Every_action_has_a_plausible_price()
    {
        var hybrid = Isaac with { Attention = Isaac.Weights with { Rows = 64 } };
        var prices = CostModel.Prices(hybrid);
        Assert.Equal(["weights", "attention", "chip"], prices.Select(p => p.Where).Distinct());
        Assert.All(prices, p => Assert.InRange(p.Energy.Si, 1e-18, 1e-3));
        Assert.All(prices.Where(p => p.Time > Time.Zero), p => Assert.InRange(p.Time.Si, 1e-12, 1e-3));
        Assert.All(prices, p => Assert.InRange(p.Area.Si, 0, 1e-6));
    }

    [Fact]
    public void Prices_and_energies_scale_with_the_node_but_off_chip_memory_does_not()
    {
        var older = Isaac with { Technology = Isaac.Technology with { Node = new(64e-9) } };
        ActionPrice Price(Design d, CostComponent c) => CostModel.Prices(d).Single(p => p.Component == c);
        Near(1.67e-12 * Math.Pow(2, 1.9), Price(older, CostComponent.Converters).Energy.Si);
        Near(4 * 1200e-12, Price(older, CostComponent.Converters).Area.Si);
        Assert.Equal(Price(Isaac, CostComponent.OffChip), Price(older, CostComponent.OffChip));
        Assert.Equal(Price(Isaac, CostComponent.Cells), Price(older, CostComponent.Cells)); // cells are given at the design's node
    }

    [Fact]
    public void Energy_grows_with_bits_rows_tokens_conductance_and_activity()
    {
        double Energy(Design design, Workload workload, ReadAssumptions? a = null) => CostModel.Estimate(design, workload, a).Energy.Si;
        Design With(Func<MacroSpec, MacroSpec> change) => Isaac with { Weights = change(Isaac.Weights) };
        var one = One(4, 100, 50);
        double energy = Energy(Isaac, one);
        Assert.True(Energy(With(m => m with { InputBits = 9 }), one) > energy);
        Assert.True(Energy(With(m => m with { WeightBits = 10 }), one) > energy);
        Assert.True(Energy(With(m => m with { Adc = TestDesigns.IsaacAdc(9) }), one) > energy);
        Assert.True(Energy(Isaac, One(4, 101, 50)) > energy);
        Assert.True(Energy(Isaac, One(4, 100, 51)) > energy);
        Assert.True(Energy(Isaac, One(5, 100, 50)) > energy);
        Assert.True(Energy(Isaac, one, new() { ConductanceShare = 0.6 }) > energy);
        Assert.True(Energy(Isaac, one, new() { LineActivity = 1 }) > energy);
        Near(4 * energy, Energy(Isaac, One(16, 100, 50)));
    }

    [Fact]
    public void Twice_the_layers_cost_twice_the_energy_latency_and_tiles()
    {
        var small = CostModel.Estimate(Isaac, TestWorkloads.Encoders("6", 6, 192, 3, 50));
        var large = CostModel.Estimate(Isaac, TestWorkloads.Encoders("12", 12, 192, 3, 50));
        Near(2 * small.Energy.Si, large.Energy.Si);
        Near(2 * small.Latency.Si, large.Latency.Si);
        Assert.Equal(2 * small.Tiles, large.Tiles);
        Assert.Equal(small.Counts * 2, large.Counts);
        Near(small.TopsPerWatt, large.TopsPerWatt);
    }

    [Fact]
    public void Dynamic_products_are_priced_on_the_attention_macro()
    {
        var hybrid = Isaac with { Attention = TestDesigns.ClipFormer.Weights };
        var report = CostModel.Estimate(hybrid, TestWorkloads.Encoders("1", 1, 384, 6, 197));
        Near(192 * (197 * 25e-12), report.EnergyByComponent[CostComponent.MacroTotals].Si);
        Near(192 * 118e-12, report.EnergyByComponent[CostComponent.CellWrites].Si);
        Assert.True(report.EnergyByComponent[CostComponent.Converters] > Energy.Zero);
    }

    [Fact]
    public void Endurance_limits_the_lifetime_of_dynamic_operands()
    {
        var report = CostModel.Estimate(Isaac, TestWorkloads.DeitSmall);
        var lifetime = report.Lifetime!;
        Assert.Equal(1e9, lifetime.Inferences);
        Near(1e9 * report.Latency.Si, lifetime.AtFullRate.Si);
        Near(1e9 * report.PipelineInterval.Si, lifetime.AtPipelinedRate.Si);
        Near(12 * (64 * 197 + 197 * 64) * 6 * 8 * 1e-12, lifetime.WriteEnergy.Si);
        Assert.Null(CostModel.Estimate(Isaac, One(1, 10, 10)).Lifetime);
    }

    [Fact]
    public void The_shape_of_a_known_model_is_priced_without_weights()
    {
        var workload = TransformerWorkload.Of(KnownShapes.Get("deit-small"));
        var report = CostModel.Estimate(Isaac, workload);
        Assert.Equal(TestWorkloads.DeitSmall.Macs, report.Macs);
        Assert.Equal(TestWorkloads.DeitSmall.Products.Count, workload.Products.Count);
        Assert.Equal(CostModel.Estimate(Isaac, TestWorkloads.DeitSmall).Counts.AdcEvents, report.Counts.AdcEvents);
        Assert.Equal(12 * 2 * 197 * 384, report.Counts.CellWrites / Isaac.Weights.BitLinesPerOutput);
    }

    [Fact]
    public void Larger_models_cost_more()
    {
        CostReport Estimate(string name) => CostModel.Estimate(Isaac, TransformerWorkload.Of(KnownShapes.Get(name)));
        var reports = new[] { "deit-tiny", "deit-small", "deit-base", "vit-large" }.Select(Estimate).ToList();
        foreach (var (smaller, larger) in reports.Zip(reports.Skip(1)))
        {
            Assert.True(smaller.Energy < larger.Energy && smaller.Area < larger.Area && smaller.Edap < larger.Edap);
            Assert.True(smaller.Latency <= larger.Latency);
        }
    }

    [Fact]
    public void A_workload_without_work_costs_only_the_vector_unit()
    {
        var report = CostModel.Estimate(Isaac, One(1, 1, 1) with { Products = [] });
        Assert.Equal(0, report.Energy.Si);
        Assert.Equal(0, report.Latency.Si);
        Assert.Equal(0, report.Utilization);
        Assert.Equal([CostComponent.VectorUnit], report.AreaByComponent.Select(a => a.Key));
    }
}
