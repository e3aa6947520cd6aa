using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Devices;
using Ohmformer.Physics;

namespace Ohmformer.Benchmarks;

/// <summary>
/// Noisy cells on one thread: 8-bit weights and inputs, 2-bit cells, 128 rows, 8-bit converters, with the vector kernel and the
/// lookup kernel in turn.
/// </summary>
internal static class LookupBench
{
    private const int Rounds = 20, K = 384, N = 384, Rows = 128;

    private static readonly ComponentCost Cost = new() { Energy = new(1e-15), Node = new(32e-9), Source = "benchmark" };

    public static void Run(TextWriter output)
    {
        output.WriteLine("| macro | tokens | vector GMAC/s | lookup GMAC/s | ratio |");
        output.WriteLine("|---|---|---|---|---|");
        foreach (var subtraction in Enum.GetValues<Subtraction>())
            foreach (double noise in new[] { 0, 0.02 })
                foreach (var kind in noise > 0 ? Enum.GetValues<ReadNoiseKind>() : [ReadNoiseKind.Constant])
                    foreach (var range in new[] { AdcRangeKind.Lsb, AdcRangeKind.Full })
                        foreach (int tokens in new[] { 50, 197 })
                        {
                            string name = $"{subtraction} subtraction, {(range == AdcRangeKind.Lsb ? "step of 2 counts" : "full range")}, {(noise > 0 ? $"{kind} read noise" : "no read noise")}";
                            Compare(Macro(subtraction, kind, noise, range), tokens, name.ToLowerInvariant(), output);
                        }
    }

    private static void Compare(MacroSpec spec, int tokens, string name, TextWriter output)
    {
        var random = new Random(1);
        int[] weights = [.. Enumerable.Range(0, K * N).Select(_ => random.Next(-127, 128))], x = [.. Enumerable.Range(0, tokens * K).Select(_ => random.Next(-128, 128))];
        var y = new double[tokens * N];
        Macro vector = new(spec, 1, kernel: KernelKind.Vector), lookup = new(spec, 1, kernel: KernelKind.Lookup);
        ProgrammedMatrix first = vector.Program(weights, K, N, new(0)), second = lookup.Program(weights, K, N, new(0));
        double[] seconds = Stopwatches.Shortest(Rounds, () => vector.Multiply(first, 0, x, tokens, y), () => lookup.Multiply(second, 0, x, tokens, y));
        double products = (double)tokens * K * N / 1e9;
        output.WriteLine(FormattableString.Invariant($"| {name} | {tokens} | {products / seconds[0]:F2} | {products / seconds[1]:F2} | {seconds[0] / seconds[1]:F1} |"));
    }

    private static MacroSpec Macro(Subtraction subtraction, ReadNoiseKind kind, double readNoise, AdcRangeKind range) => new()
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
        Subtraction = subtraction,
        GridBits = 7,
        Adc = new IdealAdcSpec { Bits = 8, Range = new() { Kind = range, LsbCounts = 2 }, Source = "benchmark" },
        Driver = Cost,
        ShiftAdd = Cost,
    };
}
