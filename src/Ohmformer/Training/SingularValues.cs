using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>Singular value decomposition by rotations of pairs of columns (Hestenes: Inversion of matrices by biorthogonalization, 1958).</summary>
internal static class SingularValues
{
    private const int MostSweeps = 30;

    private const float Tolerance = 1e-6f;

    /// <summary>Decomposes a square matrix into U S V^T.</summary>
    /// <param name="columns">Columns of the matrix; become those of U, each times its singular value.</param>
    /// <returns>Columns of V.</returns>
    public static float[][] Decompose(float[][] columns)
    {
        int d = columns.Length;
        var right = new float[d][];
        for (int n = 0; n < d; n++) (right[n] = new float[d])[n] = 1;
        for (int sweep = 0, rotations = 1; sweep < MostSweeps && rotations > 0; sweep++)
        {
            rotations = 0;
            for (int p = 0; p < d; p++)
                for (int q = p + 1; q < d; q++)
                    if (MakeOrthogonal(columns[p], columns[q], right[p], right[q])) rotations++;
        }
        return right;
    }

    // Golub and Van Loan: Matrix computations, section 8.6.3.
    private static bool MakeOrthogonal(float[] x, float[] y, float[] rightX, float[] rightY)
    {
        float product = LaneSum.OfProducts(x, y), squareX = LaneSum.OfSquares(x), squareY = LaneSum.OfSquares(y);
        if (MathF.Abs(product) <= Tolerance * MathF.Sqrt(squareX * squareY)) return false;
        double ratio = ((double)squareY - squareX) / (2.0 * product);
        double tangent = (ratio < 0 ? -1 : 1) / (Math.Abs(ratio) + Math.Sqrt(1 + ratio * ratio));
        double cosine = 1 / Math.Sqrt(1 + tangent * tangent);
        Rotate(x, y, (float)cosine, (float)(cosine * tangent));
        Rotate(rightX, rightY, (float)cosine, (float)(cosine * tangent));
        return true;
    }

    private static void Rotate(float[] x, float[] y, float cosine, float sine)
    {
        for (int i = 0; i < x.Length; i++) (x[i], y[i]) = (cosine * x[i] - sine * y[i], sine * x[i] + cosine * y[i]);
    }
}
