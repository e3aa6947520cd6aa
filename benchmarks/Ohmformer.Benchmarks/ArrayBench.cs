using Ohmformer.Arrays;
using Ohmformer.Lab.Benchmarks;
using Ohmformer.Numerics;

namespace Ohmformer.Benchmarks;

/// <summary>
/// One product on the arrays of an ideal device, by every kernel in turn: 128 rows, 8-bit inputs, 2-bit cells, differential,
/// 8-bit converters whose step is one count. One MAC is 8 input bits times 8 cells, 64 reads of a cell.
/// </summary>
internal static class ArrayBench
{
    private const int Rounds = 20, Tokens = 197, Inputs = 384, Outputs = 1536, ReferenceTokens = 1;

    public static void Run(TextWriter output)
    {
        int[] x = Gaussian(Tokens * Inputs, 1), w = Gaussian(Inputs * Outputs, 2);
        var y = new double[Tokens * Outputs];
        var product = new IntegerMatrix(w, Inputs, Outputs);
        double[] seconds = Stopwatches.Shortest(
            Rounds,
            Multiply(KernelKind.Reference, x, w, ReferenceTokens),
            Multiply(KernelKind.Vector, x, w, Tokens),
            Multiply(KernelKind.Exact, x, w, Tokens),
            Repeat(8, () => product.Multiply(x, Tokens, y)),
            Program(KernelKind.Vector, w),
            Program(KernelKind.Exact, w));
        (string Name, double Macs)[] paths =
        [
            ("reference kernel", Macs(ReferenceTokens)), ("vector kernel", Macs(Tokens)), ("exact kernel", 8 * Macs(Tokens)), ("integer product alone", 8 * Macs(Tokens)),
        ];
        double vector = paths[1].Macs / seconds[1];
        output.WriteLine($"{Tokens} x {Inputs} x {Outputs}, integer product by {IntegerMatrix.BestPath}");
        output.WriteLine("| path | GMAC/s | ratio to the vector kernel |");
        output.WriteLine("|---|---|---|");
        for (int i = 0; i < paths.Length; i++)
        {
            double rate = paths[i].Macs / seconds[i];
            output.WriteLine(FormattableString.Invariant($"| {paths[i].Name} | {rate / 1e9:G3} | {rate / vector:G3} |"));
        }
        output.WriteLine(FormattableString.Invariant(
            $"\nWriting the matrix takes {seconds[4] * 1e3:F1} ms, with the certificate and the packing {seconds[5] * 1e3:F1} ms."));
    }

    private static double Macs(int tokens) => (double)tokens * Inputs * Outputs;

    private static Action Multiply(KernelKind kernel, int[] x, int[] w, int tokens)
    {
        var macro = new Macro(Spec, 0, kernel: kernel);
        var matrix = macro.Program(w, Inputs, Outputs, new(0));
        int[] some = x[..(tokens * Inputs)];
        var y = new double[tokens * Outputs];
        return Repeat(kernel == KernelKind.Exact ? 8 : 1, () => macro.Multiply(matrix, 0, some, tokens, y));
    }

    private static Action Program(KernelKind kernel, int[] w)
    {
        var macro = new Macro(Spec, 0, kernel: kernel);
        var old = macro.Program(w, Inputs, Outputs, new(0));
        return () => old = macro.Program(w, Inputs, Outputs, new(0), old);
    }

    internal static Action Repeat(int times, Action action) => () =>
    {
        for (int i = 0; i < times; i++) action();
    };

    internal static MacroSpec Spec { get; } = BenchmarkDesigns.Ideal() with { GridBits = null };

    /// <summary>Integers of a normal distribution cut at 127, which is 3.5 standard deviations.</summary>
    internal static int[] Gaussian(int length, int seed)
    {
        var values = new float[length];
        Numerics.Gaussian.Fill(new NoiseKey((ulong)seed, NoisePurpose.Write, 0, 0, 0, 0), 0, values);
        return [.. values.Select(v => Math.Clamp((int)MathF.Round(v * 127 / 3.5f), -127, 127))];
    }
}
