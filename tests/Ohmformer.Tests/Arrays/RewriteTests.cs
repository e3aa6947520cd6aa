using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Devices;

namespace Ohmformer.Tests.Arrays;

/// <summary>Matrices that are written over again and again, as K and V are: the bits of fresh ones, in the memory of the last.</summary>
public sealed class RewriteTests
{
    private const int Inputs = 37, Outputs = 19, Tokens = 9, Rounds = 4;

    private static readonly int[] X = [.. Enumerable.Range(0, Tokens * Inputs).Select(i => i * 67 % 255 - 127)];

    /// <summary>Columns that are certified with ideal cells: all, some, none, others.</summary>
    private static readonly int[][] Contents =
    [
        Weights(_ => 1),
        Weights(n => n % 3 == 0 ? 127 : 2),
        Weights(_ => 127),
        Weights(n => n < 5 ? 127 : 1),
    ];

    private static readonly Dictionary<string, MacroSpec> Macros = new()
    {
        ["ideal"] = Specs.Macro(rows: 16, adc: Specs.Adc(5, AdcRangeKind.Lsb)),
        ["ideal without converter"] = Specs.Macro(rows: 16),
        ["write"] = Noisy(0, ReadNoiseKind.Constant),
        ["write without converter"] = Noisy(0, ReadNoiseKind.Constant) with { Adc = null },
        ["write and read"] = Noisy(0.02, ReadNoiseKind.Constant),
        ["write and proportional read"] = Noisy(0.02, ReadNoiseKind.Proportional),
        ["write and proportional read without grid"] = Noisy(0.02, ReadNoiseKind.Proportional) with { GridBits = null },
    };

    public static TheoryData<string, KernelKind> Cases()
    {
        var data = new TheoryData<string, KernelKind>();
        foreach (string cells in Macros.Keys)
            foreach (var kernel in Enum.GetValues<KernelKind>()) data.Add(cells, kernel);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_matrix_written_over_has_the_bits_of_a_fresh_one_and_allocates_nothing(string cells, KernelKind kernel)
    {
        var macro = new Macro(Macros[cells], 7, kernel: kernel);
        double[] fresh = new double[Tokens * Outputs], again = new double[Tokens * Outputs];
        var matrix = macro.Program(Contents[0], Inputs, Outputs, new(3, Image: 0));
        long[] allocated = new long[Rounds];
        for (int image = 0; image < Rounds * Contents.Length; image++)
        {
            int[] weights = Contents[image % Contents.Length];
            var site = new MacroSite(3, Image: image, Head: image % 3);
            long before = GC.GetAllocatedBytesForCurrentThread();
            var rewritten = macro.Program(weights, Inputs, Outputs, site, matrix);
            allocated[image / Contents.Length] += GC.GetAllocatedBytesForCurrentThread() - before;
            macro.Multiply(rewritten, image, X, Tokens, again);
            Assert.Same(matrix, rewritten);
            Assert.Equal(site, rewritten.Site);
            macro.Multiply(macro.Program(weights, Inputs, Outputs, site), image, X, Tokens, fresh);
            Assert.Equal(fresh, again);
        }
        // The first round makes what shapes of matrices and of parts of them have in common; in another the runtime may load something.
        Assert.Equal(0, allocated.Min());
    }

    [Theory]
    [InlineData(0, true, 0)]
    [InlineData(1, true, 7)]
    [InlineData(2, false, 0)]
    [InlineData(3, true, 5)]
    public void The_contents_differ_in_the_columns_that_are_certified(int content, bool applies, int rest)
    {
        var plan = new Macro(Macros["ideal"], 7).Program(Contents[content], Inputs, Outputs, new(3)).Exact!;
        Assert.Equal(applies, plan.Applies);
        if (applies) Assert.Equal(rest, plan.Rest?.Columns.Length ?? 0);
    }

    [Fact]
    public void A_matrix_of_other_sizes_or_of_another_product_or_macro_is_left_as_it_is()
    {
        Macro macro = new(Macros["write"], 7), other = new(Macros["write"], 7);
        var matrix = macro.Program(Contents[1], Inputs, Outputs, new(3));
        double[] before = new double[Tokens * Outputs], after = new double[Tokens * Outputs];
        macro.Multiply(matrix, 0, X, Tokens, before);
        Assert.NotSame(matrix, macro.Program(Contents[2], Inputs, Outputs, new(4), matrix));
        Assert.NotSame(matrix, macro.Program(Contents[2], Inputs, Outputs, new(3, UnsignedInputs: true), matrix));
        Assert.NotSame(matrix, macro.Program(Contents[2].AsSpan(0, Outputs), 1, Outputs, new(3), matrix));
        Assert.NotSame(matrix, other.Program(Contents[2], Inputs, Outputs, new(3), matrix));
        macro.Multiply(matrix, 0, X, Tokens, after);
        Assert.Equal(before, after);
    }

    private static MacroSpec Noisy(double readNoise, ReadNoiseKind kind) =>
        Specs.Macro(Specs.Rram(0.1) with { ReadNoise = readNoise, ReadNoiseKind = kind }, rows: 16, adc: Specs.Adc(8)) with { GridBits = 7 };

    /// <summary>Every cell of a column holds its largest weight, or its negative.</summary>
    private static int[] Weights(Func<int, int> size) => [.. Enumerable.Range(0, Inputs * Outputs).Select(i => (i / Outputs % 5 == 4 ? -1 : 1) * size(i % Outputs))];
}
