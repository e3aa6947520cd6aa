using System.Runtime.Intrinsics.X86;
using Ohmformer.Arrays;
using Ohmformer.Devices;
using Ohmformer.Files;

namespace Ohmformer.Tests.Arrays;

public sealed class VectorWriterTests
{
    /// <summary>Inputs, outputs and rows of a crossbar: shorter than a vector, whole vectors, a short last tile, tiles that begin inside a vector.</summary>
    private static readonly (int Inputs, int Outputs, int Rows)[] Sizes =
        [(0, 3, 8), (1, 1, 1), (5, 0, 4), (31, 7, 128), (32, 8, 128), (33, 9, 32), (64, 17, 64), (95, 3, 5), (101, 11, 33), (197, 5, 128)];

    public static TheoryData<string, WeightEncodingKind, Subtraction, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, WeightEncodingKind, Subtraction, int>();
            foreach (string device in new[] { "ideal", "rram", "rram0", "clamped", "fefet", "pcm", "mram", "sram" })
                foreach (var encoding in Enum.GetValues<WeightEncodingKind>())
                    foreach (var subtraction in Enum.GetValues<Subtraction>())
                        foreach (int bits in new[] { 1, 2, 3, 4, 5 })
                        {
                            if (subtraction == Subtraction.Analog && encoding != WeightEncodingKind.Differential) continue;
                            if (bits > 1 && (encoding == WeightEncodingKind.TwosComplement || device is "mram" or "sram")) continue;
                            cases.Add(device, encoding, subtraction, bits);
                        }
            return cases;
        }
    }

    private static DeviceSpec Device(string name) => name == "clamped" ? Specs.Rram(0.1) with { ClampToRange = true } : Specs.All(name);

    private static MacroSpec Spec(string device, WeightEncodingKind encoding, Subtraction subtraction, int bits, int rows, int? gridBits) =>
        Specs.Macro(Device(device), rows, Specs.Adc(8), bits) with { Encoding = encoding, Subtraction = subtraction, GridBits = gridBits };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Vectors_of_cells_equal_cells_written_one_by_one(string device, WeightEncodingKind encoding, Subtraction subtraction, int bits)
    {
        int i = 0;
        foreach (var (inputs, outputs, rows) in Sizes)
        {
            var spec = Spec(device, encoding, subtraction, bits, rows, gridBits: 7 - i % 3) with { WeightBits = i % 4 == 3 ? 5 : 8 };
            spec = spec with { Device = spec.Device with { ReadNoise = i % 2 * 0.1 } };
            MacroSite site = new(7, UnsignedInputs: i % 3 == 0, Image: i % 2 == 0 ? i : null, Head: i % 4);
            AssertEqualCells(spec, inputs, outputs, site);
            i++;
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(12)]
    public void Squares_equal_those_of_cells_written_one_by_one_on_any_grid(int gridBits)
    {
        foreach (var subtraction in Enum.GetValues<Subtraction>())
        {
            var spec = Spec("rram", WeightEncodingKind.Differential, subtraction, 2, 20, gridBits) with { ActiveRows = 3 };
            AssertEqualCells(spec with { Device = spec.Device with { ReadNoise = 0.1 } }, 50, 9, new(1, Image: 2));
        }
    }

    [Fact]
    public void Wide_weights_and_cells_without_a_grid_equal_those_written_one_by_one()
    {
        foreach (var encoding in Enum.GetValues<WeightEncodingKind>())
            AssertEqualCells(Spec("ideal", encoding, Subtraction.Digital, 1, 40, null) with { WeightBits = 16, Device = Specs.Ideal() with { ReadNoise = 0.1 } }, 70, 10, new(1));
        AssertEqualCells(Spec("ideal", WeightEncodingKind.Offset, Subtraction.Digital, 8, 40, null), 70, 10, new(1));
    }

    [Fact]
    public void Cells_that_drift_or_stick_or_exceed_16_bits_are_written_one_by_one()
    {
        var device = Specs.Rram(0.1);
        var spec = Specs.Macro(device) with { GridBits = 7 };
        Assert.NotNull(Writer(spec, aged: true));
        Assert.Null(Writer(spec with { Device = device with { StuckAtGMax = 0.1 } }, aged: true));
        var drifting = spec with { Device = device with { DriftExponent = 0.1 }, Age = new(1e3) };
        Assert.Null(Writer(drifting, aged: true));
        Assert.NotNull(Writer(drifting, aged: false));
        Assert.Null(Writer(spec with { BitsPerCell = 4, GridBits = 12 }, aged: true));
        AssertEqualCells(spec with { BitsPerCell = 4, GridBits = 12, Rows = 8 }, 40, 5, new(1));

        static VectorWriter? Writer(MacroSpec spec, bool aged) => VectorWriter.Of(spec, new(spec, aged), 0);
    }

    [Theory]
    [InlineData("rram")]
    [InlineData("clamped")]
    [InlineData("fefet")]
    [InlineData("pcm")]
    [InlineData("sram")]
    public void Straight_laws_are_recognized(string device)
    {
        if (!Avx512BW.IsSupported) return;
        var spec = Specs.Macro(Device(device), cellBits: device == "sram" ? 1 : 2) with { GridBits = 7 };
        Assert.NotNull(CellTable.Of(new(spec, aged: false), 128)!.Lines());
    }

    [Fact]
    public void Lognormal_law_is_not_a_straight_line()
    {
        var spec = Specs.Macro(Specs.All("mram"), cellBits: 1) with { GridBits = 7 };
        Assert.Null(CellTable.Of(new(spec, aged: false), 128)!.Lines());
    }

    [Fact]
    public void Codes_hold_the_digits_of_all_weights()
    {
        foreach (int bits in new[] { 2, 8, 16 })
            foreach (var encoding in new IWeightEncoding[] { new DifferentialEncoding(bits, 3), new OffsetEncoding(bits, 3), new TwosComplementEncoding(bits) })
            {
                int cellBits = encoding is TwosComplementEncoding ? 1 : 3, step = bits == 16 ? 7 : 1;
                short[] weights = [.. Enumerable.Range(0, (encoding.Largest - encoding.Smallest) / step + 1).Select(i => (short)(encoding.Smallest + step * i))];
                var codes = new ushort[weights.Length];
                for (int polarity = 0; polarity < (encoding is DifferentialEncoding ? 2 : 1); polarity++)
                {
                    encoding.Codes(weights, polarity, codes);
                    for (int i = 0; i < weights.Length; i++)
                        for (int slice = 0; slice * cellBits < bits - 1; slice++)
                            Assert.Equal(encoding.Digit(weights[i], slice, polarity), (codes[i] >> (cellBits * slice)) & ((1 << cellBits) - 1));
                }
            }
    }

    [Fact]
    public void Error_free_matrices_say_so()
    {
        Assert.True(IsErrorFree(Specs.Ideal()));
        Assert.True(IsErrorFree(Specs.Rram(0)));
        Assert.False(IsErrorFree(Specs.Rram(0.1)));
        Assert.False(IsErrorFree(Specs.Ideal() with { StuckAtGMin = 0.1 }));
        Assert.False(IsErrorFree(Specs.Ideal() with { DriftExponent = 0.1 }));
        Assert.True(IsErrorFree(Specs.Ideal() with { DriftExponent = 0.1 }, image: 3));

        static bool IsErrorFree(DeviceSpec device, int? image = null) =>
            new Macro(Specs.Macro(device) with { GridBits = 7, Age = new(1e5) }, 0).Program([1, 2, 3, 4], 2, 2, new(0, Image: image)).IsErrorFree;
    }

    [Fact]
    public void Memory_of_an_old_matrix_does_not_show_in_a_new_one()
    {
        var spec = Spec("rram", WeightEncodingKind.Differential, Subtraction.Digital, 2, 30, 7);
        var macro = new Macro(spec, 3);
        int[] weights = Weights(spec, 70 * 9, 1);
        var old = macro.Program(Weights(spec, 70 * 9, 2), 70, 9, new(4, Image: 1));
        var again = macro.Program(weights, 70, 9, new(4, Image: 2), old);
        Assert.Same(old.Steps, again.Steps);
        Assert.Equal(macro.Program(weights, 70, 9, new(4, Image: 2)).Steps!.Span, again.Steps!.Span);
    }

    [Fact]
    public void Weight_out_of_range_is_rejected_before_anything_is_written() =>
        Assert.Contains("weight [1, 2] is 128", Assert.Throws<InputException>(() => new Macro(Specs.Macro(), 0).Program([0, 0, 0, 0, 0, 128], 2, 3, new(0))).Message, StringComparison.Ordinal);

    private static void AssertEqualCells(MacroSpec spec, int inputs, int outputs, MacroSite site)
    {
        int[] weights = Weights(spec, inputs * outputs, 5);
        var expected = new Macro(spec, 11, kernel: KernelKind.Reference).Program(weights, inputs, outputs, site);
        var actual = new Macro(spec, 11, kernel: KernelKind.Vector).Program(weights, inputs, outputs, site);
        Assert.Equal(expected.Wide is null, actual.Wide is null);
        if (expected.Steps is not null) Assert.Equal(expected.Steps.Span, actual.Steps!.Span);
        if (expected.Wide is not null) Assert.Equal(expected.Wide.Span, actual.Wide!.Span);
        Assert.Equal(expected.LargestStep, actual.LargestStep);
        Assert.Equal(expected.Writes, actual.Writes);
        if (expected.SquareSteps is not null) Assert.Equal(expected.SquareSteps.Span, actual.SquareSteps!.Span);
        if (expected.Squares is not null) Assert.Equal(expected.Squares.Span, actual.Squares!.Span);
    }

    private static int[] Weights(MacroSpec spec, int count, int seed)
    {
        var random = new Random(seed);
        var encoding = spec.WeightEncoding();
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(encoding.Smallest, encoding.Largest + 1))];
    }
}
