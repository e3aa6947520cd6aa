using Ohmformer.Circuits.Adc;

namespace Ohmformer.Arrays;

/// <summary>
/// Converters of one group whose step is a power of two of the grid: code = (sum + Bias) >> Shift plus a
/// constant, held to Low .. High. Everything after them is exact, so that all samples of an output can be added as integers in any order.
/// </summary>
/// <param name="Bias">Added to a sum; no sum plus the bias exceeds 16 bits.</param>
/// <param name="Shift">Bits of the step.</param>
/// <param name="Low">Smallest code less the constant.</param>
/// <param name="High">Largest code less the constant.</param>
/// <param name="Step">Counts per code.</param>
/// <param name="SliceWeights">Sum of the samples' weights, sign included.</param>
/// <param name="Constant">What the offset and the low end of the range add to an output.</param>
/// <param name="Weights">What a code is worth, shape [sample, lane], sign included.</param>
internal sealed record CodeShift(short Bias, byte Shift, short Low, short High, double Step, double SliceWeights, double Constant, short[] Weights)
{
    private const int Lanes = LookupSums.Lanes;

    /// <summary>The shift that equals the converters of a group; null if there is none.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="transfers">Converters per sample.</param>
    /// <param name="plan">Grid and origin.</param>
    /// <param name="largest">Largest sum.</param>
    public static CodeShift? Of(ProgrammedMatrix matrix, AdcTransfer[] transfers, LookupPlan plan, int largest)
    {
        var transfer = transfers[0];
        if (transfer.Rounding != AdcRounding.HalfUp || transfers.Any(t => t != transfer)) return null;
        double shift = Math.Log2(plan.Grid / transfer.Q), low = transfer.Low * plan.Grid;
        if (shift is < 0 or > 14 || Math.ScaleB(1, (int)shift) != plan.Grid / transfer.Q || low != Math.Floor(low) || Math.Abs(low) > CodeLine.Reach) return null;

        int step = 1 << (int)shift, bias = -plan.Origin - (int)low + step / 2;
        int offset = (int)Math.Floor((double)bias / step), top = (int)transfer.Code(transfer.High);
        bias -= offset * step;
        long[] weights = [.. Enumerable.Range(0, matrix.Samples * Lanes).Select(i => Weight(matrix, i / Lanes, i % LookupPlan.Passes))];
        if (largest + bias > short.MaxValue || top - offset < short.MinValue || weights.Any(w => w != (short)w)) return null;
        short highest = (short)Math.Min(top - offset, short.MaxValue), lowest = (short)Math.Clamp(-offset, short.MinValue, short.MaxValue);
        long sum = 0;
        for (int sample = 0; sample < matrix.Samples; sample++)
            for (int lane = 0; lane < LookupPlan.Passes; lane++) sum += Math.Abs(weights[sample * Lanes + lane]);
        if (sum * Math.Max(Math.Abs((long)lowest), Math.Abs((long)highest)) > int.MaxValue) return null;
        double passWeights = matrix.Passes.Sum(pass => pass.Weight), sliceWeights = Enumerable.Range(0, matrix.Samples).Sum(sample => SampleWeight(matrix, sample));
        double constant = passWeights * sliceWeights * (offset / transfer.Q + transfer.Low);
        return new((short)bias, (byte)shift, lowest, highest, 1 / transfer.Q, sliceWeights, constant, [.. weights.Select(w => (short)w)]);
    }

    /// <summary>What a count of a sample is worth, negative in the negative array.</summary>
    private static double SampleWeight(ProgrammedMatrix matrix, int sample)
    {
        bool negative = matrix.Spec.Polarities == 2 && !matrix.Spec.SubtractsCurrents() && sample % 2 == 1;
        return negative ? -matrix.SliceWeights[matrix.Slice(sample)] : matrix.SliceWeights[matrix.Slice(sample)];
    }

    private static long Weight(ProgrammedMatrix matrix, int sample, int pass) =>
        pass < matrix.Passes.Length ? (long)(SampleWeight(matrix, sample) * matrix.Passes[pass].Weight) : 0;
}
