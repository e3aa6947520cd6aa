using Ohmformer.Arrays;
using Ohmformer.Devices;
using Ohmformer.Files;
using Ohmformer.Mapping;

namespace Ohmformer.Tests.Arrays;

/// <summary>Weights as composite conductances.</summary>
public sealed class CompositeKernelTests
{
    private static MacroSpec Spec(DeviceSpec device) => Specs.Macro(device, rows: 16) with { NoiseUnit = NoiseUnit.Weight };

    private static int[] Numbers(int count, int step) => [.. Enumerable.Range(0, count).Select(i => i * step % 255 - 127)];

    private static double[] Multiply(MacroSpec spec, int inputs, int outputs, int tokens, KernelKind kernel, MacroSite? site = null, int image = 0, ulong seed = 1)
    {
        var macro = new Macro(spec, seed, kernel: kernel);
        double[] y = new double[tokens * outputs];
        macro.Multiply(macro.Program(Numbers(inputs * outputs, 37), inputs, outputs, site ?? new(3)), image, Numbers(tokens * inputs, 91), tokens, y);
        return y;
    }

    public static TheoryData<string, ReadNoiseKind, int, int, int> Cases()
    {
        var data = new TheoryData<string, ReadNoiseKind, int, int, int>();
        foreach (string device in new[] { "ideal", "rram", "rram0", "fefet", "pcm" })
            foreach (var kind in Enum.GetValues<ReadNoiseKind>())
                foreach (var (inputs, outputs, tokens) in new[] { (1, 1, 1), (64, 32, 2), (65, 33, 3), (131, 7, 5), (17, 1, 1) }) data.Add(device, kind, inputs, outputs, tokens);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Plain_and_fast_arithmetic_give_the_same_bits(string device, ReadNoiseKind kind, int inputs, int outputs, int tokens)
    {
        foreach (double noise in new[] { 0, 0.05 })
        {
            var spec = Spec(Specs.All(device) with { ReadNoise = noise, ReadNoiseKind = kind });
            foreach (int? image in new int?[] { null, 2 })
            {
                var site = new MacroSite(3, Image: image, Head: 1);
                Assert.Equal(Multiply(spec, inputs, outputs, tokens, KernelKind.Reference, site, 2), Multiply(spec, inputs, outputs, tokens, KernelKind.Auto, site, 2));
            }
        }
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    public void Empty_matrices_multiply_to_nothing(int inputs, int outputs) =>
        Assert.All(Multiply(Spec(Specs.Rram(0.1) with { ReadNoise = 0.05 }), inputs, outputs, 2, KernelKind.Auto), y => Assert.Equal(0, y));

    [Fact]
    public void Without_noise_the_product_is_exact_whatever_the_converter()
    {
        var spec = Spec(Specs.Rram()) with { Adc = Specs.Adc(3) };
        int[] x = Numbers(3 * 70, 91), w = Numbers(70 * 9, 37);
        double[] exact = new double[27];
        for (int t = 0; t < 3; t++)
            for (int n = 0; n < 9; n++)
                for (int k = 0; k < 70; k++) exact[t * 9 + n] += x[t * 70 + k] * w[k * 9 + n];
        Assert.Equal(exact, Multiply(spec, 70, 9, 3, KernelKind.Auto));
    }

    /// <summary>ClipFormer, equation 3 in full scale x = W/wMax: a standard deviation of gamma sigma sqrt(x), nothing at 0, and no clamp.</summary>
    [Theory]
    [InlineData(127)]
    [InlineData(-32)]
    [InlineData(1)]
    public void Write_noise_follows_its_law(int weight)
    {
        double[] held = Held(Specs.Rram(0.1, 4), weight, image: 7);
        double x = Math.Abs(weight) / 127.0, sigma = 0.4 * Math.Sqrt(x) * 127;
        AssertNormal(held, weight, sigma);
        Assert.Contains(held, h => h * weight < 0);
        Assert.All(Held(Specs.Rram(0.1, 4), 0, image: 7), h => Assert.Equal(0, h));
        Assert.All(Held(Specs.Rram(0.1, 4) with { ClampToRange = true }, weight, image: 7), h => Assert.InRange(h * Math.Sign(weight), -0.01, 127.01));
    }

    /// <summary>ClipFormer, equation 2: a standard deviation of sigma G of each cell of the pair.</summary>
    [Theory]
    [InlineData(127)]
    [InlineData(-20)]
    [InlineData(0)]
    public void Read_noise_follows_its_law(int weight)
    {
        double g = 0.01 + Math.Abs(weight) / 127.0 * 0.99;
        AssertNormal(Held(Specs.Rram() with { ReadNoise = 0.05 }, weight), weight, 0.05 * Math.Sqrt(g * g + 1e-4) / 0.99 * 127);
    }

    [Fact]
    public void A_read_is_drawn_once_for_all_tokens_of_an_input_and_a_write_for_each_input_and_head()
    {
        var spec = Spec(Specs.Rram(0.1) with { ReadNoise = 0.05 });
        var macro = new Macro(spec, 1);
        var matrix = macro.Program(Numbers(40, 37), 1, 40, new(3));
        double[] Read(int image, int x)
        {
            double[] y = new double[80];
            macro.Multiply(matrix, image, [1, x], 2, y);
            return y;
        }
        double[] first = Read(0, 1);
        Assert.Equal(first[..40], first[40..]);
        Assert.Equal(first.Take(40).Select(y => 2 * y), Read(0, 2)[40..]);
        Assert.NotEqual(first, Read(1, 1));
        Assert.Equal(first, Read(0, 1));

        double[] Write(int image, int head) => Multiply(Spec(Specs.Rram(0.1)), 5, 6, 1, KernelKind.Auto, new(3, Image: image, Head: head));
        Assert.NotEqual(Write(0, 0), Write(1, 0));
        Assert.NotEqual(Write(0, 0), Write(0, 1));
        Assert.Equal(Write(1, 1), Write(1, 1));
    }

    [Fact]
    public void Events_are_counted_as_slices_reads_and_conversions()
    {
        var cells = Specs.Macro(Specs.Rram(0.1), rows: 16, adc: Specs.Adc(6));
        ActivityCounts Counts(MacroSpec spec)
        {
            var product = new AnalogProduct(Specs.Design(spec), 1);
            var site = new ProductSite("context", LayerClass.Context, 1);
            product.Multiply(site, 0, 0, new float[3 * 37], new float[37 * 19], new(3, 37, 19, true), new float[3 * 19]);
            return product.Activity[0].Inference;
        }
        Assert.Equal(Counts(cells), Counts(cells with { NoiseUnit = NoiseUnit.Weight }));
    }

    [Fact]
    public void Effects_of_single_cells_are_refused()
    {
        Refused(Specs.Rram() with { DriftExponent = 0.05 }, WeightEncodingKind.Differential, "drifts or has stuck cells");
        Refused(Specs.Rram() with { StuckAtGMin = 0.05 }, WeightEncodingKind.Differential, "drifts or has stuck cells");
        Refused(Specs.Rram(), WeightEncodingKind.Offset, "set encoding to differential");

        static void Refused(DeviceSpec device, WeightEncodingKind encoding, string message) => Assert.Contains(
            message, Assert.Throws<InputException>(() => new Macro(Spec(device) with { Encoding = encoding }, 1)).Message, StringComparison.Ordinal);
    }

    /// <summary>What 20,000 composite conductances hold that were written alike.</summary>
    private static double[] Held(DeviceSpec device, int weight, int? image = null)
    {
        const int Count = 20_000;
        var macro = new Macro(Spec(device), 5);
        double[] y = new double[Count];
        macro.Multiply(macro.Program(Enumerable.Repeat(weight, Count).ToArray(), 1, Count, new(3, Image: image)), 0, [1], 1, y);
        return y;
    }

    private static void AssertNormal(double[] values, double mean, double sigma)
    {
        double found = values.Average(), spread = Math.Sqrt(values.Sum(v => (v - found) * (v - found)) / values.Length);
        Assert.Equal(mean, found, 4 * sigma / Math.Sqrt(values.Length));
        Assert.Equal(1, spread / sigma, 0.02);
    }
}
