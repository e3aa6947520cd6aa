using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Devices;
using Ohmformer.Lab.Benchmarks;
using Ohmformer.Physics;

namespace Ohmformer.Benchmarks;

/// <summary>
/// Noisy cells on one thread: 8-bit weights and inputs, 2-bit cells, 128 rows, differential columns with converters of 8 bits of their
/// own, by the vector kernel and the lookup kernel in turn, and the bare loop of the latter. One MAC is 64 reads of a cell.
/// </summary>
internal static class LookupBench
{
    private const int Rounds = 20, Tokens = 197, FewTokens = 64, K = 384, Rows = 128, CellReadsPerMac = 64;

    private static readonly ComponentCost Cost = new() { Energy = new(1e-15), Node = new(32e-9), Source = "benchmark" };

    public static void Run(TextWriter output)
    {
        output.WriteLine("| outputs | converter | read noise | vector GMAC/s | lookup GMAC/s | ratio | cell reads per cycle | share of the bare loop |");
        output.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (int outputs in new[] { 384, 1536 })
            foreach (var range in new[] { AdcRangeKind.Lsb, AdcRangeKind.Full })
                foreach (double noise in new[] { 0, 0.02 })
                    foreach (var kind in noise > 0 ? Enum.GetValues<ReadNoiseKind>() : [ReadNoiseKind.Constant])
                        Compare(Macro(kind, noise, range), outputs, $"{(range == AdcRangeKind.Lsb ? "step of 2 counts" : "full range")} | {(noise > 0 ? kind.ToString().ToLowerInvariant() : "none")}", output);
    }

    private static void Compare(MacroSpec spec, int outputs, string name, TextWriter output)
    {
        var random = new Random(1);
        int[] weights = [.. Enumerable.Range(0, K * outputs).Select(_ => random.Next(-127, 128))], x = [.. Enumerable.Range(0, Tokens * K).Select(_ => random.Next(-128, 128))];
        var y = new double[Tokens * outputs];
        Macro vector = new(spec, 1, kernel: KernelKind.Vector), lookup = new(spec, 1, kernel: KernelKind.Lookup);
        ProgrammedMatrix first = vector.Program(weights, K, outputs, new(0)), second = lookup.Program(weights, K, outputs, new(0));
        // The slow kernel reads few tokens.
        int[] few = x[..(FewTokens * K)];
        double[] seconds = Stopwatches.Shortest(
            Rounds, () => vector.Multiply(first, 0, few, FewTokens, y.AsSpan(0, FewTokens * outputs)), () => lookup.Multiply(second, 0, x, Tokens, y), PeakLoops.WordLookups.Run, PeakLoops.Clock.Run);
        double clock = PeakLoops.Clock.Operations / seconds[3], macs = (double)K * outputs / 1e9, slow = FewTokens * macs / seconds[0], fast = Tokens * macs / seconds[1];
        double limit = PeakLoops.WordLookups.Operations / CellReadsPerMac / seconds[2] / 1e9;
        output.WriteLine(FormattableString.Invariant($"| {outputs} | {name} | {slow:F2} | {fast:F2} | {fast / slow:F1} | {fast * 1e9 * CellReadsPerMac / clock:F0} of {limit * 1e9 * CellReadsPerMac / clock:F0} | {fast / limit:P0} |"));
    }

    private static MacroSpec Macro(ReadNoiseKind kind, double readNoise, AdcRangeKind range) => new()
    {
        Device = new RramSpec
        {
            GMin = new(1e-7),
            GMax = new(1e-5),
            MaxBitsPerCell = 2,
            WriteNoise = 0.05,
            ReadNoise = readNoise,
            ReadNoiseKind = kind,
            Endurance = 1e6,
            ReadVoltage = new(0.2),
            ReadTime = new(1e-8),
            WriteEnergy = new(1e-12),
            WriteTime = new(1e-8),
            CellArea = new(1e-14),
            Source = "benchmark",
        },
        Rows = Rows,
        Columns = 128,
        BitsPerCell = 2,
        GridBits = 7,
        Adc = new IdealAdcSpec { Bits = 8, Range = new() { Kind = range, LsbCounts = 2 }, Source = "benchmark" },
        Driver = Cost,
        ShiftAdd = Cost,
    };
}
