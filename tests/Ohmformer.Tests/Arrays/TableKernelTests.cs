using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Numerics;

namespace Ohmformer.Tests.Arrays;

/// <summary>The kernels that add partial sums from tables of bytes or of 256-bit rows.</summary>
public sealed class TableKernelTests
{
    private static readonly int[] Sizes = [1, 2, 3, 5, 6, 7, 8, 15, 16, 17, 31, 33, 64, 65, 129];

    private static readonly Workers Threads = new(3);

    private static readonly MacroSpec Clipping = Specs.Macro(Specs.Ideal(), adc: Specs.Adc(6, AdcRangeKind.Lsb));

    public static TheoryData<KernelKind, int> Tokens()
    {
        var data = new TheoryData<KernelKind, int>();
        foreach (var kernel in new[] { KernelKind.Byte, KernelKind.Gather })
            foreach (int tokens in new[] { 0, 1, 7, 8, 15, 16, 17, 255, 257, 519 }) data.Add(kernel, tokens);
        return data;
    }

    /// <summary>Every encoding, input coding, range, rounding and odd size; most of them suit the tables.</summary>
    [Theory]
    [InlineData(KernelKind.Byte)]
    [InlineData(KernelKind.Gather)]
    public void Random_macros_give_the_bits_of_the_reference(KernelKind kernel)
    {
        int tables = 0;
        for (int seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var spec = Draw(random, noisy: kernel == KernelKind.Gather);
            bool unsigned = spec.InputCoding == InputCoding.Unsigned || random.Next(3) == 0;
            if (AssertEqual(kernel, spec, random.Next(1, 40), Pick(random, Sizes), Pick(random, Sizes), unsigned, random, $"seed {seed}: {spec}")) tables++;
        }
        if (UsesTables(kernel)) Assert.InRange(tables, 250, 400);
    }

    [Theory]
    [MemberData(nameof(Tokens))]
    public void Any_number_of_tokens_gives_the_same_bits(KernelKind kernel, int tokens) =>
        Assert.Equal(UsesTables(kernel), AssertEqual(kernel, Clipping, tokens, 137, 19, false, new(tokens), $"{tokens} tokens"));

    [Theory]
    [InlineData(KernelKind.Byte, 0, 5)]
    [InlineData(KernelKind.Byte, 5, 0)]
    [InlineData(KernelKind.Gather, 0, 5)]
    [InlineData(KernelKind.Gather, 5, 0)]
    public void Empty_matrices_are_read(KernelKind kernel, int inputs, int outputs) => AssertEqual(kernel, Clipping, 3, inputs, outputs, false, new(1), "empty");

    /// <summary>128 cells of 3 levels sum to 384: beyond a byte, where an 8-bit step of one count has clipped but a step of two has not.</summary>
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void Sums_beyond_a_byte_are_read_where_they_all_clip(double step, bool tables)
    {
        var spec = Specs.Macro(Specs.Ideal(), adc: Specs.Adc(8, AdcRangeKind.Lsb, lsb: step));
        Assert.Equal(tables && ByteSums.IsSupported, AssertEqual(KernelKind.Byte, spec, 9, 128, 3, false, new(1), "largest", weight: 127));
        Assert.Equal(ByteSums.IsSupported, AssertEqual(KernelKind.Byte, spec, 9, 128, 3, false, new(1), "small", weight: 85));
    }

    /// <summary>128 cells of 3 levels sum to 49152 steps of 2^-7: 16 bits hold that without a sign only.</summary>
    [Theory]
    [InlineData(Subtraction.Digital, 127, true)]
    [InlineData(Subtraction.Analog, 127, false)]
    [InlineData(Subtraction.Analog, 85, true)]
    public void Sums_beyond_16_bits_are_left_to_another_kernel(Subtraction subtraction, int weight, bool tables)
    {
        var spec = Specs.Macro(Specs.Ideal(), adc: Specs.Adc(8)) with { Subtraction = subtraction, GridBits = 7 };
        Assert.Equal(tables, AssertEqual(KernelKind.Gather, spec, 5, 128, 17, false, new(1), "sums", weight));
    }

    /// <summary>Every sum in 16 bits and far beyond them, for ranges with and without ties, coarse ones and ones that need double precision.</summary>
    [Fact]
    public void Fitted_lines_give_every_code_of_the_converter()
    {
        var random = new Random(7);
        int fitted = 0, singles = 0;
        for (int i = 0; i < 60; i++)
        {
            double low = random.Next(3) * -37.25, high = random.Next(2) == 0 ? random.Next(10, 800) : 800 * random.NextDouble() + 1, grid = 1 << random.Next(8);
            var curve = (Specs.Adc(random.Next(1, 10)) with { Rounding = (AdcRounding)random.Next(2) }).Build(low, high).Transfer!.Value;
            var line = GatherCode.Of(curve, grid, short.MinValue);
            if (line is null) continue;
            fitted++;
            if (line.IsSingle) singles++;
            for (int sum = -100_000; sum < 100_000; sum += random.Next(1, 9))
                Assert.Equal(curve.Code((sum - short.MinValue) / grid), line.Code(sum));
        }
        Assert.InRange(fitted, 50, 60);
        Assert.InRange(singles, 1, fitted - 1);
    }

    private static bool UsesTables(KernelKind kernel) => kernel == KernelKind.Gather || ByteSums.IsSupported;

    private static MacroSpec Draw(Random random, bool noisy)
    {
        var encoding = Pick(random, Enum.GetValues<WeightEncodingKind>());
        int cellBits = encoding == WeightEncodingKind.TwosComplement ? 1 : random.Next(1, 6), rows = Pick(random, Sizes);
        var range = new AdcRange { Kind = Pick(random, Enum.GetValues<AdcRangeKind>()), Low = Pick(random, -3, -2.25, 0), High = 40.5, LsbCounts = Pick(random, 0.75, 0.5, 1, 1, 4) };
        return Specs.Macro(noisy ? Specs.Rram(0.1) : Specs.Ideal(), rows, cellBits: cellBits) with
        {
            ActiveRows = Pick<int?>(random, null, 1, Math.Min(5, rows), Math.Min(16, rows)),
            WeightBits = random.Next(2, 10),
            Encoding = encoding,
            Subtraction = noisy ? Pick(random, Enum.GetValues<Subtraction>()) : Subtraction.Digital,
            InputBits = random.Next(2, 9),
            InputCoding = Pick(random, InputCoding.TwosComplement, InputCoding.SignMagnitudeUnipolar, InputCoding.Unsigned),
            GridBits = noisy ? random.Next(2, 9 - cellBits) : Pick<int?>(random, null, 0, 3),
            Adc = new IdealAdcSpec { Bits = random.Next(3, 9), Range = range, Rounding = (AdcRounding)random.Next(2), SignMagnitude = random.Next(2) == 0, Source = "test" },
        };
    }

    /// <returns>Whether the tables were used.</returns>
    private static bool AssertEqual(KernelKind kernel, MacroSpec spec, int tokens, int inputs, int outputs, bool unsigned, Random random, string what, int? weight = null)
    {
        int smallest = unsigned || spec.InputCoding == InputCoding.Unsigned ? 0 : 1 - (1 << (spec.InputBits - 1)), largest = smallest == 0 ? (1 << spec.InputBits) - 1 : -smallest;
        int largestWeight = (1 << (spec.WeightBits - 1)) - 1;
        int[] w = [.. Enumerable.Range(0, inputs * outputs).Select(_ => weight ?? random.Next(-largestWeight, largestWeight + 1))];
        int[] x = [.. Enumerable.Range(0, tokens * inputs).Select(_ => random.Next(smallest, largest + 1))];
        var calibration = Calibrate(spec, w, x, inputs, outputs, tokens, unsigned);
        double[] expected = Run(tokens > 40 ? KernelKind.Vector : KernelKind.Reference, null, out _), actual = Run(kernel, Threads, out var matrix);
        Assert.True(expected.AsSpan().SequenceEqual(actual), what);
        return kernel == KernelKind.Byte ? matrix.Bytes is not null : matrix.Gather is not null;

        double[] Run(KernelKind kernel, Workers? workers, out ProgrammedMatrix matrix)
        {
            var macro = new Macro(spec, 3, calibration, kernel, workers);
            matrix = macro.Program(w, inputs, outputs, new(4, unsigned));
            var y = new double[tokens * outputs];
            macro.Multiply(matrix, 2, x, tokens, y);
            return y;
        }
    }

    /// <summary>A range of its own for every slice.</summary>
    private static AdcCalibration? Calibrate(MacroSpec spec, int[] w, int[] x, int inputs, int outputs, int tokens, bool unsigned)
    {
        if (spec.Adc!.Range.Kind != AdcRangeKind.Calibrated) return null;
        var open = spec with { Adc = null };
        var macro = new Macro(open, 3, kernel: KernelKind.Vector);
        var statistics = new ReadStatistics(open, unsigned);
        macro.Multiply(macro.Program(w, inputs, outputs, new(4, unsigned)), 2, x, tokens, new double[tokens * outputs], statistics);
        var calibration = new AdcCalibration();
        calibration.Set(4, statistics, 90);
        return calibration;
    }

    private static T Pick<T>(Random random, params T[] values) => values[random.Next(values.Length)];
}
