using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Devices;
using Ohmformer.Lab.Benchmarks;

namespace Ohmformer.Benchmarks;

/// <summary>
/// Noisy cells on one thread: 8-bit weights and inputs, 2-bit cells, 128 rows, differential columns with converters of 8 bits of their
/// own, by the vector kernel and the lookup kernel in turn, and the bare loop of the latter. One MAC is 64 reads of a cell.
/// </summary>
internal static unsafe class LookupBench
{
    private const int Rounds = 20, Tokens = 197, FewTokens = 64, K = 384, CellReadsPerMac = 64, CellReadsPerLookup = 160, LoopTurns = 20_000, PairsPerTurn = 16;

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
        var loop = new AlignedBuffer<short>(LookupSums.Lanes * (LookupSums.Lines + LookupSums.Registers));
        // The slow kernel reads few tokens.
        int[] few = x[..(FewTokens * K)];
        double[] seconds = Stopwatches.Shortest(
            Rounds, () => vector.Multiply(first, 0, few, FewTokens, y.AsSpan(0, FewTokens * outputs)), () => lookup.Multiply(second, 0, x, Tokens, y), () => Loop(loop));
        double clock = PeakLoops.Clock.Operations / Stopwatches.Shortest(Rounds, PeakLoops.Clock.Run)[0], macs = (double)K * outputs / 1e9, slow = FewTokens * macs / seconds[0], fast = Tokens * macs / seconds[1];
        double limit = (double)LoopTurns * PairsPerTurn * CellReadsPerLookup / CellReadsPerMac / seconds[2] / 1e9;
        output.WriteLine(FormattableString.Invariant($"| {outputs} | {name} | {slow:F2} | {fast:F2} | {fast / slow:F1} | {fast * 1e9 * CellReadsPerMac / clock:F0} of {limit * 1e9 * CellReadsPerMac / clock:F0} | {fast / limit:P0} |"));
    }

    /// <summary>Nothing but lookups and additions, as many in registers as the kernel keeps there.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Loop(AlignedBuffer<short> data)
    {
        short* p = data.Pointer;
        Vector512<short> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        Vector512<short> r0 = default, r1 = default, r2 = default, r3 = default, r4 = default, r5 = default, r6 = default, r7 = default;
        for (int i = 0; i < LoopTurns; i++)
        {
            Vector512<short> first = Vector512.LoadAligned(p), second = Vector512.LoadAligned(p + 32), table = Vector512.LoadAligned(p + 64);
            (s0, r0) = (Next(s0, table, first), Next(r0, table, second));
            table = Vector512.LoadAligned(p + 96);
            (s1, r1) = (Next(s1, table, first), Next(r1, table, second));
            table = Vector512.LoadAligned(p + 128);
            (s2, r2) = (Next(s2, table, first), Next(r2, table, second));
            table = Vector512.LoadAligned(p + 160);
            (s3, r3) = (Next(s3, table, first), Next(r3, table, second));
            table = Vector512.LoadAligned(p + 192);
            (s4, r4) = (Next(s4, table, first), Next(r4, table, second));
            table = Vector512.LoadAligned(p + 224);
            (s5, r5) = (Next(s5, table, first), Next(r5, table, second));
            table = Vector512.LoadAligned(p + 256);
            (s6, r6) = (Next(s6, table, first), Next(r6, table, second));
            table = Vector512.LoadAligned(p + 288);
            (s7, r7) = (Next(s7, table, first), Next(r7, table, second));
        }
        (s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + r0 + r1 + r2 + r3 + r4 + r5 + r6 + r7).StoreAligned(p + 64);
        GC.KeepAlive(data);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Next(Vector512<short> sum, Vector512<short> table, Vector512<short> index) => Avx512BW.AddSaturate(sum, Avx512BW.PermuteVar32x16(table, index));

    private static MacroSpec Macro(ReadNoiseKind kind, double readNoise, AdcRangeKind range)
    {
        var macro = BenchmarkDesigns.Noisy(readNoise: false);
        return macro with
        {
            Device = macro.Device with { ReadNoise = readNoise, ReadNoiseKind = kind },
            Adc = new IdealAdcSpec { Bits = 8, Range = new() { Kind = range, LsbCounts = 2 }, Source = "benchmark" },
        };
    }
}
