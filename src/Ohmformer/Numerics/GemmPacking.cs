using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Numerics;

/// <summary>Lays out a panel of B as [depth, width], columns beyond the matrix zero.</summary>
internal static unsafe class GemmPacking
{
    /// <summary>Packs row-major panels, row by row: what lies together is read together.</summary>
    /// <param name="source">First element; columns are adjacent.</param>
    /// <param name="stride">Elements from one step to the next.</param>
    /// <param name="depth">Steps.</param>
    /// <param name="columns">Columns of all panels.</param>
    /// <param name="width">Width of a packed panel, a multiple of 8.</param>
    /// <param name="target">Panels of shape [depth, width] one after the other.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(float* source, nint stride, int depth, int columns, int width, float* target)
    {
        int whole = columns / width * width;
        for (int p = 0; p < depth; p++, source += stride)
        {
            float* to = target + (nint)p * width;
            int j = 0;
            for (; j < whole; j += width, to += (nint)depth * width)
            {
                int i = 0;
                for (; i + Vector512<float>.Count <= width; i += Vector512<float>.Count) Vector512.Load(source + j + i).Store(to + i);
                for (; i < width; i += Vector256<float>.Count) Vector256.Load(source + j + i).Store(to + i);
            }
            for (; whole < columns && j < whole + width; j += Vector256<float>.Count, to += Vector256<float>.Count)
                FloatLanes.Load(source + j, Math.Min(columns - j, Vector256<float>.Count)).GetLower().Store(to);
        }
    }

    /// <summary>Packs a column-major panel, transposing it.</summary>
    /// <param name="source">First element; steps are adjacent.</param>
    /// <param name="stride">Elements from one column to the next.</param>
    /// <param name="depth">Steps.</param>
    /// <param name="columns">Columns of the panel, at most width.</param>
    /// <param name="width">Width of the packed panel.</param>
    /// <param name="target">Shape [depth, width].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* source, nint stride, int depth, int columns, int width, float* target)
    {
        int j = 0;
        for (int p = 0; columns < width && p < depth; p++)
            for (int i = columns & ~7; i < width; i += 8) Vector256<float>.Zero.Store(target + (nint)p * width + i);
        if (Avx.IsSupported)
            for (; j + 8 <= columns; j += 8)
            {
                int p = 0;
                for (; p + 8 <= depth; p += 8) Transpose8x8(source + j * stride + p, stride, target + (nint)p * width + j, width);
                for (; p < depth; p++)
                    for (int i = j; i < j + 8; i++) target[(nint)p * width + i] = source[i * stride + p];
            }
        for (; j < columns; j++)
            for (int p = 0; p < depth; p++) target[(nint)p * width + j] = source[j * stride + p];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose8x8(float* source, nint sourceStride, float* target, nint targetStride)
    {
        float* s = source, u = source + 4 * sourceStride;
        Vector256<float> r0 = Vector256.Load(s), r1 = Vector256.Load(s + sourceStride);
        Vector256<float> r2 = Vector256.Load(s + 2 * sourceStride), r3 = Vector256.Load(s + 3 * sourceStride);
        Vector256<float> r4 = Vector256.Load(u), r5 = Vector256.Load(u + sourceStride);
        Vector256<float> r6 = Vector256.Load(u + 2 * sourceStride), r7 = Vector256.Load(u + 3 * sourceStride);

        // Pairs of rows, then pairs of pairs, within halves; then the halves.
        Vector256<float> p0 = Avx.UnpackLow(r0, r1), p1 = Avx.UnpackHigh(r0, r1), p2 = Avx.UnpackLow(r2, r3), p3 = Avx.UnpackHigh(r2, r3);
        Vector256<float> p4 = Avx.UnpackLow(r4, r5), p5 = Avx.UnpackHigh(r4, r5), p6 = Avx.UnpackLow(r6, r7), p7 = Avx.UnpackHigh(r6, r7);
        Vector256<float> q0 = Avx.Shuffle(p0, p2, 0x44), q1 = Avx.Shuffle(p0, p2, 0xEE), q2 = Avx.Shuffle(p1, p3, 0x44), q3 = Avx.Shuffle(p1, p3, 0xEE);
        Vector256<float> q4 = Avx.Shuffle(p4, p6, 0x44), q5 = Avx.Shuffle(p4, p6, 0xEE), q6 = Avx.Shuffle(p5, p7, 0x44), q7 = Avx.Shuffle(p5, p7, 0xEE);

        float* t = target, v = target + 4 * targetStride;
        Avx.Permute2x128(q0, q4, 0x20).Store(t);
        Avx.Permute2x128(q1, q5, 0x20).Store(t + targetStride);
        Avx.Permute2x128(q2, q6, 0x20).Store(t + 2 * targetStride);
        Avx.Permute2x128(q3, q7, 0x20).Store(t + 3 * targetStride);
        Avx.Permute2x128(q0, q4, 0x31).Store(v);
        Avx.Permute2x128(q1, q5, 0x31).Store(v + targetStride);
        Avx.Permute2x128(q2, q6, 0x31).Store(v + 2 * targetStride);
        Avx.Permute2x128(q3, q7, 0x31).Store(v + 3 * targetStride);
    }
}
