using Ohmformer.Devices;
using Ohmformer.Files;
using Ohmformer.Numerics;

namespace Ohmformer.Tests.Devices;

public sealed class DeviceTests
{
    private const int Draws = 40_000;

    public static TheoryData<string, double, double> Laws()
    {
        const double G0 = 0.01;
        var data = new TheoryData<string, double, double>();
        foreach (double g in new[] { G0, 0.34, 0.67, 1.0 })
        {
            data.Add("rram", g, 3 * 0.1 * Math.Sqrt((g - G0) * (1 - G0)));
            data.Add("fefet", g, 0.2 * g);
            data.Add("pcm", g, (-1.1731 * g * g + 1.9650 * g + 0.2635) / 25);
            data.Add("mram", g, g * Math.Sqrt((Math.Exp(0.0025) - 1) * Math.Exp(0.0025))); // variance of a lognormal, sigma 0.05
            data.Add("sram", g, 0.08 * g);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Laws))]
    public void Write_noise_has_the_published_spread(string name, double target, double expected)
    {
        var device = Specs.All(name).Build();
        var gaussians = new float[Draws];
        Gaussian.Fill(new NoiseKey(3, NoisePurpose.Write, 1), 0, gaussians);
        double[] errors = [.. gaussians.Select(z => device.Program(target, z) - target)];
        double mean = errors.Average(), deviation = Math.Sqrt(errors.Average(e => (e - mean) * (e - mean)));
        Assert.True(device.HasWriteNoise);
        Assert.InRange(deviation, expected * 0.98, expected * 1.02 + 1e-15);
    }

    [Fact]
    public void Rram_at_GMin_is_written_without_noise() => Assert.Equal(0.01, Specs.All("rram").Build().Program(0.01, 2.5), 1e-15);

    [Fact]
    public void Rram_clamps_only_when_asked()
    {
        var free = (RramSpec)Specs.All("rram");
        Assert.True(free.Build().Program(1, 3) > 1);
        var clamped = (free with { ClampToRange = true }).Build();
        Assert.Equal(1, clamped.Program(1, 3));
        Assert.Equal(0.01, clamped.Program(0.2, -9));
    }

    [Theory]
    [InlineData("ideal")]
    [InlineData("rram0")]
    public void Device_without_noise_takes_its_target(string name)
    {
        var device = Specs.All(name).Build();
        Assert.False(device.HasWriteNoise);
        Assert.Equal(0.37, device.Program(0.37, 1.7));
    }

    [Theory]
    [InlineData("mram")]
    [InlineData("sram")]
    public void Binary_device_rejects_more_than_one_bit(string name)
    {
        var error = Assert.Throws<InputException>(() => (Specs.All(name) with { MaxBitsPerCell = 2 }).Build());
        Assert.Contains("must be 1", error.Message, StringComparison.Ordinal);
    }
}
