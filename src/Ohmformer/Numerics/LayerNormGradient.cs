using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ohmformer.Numerics;

/// <summary>Layer normalization that keeps what its gradient needs (Ba, Kiros, Hinton: Layer normalization, arXiv:1607.06450).</summary>
internal static unsafe class LayerNormGradient
{
    /// <summary>y = n gain + bias with n = (x - mean) scale, scale = 1 / sqrt(variance + epsilon), for every row.</summary>
    /// <param name="x">Shape [rows, columns].</param>
    /// <param name="gain">Shape [columns].</param>
    /// <param name="bias">Shape [columns].</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="rows">Independent rows.</param>
    /// <param name="columns">Elements of a row.</param>
    /// <param name="y">Shape [rows, columns].</param>
    /// <param name="moments">Shape [rows, 2], gets mean and scale of every row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, double epsilon, int rows, int columns, Span<float> y, Span<float> moments)
    {
        fixed (float* px = x[..(rows * columns)], pg = gain[..columns], pb = bias[..columns], py = y[..(rows * columns)], pm = moments[..(2 * rows)])
            for (int i = 0; i < rows; i++)
            {
                float* from = px + i * columns, to = py + i * columns;
                Vector512<float> sum = Vector512<float>.Zero, squares = sum;
                for (int j = 0; j < columns; j += FloatLanes.Count) sum += FloatLanes.Load(from + j, columns - j);
                float mean = FloatLanes.Sum(sum) / columns;
                for (int j = 0; j < columns; j += FloatLanes.Count)
                {
                    var centered = FloatLanes.Keep(FloatLanes.Load(from + j, columns - j) - Vector512.Create(mean), columns - j);
                    squares = Vector512.FusedMultiplyAdd(centered, centered, squares);
                }
                float scale = (float)(1 / Math.Sqrt(FloatLanes.Sum(squares) / columns + epsilon));
                for (int j = 0; j < columns; j += FloatLanes.Count)
                {
                    int left = columns - j;
                    var n = (FloatLanes.Load(from + j, left) - Vector512.Create(mean)) * Vector512.Create(scale);
                    FloatLanes.Store(to + j, left, Vector512.FusedMultiplyAdd(n, FloatLanes.Load(pg + j, left), FloatLanes.Load(pb + j, left)));
                }
                pm[2 * i] = mean;
                pm[2 * i + 1] = scale;
            }
    }

    /// <summary>
    /// With h = dy gain: dx = scale (h - mean(h) - n mean(h n)), dgain = sum of dy n over the rows. The gradient of the bias is the
    /// <see cref="ColumnSum"/> of dy.
    /// </summary>
    /// <param name="x">Shape [rows, columns].</param>
    /// <param name="gain">Shape [columns].</param>
    /// <param name="moments">Shape [rows, 2], of <see cref="Forward"/>.</param>
    /// <param name="dy">Shape [rows, columns].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="add">Whether to add to dx instead of setting it.</param>
    /// <param name="dx">Shape [rows, columns].</param>
    /// <param name="dgain">Shape [columns], is added to.</param>
    /// <param name="dbias">Shape [columns], is added to.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> moments, ReadOnlySpan<float> dy, int rows, int columns, bool add,
        Span<float> dx, Span<float> dgain, Span<float> dbias)
    {
        fixed (float* px = x[..(rows * columns)], pg = gain[..columns], pm = moments[..(2 * rows)], pdy = dy[..(rows * columns)])
        fixed (float* pdx = dx[..(rows * columns)], pdg = dgain[..columns], pdb = dbias[..columns])
            for (int i = 0; i < rows; i++)
            {
                float* from = px + i * columns, gradient = pdy + i * columns, to = pdx + i * columns;
                Vector512<float> mean = Vector512.Create(pm[2 * i]), scale = Vector512.Create(pm[2 * i + 1]), sum = Vector512<float>.Zero, along = sum;
                for (int j = 0; j < columns; j += FloatLanes.Count)
                {
                    int left = columns - j;
                    Vector512<float> g = FloatLanes.Load(gradient + j, left), n = (FloatLanes.Load(from + j, left) - mean) * scale;
                    FloatLanes.Store(pdg + j, left, Vector512.FusedMultiplyAdd(g, n, FloatLanes.Load(pdg + j, left)));
                    FloatLanes.Store(pdb + j, left, g + FloatLanes.Load(pdb + j, left));
                    var h = g * FloatLanes.Load(pg + j, left);
                    sum += h;
                    along = Vector512.FusedMultiplyAdd(h, n, along);
                }
                Vector512<float> meanH = Vector512.Create(FloatLanes.Sum(sum) / columns), meanHn = Vector512.Create(FloatLanes.Sum(along) / columns);
                for (int j = 0; j < columns; j += FloatLanes.Count)
                {
                    int left = columns - j;
                    var n = (FloatLanes.Load(from + j, left) - mean) * scale;
                    var h = FloatLanes.Load(gradient + j, left) * FloatLanes.Load(pg + j, left);
                    var part = scale * (h - meanH - n * meanHn);
                    FloatLanes.Store(to + j, left, add ? FloatLanes.Load(to + j, left) + part : part);
                }
            }
    }
}
