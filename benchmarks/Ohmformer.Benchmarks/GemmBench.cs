using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Ohmformer.Numerics;

namespace Ohmformer.Benchmarks;

/// <summary>The matrix product on one thread as a share of the core's peak, measured in the same rounds.</summary>
internal static class GemmBench
{
    private const int Rounds = 60, PeakSteps = 500_000;

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
            float sink = 0;
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
                    for (int r = 0; r < repeats; r++) packed.Multiply(a, m, c);
                },
                () => sink += Vector512.IsHardwareAccelerated ? Peak512(PeakSteps) : PeakOfVector(PeakSteps));
            double rate = operations * repeats / seconds[0], packedRate = operations * repeats / seconds[1], lanes = Vector512.IsHardwareAccelerated ? 16 : Vector<float>.Count;
            double peak = 2 * 12 * lanes * PeakSteps / seconds[2];
            output.WriteLine(FormattableString.Invariant(
                $"| {m} x {k} x {n} | {what}{(sink == 0 ? "!" : "")} | {rate / 1e9:F0} | {100 * rate / peak:F0} % | {packedRate / 1e9:F0} | {100 * packedRate / peak:F0} % | {peak / 1e9:F0} |"));
        }
    }

    private static float[] Ramp(int length) => [.. Enumerable.Range(0, length).Select(i => (i * 7 % 31 - 15) / 16f)];

    // Twelve independent chains keep two units with a latency of four cycles busy.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Peak512(int steps)
    {
        Vector512<float> x = Vector512.Create(1.0001f), y = Vector512.Create(0.9999f);
        Vector512<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int s = 0; s < steps; s++)
        {
            a = Vector512.FusedMultiplyAdd(x, y, a); b = Vector512.FusedMultiplyAdd(x, y, b); c = Vector512.FusedMultiplyAdd(x, y, c);
            d = Vector512.FusedMultiplyAdd(x, y, d); e = Vector512.FusedMultiplyAdd(x, y, e); f = Vector512.FusedMultiplyAdd(x, y, f);
            g = Vector512.FusedMultiplyAdd(x, y, g); h = Vector512.FusedMultiplyAdd(x, y, h); i = Vector512.FusedMultiplyAdd(x, y, i);
            j = Vector512.FusedMultiplyAdd(x, y, j); k = Vector512.FusedMultiplyAdd(x, y, k); l = Vector512.FusedMultiplyAdd(x, y, l);
        }
        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float PeakOfVector(int steps)
    {
        Vector<float> x = new(1.0001f), y = new(0.9999f);
        Vector<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int s = 0; s < steps; s++)
        {
            a = Vector.FusedMultiplyAdd(x, y, a); b = Vector.FusedMultiplyAdd(x, y, b); c = Vector.FusedMultiplyAdd(x, y, c);
            d = Vector.FusedMultiplyAdd(x, y, d); e = Vector.FusedMultiplyAdd(x, y, e); f = Vector.FusedMultiplyAdd(x, y, f);
            g = Vector.FusedMultiplyAdd(x, y, g); h = Vector.FusedMultiplyAdd(x, y, h); i = Vector.FusedMultiplyAdd(x, y, i);
            j = Vector.FusedMultiplyAdd(x, y, j); k = Vector.FusedMultiplyAdd(x, y, k); l = Vector.FusedMultiplyAdd(x, y, l);
        }
        return Vector.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }
}
