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
    private const int Rounds = 60, K = 384, Rows = 128;

    private static readonly ComponentCost Cost = new() { Energy = new(1e-15), Node = new(32e-9), Source = "benchmark" };

    public static void Run(TextWriter output)
    {
        output.WriteLine("| outputs | macro | vector GMAC/s | lookup GMAC/s | ratio |");
        foreach (int outputs in new[] { 384, 1536 })
            foreach (var range in new[] { AdcRangeKind.Lsb, AdcRangeKind.Full })
                foreach (double noise in new[] { 0, 0.02 })
                    foreach (var kind in noise > 0 ? Enum.GetValues<ReadNoiseKind>() : [ReadNoiseKind.Constant])
                        Compare(Macro(Subtraction.Digital, kind, noise, range), 197, outputs, $"{range} {(noise > 0 ? kind : "none")}", output);
    }

    private static void Compare(MacroSpec spec, int tokens, int outputs, string name, TextWriter output)
    {
        var random = new Random(1);
        int[] weights = [.. Enumerable.Range(0, K * outputs).Select(_ => random.Next(-127, 128))], x = [.. Enumerable.Range(0, tokens * K).Select(_ => random.Next(-128, 128))];
        var y = new double[tokens * outputs];
        var y2 = new double[tokens * outputs];
        Macro vector = new(spec, 1, kernel: KernelKind.Vector), lookup = new(spec, 1, kernel: KernelKind.Lookup);
        ProgrammedMatrix first = vector.Program(weights, K, outputs, new(0)), second = lookup.Program(weights, K, outputs, new(0));
        vector.Multiply(first, 0, x, tokens, y);
        lookup.Multiply(second, 0, x, tokens, y2);
        if (!y.AsSpan().SequenceEqual(y2)) output.WriteLine("WRONG");
        for (int i = 0; i < 20; i++) lookup.Multiply(second, 0, x, tokens, y2);
        double[] seconds = Stopwatches.Shortest(Rounds, () => lookup.Multiply(second, 0, x, tokens, y2));
        double products = (double)tokens * K * outputs / 1e9;
        output.WriteLine(FormattableString.Invariant($"| {outputs} | {name} | {products / seconds[0]:F2} | plan {second.Lookup is not null}"));
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
