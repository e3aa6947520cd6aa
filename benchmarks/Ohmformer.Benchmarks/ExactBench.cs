using Ohmformer.Arrays;
using Ohmformer.Lab.Benchmarks;
using Ohmformer.Numerics;

namespace Ohmformer.Benchmarks;

/// <summary>
/// Products whose reads provably give the integer product, on one thread, as a share of the core's rate of the instruction that
/// computes them (VPDPBUSD on 256 bits: 64 products per cycle), measured in the same rounds. Times are of <see cref="Macro.Multiply"/>: they include the
/// check and the packing of the inputs and the conversion of the sums to double precision.
/// </summary>
internal static class ExactBench
{
    private const int Rounds = 40;

    private static readonly (int Tokens, int Inputs, int Outputs, string What)[] Shapes =
    [
        (197, 384, 384, "DeiT-S projection"),
        (197, 384, 1536, "DeiT-S feed-forward"),
        (197, 1536, 384, "DeiT-S feed-forward, back"),
        (197, 64, 197, "DeiT-S scores, one head"),
        (197, 197, 64, "DeiT-S context, one head"),
        (50, 64, 197, "scores of 50 tokens"),
        (50, 197, 64, "context of 50 tokens"),
        (50, 64, 64, "vit-digits projection"),
        (50, 64, 192, "vit-digits Q, K and V"),
        (197, 3072, 768, "ViT-B feed-forward, back"),
        (2048, 384, 1536, "DeiT-S feed-forward, 2048 tokens"),
        (1, 384, 1536, "one token"),
    ];

    public static void Run(TextWriter output)
    {
        output.WriteLine($"integer product by {IntegerMatrix.BestPath}, limit {PeakLoops.IntegerDots.Instruction}");
        output.WriteLine("| tokens x inputs x outputs | what | GMAC/s | peak GMAC/s | share |");
        output.WriteLine("|---|---|---|---|---|");
        foreach (var (tokens, inputs, outputs, what) in Shapes)
        {
            double macs = (double)tokens * inputs * outputs;
            int repeats = (int)Math.Max(1, 50e6 / macs);
            int[] x = ArrayBench.Gaussian(tokens * inputs, 1), w = ArrayBench.Gaussian(inputs * outputs, 2);
            var y = new double[tokens * outputs];
            var macro = new Macro(ArrayBench.Spec, 0, kernel: KernelKind.Exact);
            var matrix = macro.Program(w, inputs, outputs, new(0));
            double[] seconds = Stopwatches.Shortest(Rounds, ArrayBench.Repeat(repeats, () => macro.Multiply(matrix, 0, x, tokens, y)), PeakLoops.IntegerDots.Run);
            double rate = macs * repeats / seconds[0], peak = PeakLoops.IntegerDots.Operations / seconds[1];
            output.WriteLine(FormattableString.Invariant($"| {tokens} x {inputs} x {outputs} | {what} | {rate / 1e9:F0} | {peak / 1e9:F0} | {100 * rate / peak:F0} % |"));
        }
    }
}
