using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Devices;
using Ohmformer.Files;

namespace Ohmformer.Tests.Arrays;

/// <summary>The theorem of docs/theory/lossless-adc.md, on random macros and at its bounds.</summary>
public sealed class LosslessCertificateTests
{
    private static readonly int[] Sizes = [1, 2, 5, 15, 16, 17, 33, 50];

    [Fact]
    public void Certified_columns_give_the_integer_product_bit_for_bit()
    {
        long certified = 0, columns = 0;
        var covered = new HashSet<object>();
        for (int seed = 0; seed < 500; seed++)
        {
            var c = Case.Draw(seed);
            var (matrix, y) = c.Run(KernelKind.Reference);
            var certificate = new LosslessCertificate(matrix.Shape);
            double[] exact = ExactProduct.Of(c.X, c.W, c.Tokens, c.Inputs, c.Outputs);
            for (int n = 0; n < c.Outputs; n++)
            {
                columns++;
                if (!certificate.Holds(matrix, c.W, n)) continue;
                certified++;
                covered.UnionWith([c.Spec.Encoding, c.Spec.InputCoding, c.Spec.SubtractsCurrents(), c.Spec.GridBits ?? -1, c.Spec.Adc is null ? "open" : c.Spec.Adc.Range.Kind, c.Spec.Adc?.Rounding ?? 0]);
                for (int t = 0; t < c.Tokens; t++)
                    Assert.True(BitConverter.DoubleToInt64Bits(exact[t * c.Outputs + n]) == BitConverter.DoubleToInt64Bits(y[t * c.Outputs + n]), $"{c.Spec} seed {seed} [{t}, {n}]: {y[t * c.Outputs + n]} for {exact[t * c.Outputs + n]}");
            }
        }
        Assert.InRange((double)certified / columns, 0.2, 0.8);
        object[] expected =
        [
            .. Enum.GetValues<WeightEncodingKind>(), .. Enum.GetValues<InputCoding>(), .. Enum.GetValues<AdcRounding>(),
            true, false, -1, 0, 3, "open", AdcRangeKind.Full, AdcRangeKind.Lsb, AdcRangeKind.Explicit,
        ];
        Assert.Superset(new HashSet<object>(expected), covered);
    }

    [Fact]
    public void Exact_kernel_equals_the_reference_where_only_a_part_is_certified()
    {
        int partial = 0;
        for (int seed = 1000; seed < 2500; seed++)
        {
            var c = Case.Draw(seed);
            var (matrix, y) = c.Run(KernelKind.Exact);
            Assert.True(c.Run(KernelKind.Reference).Y.AsSpan().SequenceEqual(y), $"{c.Spec} seed {seed}");
            if (matrix.Exact is not { Applies: true, Rest: { } rest }) continue;
            partial++;
            var certificate = new LosslessCertificate(matrix.Shape);
            Assert.Equal(Enumerable.Range(0, c.Outputs).Where(n => !certificate.Holds(matrix, c.W, n)), rest.Columns.ToArray());
        }
        Assert.True(partial >= 100, $"{partial} partial plans");
    }

    [Theory]
    [InlineData(WeightEncodingKind.Differential)]
    [InlineData(WeightEncodingKind.Offset)]
    public void A_column_is_certified_up_to_the_largest_code_and_clips_beyond(WeightEncodingKind encoding)
    {
        // Five cells of level 3 reach code 15 of a 4-bit converter; the sixth does not fit.
        int weight = encoding == WeightEncodingKind.Offset ? 1 : 3;
        var spec = Specs.Macro(adc: Specs.Adc(4, AdcRangeKind.Lsb)) with { Encoding = encoding, WeightBits = encoding == WeightEncodingKind.Offset ? 2 : 3, InputBits = 2, InputCoding = InputCoding.Unsigned };
        Assert.Equal((1, 5 * weight), CertifiedAndDriven(spec, 5, weight));
        var (share, y) = CertifiedAndDriven(spec, 6, weight);
        Assert.Equal(0, share);
        Assert.NotEqual(6 * weight, y);
    }

    [Theory]
    [InlineData(0, 15, true)]
    [InlineData(-2, 13, true)]
    [InlineData(-0.5, 14.5, false)]
    [InlineData(-0.5, 7, true)]
    [InlineData(0, 5, true)]
    [InlineData(0, 11.25, false)]
    [InlineData(0, 12, false)]
    [InlineData(0, 30, false)]
    public void A_transfer_is_exact_if_and_only_if_integers_are_codes(double low, double high, bool exact)
    {
        var transfer = new AdcTransfer(low, high, 15 / (high - low), AdcRounding.HalfUp);
        Assert.Equal(exact, LosslessCertificate.IsExact(transfer, 0));
        bool all = true;
        for (int value = (int)Math.Ceiling(low); value <= high; value++) all &= transfer.Value(transfer.Code(value)) == value;
        Assert.Equal(exact, all);
    }

    [Theory]
    [InlineData(64, 8, 1, 1)]
    [InlineData(128, 8, 1, 1)]
    [InlineData(256, 8, 1, 1)]
    [InlineData(64, 7, 1, 1)]
    [InlineData(128, 7, 0.98, 1)]
    [InlineData(256, 7, 0, 0.01)]
    [InlineData(64, 6, 0.85, 0.95)]
    public void Share_of_columns_certified_for_Gaussian_weights(int rows, int bits, double least, double most)
    {
        const int Inputs = 512, Outputs = 96;
        int[] w = Gaussian(Inputs, Outputs);
        var macro = new Macro(Specs.Macro(rows: rows, adc: Specs.Adc(bits, AdcRangeKind.Lsb)), 0, kernel: KernelKind.Vector);
        Assert.InRange(Share(macro.Program(w, Inputs, Outputs, new(0)), w), least, most);
    }

    [Fact]
    public void A_certified_product_allocates_nothing()
    {
        int[] w = Gaussian(64, 33), x = [.. Enumerable.Range(0, 7 * 64).Select(i => i % 255 - 127)];
        var macro = new Macro(Specs.Macro(adc: Specs.Adc(8, AdcRangeKind.Lsb)) with { Encoding = WeightEncodingKind.Offset }, 0, kernel: KernelKind.Exact);
        var matrix = macro.Program(w, 64, 33, new(0));
        Assert.True(matrix.Exact is { Applies: true, Rest: null });
        var y = new double[7 * 33];
        Assert.Equal(0, Allocations.Of(() => macro.Multiply(matrix, 0, x, 7, y)));
    }

    [Fact]
    public void Noise_and_converter_errors_are_never_certified()
    {
        int[] w = [.. Enumerable.Range(0, 40).Select(i => i % 7)];
        foreach (var spec in new[]
        {
            Specs.Macro(Specs.Ideal() with { ReadNoise = 0.01 }, adc: Specs.Adc(8, AdcRangeKind.Lsb)),
            Specs.Macro(Specs.Rram(0.05), adc: Specs.Adc(8, AdcRangeKind.Lsb)),
            Specs.Macro(Specs.Rram(0.05)) with { GridBits = 7 },
            Specs.Macro(adc: new SarAdcSpec { Bits = 8, Range = new() { Kind = AdcRangeKind.Lsb }, OffsetSpread = 1, Source = "test" }),
        })
            Assert.Null(new Macro(spec, 0, kernel: KernelKind.Exact).Program(w, 40, 1, new(0)).Exact);
    }

    [Fact]
    public void Noise_below_half_a_grid_step_is_an_error_free_device()
    {
        int[] w = [.. Enumerable.Range(0, 40).Select(i => i % 7)];
        var macro = new Macro(Specs.Macro(Specs.Rram(0.001), adc: Specs.Adc(8, AdcRangeKind.Lsb)) with { GridBits = 0 }, 0, kernel: KernelKind.Exact);
        Assert.True(macro.Program(w, 40, 1, new(0)).Exact!.Applies);
    }

    [Theory]
    [InlineData(null, KernelKind.Auto)]
    [InlineData("", KernelKind.Auto)]
    [InlineData("auto", KernelKind.Auto)]
    [InlineData("Reference", KernelKind.Reference)]
    [InlineData("vector", KernelKind.Vector)]
    [InlineData("exact", KernelKind.Exact)]
    public void Environment_chooses_a_kernel(string? value, KernelKind expected) => Assert.Equal(expected, KernelChoice.Parse(value));

    [Fact]
    public void Unknown_kernels_are_refused_with_those_allowed()
    {
        var error = Assert.Throws<InputException>(() => KernelChoice.Parse("gpu"));
        Assert.Contains("OHMFORMER_KERNEL is \"gpu\"; allowed are auto, reference, vector, lookup, gather, byte, exact", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Certified share of the columns of all groups.</summary>
    private static double Share(ProgrammedMatrix matrix, int[] w)
    {
        var certificate = new LosslessCertificate(matrix.Shape);
        return Enumerable.Range(0, matrix.Groups.Length).SelectMany(g => Enumerable.Range(0, matrix.Outputs).Select(n => certificate.Holds(matrix, w, g, n) ? 1 : 0)).Average();
    }

    /// <summary>The certified share of one column of equal weights, and its output with every line driven.</summary>
    private static (double Share, double Y) CertifiedAndDriven(MacroSpec spec, int rows, int weight)
    {
        int[] w = [.. Enumerable.Repeat(weight, rows)];
        var macro = new Macro(spec, 0, kernel: KernelKind.Reference);
        var matrix = macro.Program(w, rows, 1, new(0));
        var y = new double[1];
        macro.Multiply(matrix, 0, [.. Enumerable.Repeat(1, rows)], 1, y);
        return (Share(matrix, w), y[0]);
    }

    /// <summary>Gaussian weights, each column scaled so that its largest magnitude is 127.</summary>
    private static int[] Gaussian(int inputs, int outputs)
    {
        var random = new Random(3);
        double[] values = [.. Enumerable.Range(0, inputs * outputs).Select(_ => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))];
        double[] largest = [.. Enumerable.Range(0, outputs).Select(n => Enumerable.Range(0, inputs).Max(k => Math.Abs(values[k * outputs + n])))];
        return [.. values.Select((v, i) => (int)Math.Round(v / largest[i % outputs] * 127))];
    }

    private sealed record Case(MacroSpec Spec, int Tokens, int Inputs, int Outputs, bool Unsigned, int[] X, int[] W)
    {
        public static Case Draw(int seed)
        {
            var random = new Random(seed);
            T Pick<T>(params T[] values) => values[random.Next(values.Length)];
            int rows = Pick(Sizes), inputs = Pick(Sizes), outputs = Pick(1, 2, 15, 16, 17, 50, 81), inputBits = random.Next(2, 9);
            const int Tokens = 6;
            var encoding = Pick(Enum.GetValues<WeightEncodingKind>());
            var spec = Specs.Macro(Device(random), rows, Converter(random, rows), encoding == WeightEncodingKind.TwosComplement ? 1 : random.Next(1, 4)) with
            {
                ActiveRows = Pick<int?>(null, null, Math.Min(5, rows)),
                WeightBits = random.Next(2, 10),
                Encoding = encoding,
                Subtraction = Pick(Enum.GetValues<Subtraction>()),
                InputBits = inputBits,
                InputCoding = Pick(Enum.GetValues<InputCoding>()),
                InputBitsPerCycle = Math.Min(Pick(1, 1, 2, 3), inputBits),
                GridBits = Pick<int?>(null, null, 0, 3),
            };
            bool unsigned = random.Next(3) == 0;
            var (low, high) = InputPass.Range(spec, unsigned);
            int largest = spec.WeightEncoding().Largest;
            // Columns of different sizes, so that some are certified and some are not; all lines driven, none, and random ones.
            double[] sizes = [.. Enumerable.Range(0, outputs).Select(n => largest * (n % 40 == 7 ? 1 : Math.Pow(random.NextDouble(), 3)))];
            int[] w = [.. Enumerable.Range(0, inputs * outputs).Select(i => (int)Math.Round((2 * random.NextDouble() - 1) * sizes[i % outputs]))];
            int[] x = [.. Enumerable.Range(0, Tokens * inputs).Select(i => (i / inputs) switch { 0 => high, 1 => low, 2 => 0, _ => random.Next(low, high + 1) })];
            return new(spec, Tokens, inputs, outputs, unsigned, x, w);
        }

        public (ProgrammedMatrix Matrix, double[] Y) Run(KernelKind kernel)
        {
            var macro = new Macro(Spec, 7, kernel: kernel);
            var matrix = macro.Program(W, Inputs, Outputs, new(5, Unsigned));
            var y = new double[Tokens * Outputs];
            macro.Multiply(matrix, 3, X, Tokens, y);
            return (matrix, y);
        }

        private static DeviceSpec Device(Random random) => random.Next(8) switch
        {
            0 => Specs.Rram(0.001),
            1 => Specs.Ideal() with { StuckAtGMin = 0.02 },
            2 => Specs.Ideal(7) with { StuckAtGMax = 0.02 },
            3 => Specs.Ideal(100),
            4 => Specs.Ideal(4),
            _ => Specs.Ideal(),
        };

        private static IdealAdcSpec? Converter(Random random, int rows)
        {
            if (random.Next(8) == 0) return null;
            double[] steps = [1, 1, 1, 1, 0.5, 0.25, 1.0 / 3, 0.1, 2, 0.75], lows = [0, -1, -8, -0.5, -100];
            int bits = random.Next(4, 11);
            double step = steps[random.Next(steps.Length)], low = lows[random.Next(lows.Length)];
            bool signMagnitude = random.Next(3) == 0;
            int codes = signMagnitude ? (1 << bits) - 2 : (1 << bits) - 1;
            var range = random.Next(4) switch
            {
                0 => new AdcRange { Kind = AdcRangeKind.Explicit, Low = low, High = low + codes * step },
                1 when rows is 5 or 15 or 17 or 1 => new AdcRange { Kind = AdcRangeKind.Full },
                _ => new AdcRange { Kind = AdcRangeKind.Lsb, LsbCounts = step },
            };
            return new() { Bits = bits, Range = range, Rounding = (AdcRounding)random.Next(2), SignMagnitude = signMagnitude, Source = "test" };
        }
    }
}
