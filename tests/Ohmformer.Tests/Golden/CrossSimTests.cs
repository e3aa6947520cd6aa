using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;

namespace Ohmformer.Tests.Golden;

/// <summary>Results of CrossSim 3.2.0 for one layer, 384 inputs by 1536 outputs. One of its units is 3 counts (2-bit cells).</summary>
public sealed class CrossSimTests
{
    private const string Folder = "golden/crosssim/", Weights = Folder + "W_s8.npy", Signed = Folder + "x_s8.npy", Unsigned = Folder + "x_u8.npy";
    private const int Inputs = 384, Outputs = 1536;

    /// <summary>CrossSim's sums of y carry this much rounding: its lossless results differ that much from the integer product.</summary>
    private const double Rounding = 2e-9;

    private static readonly AdcSpec Adc8 = Specs.Adc(8, signMagnitude: true) with { Rounding = AdcRounding.HalfEven };

    private static readonly MacroSpec Balanced = Specs.Macro() with
    {
        Subtraction = Subtraction.Analog,
        InputCoding = InputCoding.SignMagnitudeBipolar,
        Adc = Adc8,
    };

    [SharedFact(Weights, Signed, Folder + "G1_bal_s8_r128_adc8_max_y.npy")]
    public void Vector_kernel_repeats_the_balanced_product_with_8_bit_converters() =>
        Compare(Balanced, KernelKind.Vector, "x_s8", "G1_bal_s8_r128_adc8_max_y", 197);

    [SharedFact(Weights, Signed, Folder + "G1_bal_s8_r128_adc8_max_y.npy")]
    public void Lookup_kernel_repeats_the_balanced_product_with_8_bit_converters()
    {
        var matrix = Compare(Balanced, KernelKind.Lookup, "x_s8", "G1_bal_s8_r128_adc8_max_y", 197);
        Assert.Equal(LookupSums.IsSupported, matrix.Lookup is not null);
    }

    [SharedFact(Weights, Signed, Folder + "G1_bal_s8_r128_adc8_max_y.npy")]
    public void Reference_repeats_the_balanced_product_with_8_bit_converters() =>
        Compare(Balanced, KernelKind.Reference, "x_s8", "G1_bal_s8_r128_adc8_max_y", 3);

    [SharedFact(Weights, Signed, Folder + "G4_bal_s8_r128_adc10_lossless_y.npy")]
    public void Lossless_converters_give_the_exact_product()
    {
        var spec = Balanced with { Adc = Specs.Adc(10, signMagnitude: true) with { Rounding = AdcRounding.HalfEven, Range = new() { Kind = AdcRangeKind.Explicit, Low = -511, High = 511 } } };
        Compare(spec, KernelKind.Vector, "x_s8", "G4_bal_s8_r128_adc10_lossless_y", 197, exact: true);
        Compare(spec, KernelKind.Lookup, "x_s8", "G4_bal_s8_r128_adc10_lossless_y", 197, exact: true);
        Compare(spec, KernelKind.Exact, "x_s8", "G4_bal_s8_r128_adc10_lossless_y", 197, exact: true);
        Compare(spec, KernelKind.Reference, "x_s8", "G4_bal_s8_r128_adc10_lossless_y", 3, exact: true);
    }

    [SharedFact(Weights, Unsigned, Folder + "G8_off_u8_r64_adc0_onoff100_y.npy")]
    public void Offset_columns_with_finite_on_off_ratio_give_the_exact_product()
    {
        var spec = Specs.Macro(Specs.Ideal(100), rows: 64) with { Encoding = WeightEncodingKind.Offset, InputCoding = InputCoding.Unsigned };
        Compare(spec, KernelKind.Vector, "x_u8", "G8_off_u8_r64_adc0_onoff100_y", 197, exact: true);
        Compare(spec, KernelKind.Exact, "x_u8", "G8_off_u8_r64_adc0_onoff100_y", 197, exact: true);
        Compare(spec, KernelKind.Reference, "x_u8", "G8_off_u8_r64_adc0_onoff100_y", 3, exact: true);
    }

    /// <summary>CrossSim's lossless products again, by other routes to the same integers that suit the tables.</summary>
    [SharedFact(Weights, Signed, Unsigned, Folder + "G4_bal_s8_r128_adc10_lossless_y.npy", Folder + "G8_off_u8_r64_adc0_onoff100_y.npy")]
    public void Lookup_kernel_repeats_the_lossless_products()
    {
        var differential = Specs.Macro(adc: Specs.Adc(9, AdcRangeKind.Lsb));
        Compare(differential, KernelKind.Lookup, "x_s8", "G4_bal_s8_r128_adc10_lossless_y", 197, exact: true);
        var offset = Specs.Macro(rows: 64, adc: Specs.Adc(8, AdcRangeKind.Lsb)) with { Encoding = WeightEncodingKind.Offset, InputCoding = InputCoding.Unsigned };
        Compare(offset, KernelKind.Lookup, "x_u8", "G8_off_u8_r64_adc0_onoff100_y", 197, exact: true);
    }

    /// <summary>A macro with one slice and one input bit shows single bit-line values and conversions.</summary>
    [SharedFact(Weights, Signed, Folder + "G1_bal_s8_r128_adc8_max_tile0_preADC.npy", Folder + "G1_bal_s8_r128_adc8_max_tile0_postADC.npy")]
    public void Bit_lines_of_the_first_tile_carry_the_same_values_and_codes()
    {
        const int Rows = 128, Vectors = 4;
        int[] x = Integers("x_s8"), w = Integers("W_s8");
        double[] before = GoldenArray.Read(SharedData.Get(Folder + "G1_bal_s8_r128_adc8_max_tile0_preADC.npy")).Values;
        double[] after = GoldenArray.Read(SharedData.Get(Folder + "G1_bal_s8_r128_adc8_max_tile0_postADC.npy")).Values;
        var one = Balanced with { WeightBits = 3, InputBits = 2 };
        var y = new double[Vectors * Outputs];
        foreach (var kernel in new[] { KernelKind.Vector, KernelKind.Lookup, KernelKind.Exact, KernelKind.Reference })
            foreach (bool converted in new[] { false, true })
            {
                var macro = new Macro(converted ? one : one with { Adc = null }, 0, kernel: kernel);
                for (int slice = 0; slice < 4; slice++)
                {
                    int[] digits = [.. w.Take(Rows * Outputs).Select(v => Math.Sign(v) * ((Math.Abs(v) >> (2 * slice)) & 3))];
                    var matrix = macro.Program(digits, Rows, Outputs, new(0));
                    for (int bit = 0; bit < 7; bit++)
                    {
                        int[] plane = [.. Enumerable.Range(0, Vectors * Rows).Select(i => x[i / Rows * Inputs + i % Rows]).Select(v => Math.Sign(v) * ((Math.Abs(v) >> bit) & 1))];
                        macro.Multiply(matrix, 0, plane, Vectors, y);
                        int origin = (slice * 7 + bit) * Vectors * Outputs;
                        for (int i = 0; i < y.Length; i++) Assert.Equal(3 * (converted ? after : before)[origin + i], y[i], 1e-9);
                    }
                }
            }
    }

    private static ProgrammedMatrix Compare(MacroSpec spec, KernelKind kernel, string inputs, string golden, int tokens, bool exact = false)
    {
        var macro = new Macro(spec, 0, kernel: kernel);
        var matrix = macro.Program(Integers("W_s8"), Inputs, Outputs, new(0));
        var y = new double[tokens * Outputs];
        int[] x = [.. Integers(inputs).Take(tokens * Inputs)];
        macro.Multiply(matrix, 0, x, tokens, y);
        double[] expected = GoldenArray.Read(SharedData.Get(Folder + golden + ".npy")).Values;
        double worst = y.Zip(expected, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(worst <= Rounding, $"largest deviation {worst:E3}");
        if (exact) Assert.Equal(ExactProduct.Of(x, Integers("W_s8"), tokens, Inputs, Outputs), y);
        return matrix;
    }

    private static int[] Integers(string name) => [.. GoldenArray.Read(SharedData.Get(Folder + name + ".npy")).Values.Select(v => (int)v)];
}
