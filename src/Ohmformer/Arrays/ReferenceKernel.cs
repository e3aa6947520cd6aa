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
        for (int t = 0; t < read.Tokens; t++)
            for (int n = 0; n < matrix.Outputs; n++)
                y[t * matrix.Outputs + n] = matrix.Linear is null || read.Statistics is not null ? ReadOutput(matrix, read, t, n) : 0;
        if (matrix.Linear is not null) MultiplyLinear(matrix, read, y);
        Correct(matrix, read, y);
        return Count(matrix, read);
    }

    /// <summary>One output of one vector before the digital corrections.</summary>
    private static double ReadOutput(ProgrammedMatrix matrix, in MacroRead read, int t, int n)
    {
        var codes = new double[matrix.Curves?.All.Length ?? 0];
        double y = 0;
        for (int g = 0; g < matrix.Groups.Length; g++)
            for (int v = 0; v < matrix.Samples; v++)
            {
                double sum = ReadSample(matrix, read, g, t, n, v);
                if (matrix.Curves is { } curves) codes[curves.Index[g][v]] += matrix.SampleWeights[v] * sum;
                else y = Math.FusedMultiplyAdd(matrix.SampleWeights[v], sum, y);
            }
        for (int j = 0; j < codes.Length; j++) y += matrix.Curves!.All[j].Value(codes[j]);
        return y;
    }

    /// <summary>The weighted codes, or values where there are no codes, of the passes of one sample.</summary>
    private static double ReadSample(ProgrammedMatrix matrix, in MacroRead read, int g, int t, int n, int sample)
    {
        var group = matrix.Groups[g];
        var x = read.X.Slice(t * matrix.Inputs + group.Start, group.Rows);
        var converter = matrix.Converters?[g][sample];
        double sum = 0;
        for (int p = 0; p < matrix.Passes.Length; p++)
        {
            var pass = matrix.Passes[p];
            double value = 0;
            for (int r = 0; r < x.Length; r++)
                value = Math.FusedMultiplyAdd(pass.Drive(x[r]), matrix.Cell(group.Start + r, sample, n), value);
            value += ReadNoise(matrix, read, g, t, n, sample, p);
            read.Statistics?.Record(matrix.Slice(sample), [value], matrix.Converters?[g].FullScales[sample]);

            double result = converter switch
            {
                null => value,
                { Transfer: { } transfer } => transfer.Code(value),
                _ => converter.Convert(value, matrix.Converter(group.Tile, sample, n), AdcNoise(matrix, read, converter, group.Tile, n, matrix.Draw(t, g, p, sample))),
            };
            sum = Math.FusedMultiplyAdd(pass.Weight, result, sum);
        }
        return sum;
    }

    private static double ReadNoise(ProgrammedMatrix matrix, in MacroRead read, int g, int t, int n, int sample, int p)
    {
        if (matrix.ReadNoise == 0) return 0;
        var group = matrix.Groups[g];
        long driven = 0, squareSteps = 0;
        float squares = 0;
        for (int r = group.Start; r < group.Start + group.Rows; r++)
        {
            int drive = matrix.Passes[p].Drive(read.X[t * matrix.Inputs + r]), index = matrix.Line(sample, n) + r;
            driven += drive * drive;
            if (matrix.SquareSteps is { } steps) squareSteps += (long)(drive * drive) * steps.Span[index];
            else if (matrix.Squares is { } cells) squares = MathF.FusedMultiplyAdd(drive * drive, cells.Span[index], squares);
        }
        float variance = !matrix.ProportionalNoise ? driven * (matrix.Spec.SubtractsCurrents() ? 2 : 1)
            : matrix.NoiseGrid > 0 ? squareSteps * (float)(1 / matrix.SquareGrid)
            : squares;
        float sigma = MathF.Sqrt(variance) * matrix.ReadNoise;

        int step = (t / 4 * ((matrix.Passes.Length + 7) / 8) + p / 8) * matrix.Samples + sample;
        var stream = matrix.ReadNoiseStream(read, g, n);
        for (int i = 0; i < step; i++) stream.Next();
        short gaussian = stream.NextNormal()[t % 4 * 8 + p % 8];
        if (matrix.NoiseGrid == 0) return sigma * (gaussian * MathF.ScaleB(1, -Gaussian16.FractionBits));
        long spread = (long)MathF.Round(sigma * (float)(8 * matrix.NoiseGrid), MidpointRounding.ToEven);
        return ((gaussian * spread + (1 << 14)) >> 15) / matrix.NoiseGrid;
    }

    private static double AdcNoise(ProgrammedMatrix matrix, in MacroRead read, IAdc converter, int tile, int n, uint draw) => converter.HasNoise
        ? Gaussian.FromWord(matrix.Key(NoisePurpose.AdcNoise, read.Seed, read.Image, tile, n).Word(draw))
        : 0;

    /// <summary>Without a converter, bits and slices recombine before the rows are added, and all read noise of an output is one draw.</summary>
    private static void MultiplyLinear(ProgrammedMatrix matrix, in MacroRead read, Span<double> y)
    {
        double bias = matrix.Spec.Polarities == 1 ? matrix.GMinCounts : 0;
        for (int t = 0; t < read.Tokens; t++)
            for (int n = 0; n < matrix.Outputs; n++)
            {
                double value = 0, variance = 0;
                for (int k = 0; k < matrix.Inputs; k++)
                {
                    int x = read.X[t * matrix.Inputs + k];
                    double weight = 0, square = 0, drives = 0;
                    for (int v = 0; v < matrix.Samples; v++)
                    {
                        weight = Math.FusedMultiplyAdd(matrix.SampleWeights[v], matrix.Cell(k, v, n) - bias, weight);
                        square = Math.FusedMultiplyAdd(matrix.SampleWeights[v] * matrix.SampleWeights[v], Square(matrix, k, v, n), square);
                    }
                    foreach (var pass in matrix.Passes) drives += Math.Pow(pass.Weight * pass.Drive(x), 2);
                    value = Math.FusedMultiplyAdd(x, weight, value);
                    variance = Math.FusedMultiplyAdd(drives, square, variance);
                }
                if (matrix.ReadNoise > 0) value += Math.Sqrt(variance) * matrix.ReadNoise * LinearNoise(matrix, read, t, n);
                y[t * matrix.Outputs + n] = value;
            }
    }

    /// <summary>Variance of a cell's (or pair's) read noise over that of <see cref="ProgrammedMatrix.ReadNoise"/>.</summary>
    private static double Square(ProgrammedMatrix matrix, int k, int sample, int n) =>
        !matrix.ProportionalNoise ? matrix.Spec.SubtractsCurrents() ? 2 : 1
        : matrix.SquareSteps is { } steps ? steps.Span[matrix.Line(sample, n) + k] / matrix.SquareGrid
        : matrix.Squares!.Span[matrix.Line(sample, n) + k];

    private static double LinearNoise(ProgrammedMatrix matrix, in MacroRead read, int t, int n)
    {
        var stream = new NoiseStream(matrix.Key(NoisePurpose.Read, read.Seed, read.Image, 0, n));
        for (int i = 0; i < t / NoiseStream.Words; i++) stream.Next();
        return Math.ScaleB(stream.NextNormal()[t % NoiseStream.Words], -Gaussian16.FractionBits);
    }

    private static void Correct(ProgrammedMatrix matrix, in MacroRead read, Span<double> y)
    {
        double bias = matrix.Spec.Polarities == 1 && matrix.Linear is null ? matrix.GMinCounts * matrix.SampleWeights.Sum() : 0;
        for (int t = 0; t < read.Tokens; t++)
        {
            long inputSum = 0;
            foreach (int input in read.X.Slice(t * matrix.Inputs, matrix.Inputs)) inputSum += input;
            for (int n = 0; n < matrix.Outputs; n++)
                y[t * matrix.Outputs + n] = y[t * matrix.Outputs + n] - bias * inputSum - (double)matrix.Encoding.Offset * inputSum;
        }
    }

    private static ActivityCounts Count(ProgrammedMatrix matrix, in MacroRead read)
    {
        var spec = matrix.Spec;
        long arrayReads = 0, dacEvents = 0, cellReads = 0, conversions = 0, shiftAdds = 0;
        foreach (var group in matrix.Groups)
            for (int t = 0; t < read.Tokens; t++)
                foreach (var pass in matrix.Passes)
                {
                    for (int crossbar = 0; crossbar < spec.ColumnTiles(matrix.Outputs); crossbar++)
                    {
                        arrayReads++;
                        dacEvents += group.Rows;
                    }
                    cellReads += (long)group.Rows * matrix.Outputs * spec.BitLinesPerOutput;
                    shiftAdds += (long)matrix.Outputs * matrix.Samples;
                    if (spec.Adc is not null) conversions += (long)matrix.Outputs * matrix.Samples;
                    read.Statistics?.AddInputs(read.X.Slice(t * matrix.Inputs + group.Start, group.Rows), pass, (long)matrix.Outputs * matrix.Samples);
                }
        return new() { ArrayReads = arrayReads, DacEvents = dacEvents, CellReads = cellReads, AdcEvents = conversions, ShiftAdds = shiftAdds };
    }
}
