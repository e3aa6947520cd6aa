using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Devices;
using Ohmformer.Numerics;

namespace Ohmformer.Tests.Arrays;

public sealed class LookupKernelTests
{
    private static readonly MacroSpec Quiet = Specs.Macro(Specs.Rram(0.1), adc: Specs.Adc(8)) with { GridBits = 7 };

    public static TheoryData<int, string> Tokens()
    {
        var data = new TheoryData<int, string>();
        foreach (int tokens in new[] { 0, 1, 3, 4, 5, 7, 8, 9, 197, 255, 256, 257 })
            foreach (string noise in new[] { "none", "constant", "proportional" }) data.Add(tokens, noise);
        return data;
    }

    [Theory]
    [MemberData(nameof(Tokens))]
    public void Any_number_of_tokens_gives_the_same_bits(int tokens, string noise) => AssertEqual(Noisy(Quiet, noise), tokens, inputs: 137, outputs: 3);

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    [InlineData(1, 1)]
    [InlineData(160, 17)]
    [InlineData(161, 33)]
    [InlineData(300, 2)]
    public void Any_size_gives_the_same_bits(int inputs, int outputs) => AssertEqual(Noisy(Quiet, "constant") with { Rows = 256, GridBits = 6 }, 3, inputs, outputs);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(32)]
    public void Groups_of_active_rows_give_the_same_bits(int rows)
    {
        foreach (string noise in new[] { "none", "constant", "proportional" }) AssertEqual(Noisy(Quiet, noise) with { ActiveRows = rows, GridBits = 4 }, 6, 137, 2, tables: null);
    }

    [Theory]
    [InlineData(WeightEncodingKind.Differential, 8, 1, Subtraction.Digital)]
    [InlineData(WeightEncodingKind.Differential, 8, 1, Subtraction.Analog)]
    [InlineData(WeightEncodingKind.Differential, 4, 1, Subtraction.Analog)]
    [InlineData(WeightEncodingKind.Differential, 4, 3, Subtraction.Digital)]
    [InlineData(WeightEncodingKind.Offset, 8, 2, Subtraction.Digital)]
    [InlineData(WeightEncodingKind.Offset, 4, 4, Subtraction.Digital)]
    [InlineData(WeightEncodingKind.TwosComplement, 8, 1, Subtraction.Digital)]
    public void Any_number_of_samples_gives_the_same_bits(WeightEncodingKind encoding, int bits, int cellBits, Subtraction subtraction)
    {
        foreach (string noise in new[] { "none", "constant", "proportional" })
            foreach (var range in new[] { AdcRangeKind.Full, AdcRangeKind.Lsb })
                AssertEqual(
                    Noisy(Quiet, noise) with { Encoding = encoding, WeightBits = bits, BitsPerCell = cellBits, Subtraction = subtraction, GridBits = 5, Adc = Specs.Adc(8, range) },
                    5, 131, 11, range == AdcRangeKind.Lsb ? true : null, weightBits: bits);
    }

    /// <summary>Pulses of both signs; over the full range the converters have an odd number of codes and round half to even, as CrossSim's.</summary>
    [Theory]
    [InlineData(1, 1, null, 8, Subtraction.Analog)]
    [InlineData(9, 137, null, 8, Subtraction.Analog)]
    [InlineData(9, 137, null, 8, Subtraction.Digital)]
    [InlineData(257, 11, null, 8, Subtraction.Analog)]
    [InlineData(6, 137, 7, 8, Subtraction.Analog)]
    [InlineData(6, 137, 32, 5, Subtraction.Digital)]
    [InlineData(6, 129, null, 2, Subtraction.Analog)]
    public void Pulses_of_both_signs_give_the_same_bits(int tokens, int inputs, int? activeRows, int inputBits, Subtraction subtraction)
    {
        foreach (string noise in new[] { "none", "constant", "proportional" })
            foreach (var range in new[] { AdcRangeKind.Full, AdcRangeKind.Lsb })
                AssertEqual(Signed(noise, range) with { ActiveRows = activeRows, InputBits = inputBits, Subtraction = subtraction }, tokens, inputs, 5, x: inputBits < 8 ? 1 - (1 << (inputBits - 1)) : null);
    }

    [Fact]
    public void Eight_pulses_of_both_signs_are_left_to_the_vector_kernel() => AssertEqual(Signed("none", AdcRangeKind.Full) with { InputBits = 9 }, 5, 137, 5, tables: false);

    /// <summary>Sums reach far beyond 16 bits, but not before the converter has clipped.</summary>
    [Theory]
    [InlineData("none", AdcRangeKind.Lsb)]
    [InlineData("constant", AdcRangeKind.Lsb)]
    [InlineData("proportional", AdcRangeKind.Lsb)]
    [InlineData("none", AdcRangeKind.Explicit)]
    [InlineData("constant", AdcRangeKind.Explicit)]
    public void Sums_may_saturate_where_codes_are_clipped(string noise, AdcRangeKind range)
    {
        var adc = Specs.Adc(7) with { Range = new() { Kind = range, Low = 3.7, High = 200.3 } };
        AssertEqual(Noisy(Quiet with { Device = Specs.Rram(0.01) }, noise) with { Rows = 256, Adc = adc }, 5, 256, 3, weight: 127, x: 127);
    }

    [Fact]
    public void Sums_beyond_16_bits_are_left_to_the_vector_kernel()
    {
        var macro = Quiet with { Device = Specs.Rram(0.01), Subtraction = Subtraction.Analog };
        AssertEqual(macro, 5, 128, 17);
        AssertEqual(macro, 5, 128, 17, tables: false, weight: 127);
    }

    [Fact]
    public void Some_columns_are_read_alone()
    {
        if (!LookupSums.IsSupported) return;
        var (_, matrix, x) = Program(Noisy(Quiet, "constant"), 9, 137, 40, null, 8, null);
        double[] all = new double[9 * 40], some = new double[9 * 40];
        MacroRead read = new() { Seed = 3, Image = 2, X = x, Tokens = 9, Workers = Workers.One };
        LookupKernel.Read(matrix, matrix.Lookup!, read, matrix.AllColumns, all);
        int[] columns = [1, 2, 5, 17, 18, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 11, 12];
        LookupKernel.Read(matrix, matrix.Lookup!, read, columns, some);
        for (int i = 0; i < some.Length; i++) Assert.Equal(columns.Contains(i % 40) ? all[i] : 0, some[i]);
    }

    [Fact]
    public void Threads_give_the_same_bits()
    {
        using var workers = new Workers(3);
        var spec = Noisy(Quiet, "proportional");
        double[] one = Run(spec, KernelKind.Lookup, Workers.One, out _), three = Run(spec, KernelKind.Lookup, workers, out _);
        Assert.Equal(one, three);
    }

    [Fact]
    public void Reads_allocate_nothing_after_the_first()
    {
        foreach (string noise in new[] { "none", "constant", "proportional" })
        {
            if (!LookupSums.IsSupported) return;
            var (_, matrix, x) = Program(Noisy(Quiet, noise), 20, 137, 40, null, 8, null);
            var y = new double[20 * 40];
            Assert.Equal(0, Allocations.Of(() =>
            {
                MacroRead read = new() { Seed = 3, Image = 2, X = x, Tokens = 20, Workers = Workers.One };
                LookupKernel.Read(matrix, matrix.Lookup!, read, matrix.AllColumns, y);
            }));
        }
    }

    /// <summary>Every sum in 16 bits, for ranges with and without ties, against the converter itself; sums that leave 16 bits saturate.</summary>
    [Fact]
    public void Codes_over_16_bit_sums_are_those_of_the_converter()
    {
        var random = new Random(7);
        int lines = 0, shifts = 0;
        for (int i = 0; i < 600; i++)
        {
            double grid = 1 << random.Next(8), low = random.Next(3) * -37.25, high = random.Next(3) switch { 0 => random.Next(10, 800), 1 => low + (1 << random.Next(9)), _ => 800 * random.NextDouble() + 1 };
            int bits = random.Next(1, 10);
            if (random.Next(2) == 0) high = low + ((1 << bits) - 1) * Math.ScaleB(1, random.Next(-2, 3));
            var transfer = (Specs.Adc(bits) with { Rounding = (AdcRounding)random.Next(2) }).Build(low, high).Transfer!.Value;
            bool signed = random.Next(2) == 0;
            int noise = random.Next(2) * random.Next(3000);
            bool shift = random.Next(2) == 0;
            if (LookupCode.Of(new(transfer, grid, signed, noise, shift)) is not { } code) continue;
            if (shift) shifts++;
            else lines++;
            long most = Math.Min(code.Steps.Most, 40_000), least = Math.Max(signed ? -100_000 : 0, code.Steps.Least);
            for (long steps = least; steps <= most; steps += random.Next(1, 40))
                foreach (int draw in new[] { -noise, 0, noise, random.Next(-noise, noise + 1) })
                {
                    int sum = Math.Clamp((int)Math.Min(code.Start + steps, short.MaxValue) + draw, short.MinValue, short.MaxValue);
                    Assert.Equal(transfer.Code((steps + draw) / grid), Code(code, sum));
                }
        }
        Assert.InRange(lines, 150, 600);
        Assert.InRange(shifts, 30, 600);
    }

    /// <summary>In a symmetric range one tie goes up and the other down, so no line of the converter's own slope has both.</summary>
    [Theory]
    [InlineData(8, 384, 1)]
    [InlineData(8, 384, 64)]
    [InlineData(6, 384, 16)]
    [InlineData(8, 96, 128)]
    public void Ties_in_both_directions_find_a_line(int bits, double high, double grid)
    {
        var transfer = (Specs.Adc(bits, signMagnitude: true) with { Rounding = AdcRounding.HalfEven }).Build(-high, high).Transfer!.Value;
        double up = transfer.Position(-high / 2), down = transfer.Position(high / 2);
        Assert.Equal((up + 0.5, down - 0.5), (transfer.Code(-high / 2), transfer.Code(high / 2)));
        var code = LookupCode.Of(new(transfer, grid, Signed: true, Noise: 0, Shifts: false));
        Assert.NotNull(code);
        for (int sum = short.MinValue; sum <= short.MaxValue; sum++) Assert.Equal(transfer.Code((sum - code.Start) / grid), Code(code, sum));
    }

    private static int Code(LookupCode code, int sum) => code switch
    {
        LookupShift shift => Math.Clamp(sum >> shift.Shift, shift.Smallest, shift.Largest) + shift.Offset,
        LookupLine line => line.Code(sum),
        _ => throw new ArgumentException("kind"),
    };

    private static MacroSpec Signed(string noise, AdcRangeKind range) => Noisy(Quiet, noise) with
    {
        InputCoding = InputCoding.SignMagnitudeBipolar,
        GridBits = 5,
        Adc = Specs.Adc(8, range, signMagnitude: true) with { Rounding = range == AdcRangeKind.Full ? AdcRounding.HalfEven : AdcRounding.HalfUp },
    };

    private static MacroSpec Noisy(MacroSpec spec, string noise) => spec with
    {
        Device = ((RramSpec)spec.Device) with
        {
            ReadNoise = noise == "none" ? 0 : 0.02,
            ReadNoiseKind = noise == "proportional" ? ReadNoiseKind.Proportional : ReadNoiseKind.Constant,
        },
    };

    private static double[] Run(MacroSpec spec, KernelKind kernel, Workers workers, out ProgrammedMatrix matrix, int tokens = 21, int inputs = 137, int outputs = 50, int? weight = null, int weightBits = 8, int? x = null)
    {
        var (macro, written, vectors) = Program(spec, tokens, inputs, outputs, weight, weightBits, x, kernel, workers);
        var y = new double[tokens * outputs];
        macro.Multiply(written, 2, vectors, tokens, y);
        matrix = written;
        return y;
    }

    private static (Macro Macro, ProgrammedMatrix Matrix, int[] X) Program(
        MacroSpec spec, int tokens, int inputs, int outputs, int? weight, int weightBits, int? x, KernelKind kernel = KernelKind.Lookup, Workers? workers = null)
    {
        var random = new Random(1);
        int largest = (1 << (weightBits - 1)) - 1;
        int[] w = [.. Enumerable.Range(0, inputs * outputs).Select(_ => weight ?? random.Next(-largest, largest + 1))];
        int[] vectors = [.. Enumerable.Range(0, tokens * inputs).Select(_ => x ?? random.Next(spec.InputCoding == InputCoding.TwosComplement ? -128 : -127, 128))];
        var macro = new Macro(spec, 3, kernel: kernel, workers: workers);
        return (macro, macro.Program(w, inputs, outputs, new(4)), vectors);
    }

    private static void AssertEqual(MacroSpec spec, int tokens, int inputs, int outputs, bool? tables = true, int? weight = null, int weightBits = 8, int? x = null)
    {
        double[] expected = Run(spec, KernelKind.Vector, Workers.One, out _, tokens, inputs, outputs, weight, weightBits, x);
        double[] actual = Run(spec, KernelKind.Lookup, Workers.One, out var matrix, tokens, inputs, outputs, weight, weightBits, x);
        Assert.Equal(expected, actual);
        if (tables is { } expectation) Assert.Equal(expectation && LookupSums.IsSupported, matrix.Lookup is not null);
    }
}
