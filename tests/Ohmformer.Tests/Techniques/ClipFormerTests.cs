using Ohmformer.Arrays;
using Ohmformer.Cost;
using Ohmformer.Devices;
using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;
using Ohmformer.Techniques.ClipFormer;
using Ohmformer.Tests.Cost;

namespace Ohmformer.Tests.Techniques;

/// <summary>ClipFormer, arXiv 2402.02586.</summary>
public sealed class ClipFormerTests
{
    private static ClipFormerSpec Spec(double alpha, double beta) => new() { Alpha = alpha, Beta = beta, Source = "test" };

    /// <summary>C11: stage I is soft-thresholding by alpha/(R - 1) of full scale, stage II clips at (beta R - 1)/(R - 1).</summary>
    [Theory]
    [InlineData(1, 1, 100)]
    [InlineData(2, 1, 100)]
    [InlineData(2, 0.25, 100)]
    [InlineData(1, 0.25, 25)]
    [InlineData(0.5, 0.7, 50)]
    public void Transform_is_a_soft_threshold_and_a_clip_of_the_weight(double alpha, double beta, double onOff)
    {
        var device = Specs.Rram(onOff: onOff);
        var transform = Spec(alpha, beta).Build(device);
        double g0 = 1 / onOff;
        for (double x = 0; x <= 1; x += 1.0 / 127)
        {
            double expected = Math.Min(Math.Max(x - alpha / (onOff - 1), 0), (beta * onOff - 1) / (onOff - 1));
            Assert.Equal(expected, (transform.Transform(g0 + x * (1 - g0)) - g0) / (1 - g0), 1e-14);
        }
    }

    [Theory]
    [InlineData(-1, 1, "alpha is -1")]
    [InlineData(double.NaN, 1, "alpha is NaN")]
    [InlineData(0, 0, "beta is 0")]
    [InlineData(0, -0.5, "beta is -0.5")]
    [InlineData(0, 1.5, "beta is 1.5")]
    [InlineData(0, 0.01, "clips to beta = 0.01 of gMax, but gMin is 0.01 of gMax")]
    public void Impossible_transforms_are_errors(double alpha, double beta, string message)
    {
        var macro = Specs.Macro(Specs.Rram()) with { OperandTransform = Spec(alpha, beta) };
        Assert.Contains(message, Assert.Throws<InputException>(() => new Macro(macro, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_conductance_range_that_is_empty_is_an_error() => Assert.Contains(
        "must be below gMax", Assert.Throws<InputException>(() => new Macro(Specs.Macro(Specs.Rram(onOff: 1)) with { OperandTransform = Spec(1, 1) }, 1)).Message, StringComparison.Ordinal);

    [Fact]
    public void Static_weights_and_offset_encodings_take_no_transform()
    {
        var macro = Specs.Macro(Specs.Rram()) with { OperandTransform = Spec(1, 1) };
        Assert.Contains(Specs.Design(macro).Violations(), v => v.Message.Contains("set it in attention", StringComparison.Ordinal));
        Assert.Empty(Specs.Design(macro with { OperandTransform = null }, macro).Violations());
        Assert.Contains((macro with { Encoding = WeightEncodingKind.Offset }).Violations(), v => v.Property == nameof(MacroSpec.OperandTransform));
    }

    /// <summary>ceil((8 + log2 beta)/2) slices.</summary>
    [Theory]
    [InlineData(1, 4)]
    [InlineData(0.5, 4)]
    [InlineData(0.25, 3)]
    [InlineData(0.0625, 2)]
    public void Smaller_conductances_need_fewer_slices(double beta, int slices) =>
        Assert.Equal(slices, (Specs.Macro(Specs.Rram()) with { OperandTransform = Spec(2, beta) }).Slices);

    [Theory]
    [InlineData(NoiseUnit.Cell)]
    [InlineData(NoiseUnit.Weight)]
    public void The_neutral_transform_changes_no_bit(NoiseUnit unit)
    {
        var plain = Specs.Macro(Specs.Rram(0.1) with { ReadNoise = 0.05 }, rows: 16, adc: unit == NoiseUnit.Cell ? Specs.Adc(8) : null) with { GridBits = 7, NoiseUnit = unit };
        Assert.Equal(Multiply(plain), Multiply(plain with { OperandTransform = Spec(0, 1) }));
        Assert.NotEqual(Multiply(plain), Multiply(plain with { OperandTransform = Spec(1, 1) }));
    }

    /// <summary>Without noise, cells hold the transformed weight rounded to a whole step, a composite conductance holds it as it is.</summary>
    [Theory]
    [InlineData(NoiseUnit.Cell, 0)]
    [InlineData(NoiseUnit.Weight, 127.0 / 32767)]
    public void Noise_free_arrays_multiply_by_the_transformed_weights(NoiseUnit unit, double step)
    {
        var macro = new Macro(Specs.Macro(Specs.Rram(), rows: 16) with { OperandTransform = Spec(2, 0.25), NoiseUnit = unit }, 1);
        int[] weights = [.. Enumerable.Range(-127, 255)];
        double[] y = new double[255];
        macro.Multiply(macro.Program(weights, 1, 255, new(0, Image: 0)), 0, [1], 1, y);
        foreach (var (weight, held) in weights.Zip(y))
        {
            double expected = Math.Sign(weight) * Math.Min(Math.Max(Math.Abs(weight) - 2 * 127 / 99.0, 0), 24 / 99.0 * 127);
            Assert.Equal(unit == NoiseUnit.Cell ? Math.Round(expected) : expected, held, step);
        }
    }

    /// <summary>C9: the attention of DeiT-S and LV-ViT-S takes 224.6 and 299.5 mm2; beta = 0.25 saves 7.69 % of it and 7.82 % of the energy, beta = 1 nothing.</summary>
    [Theory]
    [InlineData("clipformer-rram-1-1", 12, 224.6, 0, 0)]
    [InlineData("clipformer-rram-2-1", 16, 299.5, 0, 0)]
    [InlineData("clipformer-rram-1-025", 12, 224.6, 0.0769, 0.0782)]
    [InlineData("clipformer-rram-2-025", 16, 299.5, 0.0769, 0.0782)]
    public void Attention_costs_what_the_paper_says(string name, int encoders, double squareMillimeters, double areaSaved, double energySaved)
    {
        LayerClass[] attention = [LayerClass.QueryKeyValue, LayerClass.Scores, LayerClass.Context];
        var workload = TestWorkloads.Encoders("attention", encoders, 384, 6, 197);
        workload = workload with { Products = [.. workload.Products.Where(p => attention.Contains(p.Site.Class))] };
        CostReport plain = CostModel.Estimate(DesignFile.Load("clipformer-rram"), workload), clipped = CostModel.Estimate(DesignFile.Load(name), workload);
        Assert.Equal(squareMillimeters, plain.Area.Si * 1e6, 0.05);
        Assert.Equal(areaSaved, 1 - clipped.Area.Si / plain.Area.Si, 0.00005);
        Assert.Equal(energySaved, 1 - clipped.Energy.Si / plain.Energy.Si, 0.00005);

        // 3 N(d,d) 4 + h (N(64,197) + N(197,64)) s crossbars per encoder; every crossbar is read 197 times, those of K and V are written.
        int dynamic = encoders * 6 * 8 * (areaSaved > 0 ? 3 : 4), all = encoders * 3 * 36 * 4 + dynamic;
        Assert.Equal(all, clipped.Crossbars);
        Assert.Equal(197 * all * 25e-12 + dynamic * 118e-12, clipped.Energy.Si, 1e-15);
    }

    [Fact]
    public void Designs_of_the_table_vary_one_hardware()
    {
        var hardware = DesignFile.Load("clipformer-rram");
        Assert.Equal(hardware, ClipFormerDesigns.Of(hardware, 3, 0, 1));
        var clipped = DesignFile.Load("clipformer-rram-2-025").Attention!;
        var made = ClipFormerDesigns.Of(hardware, 3, 2, 0.25).Attention!;
        Assert.Equal(clipped.Slices, made.Slices);
        Assert.Equal(clipped.Device, made.Device);
        Assert.Equal(clipped.OperandTransform, made.OperandTransform! with { Source = clipped.OperandTransform!.Source });
        Assert.Equal(4, ((RramSpec)ClipFormerDesigns.Of(hardware, 4, 2, 1).Attention!.Device).WriteNoiseFactor);
        foreach (double ratio in new[] { 25.0, 50 })
        {
            var preset = DesignFile.Load($"clipformer-rram-r{ratio}");
            var varied = ClipFormerDesigns.WithOnOffRatio(hardware, ratio);
            Assert.Equal(ratio, preset.DynamicMacro.Device.OnOffRatio, 1e-9);
            Assert.Equal(preset.Weights.Device.GMax.Si, varied.Weights.Device.GMax.Si, 1e-18);
            Assert.Equal(preset.DynamicMacro.Device.GMax.Si, varied.DynamicMacro.Device.GMax.Si, 1e-18);
        }
        Assert.Throws<ArgumentException>(() => ClipFormerDesigns.Of(DesignFile.Load("sram-65nm"), 3, 1, 1));
    }

    private static double[] Multiply(MacroSpec spec)
    {
        const int Inputs = 37, Outputs = 19, Tokens = 3;
        var macro = new Macro(spec, 1);
        int[] weights = [.. Enumerable.Range(0, Inputs * Outputs).Select(i => i * 37 % 255 - 127)];
        int[] x = [.. Enumerable.Range(0, Tokens * Inputs).Select(i => i * 91 % 255 - 127)];
        double[] y = new double[Tokens * Outputs];
        macro.Multiply(macro.Program(weights, Inputs, Outputs, new(0, Image: 4)), 4, x, Tokens, y);
        return y;
    }
}
