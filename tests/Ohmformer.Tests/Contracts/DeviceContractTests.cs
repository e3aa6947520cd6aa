using System.Runtime.InteropServices;
using Ohmformer.Arrays;
using Ohmformer.Devices;
using Ohmformer.Lab.Designs;

namespace Ohmformer.Tests.Contracts;

/// <summary>What every device of the catalog promises; a newcomer is tested without a new test.</summary>
public sealed class DeviceContractTests
{
    private const int Steps = 64;

    private static readonly double[] Gaussians = [-6, -1, -0.3, 0, 0.7, 2, 6];

    public static TheoryData<string, string> Devices => ErrorParameters.Presets<DeviceSpec>();

    [Fact]
    public void Every_device_type_is_tested() =>
        Assert.Equal(Catalog.Shipped.Types.Where(t => t.Seam == typeof(DeviceSpec)).Select(t => t.Name), Devices.Select(row => (string)row[0]).Distinct());

    [Theory]
    [MemberData(nameof(Devices))]
    public void Zero_noise_equals_the_ideal_device(string type, string preset)
    {
        var device = ErrorParameters.With(Load(type, preset), 0).Build();
        Assert.False(device.HasWriteNoise);
        foreach (double target in Targets(device.Spec))
            Assert.All(Gaussians, gaussian => Assert.Equal(target, device.Program(target, gaussian)));
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void The_same_draw_gives_the_same_finite_conductance(string type, string preset)
    {
        var spec = Load(type, preset);
        IDevice device = spec.Build(), again = spec.Build();
        foreach (double target in Targets(spec))
            foreach (double gaussian in Gaussians)
            {
                double programmed = device.Program(target, gaussian);
                Assert.True(double.IsFinite(programmed), $"{target} with {gaussian} gives {programmed}");
                Assert.Equal(programmed, device.Program(target, gaussian));
                Assert.Equal(programmed, again.Program(target, gaussian));
                if (!device.HasWriteNoise) Assert.Equal(programmed, device.Program(target, 0));
            }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void The_seed_decides_what_a_macro_writes(string type, string preset)
    {
        // Without the errors that all devices share, so that only programming can tell two seeds apart.
        var spec = Load(type, preset) with { ReadNoise = 0, DriftExponentSpread = 0, StuckAtGMin = 0, StuckAtGMax = 0 };
        byte[] written = Written(spec, 5);
        Assert.Equal(written, Written(spec, 5));
        Assert.Equal(spec.Build().HasWriteNoise, !written.SequenceEqual(Written(spec, 6)));
    }

    private static DeviceSpec Load(string type, string preset)
    {
        var spec = SpecReader.Load<DeviceSpec>(preset);
        Assert.Equal(Catalog.Shipped.Types.Single(t => t.Seam == typeof(DeviceSpec) && t.Name == type).Spec, spec.GetType());
        return spec;
    }

    /// <summary>Normalized conductances from g0 to 1, both included.</summary>
    private static IEnumerable<double> Targets(DeviceSpec spec) =>
        Enumerable.Range(0, Steps).Select(i => spec.NormalizedGMin + (1 - spec.NormalizedGMin) * i / Steps).Append(1);

    /// <summary>Every weight as a macro holds it: one-hot inputs, no converter.</summary>
    private static byte[] Written(DeviceSpec device, ulong seed)
    {
        const int Inputs = 19, Outputs = 17;
        var macro = new Macro(Specs.Macro(device, rows: 16, cellBits: Math.Min(2, device.MaxBitsPerCell)), seed);
        int[] weights = [.. Enumerable.Range(0, Inputs * Outputs).Select(i => i * 37 % 255 - 127)];
        int[] identity = [.. Enumerable.Range(0, Inputs * Inputs).Select(i => i / Inputs == i % Inputs ? 1 : 0)];
        var y = new double[Inputs * Outputs];
        macro.Multiply(macro.Program(weights, Inputs, Outputs, new(0)), 0, identity, Inputs, y);
        return MemoryMarshal.AsBytes<double>(y).ToArray();
    }
}
