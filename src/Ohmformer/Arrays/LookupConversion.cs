namespace Ohmformer.Arrays;

/// <summary>The converters of one row group for <see cref="LookupSums"/>, and what their codes are added to.</summary>
internal sealed class LookupConversion
{
    /// <summary>Numbers per line: start, weights, and what the converter needs, 32 each.</summary>
    public const int LineConstants = 8 * LookupSums.Lanes;

    private const int Lines = LookupSums.Lines, Lanes = LookupSums.Lanes;

    /// <summary>The conversion of a group.</summary>
    /// <param name="shape">The shape of the matrices.</param>
    /// <param name="g">Group.</param>
    /// <param name="codes">Converters per sample.</param>
    /// <param name="lines">Lines of a unit: samples of its columns, with idle ones up to a whole number of bundles.</param>
    public LookupConversion(MatrixShape shape, int g, LookupCode[] codes, int lines)
    {
        var curves = shape.Curves!;
        int samples = shape.Samples;
        int Accumulator(int line) => line / samples * curves.All.Length + curves.Index[g][line % samples];
        Shifts = Array.TrueForAll(codes, code => code is LookupShift);
        Caps = Array.TrueForAll(codes, code => code is LookupShift { CutsLow: false });
        Run = Lines;
        // Idle lines add nothing, so they may follow any other.
        int used = Math.Max(1, Lines / samples) * samples;
        while (!Enumerable.Range(0, used).All(line => Accumulator(line) == Accumulator(line / Run * Run))) Run /= 2;
        Accumulators = [.. Enumerable.Range(0, lines / Run).Select(i => i * Run < used ? Accumulator(i * Run) : 0)];
        Constants = new(lines * LineConstants);
        for (int line = 0; line < lines; line++)
        {
            var constants = Constants.Span.Slice(line * LineConstants, LineConstants);
            var code = codes[line % samples];
            constants[..Lanes].Fill((short)code.Start);
            // The start stays when the sum of the sign bits is taken from the others.
            if (shape.IsBipolar)
                for (int lane = LookupBipolar.Passes; lane < Lanes; lane += LookupSums.Passes) constants[lane] = 0;
            if (line < used)
                for (int lane = 0; lane < Lanes; lane++) constants[Lanes + lane] = (short)Weight(shape, line % samples, lane % LookupSums.Passes);
            code.Write(constants[(2 * Lanes)..]);
        }
    }

    /// <summary>Whether all codes are shifts.</summary>
    public bool Shifts { get; }

    /// <summary>Whether all codes are shifts that need no lower limit.</summary>
    public bool Caps { get; }

    /// <summary>Shape [line, <see cref="LineConstants"/>].</summary>
    public AlignedBuffer<short> Constants { get; }

    /// <summary>Neighboring lines with the same accumulator: 1, 2, 4 or 8.</summary>
    public int Run { get; }

    /// <summary>The accumulator of every <see cref="Run"/> of lines: column of the unit times number of curves, plus the curve.</summary>
    public int[] Accumulators { get; }

    /// <summary>What a code of a sample in a pass is worth.</summary>
    public static double Weight(MatrixShape shape, int sample, int pass) => pass < shape.Passes.Length ? shape.SampleWeights[sample] * shape.Passes[pass].Weight : 0;
}
