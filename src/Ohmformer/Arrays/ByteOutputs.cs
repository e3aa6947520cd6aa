using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Arrays;

/// <summary>From the summed codes of <see cref="ByteSums"/> to outputs.</summary>
internal static unsafe class ByteOutputs
{
    /// <summary>Columns written together.</summary>
    public const int Columns = 8;

    private const int Integers = 16;

    /// <summary>output[token] = sum over curves of the value of their codes.</summary>
    /// <param name="plan">Curves.</param>
    /// <param name="sums">Weighted codes, shape [curve, <paramref name="stride"/>].</param>
    /// <param name="stride">Distance between curves.</param>
    /// <param name="tokens">Tokens, with room for up to 7 more.</param>
    /// <param name="outputs">The result.</param>
    public static void Convert(BytePlan plan, int* sums, int stride, int tokens, double* outputs)
    {
        new Span<double>(outputs, (tokens + Columns - 1) / Columns * Columns).Clear();
        for (int j = 0; j < plan.Curves.All.Length; j++, sums += stride)
        {
            var curve = plan.Curves.All[j];
            bool exact = double.IsPow2(curve.Transfer.Q);
            Vector512<double> q = Vector512.Create(curve.Transfer.Q), step = Vector512.Create(1 / curve.Transfer.Q), lack = Vector512.Create(plan.Lacks[j]), constant = Vector512.Create(curve.Constant);
            int* parts = sums;
            for (int token = 0; token < tokens; token += Columns, parts += plan.VectorsPerToken * Integers)
            {
                var integers = plan.VectorsPerToken == 1 ? AddPairs(parts) : AddPairs(Vector512.Create(AddPairs(parts), AddPairs(parts + Integers)));
                var codes = Avx512F.ConvertToVector512Double(integers) + lack;
                // Where a code is a power of two of counts, no division rounds.
                (Vector512.Load(outputs + token) + ((exact ? codes * step : codes / q) + constant)).Store(outputs + token);
            }
        }
    }

    /// <summary>Writes up to 8 columns to rows of outputs.</summary>
    /// <param name="columns">Shape [8, <paramref name="stride"/>].</param>
    /// <param name="stride">Distance between columns.</param>
    /// <param name="count">Columns.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="y">The first of the columns' outputs of the first token.</param>
    /// <param name="outputs">Distance between tokens in <paramref name="y"/>.</param>
    public static void Store(double* columns, int stride, int count, int tokens, double* y, int outputs)
    {
        if (count == Columns) StoreColumns(columns, stride, tokens, y, outputs);
        else
            for (int token = 0; token < tokens; token++)
                for (int i = 0; i < count; i++) y[(long)token * outputs + i] = columns[i * stride + token];
    }

    private static void StoreColumns(double* columns, int stride, int tokens, double* y, int outputs)
    {
        for (int token = 0; token < tokens; token += Columns, columns += Columns)
        {
            double* to = y + (long)token * outputs;
            int count = Math.Min(Columns, tokens - token);
            // Lanes of pairs of columns, then pairs of lanes.
            for (int odd = 0; odd < 2 && odd < count; odd++)
            {
                Vector512<double> p0 = Pair(columns, stride, odd), p1 = Pair(columns + 2 * stride, stride, odd);
                Vector512<double> p2 = Pair(columns + 4 * stride, stride, odd), p3 = Pair(columns + 6 * stride, stride, odd);
                Vector512<double> low0 = Avx512F.Shuffle4x128(p0, p1, 0x44), low1 = Avx512F.Shuffle4x128(p2, p3, 0x44);
                Vector512<double> high0 = Avx512F.Shuffle4x128(p0, p1, 0xEE), high1 = Avx512F.Shuffle4x128(p2, p3, 0xEE);
                Avx512F.Shuffle4x128(low0, low1, 0x88).Store(to + (long)odd * outputs);
                if (odd + 2 < count) Avx512F.Shuffle4x128(low0, low1, 0xDD).Store(to + (odd + 2L) * outputs);
                if (odd + 4 < count) Avx512F.Shuffle4x128(high0, high1, 0x88).Store(to + (odd + 4L) * outputs);
                if (odd + 6 < count) Avx512F.Shuffle4x128(high0, high1, 0xDD).Store(to + (odd + 6L) * outputs);
            }
        }
    }

    /// <summary>The even or the odd tokens of two columns, alternating.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Pair(double* columns, int stride, int odd) => odd == 0
        ? Avx512F.UnpackLow(Vector512.Load(columns), Vector512.Load(columns + stride))
        : Avx512F.UnpackHigh(Vector512.Load(columns), Vector512.Load(columns + stride));

    /// <summary>Sums of neighbors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> AddPairs(int* parts) => AddPairs(Vector512.LoadAligned(parts));

    /// <summary>Sums of neighbors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> AddPairs(Vector512<int> parts) => Avx512F.ConvertToVector256Int32((parts + (parts.AsInt64() >>> 32).AsInt32()).AsInt64());
}
