using Ohmformer.Numerics;

namespace Ohmformer.Techniques.Trex;

/// <summary>
/// Linear centered kernel alignment, ||Y^T X||^2 / (||X^T X|| ||Y^T Y||) in Frobenius norms with centered columns: how similar
/// two representations of the same examples are, whatever their rotation and scale (Kornblith et al.: Similarity of neural network
/// representations revisited, arXiv:1905.00414, equation 4 and section 3).
/// </summary>
public static class LinearCka
{
    /// <summary>The alignment of every pair of representations.</summary>
    /// <param name="representations">Each of shape [examples, features]; features may differ in number.</param>
    /// <param name="examples">Rows of each.</param>
    /// <returns>Symmetric, shape [representations, representations], from 0 to 1; not a number where all examples look alike.</returns>
    public static double[,] Matrix(IReadOnlyList<float[]> representations, int examples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(examples, 1);
        float[][] centered = [.. representations.Select(x => Centered(x, examples))];
        double[] own = [.. centered.Select(x => Math.Sqrt(SquaredNorm(x, x, examples)))];
        var matrix = new double[centered.Length, centered.Length];
        for (int i = 0; i < centered.Length; i++)
            for (int j = i; j < centered.Length; j++)
                matrix[i, j] = matrix[j, i] = SquaredNorm(centered[i], centered[j], examples) / (own[i] * own[j]);
        return matrix;
    }

    /// <summary>The alignment of two representations.</summary>
    /// <param name="x">Shape [examples, features].</param>
    /// <param name="y">Shape [examples, features], perhaps another number of them.</param>
    /// <param name="examples">Rows of each.</param>
    public static double Of(float[] x, float[] y, int examples) => Matrix([x, y], examples)[0, 1];

    private static float[] Centered(float[] x, int examples)
    {
        int features = x.Length / examples;
        if (features * examples != x.Length) throw new ArgumentException($"{x.Length} numbers are not {examples} examples of equally many features", nameof(x));
        var mean = new double[features];
        for (int i = 0; i < x.Length; i++) mean[i % features] += x[i];
        float[] centered = [.. x.Select((value, i) => (float)(value - mean[i % features] / examples))];
        return centered;
    }

    /// <summary>||Y^T X||^2.</summary>
    private static double SquaredNorm(float[] x, float[] y, int examples)
    {
        int m = x.Length / examples, n = y.Length / examples;
        var product = new float[m * n];
        Gemm.Multiply(GemmOperand.Transposed(x, m), GemmOperand.Of(y, n), m, examples, n, product, n);
        return product.Sum(value => (double)value * value);
    }
}
