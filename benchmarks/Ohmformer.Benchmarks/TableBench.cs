using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Lab.Benchmarks;

namespace Ohmformer.Benchmarks;

/// <summary>
/// Kernels that add partial sums from tables, on one thread: 8-bit weights in differential 2-bit cells with own converters, 8-bit inputs bit
/// by bit, 128 rows, in turn with the vector kernel. One MAC is 64 reads of a cell.
/// </summary>
internal static class TableBench
{
    private const int Rounds = 12, CellReads = 64;

    /// <summary>Error-free cells: 64 lanes of six rows per permutation, two permutations per cycle.</summary>
    public static void Bytes(TextWriter output) =>
        Run(KernelKind.Byte, BenchmarkDesigns.Ideal() with { GridBits = null }, 2 * 64 * 6, [(197, 384, 384), (197, 1536, 384), (197, 64, 197), (197, 197, 64), (1024, 384, 384)], output);

    /// <summary>Noisy cells on a grid: 16 lines of four rows per 256-bit load, two loads per cycle.</summary>
    public static void Gather(TextWriter output) => Run(KernelKind.Gather, BenchmarkDesigns.Noisy(readNoise: false), 2 * 16 * 4, [(197, 384, 384), (197, 64, 197)], output);

    private static void Run(KernelKind kernel, MacroSpec macro, int limit, (int Tokens, int K, int N)[] shapes, TextWriter output)
    {
        double frequency = PeakLoops.Clock.Operations / Stopwatches.Shortest(Rounds, PeakLoops.Clock.Run)[0];
        output.WriteLine(FormattableString.Invariant($"{frequency / 1e9:F2} GHz"));
        output.WriteLine($"| product | converter | vector GMAC/s | {kernel.ToString().ToLowerInvariant()} GMAC/s | ratio | cell reads per cycle | share of {limit} |");
        output.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var (tokens, k, n) in shapes)
            foreach (var (name, range, bits) in new[] { ("step of 1 count, 7 bits", AdcRangeKind.Lsb, 7), ("full range, 8 bits", AdcRangeKind.Full, 8) })
            {
                var spec = macro with { Adc = new IdealAdcSpec { Bits = bits, Range = new() { Kind = range }, Source = "benchmark" } };
                double[] seconds = Compare(spec, kernel, tokens, k, n);
                double products = (double)tokens * k * n, reads = products * CellReads / seconds[1] / frequency;
                output.WriteLine(FormattableString.Invariant(
                    $"| {tokens} x {k} x {n} | {name} | {products / seconds[0] / 1e9:F2} | {products / seconds[1] / 1e9:F1} | {seconds[0] / seconds[1]:F1} | {reads:F0} | {reads / limit:P0} |"));
            }
    }

    private static double[] Compare(MacroSpec spec, KernelKind kernel, int tokens, int k, int n)
    {
        var random = new Random(1);
        int[] weights = [.. Enumerable.Range(0, k * n).Select(_ => random.Next(-127, 128))], x = [.. Enumerable.Range(0, tokens * k).Select(_ => random.Next(-128, 128))];
        var y = new double[tokens * n];
        Macro vector = new(spec, 1, kernel: KernelKind.Vector), tables = new(spec, 1, kernel: kernel);
        ProgrammedMatrix first = vector.Program(weights, k, n, new(0)), second = tables.Program(weights, k, n, new(0));
        // The tables' share of a turn is small, so they have several turns.
        double[] seconds = Stopwatches.Shortest(
            Rounds, () => vector.Multiply(first, 0, x, tokens, y), () => tables.Multiply(second, 0, x, tokens, y), () => tables.Multiply(second, 0, x, tokens, y));
        return [seconds[0], Math.Min(seconds[1], seconds[2])];
    }
}
