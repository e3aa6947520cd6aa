using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Arrays;

/// <summary>From the accumulators of <see cref="LookupKernel"/> to outputs.</summary>
internal static unsafe class LookupOutputs
{
    private const int Lanes = LookupSums.Lanes, Integers = Lanes / 2, Eight = 8;

    /// <summary>Turns the accumulators of a column into outputs.</summary>
    public static void Convert(ProgrammedMatrix matrix, LookupPlan plan, LookupScratch scratch, int column, int tokens)
    {
        var curves = matrix.Curves!.All;
        double* outputs = scratch.Outputs(column);
        new Span<double>(outputs, scratch.OutputStride).Clear();
        for (int j = 0; j < curves.Length; j++)
        {
            int* sums = scratch.Accumulators.Pointer + (column * curves.Length + j) * scratch.AccumulatorStride;
            Vector512<double> offset = Vector512.Create(plan.Constants[j]), q = Vector512.Create(curves[j].Transfer.Q), constant = Vector512.Create(curves[j].Constant);
            for (int token = 0; token < tokens; token += LookupSums.Tokens, sums += 2 * Integers)
            {
                var codes = Avx512F.ConvertToVector512Double(PerToken(Vector512.LoadAligned(sums), Vector512.LoadAligned(sums + Integers))) + offset;
                (Vector512.LoadAligned(outputs + token) + (codes / q + constant)).StoreAligned(outputs + token);
            }
        }
    }

    /// <summary>Writes outputs from columns; neighbors eight by eight.</summary>
    public static void Store(LookupScratch scratch, ReadOnlySpan<int> columns, int tokens, double* y, int stride)
    {
        int first = 0;
        for (; first + Eight <= columns.Length && columns[first + Eight - 1] == columns[first] + Eight - 1; first += Eight)
        {
            double* to = y + columns[first];
            int token = 0;
            for (; token + Eight <= tokens; token += Eight) Transpose(scratch.Outputs(first) + token, scratch.OutputStride, to + (long)token * stride, stride);
            for (; token < tokens; token++)
                for (int i = 0; i < Eight; i++) to[(long)token * stride + i] = scratch.Outputs(first + i)[token];
        }
        for (; first < columns.Length; first++)
            for (int token = 0; token < tokens; token++) y[(long)token * stride + columns[first]] = scratch.Outputs(first)[token];
    }

    /// <summary>Eight rows of eight numbers from eight columns.</summary>
    private static void Transpose(double* columns, int distance, double* rows, int stride)
    {
        Vector512<double> c0 = Vector512.LoadAligned(columns), c1 = Vector512.LoadAligned(columns + distance), c2 = Vector512.LoadAligned(columns + 2 * distance), c3 = Vector512.LoadAligned(columns + 3 * distance);
        columns += 4 * distance;
        Vector512<double> c4 = Vector512.LoadAligned(columns), c5 = Vector512.LoadAligned(columns + distance), c6 = Vector512.LoadAligned(columns + 2 * distance), c7 = Vector512.LoadAligned(columns + 3 * distance);
        StoreFour(Avx512F.UnpackLow(c0, c1), Avx512F.UnpackLow(c2, c3), Avx512F.UnpackLow(c4, c5), Avx512F.UnpackLow(c6, c7), rows, 2 * stride);
        StoreFour(Avx512F.UnpackHigh(c0, c1), Avx512F.UnpackHigh(c2, c3), Avx512F.UnpackHigh(c4, c5), Avx512F.UnpackHigh(c6, c7), rows + stride, 2 * stride);
    }

    /// <summary>The even or odd rows from pairs of columns.</summary>
    private static void StoreFour(Vector512<double> c01, Vector512<double> c23, Vector512<double> c45, Vector512<double> c67, double* rows, int stride)
    {
        Vector512<double> left = Avx512F.Shuffle4x128(c01, c23, 0x88), left2 = Avx512F.Shuffle4x128(c01, c23, 0xDD);
        Vector512<double> right = Avx512F.Shuffle4x128(c45, c67, 0x88), right2 = Avx512F.Shuffle4x128(c45, c67, 0xDD);
        // Lanes of 128 bits: columns 01 of rows 0 and 4, columns 23 of the same; then rows 2 and 6.
        Avx512F.Shuffle4x128(left, right, 0x88).Store(rows);
        Avx512F.Shuffle4x128(left2, right2, 0x88).Store(rows + stride);
        Avx512F.Shuffle4x128(left, right, 0xDD).Store(rows + 2 * stride);
        Avx512F.Shuffle4x128(left2, right2, 0xDD).Store(rows + 3 * stride);
    }

    /// <summary>Sums of the four pairs of passes of each token.</summary>
    private static Vector256<int> PerToken(Vector512<int> first, Vector512<int> second)
    {
        var sums = Avx512F.UnpackLow(first, second) + Avx512F.UnpackHigh(first, second);
        sums += Avx512F.Shuffle(sums, 0x4E);
        return Avx512F.PermuteVar16x32(sums, Vector512.Create(0, 4, 8, 12, 1, 5, 9, 13, 0, 0, 0, 0, 0, 0, 0, 0)).GetLower();
    }
}
