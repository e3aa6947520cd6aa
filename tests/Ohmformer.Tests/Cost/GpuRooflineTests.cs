using Ohmformer.Cost;
using Ohmformer.Mapping;

namespace Ohmformer.Tests.Cost;

public sealed class GpuRooflineTests
{
    private static readonly GpuSpec A100 = new()
    {
        Name = "A100",
        Int8Tops = 624,
        Fp16Tflops = 312,
        GigabytesPerSecond = 1555,
        ThermalDesignPower = new(400),
        Source = "test",
    };

    private static Workload Product(int tokens) => new()
    {
        Name = "product",
        Products = [new(new("product", LayerClass.Mlp, 0), tokens, 1000, 2000, Heads: 3)],
        Digital = [],
        InputBytes = 0,
        OutputBytes = 0,
    };

    [Fact]
    public void Few_tokens_are_bound_by_memory()
    {
        var roofline = GpuRoofline.Estimate(A100, Product(1));
        double bytes = 3 * (1000 + 2_000_000 + 2000);
        Assert.Equal(bytes, GpuRoofline.Operands(Product(1)));
        Assert.True(roofline.MemoryBound);
        Assert.Equal(bytes / 1555e9, roofline.Latency.Si, 1e-15);
        Assert.Equal(400 * bytes / 1555e9, roofline.Energy.Si, 1e-12);
        Assert.Equal(0.3, roofline.Utilization);
    }

    [Fact]
    public void Many_tokens_are_bound_by_arithmetic()
    {
        var roofline = GpuRoofline.Estimate(A100, Product(10_000));
        Assert.False(roofline.MemoryBound);
        Assert.Equal(2.0 * 3 * 10_000 * 2e6 / (0.3 * 624e12), roofline.Latency.Si, 1e-12);
    }

    [Fact]
    public void Half_precision_doubles_both_times_on_an_A100()
    {
        var int8 = GpuRoofline.Estimate(A100, TestWorkloads.DeitSmall);
        var fp16 = GpuRoofline.Estimate(A100, TestWorkloads.DeitSmall, GpuPrecision.Fp16);
        Assert.Equal(2, fp16.ComputeTime / int8.ComputeTime, 1e-12);
        Assert.Equal(2, fp16.MemoryTime / int8.MemoryTime, 1e-12);
        Assert.Equal(2, fp16.Energy / int8.Energy, 1e-12);
    }

    [Fact]
    public void DeiT_small_moves_its_22_million_weights_and_its_activations()
    {
        const long D = 384, T = 197, H = 6;
        long weights = 12 * 12 * D * D + 768 * D + 1000 * D;
        long linear = T * (3 * 2 * D + 2 * D + 2 * 5 * D), attention = 2 * H * (2 * T * D / H + T * T);
        long ends = 196 * (768 + D) + D + 1000;
        Assert.Equal(weights + 12 * (linear + attention) + ends, GpuRoofline.Operands(TestWorkloads.DeitSmall));
    }
}
