using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Devices;
using Ohmformer.Lab.Benchmarks;
using Ohmformer.Physics;

namespace Ohmformer.Benchmarks;

/// <summary>
/// Kernels that add partial sums from tables, on one thread: 8-bit weights in differential 2-bit cells with own converters, 8-bit inputs bit
/// by bit, 128 rows, in turn with the vector kernel. One MAC is 64 reads of a cell.
/// </summary>
internal static class TableBench
{
    private const int Rounds = 12, CellReads = 64;

    private static readonly ComponentCost Cost = new() { Energy = new(1e-15), Node = new(32e-9), Source = "benchmark" };

    /// <summary>Error-free cells: 64 lanes of six rows per permutation, two permutations per cycle.</summary>
    public static void Bytes(TextWriter output) =>
        Run(KernelKind.Byte, Ideal, null, 2 * 64 * 6, [(197, 384, 384), (197, 1536, 384), (197, 64, 197), (197, 197, 64), (1024, 384, 384)], output);

    /// <summary>Noisy cells on a grid: 16 lines of four rows per 256-bit load, two loads per cycle.</summary>
    public static void Gather(TextWriter output) => Run(KernelKind.Gather, Noisy, 7, 2 * 16 * 4, [(197, 384, 384), (197, 64, 197)], output);

    private static void Run(KernelKind kernel, DeviceSpec device, int? gridBits, int limit, (int Tokens, int K, int N)[] shapes, TextWriter output)
    {
        double frequency = PeakLoops.Clock.Operations / Stopwatches.Shortest(Rounds, PeakLoops.Clock.Run)[0];
        output.WriteLine(FormattableString.Invariant($"{frequency / 1e9:F2} GHz"));
        output.WriteLine($"| product | converter | vector GMAC/s | {kernel.ToString().ToLowerInvariant()} GMAC/s | ratio | cell reads per cycle | share of {limit} |");
        output.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var (tokens, k, n) in shapes)
            foreach (var (name, range, bits) in new[] { ("step of 1 count, 7 bits", AdcRangeKind.Lsb, 7), ("full range, 8 bits", AdcRangeKind.Full, 8) })
            {
                var spec = Macro(device, gridBits, new IdealAdcSpec { Bits = bits, Range = new() { Kind = range }, Source = "benchmark" });
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

    private static IdealDeviceSpec Ideal { get; } = new()
    {
        GMin = new(0),
        GMax = new(1e-5),
        MaxBitsPerCell = 2,
        Endurance = 1e12,
        ReadVoltage = new(0.2),
        ReadTime = new(1e-8),
        WriteEnergy = new(1e-12),
        WriteTime = new(1e-8),
        CellArea = new(1e-14),
        Source = "benchmark",
    };

    private static RramSpec Noisy { get; } = new()
    {
        GMin = new(1e-7),
        GMax = new(1e-5),
        MaxBitsPerCell = 2,
        WriteNoise = 0.05,
        Endurance = 1e6,
        ReadVoltage = new(0.2),
        ReadTime = new(1e-8),
        WriteEnergy = new(1e-12),
        WriteTime = new(1e-8),
        CellArea = new(1e-14),
        Source = "benchmark",
    };

    private static MacroSpec Macro(DeviceSpec device, int? gridBits, AdcSpec converter) => new()
    {
        Device = device,
        Rows = 128,
        Columns = 128,
        BitsPerCell = 2,
        GridBits = gridBits,
        Adc = converter,
        Driver = Cost,
        ShiftAdd = Cost,
    };
}
