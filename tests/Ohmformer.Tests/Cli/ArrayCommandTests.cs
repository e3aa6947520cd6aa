using System.Text.Json;
using Ohmformer.Files;
using Ohmformer.Tests.Golden;
using static Ohmformer.Tests.Cli.CommandLine;

namespace Ohmformer.Tests.Cli;

public sealed class ArrayCommandTests : IDisposable
{
    private const string Golden = "golden/crosssim/", Weights = Golden + "W_s8.npy", Signed = Golden + "x_s8.npy", Unsigned = Golden + "x_u8.npy";

    private const string Balanced = """
        base: rram-default
        name: crosssim-balanced
        description: CrossSim's balanced core, 8-bit converters over the largest range.
        weights:
          base: rram-128-2b
          device: ideal
          gridBits: null
          encoding: differential
          subtraction: analog
          inputCoding: sign-magnitude-bipolar
          adc: { type: ideal, bits: 8, range: { kind: full }, rounding: half-even, signMagnitude: true, source: test }
        """;

    private const string Lossless = """
        base: ./balanced.yaml
        name: crosssim-lossless
        weights:
          adc: { type: ideal, bits: 10, range: { kind: explicit, low: -511, high: 511 }, rounding: half-even, signMagnitude: true, source: test }
        """;

    private const string Offset = """
        base: rram-default
        name: crosssim-offset
        description: CrossSim's offset core without converters, ON/OFF ratio 100.
        weights:
          base: rram-128-2b
          device: { base: ideal, gMin: "0.1 uS" }
          gridBits: null
          rows: 64
          encoding: offset
          subtraction: digital
          inputCoding: unsigned
          adc: null
        """;

    private readonly TinyInputs _inputs = new();

    public void Dispose() => _inputs.Dispose();

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 129, 5)]
    [InlineData(150, 37, 2)]
    public void An_exact_design_gives_the_integer_product(int tokens, int inputs, int outputs)
    {
        var random = new Random(tokens);
        int[] w = [.. Enumerable.Range(0, inputs * outputs).Select(_ => random.Next(-127, 128))], x = [.. Enumerable.Range(0, tokens * inputs).Select(_ => random.Next(-128, 128))];
        string printed = Multiply(
            _inputs.Save("W.npy", w, inputs, outputs), _inputs.Save("x.npy", x, tokens, inputs), _inputs.Write("exact.yaml", TinyInputs.ExactDesign), "--json", _inputs.File("y.json"));
        Assert.Equal(ExactProduct.Of(x, w, tokens, inputs, outputs), Result([tokens, outputs]));
        Assert.Contains("against the integer product: equal", printed, StringComparison.Ordinal);
        Assert.DoesNotContain("clipped", printed, StringComparison.Ordinal);
        var json = JsonDocument.Parse(File.ReadAllText(_inputs.File("y.json"))).RootElement;
        Assert.False(json.TryGetProperty("snr_decibel", out _));
        Assert.Equal((long)inputs * outputs * 8, json.GetProperty("counts").GetProperty("cell_writes").GetInt64());
    }

    [Fact]
    public void Whole_numbers_may_be_floats_and_small_integers()
    {
        string design = _inputs.Write("exact.yaml", TinyInputs.ExactDesign);
        Multiply(_inputs.Save("W.npy", [1.0, -2, 3, 127], 2, 2), _inputs.Save("x.npy", new sbyte[] { -128, 5 }, 1, 2), design);
        Assert.Equal([-113.0, 891], Result([1, 2]));
    }

    [Fact]
    public void Noise_follows_the_seed_and_not_the_threads()
    {
        string w = _inputs.Save("W.npy", Enumerable.Range(0, 40).ToArray(), 20, 2), x = _inputs.Save("x.npy", [.. Enumerable.Range(0, 2600).Select(i => i % 100)], 130, 20);
        double[] Noisy(params string[] more)
        {
            Multiply(w, x, "rram-default", more);
            return Result([130, 2]);
        }

        double[] one = Noisy("--seed", "4", "--threads", "1");
        Assert.Equal(one, Noisy("--seed", "4", "--threads", "2"));
        Assert.NotEqual(one, Noisy("--seed", "5"));
        Assert.NotEqual(one[..20], one[^20..]);
    }

    [SharedFact(Weights, Signed, Golden + "G1_bal_s8_r128_adc8_max_y.npy")]
    public void CrossSim_balanced_product_is_repeated() => Repeats(_inputs.Write("balanced.yaml", Balanced), "x_s8", "G1_bal_s8_r128_adc8_max_y");

    [SharedFact(Weights, Signed, Golden + "G4_bal_s8_r128_adc10_lossless_y.npy")]
    public void CrossSim_lossless_product_is_repeated()
    {
        _inputs.Write("balanced.yaml", Balanced);
        Repeats(_inputs.Write("lossless.yaml", Lossless), "x_s8", "G4_bal_s8_r128_adc10_lossless_y");
    }

    [SharedFact(Weights, Unsigned, Golden + "G8_off_u8_r64_adc0_onoff100_y.npy")]
    public void CrossSim_offset_product_is_repeated() => Repeats(_inputs.Write("offset.yaml", Offset), "x_u8", "G8_off_u8_r64_adc0_onoff100_y");

    [Theory]
    [InlineData("W.npy: weight [1, 0] is 128; the encoding holds -127 to 127", 128.0)]
    [InlineData("W.npy: element 2 is 0.5; it must be a whole number", 0.5)]
    [InlineData("W.npy: element 2 is NaN; it must be a whole number", double.NaN)]
    [InlineData("W.npy: element 2 is -Infinity", double.NegativeInfinity)]
    [InlineData("W.npy: element 2 is 1E+300", 1e300)]
    public void Weights_that_do_not_fit_are_refused(string message, double weight) =>
        RefusedMultiply(message, _inputs.Save("W.npy", [1, 2, weight, 3], 2, 2), _inputs.Save("x.npy", [1, 2], 1, 2));

    [Fact]
    public void Inputs_that_do_not_fit_are_refused()
    {
        string w = _inputs.Save("W.npy", [1, 2, 3, 4], 2, 2);
        RefusedMultiply("x.npy: input [0, 1] is 128; the input coding holds -128 to 127", w, _inputs.Save("x.npy", [1, 128], 1, 2));
        RefusedMultiply("x.npy: the shape is [1, 3], but", w, _inputs.Save("x.npy", [1, 2, 3], 1, 3));
        RefusedMultiply("has 1 axes; a matrix [t, k] is needed", w, _inputs.Save("x.npy", [1, 2], 2));
        RefusedMultiply("at least one number is needed", w, _inputs.Save("x.npy", Array.Empty<int>(), 0, 2));
        RefusedMultiply("at least one number is needed", _inputs.Save("W0.npy", Array.Empty<int>(), 2, 0), _inputs.Save("x.npy", [1, 2], 1, 2));
    }

    [Fact]
    public void A_full_disk_ends_with_code_1()
    {
        string w = _inputs.Save("W.npy", [1, 2, 3, 4], 2, 2), x = _inputs.Save("x.npy", [1, 2], 1, 2);
        if (!File.Exists("/dev/full")) return; // Only Linux has a device that is always full.
        Assert.Contains("No space left", Failed(1, "array", "multiply", "--weights", w, "--inputs", x, "--output", "/dev/full"), StringComparison.Ordinal);
    }

    private string Multiply(string weights, string inputs, string design, params string[] more) =>
        Accepted(["array", "multiply", "--weights", weights, "--inputs", inputs, "--design", design, "--output", _inputs.File("y.npy"), .. more]);

    private void RefusedMultiply(string message, string weights, string inputs)
    {
        RefusedWith(message, "array", "multiply", "--weights", weights, "--inputs", inputs, "--output", _inputs.File("y.npy"));
        Assert.False(File.Exists(_inputs.File("y.npy")));
    }

    private double[] Result(int[] shape)
    {
        var y = NpyArray.Load(_inputs.File("y.npy"));
        Assert.Equal(shape, y.Shape);
        return (double[])y.Values;
    }

    private void Repeats(string design, string inputs, string golden)
    {
        Multiply(Copy("W_s8"), Copy(inputs), design);
        var (expected, shape) = GoldenArray.Read(SharedData.Get(Golden + golden + ".npy"));
        double worst = Result(shape).Zip(expected, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(worst <= 2e-9, $"largest deviation {worst:E3}"); // CrossSim's own rounding: see Golden/CrossSimTests.
    }

    /// <summary>A golden array in the order that the command line reads.</summary>
    private string Copy(string name)
    {
        var (values, shape) = GoldenArray.Read(SharedData.Get(Golden + name + ".npy"));
        return _inputs.Save(name + ".npy", [.. values.Select(v => (short)v)], shape);
    }
}
