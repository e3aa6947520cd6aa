using MathNet.Numerics.Statistics;
using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Devices;
using Ohmformer.Files;

namespace Ohmformer.Tests.Arrays;

public sealed class MacroTests
{
    private const int Rows = 40, Columns = 2000;

    /// <summary>One vector of ones through cells that all hold the same weight.</summary>
    private static double[] Uniform(MacroSpec spec, int weight, int rows = Rows, ulong seed = 1, int image = 0)
    {
        var macro = new Macro(spec, seed);
        var matrix = macro.Program([.. Enumerable.Repeat(weight, rows * Columns)], rows, Columns, new(0));
        var y = new double[Columns];
        macro.Multiply(matrix, image, [.. Enumerable.Repeat(1, rows)], 1, y);
        return y;
    }

    private static MacroSpec OneSlice(DeviceSpec device) => Specs.Macro(device) with { WeightBits = 3, InputBits = 2, InputCoding = InputCoding.SignMagnitudeBipolar };

    [Theory]
    [InlineData(ReadNoiseKind.Constant)]
    [InlineData(ReadNoiseKind.Proportional)]
    public void Read_noise_has_the_summed_variance_of_the_cells(ReadNoiseKind kind)
    {
        const double Sigma = 0.02, OnOff = 50, G0 = 1 / OnOff, CountsPerGMax = 3 / (1 - G0);
        var device = Specs.Ideal(OnOff) with { ReadNoise = Sigma, ReadNoiseKind = kind };
        double on = kind == ReadNoiseKind.Constant ? 1 : 2.0 / 3 * (1 - G0) + G0, off = kind == ReadNoiseKind.Constant ? 1 : G0;
        double expected = Sigma * CountsPerGMax * Math.Sqrt(Rows * (on * on + off * off));
        foreach (var subtraction in Enum.GetValues<Subtraction>())
        {
            double[] y = Uniform(OneSlice(device) with { Subtraction = subtraction }, 2);
            Assert.InRange(y.StandardDeviation(), expected * 0.94, expected * 1.06);
            Assert.InRange(y.Mean() - 2 * Rows, -4 * expected / Math.Sqrt(Columns), 4 * expected / Math.Sqrt(Columns));
        }
    }

    [Fact]
    public void Write_noise_of_rram_reaches_the_product_with_its_variance()
    {
        double[] y = Uniform(OneSlice(Specs.Rram(0.1, 3)), 2);
        double g0 = 0.01, target = g0 + 2.0 / 3 * (1 - g0), sigma = 0.3 * Math.Sqrt((target - g0) * (1 - g0)) * 3 / (1 - g0);
        Assert.InRange(y.StandardDeviation(), 0.94 * sigma * Math.Sqrt(Rows), 1.06 * sigma * Math.Sqrt(Rows));
    }

    [Fact]
    public void Static_weights_drift_by_the_power_law()
    {
        var device = Specs.Ideal() with { DriftExponent = 0.05, DriftReference = new(20) };
        double expected = 2 * Rows * Math.Pow(86400 / 20.0, -0.05);
        Assert.All(Uniform(OneSlice(device) with { Age = new(86400) }, 2), y => Assert.Equal(expected, y, 1e-9));
        Assert.All(Uniform(OneSlice(device) with { Age = new(10) }, 2), y => Assert.Equal(2 * Rows, y));
    }

    [Fact]
    public void Stuck_cells_occur_with_their_share()
    {
        var device = Specs.Ideal() with { StuckAtGMin = 0.1, StuckAtGMax = 0.2 };
        // Positive cells: 0.7 * 2 + 0.2 * 3; negative cells: 0.2 * 3.
        double mean = Uniform(OneSlice(device), 2).Mean();
        Assert.InRange(mean / Rows, 1.4 - 0.03, 1.4 + 0.03);
    }

    [Fact]
    public void Read_noise_changes_with_the_image_and_not_with_the_order_of_images()
    {
        var spec = OneSlice(Specs.Rram(0.1) with { ReadNoise = 0.05 });
        var macro = new Macro(spec, 1);
        int[] w = [.. Enumerable.Repeat(1, Rows * 17)], x = [.. Enumerable.Repeat(1, Rows)];
        var matrix = macro.Program(w, Rows, 17, new(0));
        double[] Read(int image)
        {
            var y = new double[17];
            macro.Multiply(matrix, image, x, 1, y);
            return y;
        }
        double[] zero = Read(0), one = Read(1);
        Assert.NotEqual(zero, one);
        Assert.Equal(one, Read(1));
        Assert.Equal(zero, Read(0));
    }

    [Fact]
    public void Write_noise_does_not_depend_on_other_noise()
    {
        var quiet = OneSlice(Specs.Rram(0.1));
        double[] alone = Uniform(quiet, 2);
        double[] beside = Uniform(OneSlice(Specs.Rram(0.1) with { ReadNoise = 1e-9, DriftExponentSpread = 0.01 }), 2);
        for (int n = 0; n < Columns; n++) Assert.Equal(alone[n], beside[n], 1e-5);
    }

    [Fact]
    public void Columns_of_the_same_head_and_image_do_not_depend_on_other_columns_or_tokens()
    {
        var spec = OneSlice(Specs.Rram(0.1) with { ReadNoise = 0.05 });
        var macro = new Macro(spec, 1);
        double[] Read(int outputs, int tokens)
        {
            var y = new double[tokens * outputs];
            macro.Multiply(macro.Program([.. Enumerable.Repeat(1, Rows * outputs)], Rows, outputs, new(0)), 4, [.. Enumerable.Repeat(1, Rows * tokens)], tokens, y);
            return y;
        }
        Assert.Equal(Read(33, 20)[..5], Read(5, 1));
    }

    [Fact]
    public void Dynamic_writes_draw_fresh_noise_for_every_image_and_head()
    {
        var macro = new Macro(OneSlice(Specs.Rram(0.1)), 1);
        int[] w = [.. Enumerable.Repeat(2, Rows * 8)], x = [.. Enumerable.Repeat(1, Rows)];
        double[] Read(int? image, int head)
        {
            var y = new double[8];
            macro.Multiply(macro.Program(w, Rows, 8, new(0, Image: image, Head: head)), 0, x, 1, y);
            return y;
        }
        double[][] reads = [Read(null, 0), Read(0, 0), Read(1, 0), Read(0, 1)];
        for (int i = 0; i < reads.Length; i++)
            for (int j = 0; j < i; j++) Assert.NotEqual(reads[i], reads[j]);
        Assert.Equal(reads[1], Read(0, 0));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0, 3, 2)]
    [InlineData(3, 0, 2)]
    [InlineData(3, 2, 0)]
    public void Empty_operands_give_empty_or_zero_products(int inputs, int outputs, int tokens)
    {
        foreach (var kernel in Enum.GetValues<KernelKind>())
        {
            var macro = new Macro(Specs.Macro(adc: Specs.Adc(8)), 0, kernel: kernel);
            double[] y = [.. Enumerable.Repeat(double.NaN, tokens * outputs)];
            macro.Multiply(macro.Program(new int[inputs * outputs], inputs, outputs, new(0)), 0, new int[tokens * inputs], tokens, y);
            Assert.All(y, v => Assert.Equal(0, v));
        }
    }

    [Fact]
    public void All_kernels_record_the_same_statistics()
    {
        var spec = Specs.Macro(Specs.Rram(0.1) with { ReadNoise = 0.02 }, rows: 16, adc: Specs.Adc(5, AdcRangeKind.Lsb, lsb: 0.2)) with { ActiveRows = 7 };
        int[] w = [.. Enumerable.Range(0, 35 * 19).Select(i => i * 37 % 255 - 127)], x = [.. Enumerable.Range(0, 20 * 35).Select(i => i * 53 % 255 - 127)];
        ReadStatistics[] statistics = [.. new[] { KernelKind.Reference, KernelKind.Vector }.Select(kernel =>
        {
            var macro = new Macro(spec, 1, kernel: kernel);
            var recorded = new ReadStatistics(spec, unsignedInputs: false);
            macro.Multiply(macro.Program(w, 35, 19, new(0)), 0, x, 20, new double[20 * 19], recorded);
            return recorded;
        })];
        Assert.True(statistics[0].ClippedShare > 0);
        Assert.Equal(statistics[0].ClippedShare, statistics[1].ClippedShare);
        Assert.Equal(statistics[0].UsedRangeShare, statistics[1].UsedRangeShare);
        Assert.Equal(statistics[0].ZeroPulseShare, statistics[1].ZeroPulseShare);
        Assert.Equal(statistics[0].GMinCurrentShare, statistics[1].GMinCurrentShare, 1e-9);
        Assert.Equal(x.Average(v => 8 - System.Numerics.BitOperations.PopCount((byte)v)) / 8, statistics[0].ZeroPulseShare, 1e-12);
        for (int slice = 0; slice < 4; slice++) Assert.Equal(statistics[0].Percentile(slice, 99), statistics[1].Percentile(slice, 99));
    }

    [Fact]
    public void Variances_beyond_single_precision_are_those_of_the_reference()
    {
        // A driven cell adds up to 2^7 255^2 steps, so three of them exceed the 2^24 that single precision holds.
        const int Inputs = 300, Outputs = 30, Tokens = 12;
        var device = Specs.Rram(0.1) with { ReadNoise = 0.5, ReadNoiseKind = ReadNoiseKind.Proportional };
        var adc = Specs.Adc(16) with { Range = new() { Kind = AdcRangeKind.Explicit, Low = 8500, High = 10500 } };
        var spec = Specs.Macro(device, Inputs, adc, 1) with { InputCoding = InputCoding.Unsigned, InputBitsPerCycle = 8, GridBits = 7 };
        int[] w = [.. Enumerable.Range(0, Inputs * Outputs).Select(i => i * 37 % 255 - 127)], x = [.. Enumerable.Range(0, Tokens * Inputs).Select(i => i * 53 % 256)];
        double[][] y = [.. new[] { KernelKind.Reference, KernelKind.Vector }.Select(kernel =>
        {
            var macro = new Macro(spec, 1, kernel: kernel);
            double[] result = new double[Tokens * Outputs];
            macro.Multiply(macro.Program(w, Inputs, Outputs, new(0, UnsignedInputs: true)), 0, x, Tokens, result);
            return result;
        })];
        Assert.Equal(y[0], y[1]);
    }

    [Fact]
    public void Reused_memory_gives_the_same_product()
    {
        var macro = new Macro(Specs.Macro(Specs.Rram(0.1), adc: Specs.Adc(8)) with { GridBits = 7 }, 1);
        int[] w = [.. Enumerable.Range(0, 30 * 7).Select(i => i % 100 - 50)], x = [.. Enumerable.Range(0, 30)];
        double[] fresh = new double[7], again = new double[7];
        var first = macro.Program(w, 30, 7, new(2));
        macro.Multiply(first, 0, x, 1, fresh);
        var old = macro.Program([.. w.Reverse()], 30, 7, new(3));
        macro.Multiply(macro.Program(w, 30, 7, new(2), old), 0, x, 1, again);
        Assert.Equal(fresh, again);
    }

    [Theory]
    [InlineData(WeightEncodingKind.Differential, -128, "-127 to 127")]
    [InlineData(WeightEncodingKind.Offset, 128, "-128 to 127")]
    [InlineData(WeightEncodingKind.TwosComplement, -129, "-128 to 127")]
    public void Weight_out_of_range_is_rejected(WeightEncodingKind encoding, int weight, string allowed)
    {
        var macro = new Macro(Specs.Macro(cellBits: 1) with { Encoding = encoding }, 0);
        var error = Assert.Throws<InputException>(() => macro.Program([0, 1, weight, 3], 2, 2, new(0)));
        Assert.Contains($"weight [1, 0] is {weight}", error.Message, StringComparison.Ordinal);
        Assert.Contains(allowed, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(InputCoding.TwosComplement, false, 128)]
    [InlineData(InputCoding.SignMagnitudeBipolar, false, -128)]
    [InlineData(InputCoding.SignMagnitudeUnipolar, false, -128)]
    [InlineData(InputCoding.TwosComplement, true, -1)]
    [InlineData(InputCoding.Unsigned, false, 256)]
    public void Input_out_of_range_is_rejected(InputCoding coding, bool unsigned, int input)
    {
        var macro = new Macro(Specs.Macro() with { InputCoding = coding }, 0);
        var matrix = macro.Program([1, 1, 1], 3, 1, new(0, unsigned));
        var error = Assert.Throws<InputException>(() => macro.Multiply(matrix, 0, [0, input, 0], 1, new double[1]));
        Assert.Contains($"input [0, 1] is {input}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Contradicting_parameters_are_rejected()
    {
        MacroSpec good = Specs.Macro();
        Rejects(good with { Encoding = WeightEncodingKind.TwosComplement }, "bitsPerCell");
        Rejects(good with { InputBits = 1, InputCoding = InputCoding.SignMagnitudeBipolar }, "inputBits");
        Rejects(good with { Device = Specs.Ideal() with { MaxBitsPerCell = 1 } }, "bitsPerCell");
        Rejects(good with { Device = Specs.Ideal(1) }, "gMin");
        Rejects(good with { Device = Specs.Ideal() with { StuckAtGMax = 0.7, StuckAtGMin = 0.7 } }, "stuckAtGMin");
        Rejects(good with { Adc = Specs.Adc(8, AdcRangeKind.Explicit) }, "adc.range");

        static void Rejects(MacroSpec spec, string parameter) =>
            Assert.Contains(parameter, Assert.Throws<InputException>(() => new Macro(spec, 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_calibration_is_rejected()
    {
        var macro = new Macro(Specs.Macro(adc: Specs.Adc(8, AdcRangeKind.Calibrated)), 0);
        Assert.Contains("calibrat", Assert.Throws<InputException>(() => macro.Program([1], 1, 1, new(0))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_row_tiles_are_rejected() =>
        Assert.Contains("row tiles", Assert.Throws<InputException>(() => new Macro(Specs.Macro(rows: 1), 0).Program(new int[5000], 5000, 1, new(0))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(WeightEncodingKind.Differential, Subtraction.Digital, InputCoding.TwosComplement, 0, 390)]
    [InlineData(WeightEncodingKind.Differential, Subtraction.Analog, InputCoding.TwosComplement, -384, 384)]
    [InlineData(WeightEncodingKind.Offset, Subtraction.Digital, InputCoding.Unsigned, 0, 390)]
    [InlineData(WeightEncodingKind.Offset, Subtraction.Analog, InputCoding.SignMagnitudeBipolar, -390, 390)]
    public void Full_range_is_the_largest_possible_value(WeightEncodingKind encoding, Subtraction subtraction, InputCoding coding, double low, double high)
    {
        // 128 rows, 2-bit cells; g0' = 3 * g0/(1 - g0) = 3/64 counts with an ON/OFF ratio of 65.
        var spec = Specs.Macro(Specs.Ideal(65)) with { Encoding = encoding, Subtraction = subtraction, InputCoding = coding };
        var range = BitLineRange.Of(spec, false, 128);
        Assert.Equal(low, range.Low, 1e-7);
        Assert.Equal(high, range.High, 1e-7);
    }

    [Fact]
    public void Range_given_by_its_lsb_codes_zero()
    {
        var adc = Specs.Adc(8, AdcRangeKind.Lsb, lsb: 2);
        Assert.Equal(new BitLineRange(0, 510), new BitLineRange(0, 384).FullScale(adc, null, whole: true));
        Assert.Equal(new BitLineRange(-256, 254), new BitLineRange(-384, 384).FullScale(adc, null, whole: true));
        Assert.Equal(new BitLineRange(-254, 254), new BitLineRange(-384, 384).FullScale(adc with { SignMagnitude = true }, null, whole: true));
    }

    [Fact]
    public void A_calibrated_range_is_not_finer_than_whole_counts()
    {
        var adc = Specs.Adc(6, AdcRangeKind.Calibrated);
        BitLineRange unsigned = new(0, 64), signed = new(-64, 64);
        Assert.Equal(new BitLineRange(0, 63), unsigned.FullScale(adc, new(0, 40), whole: true));
        Assert.Equal(new BitLineRange(-32, 31), signed.FullScale(adc, new(-25, 25), whole: true));
        Assert.Equal(new BitLineRange(0, 40), unsigned.FullScale(adc, new(0, 40), whole: false));
        Assert.Equal(new BitLineRange(0, 63), unsigned.FullScale(adc, new(0, 63), whole: true));
        Assert.Equal(new BitLineRange(-40, 40), signed.FullScale(adc, new(-40, 40), whole: true));
    }

    /// <summary>Sums of 64 cells of one bit that lie below 64 are codes of a converter of 6 bits, whatever range the calibration finds.</summary>
    [Theory]
    [InlineData(WeightEncodingKind.TwosComplement, Subtraction.Digital)]
    [InlineData(WeightEncodingKind.Differential, Subtraction.Digital)]
    [InlineData(WeightEncodingKind.Differential, Subtraction.Analog)]
    public void Calibrated_converters_of_error_free_cells_give_the_integer_product(WeightEncodingKind encoding, Subtraction subtraction)
    {
        const int Inputs = 131, Outputs = 7, Tokens = 5;
        var random = new Random(4);
        int[] w = [.. Enumerable.Range(0, Inputs * Outputs).Select(_ => random.Next(-127, 128))], x = [.. Enumerable.Range(0, Tokens * Inputs).Select(_ => random.Next(-128, 128))];
        var spec = Specs.Macro(rows: 64, adc: Specs.Adc(6, AdcRangeKind.Calibrated), cellBits: 1) with { Encoding = encoding, Subtraction = subtraction };
        var open = spec with { Adc = null };
        var statistics = new ReadStatistics(open, unsignedInputs: false);
        Multiply(new Macro(open, 1), statistics);
        var calibration = new AdcCalibration();
        calibration.Set(3, statistics, percentile: 100);
        double[] y = Multiply(new Macro(spec, 1, calibration), null);
        for (int t = 0; t < Tokens; t++)
            for (int n = 0; n < Outputs; n++) Assert.Equal(Enumerable.Range(0, Inputs).Sum(k => x[t * Inputs + k] * w[k * Outputs + n]), y[t * Outputs + n]);

        double[] Multiply(Macro macro, ReadStatistics? statistics)
        {
            var y = new double[Tokens * Outputs];
            macro.Multiply(macro.Program(w, Inputs, Outputs, new(3)), 0, x, Tokens, y, statistics);
            return y;
        }
    }

    [Theory]
    [InlineData(InputCoding.TwosComplement, 1, 8)]
    [InlineData(InputCoding.TwosComplement, 2, 5)]
    [InlineData(InputCoding.SignMagnitudeBipolar, 2, 4)]
    [InlineData(InputCoding.SignMagnitudeUnipolar, 1, 14)]
    [InlineData(InputCoding.Unsigned, 3, 3)]
    public void Passes_add_up_to_the_input(InputCoding coding, int bitsPerCycle, int count)
    {
        var spec = Specs.Macro() with { InputCoding = coding, InputBitsPerCycle = bitsPerCycle };
        var passes = InputPass.Of(spec, false);
        Assert.Equal(count, passes.Length);
        Assert.Equal(spec.InputPlanes(false) * spec.InputPhases(false), passes.Length);
        var (smallest, largest) = InputPass.Range(spec, false);
        for (int x = smallest; x <= largest; x++) Assert.Equal(x, passes.Sum(p => p.Weight * p.Drive(x)));
    }
}
