using Ohmformer.Circuits.Adc;
using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>
/// The numeric model, one statement per sentence of docs/theory/numeric-model.md. It is never optimized: it says what the
/// other kernels must compute, and it counts every event as it happens.
/// </summary>
internal sealed class ReferenceKernel : IMacroKernel
{
    public ActivityCounts Multiply(ProgrammedMatrix matrix, in MacroRead read, Span<double> y)
    {
        var spec = matrix.Spec;
        long arrayReads = 0, dacEvents = 0, cellReads = 0, conversions = 0, shiftAdds = 0;
        y.Clear();
        for (int g = 0; g < matrix.Groups.Length; g++)
        {
            var group = matrix.Groups[g];
            for (int t = 0; t < read.Tokens; t++)
            {
                var x = read.X.Slice(t * matrix.Inputs + group.Start, group.Rows);
                foreach (var pass in matrix.Passes)
                {
                    for (int crossbar = 0; crossbar < spec.ColumnTiles(matrix.Outputs); crossbar++)
                    {
                        arrayReads++;
                        dacEvents += group.Rows;
                    }
                    cellReads += (long)group.Rows * matrix.Outputs * spec.BitLinesPerOutput;
                    read.Statistics?.AddInputs(x, pass, (long)matrix.Outputs * matrix.Samples);
                }
                for (int n = 0; n < matrix.Outputs; n++)
                {
                    y[t * matrix.Outputs + n] = ReadOutput(matrix, read, g, t, n, x, y[t * matrix.Outputs + n]);
                    shiftAdds += matrix.Passes.Length * matrix.Samples;
                    if (spec.Adc is not null) conversions += matrix.Passes.Length * matrix.Samples;
                }
            }
        }
        SubtractOffset(matrix, read, y);
        return new() { ArrayReads = arrayReads, DacEvents = dacEvents, CellReads = cellReads, AdcEvents = conversions, ShiftAdds = shiftAdds };
    }

    /// <summary>y plus what one group of rows contributes to one output.</summary>
    private static double ReadOutput(ProgrammedMatrix matrix, in MacroRead read, int g, int t, int n, ReadOnlySpan<int> x, double y)
    {
        long inputSum = 0;
        foreach (int input in x) inputSum += input;
        var spec = matrix.Spec;
        for (int slice = 0; slice < spec.Slices; slice++)
        {
            double value;
            if (spec.SubtractsCurrents()) value = ReadSample(matrix, read, g, t, n, slice, x);
            else if (spec.Polarities == 2) value = ReadSample(matrix, read, g, t, n, 2 * slice, x) - ReadSample(matrix, read, g, t, n, 2 * slice + 1, x);
            else value = ReadSample(matrix, read, g, t, n, slice, x) - matrix.GMinCounts * inputSum;
            y = Math.FusedMultiplyAdd(matrix.Encoding.SliceWeight(slice), value, y);
        }
        return y;
    }

    /// <summary>The passes of one sample, converted, shifted and added, in counts.</summary>
    private static double ReadSample(ProgrammedMatrix matrix, in MacroRead read, int g, int t, int n, int sample, ReadOnlySpan<int> x)
    {
        var group = matrix.Groups[g];
        var converter = matrix.Converters?[g][sample];
        double sum = 0, passWeights = 0;
        for (int p = 0; p < matrix.Passes.Length; p++)
        {
            var pass = matrix.Passes[p];
            uint draw = matrix.Draw(t, g, p, sample);
            double value = 0;
            for (int r = 0; r < x.Length; r++)
                value = Math.FusedMultiplyAdd(pass.Drive(x[r]), matrix.Cell(group.Start + r, sample, n), value);
            value += ReadNoise(matrix, read, group, n, sample, x, pass, draw);
            read.Statistics?.Record(matrix.Slice(sample), value, matrix.Converters?[g].FullScales[sample]);

            double result = converter switch
            {
                null => value,
                { Transfer: { } transfer } => transfer.Code(value),
                _ => converter.Convert(value, matrix.Converter(group.Tile, sample, n), AdcNoise(matrix, read, converter, group.Tile, n, draw)),
            };
            sum = Math.FusedMultiplyAdd(pass.Weight, result, sum);
            passWeights += pass.Weight;
        }
        return converter?.Transfer is { } straight ? sum / straight.Q + straight.Low * passWeights : sum;
    }

    private static double ReadNoise(ProgrammedMatrix matrix, in MacroRead read, RowGroup group, int n, int sample, ReadOnlySpan<int> x, InputPass pass, uint draw)
    {
        if (matrix.ReadNoise == 0) return 0;
        float variance = 0;
        for (int r = 0; r < x.Length; r++)
        {
            int drive = pass.Drive(x[r]);
            float cells = matrix.ProportionalNoise
                ? matrix.Squares!.Span[matrix.Index(group.Start + r, sample, n)]
                : matrix.Spec.SubtractsCurrents() ? 2 : 1;
            variance = MathF.FusedMultiplyAdd(drive * drive, cells, variance);
        }
        float gaussian = Gaussian.FromWord(matrix.Key(NoisePurpose.Read, read.Seed, read.Image, group.Tile, n).Word(draw));
        double noise = MathF.Sqrt(variance) * matrix.ReadNoise * gaussian;
        return matrix.NoiseGrid > 0 ? Math.Floor(noise * matrix.NoiseGrid + 0.5) / matrix.NoiseGrid : noise;
    }

    private static double AdcNoise(ProgrammedMatrix matrix, in MacroRead read, IAdc converter, int tile, int n, uint draw) => converter.HasNoise
        ? Gaussian.FromWord(matrix.Key(NoisePurpose.AdcNoise, read.Seed, read.Image, tile, n).Word(draw))
        : 0;

    private static void SubtractOffset(ProgrammedMatrix matrix, in MacroRead read, Span<double> y)
    {
        for (int t = 0; t < read.Tokens; t++)
        {
            long inputSum = 0;
            foreach (int input in read.X.Slice(t * matrix.Inputs, matrix.Inputs)) inputSum += input;
            for (int n = 0; n < matrix.Outputs; n++) y[t * matrix.Outputs + n] -= (double)matrix.Encoding.Offset * inputSum;
        }
    }
}
