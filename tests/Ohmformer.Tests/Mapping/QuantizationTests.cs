using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Tests.Numerics;

namespace Ohmformer.Tests.Mapping;

/// <summary>Quantization against plain definitions of it.</summary>
public sealed class QuantizationTests
{
    private const int Inputs = 37, Outputs = 11, Tokens = 5;
    private static readonly ProductSite Layer = new("mlp", LayerClass.Mlp, 1), Scores = new("scores", LayerClass.Scores, 2), Context = new("context", LayerClass.Context, 3);

    public static TheoryData<int> Bits => [2, 3, 4, 5, 6, 7, 8];

    [Theory]
    [MemberData(nameof(Bits))]
    public void Round_trip_is_within_half_a_step_inside_the_range_and_clips_outside(int bits)
    {
        int largest = (1 << (bits - 1)) - 1;
        float[] x = Random(1000, bits);
        foreach (var (quantizer, clip) in new (IQuantizer, float)[] { (new AbsmaxPerToken(), float.MaxValue), (new AbsmaxPerTensor(), float.MaxValue), (new FixedRange(0.6f), 0.6f) })
        {
            var integers = new int[x.Length];
            var scales = new float[10];
            quantizer.Quantize(x, 10, 100, largest, integers, scales);
            Assert.True(integers.Distinct().Count() <= (1 << bits) - 1);
            Assert.All(integers, i => Assert.InRange(i, -largest, largest));
            for (int i = 0; i < x.Length; i++)
                Assert.InRange(integers[i] * (double)scales[i / 100] - Math.Clamp(x[i], -clip, clip), -0.5001 * scales[i / 100], 0.5001 * scales[i / 100]);
        }
    }

    [Theory]
    [MemberData(nameof(Bits))]
    public void Probabilities_use_all_unsigned_integers(int bits)
    {
        int largest = (1 << bits) - 1;
        float[] p = Random(20_000, bits, low: 0);
        var integers = new int[p.Length];
        var scales = new float[1];
        new UnitRange().Quantize(p, 1, p.Length, largest, integers, scales);
        Assert.Equal(1f / largest, scales[0]);
        Assert.Equal(1 << bits, integers.Distinct().Count());
        for (int i = 0; i < p.Length; i++) Assert.InRange(integers[i] * (double)scales[0] - p[i], -0.5001 * scales[0], 0.5001 * scales[0]);
    }

    public static TheoryData<Granularity?, double?, Granularity?, double?> StaticChoices => new()
    {
        { null, null, null, null },
        { Granularity.Tensor, null, Granularity.Tensor, null },
        { Granularity.Channel, 90, Granularity.Token, null },
        { Granularity.Tensor, 99, null, 95 },
        { null, 100, Granularity.Tensor, 100 },
    };

    [Theory]
    [MemberData(nameof(StaticChoices))]
    public void Static_product_is_that_of_the_dequantized_operands(Granularity? weightGranularity, double? weightPercentile, Granularity? granularity, double? percentile)
    {
        float[] x = Random(Tokens * Inputs, 1), w = Random(Inputs * Outputs, 2);
        foreach (int bits in new[] { 2, 5, 8 })
        {
            var spec = new QuantizationSpec
            {
                Weights = new() { Bits = bits, Granularity = weightGranularity, Percentile = weightPercentile },
                Activations = new() { Bits = 10 - bits, Granularity = granularity, Percentile = percentile },
            };
            var actual = new float[Tokens * Outputs];
            new IntegerProduct(quantization: spec, ranges: Calibrated(spec, p => Static(p, x, w))).Program(Layer, w, Inputs, Outputs).Multiply(0, x, Tokens, actual);
            double[] dx = Dequantized(x, Inputs, granularity ?? (percentile is null ? Granularity.Token : Granularity.Tensor), percentile, (1 << (9 - bits)) - 1);
            double[] dw = Dequantized(w, Outputs, weightGranularity ?? Granularity.Channel, weightPercentile, (1 << (bits - 1)) - 1);
            AssertProduct(dx, dw, actual);
        }
    }

    public static TheoryData<bool, Granularity?, double?, Granularity?, double?> DynamicChoices => new()
    {
        { false, null, null, null, null },
        { false, Granularity.Tensor, null, Granularity.Token, null },
        { false, null, 95, null, 90 },
        { true, null, null, null, null },
        { true, Granularity.Token, null, Granularity.Channel, null },
        { true, null, 99, Granularity.Tensor, 99 },
    };

    [Theory]
    [MemberData(nameof(DynamicChoices))]
    public void Dynamic_product_is_that_of_the_dequantized_operands(bool probabilities, Granularity? granularity, double? percentile, Granularity? programmedGranularity, double? programmedPercentile)
    {
        float[] a = Random(Tokens * Inputs, 3, probabilities ? 0 : -1), b = Random(Inputs * Outputs, 4);
        foreach (int bits in new[] { 2, 5, 8 })
        {
            OperandQuantization driven = new() { Bits = bits, Granularity = granularity, Percentile = percentile };
            OperandQuantization programmed = new() { Bits = 10 - bits, Granularity = programmedGranularity, Percentile = programmedPercentile };
            var spec = probabilities ? new QuantizationSpec { Probabilities = driven, Values = programmed } : new QuantizationSpec { Queries = driven, Keys = programmed };
            var actual = new float[Tokens * Outputs];
            Dynamic(new IntegerProduct(quantization: spec, ranges: Calibrated(spec, p => Dynamic(p, probabilities, a, b, actual))), probabilities, a, b, actual);

            bool unit = probabilities && granularity is null && percentile is null;
            int largest = probabilities ? (1 << bits) - 1 : (1 << (bits - 1)) - 1;
            double[] da = unit ? [.. a.Select(p => Math.Round((double)p * largest) / largest)] : Dequantized(a, Inputs, granularity ?? (percentile is null ? Granularity.Token : Granularity.Tensor), percentile, largest);
            // A column of K^T is a token, a column of V a channel: both have the scale of their column.
            var columns = programmedGranularity is null or Granularity.Tensor ? Granularity.Tensor : Granularity.Channel;
            AssertProduct(da, Dequantized(b, Outputs, columns, programmedPercentile, (1 << (9 - bits)) - 1), actual);
        }
    }

    [Fact]
    public void Ideal_device_equals_the_integer_product_for_all_bits()
    {
        var design = Specs.Design(Specs.Macro(rows: 16));
        for (int driven = 2; driven <= 8; driven++)
        {
            for (int programmed = 2; programmed <= 8; programmed++)
            {
                OperandQuantization few = new() { Bits = driven }, other = new() { Bits = programmed };
                var spec = new QuantizationSpec { Activations = few, Weights = other, Keys = other with { Granularity = Granularity.Token }, Values = other with { Granularity = Granularity.Channel }, Probabilities = few };
                AssertSame(design with { Quantization = spec }, null);
                spec = spec with { Queries = few with { Percentile = 99 }, Keys = other with { Percentile = 90 }, Values = other with { Percentile = 100 }, Probabilities = few with { Percentile = 95 } };
                AssertSame(design with { Quantization = spec }, Calibrated(spec, p => All(p)));
            }
        }

        static void AssertSame(Design design, QuantizationRanges? ranges) =>
            Assert.Equal(All(IntegerProduct.Of(design, ranges)), All(new AnalogProduct(design, 1, new() { Ranges = ranges })));
    }

    [Fact]
    public void Defaults_written_out_change_no_bit()
    {
        var explicitly = new QuantizationSpec
        {
            Weights = new() { Bits = 8, Granularity = Granularity.Channel },
            Activations = new() { Bits = 8, Granularity = Granularity.Token },
            Queries = new() { Bits = 8, Granularity = Granularity.Token },
            Keys = new() { Bits = 8, Granularity = Granularity.Tensor },
            Values = new() { Bits = 8, Granularity = Granularity.Tensor },
            Probabilities = new() { Bits = 8, Granularity = Granularity.Tensor },
        };
        Assert.Equal(All(new IntegerProduct()), All(new IntegerProduct(quantization: new())));
        Assert.Equal(All(new IntegerProduct()), All(new IntegerProduct(quantization: explicitly)));
    }

    [Fact]
    public void Ranges_are_percentiles_over_all_calibration_inputs_for_each_product_and_head()
    {
        var spec = new QuantizationSpec { Activations = new() { Percentile = 90 }, Values = new() { Percentile = 75 } };
        float[][] x = [.. Enumerable.Range(0, 3).Select(i => Random(Tokens * Inputs, i))];
        float[] w = Random(Inputs * Outputs, 9), result = new float[Tokens * Outputs];
        var ranges = QuantizationRanges.Calibrate(spec, products =>
        {
            var layer = products.Program(Layer, w, Inputs, Outputs);
            for (int i = 0; i < 3; i++) layer.Multiply(i, x[i], Tokens, result);
            for (int head = 0; head < 2; head++) products.Multiply(Context, 0, head, Random(Tokens * Inputs, 5, 0), [.. w.Select(v => v * (1 + head))], new(Tokens, Inputs, Outputs, true), result);
        });
        Assert.Equal(MagnitudesTests.Sorted(x.SelectMany(v => v), 90) / 127, ranges.Of(Layer, 0, programmed: false).Scale(127));
        foreach (int head in new[] { 0, 1 })
            Assert.Equal(MagnitudesTests.Sorted(w.Select(v => v * (1 + head)), 75) / 7, ranges.Of(Context, head, programmed: true).Scale(7));
        Assert.Contains("scores", Assert.Throws<InputException>(() => ranges.Of(Scores, 0, programmed: true)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_is_rejected_in_code_too()
    {
        Rejects(new() { Keys = new() { Percentile = 99 } }, "no calibration was made");
        Rejects(new() { Values = new() { Granularity = Granularity.Token } }, "Values asks for one scale per token");
        Rejects(new() { Values = new() { Bits = 8 } }, "asks for 8-bit values, but weightBits of the attention macro is 4");
        Rejects(new() { Activations = new() { Bits = 6 } }, "asks for 6-bit activations as queries, but inputBits of the attention macro is 5");
        Assert.NotNull(new IntegerProduct(new(8, 8), new(5, 4), new() { Activations = new() { Bits = 6 }, Queries = new() { Bits = 5 } }));
        Assert.Throws<InputException>(() => new FixedRange(1).Quantize([1, float.NaN], 1, 2, 127, new int[2], new float[1]));

        static void Rejects(QuantizationSpec spec, string message) =>
            Assert.Contains(message, Assert.Throws<InputException>(() => new IntegerProduct(new(8, 8), new(5, 4), spec)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Words_say_what_differs_from_the_defaults()
    {
        Assert.Equal("", new QuantizationSpec().Words);
        Assert.Equal(
            "weights 4 bit, keys per token, values 6 bit at percentile 99.9",
            new QuantizationSpec { Weights = new() { Bits = 4 }, Keys = new() { Granularity = Granularity.Token }, Values = new() { Bits = 6, Percentile = 99.9 } }.Words);
    }

    /// <summary>What quantized values stand for, one at a time in double precision.</summary>
    private static double[] Dequantized(float[] values, int columns, Granularity granularity, double? percentile, int largest)
    {
        int Group(int i) => granularity switch { Granularity.Tensor => 0, Granularity.Token => i / columns, _ => i % columns };
        var ranges = values.Select((v, i) => (v, Group: Group(i))).GroupBy(p => p.Group, p => p.v)
            .ToDictionary(g => g.Key, g => percentile is { } p ? MagnitudesTests.Sorted(g, p) : g.Max(MathF.Abs));
        return [.. values.Select((v, i) =>
        {
            float scale = ranges[Group(i)] / largest;
            return Math.Clamp(Math.Round((double)(v / scale)), -largest, largest) * scale;
        })];
    }

    private static void AssertProduct(double[] a, double[] b, float[] actual)
    {
        for (int m = 0; m < Tokens; m++)
            for (int n = 0; n < Outputs; n++)
                Assert.Equal(Enumerable.Range(0, Inputs).Sum(k => a[m * Inputs + k] * b[k * Outputs + n]), actual[m * Outputs + n], 1e-5);
    }

    private static QuantizationRanges? Calibrated(QuantizationSpec spec, Action<IMatrixProduct> run) => spec.NeedsCalibration ? QuantizationRanges.Calibrate(spec, run) : null;

    private static float[] All(IMatrixProduct products)
    {
        float[] y = new float[Tokens * Outputs], scores = new float[y.Length], context = new float[y.Length];
        products.Program(Layer, Random(Inputs * Outputs, 1), Inputs, Outputs).Multiply(0, Random(Tokens * Inputs, 2), Tokens, y);
        Dynamic(products, false, Random(Tokens * Inputs, 3), Random(Inputs * Outputs, 4), scores);
        Dynamic(products, true, Random(Tokens * Inputs, 5, 0), Random(Inputs * Outputs, 6), context);
        return [.. y, .. scores, .. context];
    }

    private static void Static(IMatrixProduct products, float[] x, float[] w) => products.Program(Layer, w, Inputs, Outputs).Multiply(0, x, Tokens, new float[Tokens * Outputs]);

    private static void Dynamic(IMatrixProduct products, bool probabilities, float[] driven, float[] programmed, float[] result) =>
        products.Multiply(probabilities ? Context : Scores, 0, 0, driven, programmed, new(Tokens, Inputs, Outputs, probabilities), result);

    private static float[] Random(int count, int seed, float low = -1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => low + (1 - low) * random.NextSingle())];
    }
}
