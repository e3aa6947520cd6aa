using Ohmformer.Lab.Benchmarks;
using Ohmformer.Numerics;

namespace Ohmformer.Benchmarks;

/// <summary>The matrix product on one thread as a share of the core's peak, measured in the same rounds.</summary>
internal static class GemmBench
{
    private const int Rounds = 100;

    private static readonly (int M, int K, int N, bool TransposedB, string What)[] Shapes =
    [
        (512, 512, 512, false, "large"),
        (197, 384, 384, false, "DeiT-S projection"),
        (197, 384, 1536, false, "DeiT-S feed-forward"),
        (197, 1536, 384, false, "DeiT-S feed-forward, back"),
        (197, 64, 197, true, "DeiT-S scores Q K^T, one head"),
        (197, 197, 64, false, "DeiT-S probabilities times V, one head"),
        (197, 1024, 1024, false, "ViT-L projection, rows 4 KiB apart"),
        (197, 768, 3072, false, "ViT-B feed-forward"),
        (50, 64, 192, false, "vit-digits Q, K and V"),
        (50, 64, 128, false, "vit-digits feed-forward"),
        (50, 16, 50, true, "vit-digits scores, one head"),
    ];

    public static void Run(TextWriter output)
    {
        output.WriteLine("| m x k x n | what | GFLOP/s | share | B packed before, GFLOP/s | share | peak GFLOP/s |");
        output.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var (m, k, n, transposedB, what) in Shapes)
        {
            double operations = 2.0 * m * k * n;
            int repeats = (int)Math.Max(1, 20e6 / operations);
            float[] a = Ramp(m * k), b = Ramp(k * n), c = new float[m * n];
            var packed = new PackedMatrix(b, k, n);
            double[] seconds = Stopwatches.Shortest(
                Rounds,
                () =>
                {
                    for (int r = 0; r < repeats; r++)
                        Gemm.Multiply(GemmOperand.Of(a, k), transposedB ? GemmOperand.Transposed(b, k) : GemmOperand.Of(b, n), m, k, n, c, n);
                },
                () =>
                {
                    for (int r = 0; r < repeats; r++) packed.Multiply(a, m, Workers.One, c);
                },
                PeakLoops.MultiplyAdds.Run);
            double rate = operations * repeats / seconds[0], packedRate = operations * repeats / seconds[1], peak = 2 * PeakLoops.MultiplyAdds.Operations / seconds[2];
            output.WriteLine(FormattableString.Invariant(
                $"| {m} x {k} x {n} | {what} | {rate / 1e9:F0} | {100 * rate / peak:F0} % | {packedRate / 1e9:F0} | {100 * packedRate / peak:F0} % | {peak / 1e9:F0} |"));
        }
    }

    private static float[] Ramp(int length) => [.. Enumerable.Range(0, length).Select(i => (i * 7 % 31 - 15) / 16f)];
}
