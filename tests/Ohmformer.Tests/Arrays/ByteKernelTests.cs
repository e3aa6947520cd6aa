using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Numerics;

namespace Ohmformer.Tests.Arrays;

public sealed class ByteKernelTests
{
    private static readonly int[] Sizes = [1, 2, 3, 5, 6, 7, 8, 15, 16, 17, 31, 33, 64, 65, 129];

    private static readonly Workers Threads = new(3);

    private static readonly MacroSpec Clipping = Specs.Macro(Specs.Ideal(), adc: Specs.Adc(6, AdcRangeKind.Lsb));

    /// <summary>Every encoding, input coding, range, rounding and odd size; most of them suit the tables.</summary>
    [Fact]
    public void Random_macros_give_the_bits_of_the_reference()
    {
        int tables = 0;
        for (int seed = 0; seed < 600; seed++)
        {
            var random = new Random(seed);
            var spec = Draw(random);
            bool unsigned = spec.InputCoding == InputCoding.Unsigned || random.Next(3) == 0;
            if (AssertEqual(spec, random.Next(1, 40), Pick(random, Sizes), Pick(random, Sizes), unsigned, random, $"seed {seed}: {spec}")) tables++;
        }
        if (ByteSums.IsSupported) Assert.InRange(tables, 400, 600);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(255)]
    [InlineData(257)]
    [InlineData(519)]
    public void Any_number_of_tokens_gives_the_same_bits(int tokens) =>
        Assert.Equal(ByteSums.IsSupported, AssertEqual(Clipping, tokens, 137, 9, false, new(tokens), $"{tokens} tokens"));

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    public void Empty_matrices_are_read(int inputs, int outputs) => AssertEqual(Clipping, 3, inputs, outputs, false, new(1), "empty");

    /// <summary>128 cells of 3 levels sum to 384: beyond a byte, where an 8-bit step of one count has clipped but a step of two has not.</summary>
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void Sums_beyond_a_byte_are_read_where_they_all_clip(double step, bool tables)
    {
        var spec = Specs.Macro(Specs.Ideal(), adc: Specs.Adc(8, AdcRangeKind.Lsb, lsb: step));
        Assert.Equal(tables && ByteSums.IsSupported, AssertEqual(spec, 9, 128, 3, false, new(1), "largest", weight: 127));
        Assert.Equal(ByteSums.IsSupported, AssertEqual(spec, 9, 128, 3, false, new(1), "small", weight: 85));
    }

    private static MacroSpec Draw(Random random)
    {
        var encoding = Pick(random, Enum.GetValues<WeightEncodingKind>());
        int cellBits = encoding == WeightEncodingKind.TwosComplement ? 1 : random.Next(1, 6), rows = Pick(random, Sizes);
        var range = new AdcRange { Kind = Pick(random, Enum.GetValues<AdcRangeKind>()), Low = Pick(random, -3, -2.25, 0), High = 40.5, LsbCounts = Pick(random, 0.75, 0.5, 1, 1, 4) };
        return Specs.Macro(Specs.Ideal(), rows, cellBits: cellBits) with
        {
            ActiveRows = Pick<int?>(random, null, 1, Math.Min(5, rows), Math.Min(16, rows)),
            WeightBits = random.Next(2, 10),
            Encoding = encoding,
            InputBits = random.Next(2, 9),
            InputCoding = Pick(random, InputCoding.TwosComplement, InputCoding.SignMagnitudeUnipolar, InputCoding.Unsigned),
            GridBits = Pick<int?>(random, null, 0, 3),
            Adc = new IdealAdcSpec { Bits = random.Next(3, 9), Range = range, Rounding = (AdcRounding)random.Next(2), SignMagnitude = random.Next(2) == 0, Source = "test" },
        };
    }

    /// <returns>Whether the tables were used.</returns>
    private static bool AssertEqual(MacroSpec spec, int tokens, int inputs, int outputs, bool unsigned, Random random, string what, int? weight = null)
    {
        int smallest = unsigned || spec.InputCoding == InputCoding.Unsigned ? 0 : 1 - (1 << (spec.InputBits - 1)), largest = smallest == 0 ? (1 << spec.InputBits) - 1 : -smallest;
        int largestWeight = (1 << (spec.WeightBits - 1)) - 1;
        int[] w = [.. Enumerable.Range(0, inputs * outputs).Select(_ => weight ?? random.Next(-largestWeight, largestWeight + 1))];
        int[] x = [.. Enumerable.Range(0, tokens * inputs).Select(_ => random.Next(smallest, largest + 1))];
        var calibration = Calibrate(spec, w, x, inputs, outputs, tokens, unsigned);
        bool used = false;
        Assert.True(Run(tokens > 40 ? KernelKind.Vector : KernelKind.Reference).AsSpan().SequenceEqual(Run(KernelKind.Byte)), what);
        return used;

        double[] Run(KernelKind kernel)
        {
            var macro = new Macro(spec, 3, calibration, kernel, kernel == KernelKind.Byte ? Threads : null);
            var matrix = macro.Program(w, inputs, outputs, new(4, unsigned));
            used = matrix.Bytes is not null;
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
