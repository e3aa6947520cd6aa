namespace Ohmformer.Arrays;

/// <summary>
/// A matrix that is read without a converter: nothing between the cells and the output is nonlinear, so the passes and
/// the samples of a weight recombine into one number before the rows are added.
/// </summary>
internal sealed class LinearPlan
{
    /// <summary>Columns of a block.</summary>
    public const int Lanes = 16;

    /// <summary>Recombines the cells of a matrix.</summary>
    public LinearPlan(ProgrammedMatrix matrix)
    {
        Weights = Pack(matrix, (k, n) => Recombine(matrix, k, n));
        if (matrix.ProportionalNoise) Squares = Pack(matrix, (k, n) => Square(matrix, k, n));
        ConstantSquare = matrix.SampleWeights.Sum(weight => weight * weight) * (matrix.Spec.SubtractsCurrents() ? 2 : 1);
    }

    /// <summary>What one unit of input k adds to output n, shape [block, k, lane].</summary>
    public AlignedBuffer<double> Weights { get; }

    /// <summary>Variance that one unit of squared drive adds, over that of <see cref="ProgrammedMatrix.ReadNoise"/>; the same shape; null for constant noise.</summary>
    public AlignedBuffer<double>? Squares { get; }

    /// <summary>The same for constant noise, equal for all cells.</summary>
    public double ConstantSquare { get; }

    private static double Recombine(ProgrammedMatrix matrix, int k, int n)
    {
        double weight = 0, bias = matrix.Spec.Polarities == 1 ? matrix.GMinCounts : 0;
        for (int v = 0; v < matrix.Samples; v++) weight = Math.FusedMultiplyAdd(matrix.SampleWeights[v], matrix.Cell(k, v, n) - bias, weight);
        return weight;
    }

    private static double Square(ProgrammedMatrix matrix, int k, int n)
    {
        double sum = 0;
        for (int v = 0; v < matrix.Samples; v++)
        {
            int index = matrix.Line(v, n) + k;
            double square = matrix.SquareSteps is { } steps ? steps.Span[index] / matrix.SquareGrid : matrix.Squares!.Span[index];
            sum = Math.FusedMultiplyAdd(matrix.SampleWeights[v] * matrix.SampleWeights[v], square, sum);
        }
        return sum;
    }

    private static AlignedBuffer<double> Pack(ProgrammedMatrix matrix, Func<int, int, double> value)
    {
        var packed = new AlignedBuffer<double>(matrix.Blocks * matrix.Inputs * Lanes);
        for (int n = 0; n < matrix.Outputs; n++)
            for (int k = 0; k < matrix.Inputs; k++) packed.Span[((n / Lanes) * matrix.Inputs + k) * Lanes + n % Lanes] = value(k, n);
        return packed;
    }
}
