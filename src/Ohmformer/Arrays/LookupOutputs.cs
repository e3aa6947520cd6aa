using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Arrays;

/// <summary>From the accumulators of <see cref="LookupKernel"/> to outputs.</summary>
internal static unsafe class LookupOutputs
{
    private const int Lanes = LookupSums.Lanes, Integers = Lanes / 2;

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

    /// <summary>Writes outputs from columns.</summary>
    public static void Store(LookupScratch scratch, ReadOnlySpan<int> columns, int tokens, double* y, int stride)
    {
        double* outputs = scratch.Outputs(0);
        for (int token = 0; token < tokens; token++)
            for (int i = 0; i < columns.Length; i++) y[(long)token * stride + columns[i]] = outputs[i * scratch.OutputStride + token];
    }

    /// <summary>Sums of the four pairs of passes of each token.</summary>
    private static Vector256<int> PerToken(Vector512<int> first, Vector512<int> second)
    {
        var sums = Avx512F.UnpackLow(first, second) + Avx512F.UnpackHigh(first, second);
        sums += Avx512F.Shuffle(sums, 0x4E);
        return Avx512F.PermuteVar16x32(sums, Vector512.Create(0, 4, 8, 12, 1, 5, 9, 13, 0, 0, 0, 0, 0, 0, 0, 0)).GetLower();
    }
}
