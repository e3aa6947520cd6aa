using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>The read noise of <see cref="LookupKernel"/>.</summary>
internal static unsafe class LookupDraws
{
    private const int Lanes = LookupSums.Lanes;

    /// <summary>Draws the normal numbers of some columns and a group of rows, two columns at a time.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="read">Seed and image.</param>
    /// <param name="scratch">Where they are stored.</param>
    /// <param name="g">Group.</param>
    /// <param name="columns">The columns of up to <see cref="LookupScratch.NoisyUnits"/> units.</param>
    /// <param name="skip">Registers of tokens before the first.</param>
    /// <param name="registers">Registers of tokens.</param>
    public static void Draw(ProgrammedMatrix matrix, LookupPlan plan, in MacroRead read, LookupScratch scratch, int g, ReadOnlySpan<int> columns, int skip, int registers)
    {
        for (int i = 0; i < columns.Length; i += 2)
        {
            var first = Start(matrix, read, g, columns[i], skip);
            if (i + 1 == columns.Length) DrawOne(ref first, matrix, plan, scratch, i, registers);
            else
            {
                var second = Start(matrix, read, g, columns[i + 1], skip);
                DrawTwo(ref first, ref second, matrix, plan, scratch, i, registers);
            }
        }
    }

    private static NoiseStream Start(ProgrammedMatrix matrix, in MacroRead read, int g, int column, int skip)
    {
        var stream = matrix.ReadNoiseStream(read, g, column);
        for (int step = 0; step < skip * matrix.Samples; step++) stream.Next();
        return stream;
    }

    private static void DrawOne(ref NoiseStream stream, ProgrammedMatrix matrix, LookupPlan plan, LookupScratch scratch, int i, int registers)
    {
        var (runs, length, stride) = Runs(matrix, plan, registers);
        short* to = To(matrix, plan, scratch, i);
        for (int run = 0; run < runs; run++, to += stride) stream.FillNormal(new(to, length));
    }

    private static void DrawTwo(ref NoiseStream first, ref NoiseStream second, ProgrammedMatrix matrix, LookupPlan plan, LookupScratch scratch, int i, int registers)
    {
        var (runs, length, stride) = Runs(matrix, plan, registers);
        short* a = To(matrix, plan, scratch, i), b = To(matrix, plan, scratch, i + 1);
        for (int run = 0; run < runs; run++, a += stride, b += stride) NoiseStream.FillNormal(ref first, ref second, new(a, length), new(b, length));
    }

    /// <summary>One run where the draws of a column lie side by side, else one per register.</summary>
    private static (int Runs, int Length, int Stride) Runs(ProgrammedMatrix matrix, LookupPlan plan, int registers)
    {
        int length = matrix.Samples * Lanes, stride = plan.Bundles * LookupSums.Lines * Lanes;
        return length == stride ? (1, registers * length, 0) : (registers, length, stride);
    }

    private static short* To(ProgrammedMatrix matrix, LookupPlan plan, LookupScratch scratch, int i) =>
        scratch.Draws(i / plan.UnitColumns) + i % plan.UnitColumns * matrix.Samples * Lanes;
}
