using System.Runtime.Intrinsics;

namespace Ohmformer.Arrays;

/// <summary>
/// A matrix that is read without a converter: nothing between the cells and the output is nonlinear, so the passes and
/// the samples of a weight recombine into one number before the rows are added.
/// </summary>
internal sealed unsafe class LinearPlan
{
    /// <summary>Columns of a block.</summary>
    public const int Lanes = 16;

    /// <summary>Rows that are recombined at once.</summary>
    private const int Rows = 8;

    /// <summary>Memory for matrices of a shape.</summary>
    public LinearPlan(MatrixShape shape)
    {
        int length = shape.AllBlocks.Length * shape.Inputs * Lanes;
        Weights = new(length);
        if (shape.ProportionalNoise) Squares = new(length);
        double variance = 0;
        foreach (double weight in shape.SampleWeights) variance += weight * weight;
        ConstantSquare = variance * (shape.Spec.SubtractsCurrents() ? 2 : 1);
    }

    /// <summary>What one unit of input k adds to output n, shape [block, k, lane].</summary>
    public AlignedBuffer<double> Weights { get; }

    /// <summary>Variance that one unit of squared drive adds, over that of <see cref="ProgrammedMatrix.ReadNoise"/>; the same shape; null for constant noise.</summary>
    public AlignedBuffer<double>? Squares { get; }

    /// <summary>The same for constant noise, equal for all cells.</summary>
    public double ConstantSquare { get; }

    /// <summary>Recombines the cells of a matrix.</summary>
    public void Recombine(ProgrammedMatrix matrix)
    {
        double* weights = stackalloc double[Lanes * Rows], squares = stackalloc double[Lanes * Rows];
        for (int block = 0; block < matrix.Blocks; block++)
            for (int k = 0; k < matrix.Inputs; k += Rows)
            {
                for (int lane = 0; lane < Lanes; lane++)
                {
                    int n = Math.Min(block * Lanes + lane, matrix.Outputs - 1);
                    Recombine(matrix, k, n).Store(weights + lane * Rows);
                    if (Squares is not null) RecombineSquares(matrix, k, n).Store(squares + lane * Rows);
                }
                int rows = Math.Min(Rows, matrix.Inputs - k), start = (block * matrix.Inputs + k) * Lanes;
                Place(weights, rows, Weights.Pointer + start);
                if (Squares is not null) Place(squares, rows, Squares.Pointer + start);
            }
        GC.KeepAlive(this);
        GC.KeepAlive(matrix);
    }

    /// <summary>The weights that the cells of 8 rows of a column stand for; those beyond the last row are any numbers.</summary>
    private static Vector512<double> Recombine(ProgrammedMatrix matrix, int k, int n)
    {
        Vector512<double> weight = default, bias = Vector512.Create(matrix.Spec.Polarities == 1 ? matrix.GMinCounts : 0);
        for (int v = 0; v < matrix.Samples; v++)
        {
            int index = matrix.Line(v, n) + k;
            var cells = matrix.Steps is { } steps
                ? ToDouble(Vector128.WidenLower(Vector128.Load(steps.Pointer + index)), Vector128.WidenUpper(Vector128.Load(steps.Pointer + index))) * (1 / matrix.StepsPerCount)
                : Vector512.Load(matrix.Wide!.Pointer + index);
            weight = Vector512.FusedMultiplyAdd(Vector512.Create(matrix.SampleWeights[v]), cells - bias, weight);
        }
        return weight;
    }

    /// <summary>Variances of 8 rows of a column in the same way.</summary>
    private static Vector512<double> RecombineSquares(ProgrammedMatrix matrix, int k, int n)
    {
        Vector512<double> sum = default;
        for (int v = 0; v < matrix.Samples; v++)
        {
            int index = matrix.Line(v, n) + k;
            var squares = matrix.SquareSteps is { } steps
                ? ToDouble(Vector128.WidenLower(Vector128.Load(steps.Pointer + index)).AsInt32(), Vector128.WidenUpper(Vector128.Load(steps.Pointer + index)).AsInt32()) * (1 / matrix.SquareGrid)
                : ToDouble(Vector256.Load(matrix.Squares!.Pointer + index));
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(matrix.SampleWeights[v] * matrix.SampleWeights[v]), squares, sum);
        }
        return sum;
    }

    private static Vector512<double> ToDouble(Vector128<int> low, Vector128<int> high)
    {
        var integers = Vector256.Create(low, high);
        return Vector512.ConvertToDouble(Vector512.Create(Vector256.WidenLower(integers), Vector256.WidenUpper(integers)));
    }

    private static Vector512<double> ToDouble(Vector256<float> values) => Vector512.Create(Vector256.WidenLower(values), Vector256.WidenUpper(values));

    /// <summary>Turns columns of 8 rows into rows of 16 columns.</summary>
    private static void Place(double* columns, int rows, double* packed)
    {
        for (int r = 0; r < rows; r++, packed += Lanes)
            for (int lane = 0; lane < Lanes; lane++) packed[lane] = columns[lane * Rows + r];
    }
}
