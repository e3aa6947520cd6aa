using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Devices;
using Ohmformer.Physics;

namespace Ohmformer.Benchmarks;

/// <summary>
/// Error-free cells with converters that clip, on one thread: 8-bit weights in differential 2-bit cells, 8-bit inputs bit by bit, 128
/// rows, with the vector kernel and the byte kernel in turn. One MAC is 64 reads of a cell.
/// </summary>
internal static class ByteBench
{
    private const int Rounds = 20, CellReads = 64, LimitPerCycle = 768;

    private static readonly ComponentCost Cost = new() { Energy = new(1e-15), Node = new(32e-9), Source = "benchmark" };

    public static void Run(TextWriter output)
    {
        double frequency = Clock.Frequency();
        output.WriteLine(FormattableString.Invariant($"{frequency / 1e9:F2} GHz"));
        output.WriteLine("| product | converter | vector GMAC/s | byte GMAC/s | ratio | cell reads per cycle | share of 768 |");
        output.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var (tokens, k, n) in new[] { (197, 384, 384), (197, 384, 1536), (197, 1536, 384), (197, 64, 197), (197, 197, 64), (50, 384, 384), (1024, 384, 384) })
            foreach (var (name, converter) in new (string, IdealAdcSpec)[]
            {
                ("step of 1 count, 7 bits", Converter(7, AdcRangeKind.Lsb)),
                ("full range, 8 bits", Converter(8, AdcRangeKind.Full)),
            })
            {
                var spec = Macro(converter);
                var random = new Random(1);
                int[] weights = [.. Enumerable.Range(0, k * n).Select(_ => random.Next(-127, 128))], x = [.. Enumerable.Range(0, tokens * k).Select(_ => random.Next(-128, 128))];
                var y = new double[tokens * n];
                Macro vector = new(spec, 1, kernel: KernelKind.Vector), bytes = new(spec, 1, kernel: KernelKind.Byte);
                ProgrammedMatrix first = vector.Program(weights, k, n, new(0)), second = bytes.Program(weights, k, n, new(0));
                double[] seconds = Stopwatches.Shortest(Rounds, () => vector.Multiply(first, 0, x, tokens, y), () => bytes.Multiply(second, 0, x, tokens, y));
                double products = (double)tokens * k * n, reads = products * CellReads / seconds[1] / frequency;
                output.WriteLine(FormattableString.Invariant(
                    $"| {tokens} x {k} x {n} | {name} | {products / seconds[0] / 1e9:F2} | {products / seconds[1] / 1e9:F1} | {seconds[0] / seconds[1]:F1} | {reads:F0} | {reads / LimitPerCycle:P0} |"));
            }
    }

    private static IdealAdcSpec Converter(int bits, AdcRangeKind range) => new() { Bits = bits, Range = new() { Kind = range }, Source = "benchmark" };

    private static MacroSpec Macro(AdcSpec converter) => new()
    {
        Device = new IdealDeviceSpec
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
        },
        Rows = 128,
        Columns = 128,
        BitsPerCell = 2,
        Adc = converter,
        Driver = Cost,
        ShiftAdd = Cost,
    };
}
