using Ohmformer.Arrays;
using Ohmformer.Devices;
using Ohmformer.Lab.Benchmarks;
using Ohmformer.Numerics;

namespace Ohmformer.Benchmarks;

/// <summary>
/// Writing the operands of one attention head of DeiT-S, K^T [64, 197] and V [197, 64], and a layer's static weights: cell by cell, in
/// vectors, and as a share of the products that read them. 128 rows, 2-bit differential cells (1-bit for the tunnel junction), grid of 2^-7.
/// </summary>
internal static class WriteBench
{
    private const int Rounds = 60, Tokens = 197, HeadSize = 64, Heads = 6;

    public static void Run(TextWriter output)
    {
        output.WriteLine("| cells | operand | cell by cell, ns | vectors, ns | ratio |");
        output.WriteLine("|---|---|---|---|---|");
        foreach (var (name, spec) in Specs)
            foreach (var (operand, inputs, outputs) in new[] { ("K^T 64 x 197", HeadSize, Tokens), ("V 197 x 64", Tokens, HeadSize), ("weights 384 x 1536", 384, 1536) })
            {
                int repeats = Math.Max(1, 300_000 / (inputs * outputs));
                double cells = (double)repeats * inputs * outputs * spec.BitLinesPerOutput;
                double[] seconds = Stopwatches.Shortest(
                    Rounds, Program(spec, KernelKind.Reference, inputs, outputs, 1), Program(spec, KernelKind.Vector, inputs, outputs, repeats));
                double plain = seconds[0] / cells * repeats * 1e9, vectors = seconds[1] / cells * 1e9;
                output.WriteLine(FormattableString.Invariant($"| {name} | {operand} | {plain:F2} | {vectors:F3} | {plain / vectors:F0} |"));
            }
        output.WriteLine("\n| cells | writes, ms per image | products, ms per image | share |");
        output.WriteLine("|---|---|---|---|");
        foreach (var (name, spec) in Specs) Share(name, spec, output);
    }

    /// <summary>The dynamic operands of DeiT-S, 12 layers of 6 heads: their writes and their whole products.</summary>
    private static void Share(string name, MacroSpec spec, TextWriter output)
    {
        const double Images = 12 * Heads;
        double[] seconds = Stopwatches.Shortest(
            Rounds,
            Program(spec, KernelKind.Auto, HeadSize, Tokens, 1), Program(spec, KernelKind.Auto, Tokens, HeadSize, 1),
            Multiply(spec, HeadSize, Tokens), Multiply(spec, Tokens, HeadSize));
        double writes = seconds[0] + seconds[1], reads = seconds[2] + seconds[3];
        output.WriteLine(FormattableString.Invariant($"| {name} | {writes * Images * 1e3:F2} | {(writes + reads) * Images * 1e3:F2} | {100 * writes / (writes + reads):F0} % |"));
    }

    private static Action Program(MacroSpec spec, KernelKind kernel, int inputs, int outputs, int repeats)
    {
        var macro = new Macro(spec, 0, kernel: kernel);
        int[] w = Integers(inputs * outputs, 2, spec.WeightBits);
        ProgrammedMatrix? old = null;
        int image = 0;
        return () =>
        {
            for (int i = 0; i < repeats; i++) old = macro.Program(w, inputs, outputs, new(0, Image: image++), old);
        };
    }

    private static Action Multiply(MacroSpec spec, int inputs, int outputs)
    {
        var macro = new Macro(spec, 0);
        var matrix = macro.Program(Integers(inputs * outputs, 2, spec.WeightBits), inputs, outputs, new(0, Image: 0));
        int[] x = Integers(Tokens * inputs, 1, spec.InputBits);
        var y = new double[Tokens * outputs];
        return () => macro.Multiply(matrix, 0, x, Tokens, y);
    }

    private static (string Name, MacroSpec Spec)[] Specs
    {
        get
        {
            var macro = BenchmarkDesigns.Noisy(readNoise: false);
            var noisy = (RramSpec)macro.Device with { WriteNoise = 0.02, ReadNoiseKind = ReadNoiseKind.Proportional };
            var rram = noisy with { WriteNoise = 0 };
            var junction = new SttMramSpec
            {
                GMin = 0.4 * rram.GMax,
                GMax = rram.GMax,
                MaxBitsPerCell = 1,
                Endurance = rram.Endurance,
                ReadVoltage = rram.ReadVoltage,
                ReadTime = rram.ReadTime,
                WriteEnergy = rram.WriteEnergy,
                WriteTime = rram.WriteTime,
                CellArea = rram.CellArea,
                ResistanceSpread = 0.05,
                Source = "none",
            };
            return
            [
                ("error-free", macro with { Device = rram }),
                ("write noise in a straight line", macro with { Device = noisy }),
                ("the same, pairs subtracted, proportional read noise", macro with { Device = noisy with { ReadNoise = 0.02 }, Subtraction = Subtraction.Analog }),
                ("noise of whole weights", macro with { Device = noisy with { WriteNoise = 0.1, WriteNoiseFactor = 5, ReadNoise = 0.05 }, NoiseUnit = NoiseUnit.Weight }),
                ("lognormal, 1 bit", macro with { Device = junction, BitsPerCell = 1 }),
            ];
        }
    }

    /// <summary>Integers of a normal distribution cut at 3.5 standard deviations.</summary>
    private static int[] Integers(int length, int seed, int bits)
    {
        int largest = (1 << (bits - 1)) - 1;
        var values = new float[length];
        Gaussian.Fill(new NoiseKey((ulong)seed, NoisePurpose.Write, 0, 0, 0, 0), 0, values);
        return [.. values.Select(v => Math.Clamp((int)MathF.Round(v * largest / 3.5f), -largest, largest))];
    }
}
