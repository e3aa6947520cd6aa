using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Devices;
using Ohmformer.Lab.Benchmarks;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Numerics;

namespace Ohmformer.Tests.Models;

/// <summary>Forward passes on every arithmetic: the same bits by every kernel and on every number of threads.</summary>
public sealed class ForwardPassTests
{
    // Tokens and widths that are no multiple of a tile, a vector or a chunk.
    private static readonly TransformerSpec Network = RandomTransformer.Reading(channels: 2, size: 24) with { Hidden = 39, Intermediate = 70 };

    private static readonly TransformerWeights Weights = RandomTransformer.Weights(Network);

    private static readonly string[] Modes = ["ideal", "write", "write+read", "proportional read"];

    public static TheoryData<string> Arithmetics => [.. Modes, "float", "integer"];

    public static TheoryData<string> Cells => [.. Modes];

    [Theory]
    [MemberData(nameof(Arithmetics))]
    public void One_and_many_threads_give_the_same_bits(string arithmetic)
    {
        var alone = Logits(Products(arithmetic, Workers.One), Workers.One);
        foreach (int threads in new[] { 2, 5 })
        {
            using var workers = new Workers(threads);
            Assert.Equal(alone, Logits(Products(arithmetic, workers), workers));
        }
    }

    public static TheoryData<string> Families => [.. RandomTransformer.Families.Keys];

    [Theory]
    [MemberData(nameof(Families))]
    public void One_and_many_threads_give_the_same_bits_in_every_family(string family)
    {
        var spec = RandomTransformer.Families[family];
        using var workers = new Workers(3);
        Assert.Equal(
            RandomTransformer.Forward(spec, new IntegerProduct(), new(spec)),
            RandomTransformer.Forward(spec, new IntegerProduct(workers: workers), new(spec, workers)));
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Every_kernel_gives_the_bits_of_the_reference(string cells)
    {
        var reference = Logits(Products(cells, Workers.One, KernelKind.Reference), Workers.One);
        foreach (var kernel in Enum.GetValues<KernelKind>()) Assert.Equal(reference, Logits(Products(cells, Workers.One, kernel), Workers.One));
    }

    [Fact]
    public void Noise_changes_the_result() =>
        Assert.Equal(Modes.Length, Modes.Select(mode => Logits(Products(mode, Workers.One), Workers.One)[0]).Distinct().Count());

    /// <remarks>On arrays, K and V are written anew for every head; with clipping converters a part of their columns is certified.</remarks>
    [Theory]
    [MemberData(nameof(Arithmetics))]
    [InlineData("clipping")]
    public void A_forward_pass_allocates_nothing(string arithmetic)
    {
        var run = new TransformerRun(Network, Weights, Products(arithmetic, Workers.One));
        var workspace = new TransformerWorkspace(Network);
        float[] pixels = RandomTransformer.Values(Network), logits = new float[Network.Classes];
        Assert.Equal(0, Allocations.Of(() => run.Forward(0, pixels, workspace, logits)));
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void A_product_on_programmed_arrays_allocates_nothing(string cells)
    {
        var product = Products(cells, Workers.One).Program(new("layer", LayerClass.Mlp, 0), Weights.Encoders[0].MlpIn.Weight, Network.Hidden, Network.Intermediate);
        float[] x = RandomTransformer.Values(Network), y = new float[17 * Network.Intermediate];
        Assert.Equal(0, Allocations.Of(() => product.Multiply(0, x.AsSpan(0, 17 * Network.Hidden), 17, y)));
    }

    private static IMatrixProduct Products(string arithmetic, Workers workers, KernelKind kernel = KernelKind.Auto) => arithmetic switch
    {
        "float" => new FloatProduct(workers),
        "integer" => new IntegerProduct(workers: workers),
        _ => new AnalogProduct(Specs.Design(Macro(arithmetic) with { Rows = 32 }), seed: 3, new() { Kernel = kernel, Workers = workers }),
    };

    private static MacroSpec Macro(string cells)
    {
        if (cells == "clipping") return Macro("ideal") with { Adc = Specs.Adc(5, AdcRangeKind.Lsb) };
        if (cells != "proportional read") return ForwardBenchmark.Modes.Single(m => m.Mode == cells).Macro;
        var macro = BenchmarkDesigns.Noisy(readNoise: true);
        return macro with { Device = (RramSpec)macro.Device with { ReadNoiseKind = ReadNoiseKind.Proportional } };
    }

    private static float[] Logits(IMatrixProduct products, Workers workers)
    {
        var run = new TransformerRun(Network, Weights, products);
        var workspace = new TransformerWorkspace(Network, workers);
        float[] pixels = RandomTransformer.Values(Network), logits = new float[2 * Network.Classes];
        for (int image = 0; image < 2; image++) run.Forward(image, pixels, workspace, logits.AsSpan(image * Network.Classes, Network.Classes));
        return logits;
    }
}
