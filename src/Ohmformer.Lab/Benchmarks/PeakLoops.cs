using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Lab.Benchmarks;

/// <summary>A loop of one kind of instruction.</summary>
/// <param name="Instruction">What it repeats, for people.</param>
/// <param name="Run">Runs it once.</param>
/// <param name="Operations">Multiply-adds, or cells, that one run stands for.</param>
internal sealed record PeakLoop(string Instruction, Action Run, double Operations);

/// <summary>
/// Loops that do nothing but the instruction a kernel lives on, from registers: their speed is the kernel's limit on this
/// machine, at the clock rate of the moment.
/// </summary>
internal static class PeakLoops
{
    /// <summary>Chains in flight; enough for two units of five cycles.</summary>
    private const int Chains = 12;

    private const int Steps = 400_000, ClockSteps = 1_000_000;

    /// <summary>Lanes of single precision in a vector of this machine.</summary>
    public static int FloatLanes => Vector512.IsHardwareAccelerated ? Vector512<float>.Count : Vector<float>.Count;

    /// <summary>Multiply-adds of single precision.</summary>
    public static PeakLoop MultiplyAdds { get; } = new(
        $"fused multiply-adds of {FloatLanes} floats",
        Vector512.IsHardwareAccelerated ? () => Run<MultiplyAdd512, Vector512<float>>(Vector512.Create(0.999f)) : () => Run<MultiplyAdd, Vector<float>>(new(0.999f)),
        Total(FloatLanes));

    /// <summary>Multiply-adds of small integers: of bytes where the processor has AVX-VNNI, else of words.</summary>
    public static PeakLoop IntegerDots { get; } =
        AvxVnni.IsSupported ? new("VPDPBUSD of 32 bytes", () => Run<ByteDot, Vector256<int>>(Vector256.Create(1)), Total(32))
        : Avx512BW.IsSupported ? new("VPMADDWD of 32 words", () => Run<WordDot, Vector512<int>>(Vector512.Create(1)), Total(32))
        : MultiplyAdds;

    /// <summary>Cells read by table look-up in words: 5 cells in each lane.</summary>
    public static PeakLoop WordLookups { get; } = Avx512BW.IsSupported
        ? new("VPERMW and VPADDSW, 32 lanes of 5 cells", () => Run<WordLookup, Vector512<short>>(Vector512.Create((short)1)), Total(32 * 5))
        : MultiplyAdds;

    /// <summary>Cells read by table look-up in saturating bytes: 6 cells in each lane.</summary>
    public static PeakLoop ByteLookups { get; } = Avx512Vbmi.IsSupported
        ? new("VPERMB and VPADDUSB, 64 lanes of 6 cells", () => Run<ByteLookup, Vector512<byte>>(Vector512.Create((byte)1)), Total(64 * 6))
        : WordLookups;

    /// <summary>The clock: a chain of rotations and exclusive ors, which take one cycle each on every processor.</summary>
    public static PeakLoop Clock { get; } = new("cycles", RunClock, 2.0 * ClockSteps);

    private static double Total(int perStep) => (double)Steps * Chains * perStep;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void RunClock()
    {
        ulong value = 1, key = (ulong)Environment.TickCount64;
        for (int i = 0; i < ClockSteps; i += 8)
        {
            value = BitOperations.RotateLeft(value, 7) ^ key; value = BitOperations.RotateLeft(value, 7) ^ key;
            value = BitOperations.RotateLeft(value, 7) ^ key; value = BitOperations.RotateLeft(value, 7) ^ key;
            value = BitOperations.RotateLeft(value, 7) ^ key; value = BitOperations.RotateLeft(value, 7) ^ key;
            value = BitOperations.RotateLeft(value, 7) ^ key; value = BitOperations.RotateLeft(value, 7) ^ key;
        }
        Keep(value);
    }

    /// <summary>One step of a chain.</summary>
    private interface IStep<T>
    {
        static abstract T Next(T value, T x);
    }

    private static void Run<TStep, T>(T x) where TStep : struct, IStep<T>
    {
        var results = new T[Chains];
        Run<TStep, T>(x, ref results[0]);
        Keep(results);
    }

    // No call in here: the compiler would keep the chains in memory.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Run<TStep, T>(T x, ref T results) where TStep : struct, IStep<T>
    {
        T a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int s = 0; s < Steps; s++)
        {
            a = TStep.Next(a, x); b = TStep.Next(b, x); c = TStep.Next(c, x); d = TStep.Next(d, x);
            e = TStep.Next(e, x); f = TStep.Next(f, x); g = TStep.Next(g, x); h = TStep.Next(h, x);
            i = TStep.Next(i, x); j = TStep.Next(j, x); k = TStep.Next(k, x); l = TStep.Next(l, x);
        }
        results = a;
        Unsafe.Add(ref results, 1) = b; Unsafe.Add(ref results, 2) = c; Unsafe.Add(ref results, 3) = d; Unsafe.Add(ref results, 4) = e;
        Unsafe.Add(ref results, 5) = f; Unsafe.Add(ref results, 6) = g; Unsafe.Add(ref results, 7) = h; Unsafe.Add(ref results, 8) = i;
        Unsafe.Add(ref results, 9) = j; Unsafe.Add(ref results, 10) = k; Unsafe.Add(ref results, 11) = l;
    }

    /// <summary>Makes the compiler believe that a value is needed.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Keep<T>(T value) => _ = value;

    private readonly struct MultiplyAdd512 : IStep<Vector512<float>>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Next(Vector512<float> value, Vector512<float> x) => Vector512.FusedMultiplyAdd(value, x, x);
    }

    private readonly struct MultiplyAdd : IStep<Vector<float>>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Next(Vector<float> value, Vector<float> x) => Vector.FusedMultiplyAdd(value, x, x);
    }

    private readonly struct WordLookup : IStep<Vector512<short>>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<short> Next(Vector512<short> value, Vector512<short> x) => Avx512BW.AddSaturate(value, Avx512BW.PermuteVar32x16(x, value));
    }

    private readonly struct ByteLookup : IStep<Vector512<byte>>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<byte> Next(Vector512<byte> value, Vector512<byte> x) => Avx512BW.AddSaturate(value, Avx512Vbmi.PermuteVar64x8(x, value));
    }

    private readonly struct ByteDot : IStep<Vector256<int>>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<int> Next(Vector256<int> value, Vector256<int> x) => AvxVnni.MultiplyWideningAndAdd(value, x.AsByte(), x.AsSByte());
    }

    private readonly struct WordDot : IStep<Vector512<int>>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<int> Next(Vector512<int> value, Vector512<int> x) => value + Avx512BW.MultiplyAddAdjacent(value.AsInt16(), x.AsInt16());
    }
}
