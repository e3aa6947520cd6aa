using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Devices;
using Ohmformer.Files;
using Ohmformer.Mapping;

namespace Ohmformer.Tests.Mapping;

public sealed class AnalogProductTests
{
    private const int Inputs = 37, Outputs = 19, Tokens = 5;
    private static readonly ProductSite Weights = new("mlp", LayerClass.Mlp, 1), Scores = new("scores", LayerClass.Scores, 2), Context = new("context", LayerClass.Context, 3);

    private static float[] Random(int count, int seed, float low = -1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => low + (1 - low) * random.NextSingle())];
    }

    private static float[] Static(IMatrixProduct product, int image = 0)
    {
        var y = new float[Tokens * Outputs];
        product.Program(Weights, Random(Inputs * Outputs, 1), Inputs, Outputs).Multiply(image, Random(Tokens * Inputs, 2 + image), Tokens, y);
        return y;
    }

    private static float[] Dynamic(IMatrixProduct product, bool probabilities, int image = 0, int head = 0)
    {
        var y = new float[Tokens * Outputs];
        product.Multiply(probabilities ? Context : Scores, image, head, Random(Tokens * Inputs, 3, probabilities ? 0 : -1), Random(Inputs * Outputs, 4), new(Tokens, Inputs, Outputs, probabilities), y);
        return y;
    }

    public static TheoryData<WeightEncodingKind, InputCoding, KernelKind> Codings()
    {
        var data = new TheoryData<WeightEncodingKind, InputCoding, KernelKind>();
        foreach (var encoding in Enum.GetValues<WeightEncodingKind>())
            foreach (var coding in new[] { InputCoding.TwosComplement, InputCoding.SignMagnitudeBipolar, InputCoding.SignMagnitudeUnipolar })
                foreach (var kernel in Enum.GetValues<KernelKind>()) data.Add(encoding, coding, kernel);
        return data;
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public void Ideal_device_with_lossless_converters_equals_the_integer_product(WeightEncodingKind encoding, InputCoding coding, KernelKind kernel)
    {
        var macro = Specs.Macro(rows: 16, adc: Specs.Adc(10, AdcRangeKind.Lsb), cellBits: 1) with { Encoding = encoding, InputCoding = coding };
        var design = Specs.Design(macro, macro with { WeightBits = 6, InputBits = 5 });
        var analog = new AnalogProduct(design, 1, new() { Kernel = kernel });
        var digital = IntegerProduct.Of(design);
        Assert.Equal(Static(digital), Static(analog));
        Assert.Equal(Dynamic(digital, false), Dynamic(analog, false));
        Assert.Equal(Dynamic(digital, true), Dynamic(analog, true));
    }

    [Theory]
    [InlineData(ReadNoiseKind.Constant, Subtraction.Analog)]
    [InlineData(ReadNoiseKind.Proportional, Subtraction.Digital)]
    public void Kernels_agree_on_static_and_dynamic_products(ReadNoiseKind kind, Subtraction subtraction)
    {
        var macro = Specs.Macro(Specs.Rram(0.1) with { ReadNoise = 0.02, ReadNoiseKind = kind }, rows: 16, adc: Specs.Adc(8)) with { GridBits = 7, Subtraction = subtraction };
        var products = Enum.GetValues<KernelKind>().Order().Select(kernel => new AnalogProduct(Specs.Design(macro), 1, new() { Kernel = kernel })).ToArray();
        foreach (var product in products)
        {
            Assert.Equal(Static(products[0]), Static(product));
            Assert.Equal(Dynamic(products[0], false, 1, 2), Dynamic(product, false, 1, 2));
            Assert.Equal(Dynamic(products[0], true, 1, 2), Dynamic(product, true, 1, 2));
        }
    }

    [Fact]
    public void Noise_depends_on_image_and_head_and_not_on_threads()
    {
        var design = Specs.Design(Specs.Macro(Specs.Rram(0.1) with { ReadNoise = 0.05 }, adc: Specs.Adc(8)) with { GridBits = 7 });
        var together = new AnalogProduct(design, 7);
        var results = new float[12][];
        Parallel.For(0, 12, i => results[i] = Dynamic(together, i % 2 == 0, i / 4, i / 2 % 2));
        for (int i = 11; i >= 0; i--) Assert.Equal(Dynamic(new AnalogProduct(design, 7), i % 2 == 0, i / 4, i / 2 % 2), results[i]);
        Assert.NotEqual(results[0], results[2]);
        Assert.NotEqual(results[0], results[4]);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public void Writing_another_head_of_the_same_size_allocates_nothing(bool analogPairs, bool converter)
    {
        var macro = Specs.Macro(Specs.Rram(0.1) with { ReadNoise = 0.05 }, adc: converter ? Specs.Adc(8) : null) with { GridBits = 7, Subtraction = analogPairs ? Subtraction.Analog : Subtraction.Digital };
        var product = new AnalogProduct(Specs.Design(macro), 1, new() { Kernel = KernelKind.Vector });
        float[] driven = Random(64, 1), programmed = Random(64 * 50, 2), result = new float[50];
        int head = 0;
        Assert.Equal(0, Allocations.Of(() => product.Multiply(Scores, 0, head++, driven, programmed, new(1, 64, 50, false), result)));
    }

    [Fact]
    public void Activity_equals_the_closed_form_per_inference()
    {
        var macro = Specs.Macro(rows: 16, adc: Specs.Adc(8)) with { ActiveRows = 5, Columns = 50 };
        var product = new AnalogProduct(Specs.Design(macro), 1);
        Static(product);
        foreach (int head in new[] { 0, 1 }) Dynamic(product, true, head: head);

        var (mlp, context) = (product.Activity[0], product.Activity[1]);
        const int Groups = 4 + 4 + 1, Passes = 8, Slices = 4, Crossbars = 4; // 19 * 8 bit lines on 50
        Assert.Equal(Weights, mlp.Site);
        Assert.Equal(new ActivityCounts { RowWrites = Inputs * Crossbars, CellWrites = Inputs * Outputs * Slices * 2 }, mlp.Setup);
        var reads = new ActivityCounts
        {
            ArrayReads = Tokens * Passes * Groups * Crossbars,
            DacEvents = Tokens * Passes * Inputs * Crossbars,
            CellReads = (long)Tokens * Passes * Inputs * Outputs * Slices * 2,
            AdcEvents = Tokens * Passes * Groups * Outputs * Slices * 2,
            ShiftAdds = Tokens * Passes * Groups * Outputs * Slices * 2,
        };
        Assert.Equal(reads, mlp.Inference);
        Assert.Equal((reads + mlp.Setup) * 2, context.Inference);
        Assert.Equal(new ActivityCounts(), context.Setup);
    }

    [Fact]
    public void Calibrated_range_holds_the_wanted_share_of_the_values()
    {
        var adc = Specs.Adc(8, AdcRangeKind.Calibrated);
        var macro = Specs.Macro(Specs.Rram(0.01), adc: adc with { Range = adc.Range with { Percentile = 95 } }) with { Subtraction = Subtraction.Analog };
        var design = Specs.Design(macro);
        Assert.True(AnalogProduct.NeedsCalibration(design));
        Assert.Contains("calibration", Assert.Throws<InputException>(() => new AnalogProduct(design, 1)).Message, StringComparison.Ordinal);

        var calibration = AnalogProduct.Calibrate(design, 1, p => Static(p));
        var product = new AnalogProduct(design, 1, new() { Calibration = calibration, DiagnosedImages = 1 });
        Static(product);
        Assert.InRange(product.Diagnostics.Single().ClippedShare!.Value, 0.01, 0.06);

        var whole = Specs.Design(macro with { Adc = adc with { Range = adc.Range with { Percentile = 100 } } });
        product = new(whole, 1, new() { Calibration = AnalogProduct.Calibrate(whole, 1, p => Static(p)), DiagnosedImages = 1 });
        Static(product);
        var diagnostics = product.Diagnostics.Single();
        Assert.Equal(0, diagnostics.ClippedShare);
        Assert.True(diagnostics.UsedRangeShare > 0.9);
        Assert.True(diagnostics.SnrDecibel > 25);
    }

    [Fact]
    public void Diagnostics_measure_sparsity_and_error_of_diagnosed_images_only()
    {
        var product = new AnalogProduct(Specs.Design(Specs.Macro(adc: Specs.Adc(8))), 1, new() { DiagnosedImages = 1 });
        Static(product, image: 1);
        Assert.Empty(product.Diagnostics);
        var y = new float[2];
        product.Program(new("small", LayerClass.Mlp, 9), [1, 1, 1, 1], 2, 2).Multiply(0, [1, 0], 1, y); // 127 = 1111111b and 0: 7 of 16 pulses
        var diagnostics = product.Diagnostics.Single();
        Assert.Equal(9.0 / 16, diagnostics.ZeroPulseShare);
        Assert.True(diagnostics.SnrDecibel > 30);
    }

    [Fact]
    public void Broken_designs_are_named_with_what_to_do()
    {
        Faults(Specs.Macro(adc: Specs.Adc(4, AdcRangeKind.Lsb)), DesignFault.Clipping, "adc.range");
        Faults(Specs.Macro(adc: Specs.Adc(8, AdcRangeKind.Lsb, lsb: 100)), DesignFault.UnusedRange, "calibrated");
        Faults(Specs.Macro(Specs.Ideal(3), adc: Specs.Adc(10)), DesignFault.OnOffRatio, "ON/OFF");
        Faults(Specs.Macro(Specs.Rram(1), adc: Specs.Adc(10)), DesignFault.LowSnr, "noise");
        Faults(Specs.Macro(adc: Specs.Adc(8)) with { Subtraction = Subtraction.Analog }, DesignFault.ZeroBetweenCodes, "signMagnitude");
        var fine = new AnalogProduct(Specs.Design(Specs.Macro(rows: 16, adc: Specs.Adc(8))), 1, new() { DiagnosedImages = 1 });
        Static(fine);
        Assert.Empty(fine.Diagnostics.Single().Warnings);

        static void Faults(MacroSpec macro, DesignFault fault, string advice)
        {
            var product = new AnalogProduct(Specs.Design(macro), 1, new() { DiagnosedImages = 1 });
            Static(product);
            var warning = product.Diagnostics.Single().Warnings.Single(w => w.Fault == fault);
            Assert.Contains(advice, warning.Message, StringComparison.Ordinal);
            Assert.StartsWith("mlp: ", warning.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Operands_that_are_not_numbers_are_rejected()
    {
        var product = new AnalogProduct(Specs.Design(Specs.Macro()), 1);
        Assert.Contains("finite", Assert.Throws<InputException>(() => product.Program(Weights, [1, float.NaN], 1, 2)).Message, StringComparison.Ordinal);
        var matrix = product.Program(Weights, [1, 2], 1, 2);
        Assert.Throws<InputException>(() => matrix.Multiply(0, [float.PositiveInfinity], 1, new float[2]));
        Assert.Throws<InputException>(() => product.Multiply(Context, 0, 0, [float.NaN], [1], new(1, 1, 1, true), new float[1]));
    }

    [Fact]
    public void Macro_that_cannot_take_signed_inputs_is_rejected() =>
        Assert.Contains("signed", Assert.Throws<InputException>(() => new AnalogProduct(Specs.Design(Specs.Macro() with { InputCoding = InputCoding.Unsigned }), 1)).Message, StringComparison.Ordinal);
}
