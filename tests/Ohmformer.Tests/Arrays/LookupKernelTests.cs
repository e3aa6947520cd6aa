using System.Runtime.Intrinsics.X86;
using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Devices;

namespace Ohmformer.Tests.Arrays;

public sealed class LookupKernelTests
{
    private static readonly MacroSpec Noisy = Specs.Macro(Specs.Rram(0.1) with { ReadNoise = 0.02, ReadNoiseKind = ReadNoiseKind.Proportional }, adc: Specs.Adc(8)) with { GridBits = 7 };

    public static TheoryData<int, bool> Tokens()
    {
        var data = new TheoryData<int, bool>();
        foreach (int tokens in new[] { 0, 1, 7, 8, 9, 255, 256, 257, 521 })
            foreach (bool noise in new[] { false, true }) data.Add(tokens, noise);
        return data;
    }

    [Theory]
    [MemberData(nameof(Tokens))]
    public void Any_number_of_tokens_gives_the_same_bits(int tokens, bool noise) =>
        AssertEqual(noise ? Noisy : Noisy with { Device = Specs.Rram(0.1) }, tokens, inputs: 137, outputs: 3, tables: true);

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    public void Empty_matrices_are_read(int inputs, int outputs) => AssertEqual(Noisy, 3, inputs, outputs, tables: true);

    [Fact]
    public void Sums_beyond_16_bits_are_left_to_the_vector_kernel()
    {
        var macro = Specs.Macro(Specs.Rram(0.01), adc: Specs.Adc(8)) with { Subtraction = Subtraction.Analog, GridBits = 7 };
        AssertEqual(macro, 5, 128, 17, tables: true);
        AssertEqual(macro, 5, 128, 17, tables: false, weight: 127);
    }

    /// <summary>Every sum in 16 bits and far beyond them, for ranges with and without ties.</summary>
    [Fact]
    public void Fitted_lines_give_every_code_of_the_converter()
    {
        var random = new Random(7);
        int fitted = 0;
        for (int i = 0; i < 60; i++)
        {
            double low = random.Next(3) * -37.25, high = random.Next(2) == 0 ? random.Next(10, 800) : 800 * random.NextDouble() + 1, grid = 1 << random.Next(8);
            var transfer = Specs.Adc(random.Next(1, 10)) with { Rounding = (AdcRounding)random.Next(2) };
            var curve = transfer.Build(low, high).Transfer!.Value;
            var line = CodeLine.Fit(curve, grid, -32768);
            if (line is null) continue;
            fitted++;
            for (int sum = -150_000; sum < 150_000; sum += random.Next(1, 4))
                Assert.Equal(curve.Code((sum + 32768) / grid), line.Code(sum));
        }
        Assert.InRange(fitted, 50, 60);
    }

    private static void AssertEqual(MacroSpec spec, int tokens, int inputs, int outputs, bool tables, int? weight = null)
    {
        var random = new Random(1);
        int[] w = [.. Enumerable.Range(0, inputs * outputs).Select(_ => weight ?? random.Next(-127, 128))], x = [.. Enumerable.Range(0, tokens * inputs).Select(_ => random.Next(-128, 128))];
        double[] expected = Run(KernelKind.Vector, out _), actual = Run(KernelKind.Lookup, out var matrix);
        Assert.Equal(expected, actual);
        Assert.Equal(tables && Avx512BW.IsSupported, new LookupKernel().CanRun(matrix));

        double[] Run(KernelKind kernel, out ProgrammedMatrix matrix)
        {
            var macro = new Macro(spec, 3, kernel: kernel);
            matrix = macro.Program(w, inputs, outputs, new(4));
            var y = new double[tokens * outputs];
            macro.Multiply(matrix, 2, x, tokens, y);
            return y;
        }
    }
}
