using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ohmformer.Numerics;

/// <summary>The softmax of attention scores and its gradient, in place; a causal row ends at its own token.</summary>
internal static unsafe class SoftmaxGradient
{
    /// <summary>
    /// For every row: x[j] = exp(scale (x[j] - max)) / sum for j below the length of the row, 0 from there to
    /// <paramref name="columns"/>.
    /// </summary>
    /// <param name="x">Rows of <paramref name="stride"/> elements.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Elements of a row.</param>
    /// <param name="stride">Elements from one row to the next.</param>
    /// <param name="scale">Factor, positive.</param>
    /// <param name="firstLength">Length of the first row, each row is one longer than that before; or columns, of all rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(Span<float> x, int rows, int columns, int stride, float scale, int firstLength)
    {
        fixed (float* px = x[..((rows - 1) * stride + columns)])
            for (int i = 0; i < rows; i++)
            {
                float* row = px + i * stride;
                int length = firstLength == columns ? columns : firstLength + i;
                var most = Vector512.Create(float.NegativeInfinity);
                for (int j = 0; j < length; j += FloatLanes.Count)
                    most = Vector512.Max(most, Vector512.ConditionalSelect(FloatLanes.First(length - j), FloatLanes.Load(row + j, length - j), most));
                Vector512<float> max = Vector512.Create(FloatLanes.Max(most)), sum = Vector512<float>.Zero;
                for (int j = 0; j < length; j += FloatLanes.Count)
                {
                    var e = FloatLanes.Keep(Exp.Of(scale * (FloatLanes.Load(row + j, length - j) - max)), length - j);
                    FloatLanes.Store(row + j, columns - j, e);
                    sum += e;
                }
                var reciprocal = Vector512.Create(1 / FloatLanes.Sum(sum));
                for (int j = 0; j < length; j += FloatLanes.Count)
                    FloatLanes.Store(row + j, columns - j, reciprocal * FloatLanes.Load(row + j, columns - j));
                for (int j = (length + FloatLanes.Count - 1) / FloatLanes.Count * FloatLanes.Count; j < columns; j += FloatLanes.Count)
                    FloatLanes.Store(row + j, columns - j, Vector512<float>.Zero);
            }
    }

    /// <summary>dx[j] = scale p[j] (dp[j] - sum(p dp)) for every row, in place of dp.</summary>
    /// <param name="p">Rows of <paramref name="stride"/> elements, from <see cref="Forward"/>.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Elements of a row.</param>
    /// <param name="stride">Elements from one row of p and dp to the next.</param>
    /// <param name="scale">Factor.</param>
    /// <param name="dp">Rows of <paramref name="stride"/> elements.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(ReadOnlySpan<float> p, int rows, int columns, int stride, float scale, Span<float> dp)
    {
        int length = (rows - 1) * stride + columns;
        fixed (float* pp = p[..length], pd = dp[..length])
            for (int i = 0; i < rows; i++)
            {
                float* row = pp + i * stride, gradient = pd + i * stride;
                var along = Vector512<float>.Zero;
                for (int j = 0; j < columns; j += FloatLanes.Count)
                    along = Vector512.FusedMultiplyAdd(FloatLanes.Load(row + j, columns - j), FloatLanes.Load(gradient + j, columns - j), along);
                Vector512<float> mean = Vector512.Create(FloatLanes.Sum(along)), factor = Vector512.Create(scale);
                for (int j = 0; j < columns; j += FloatLanes.Count)
                    FloatLanes.Store(gradient + j, columns - j, factor * FloatLanes.Load(row + j, columns - j) * (FloatLanes.Load(gradient + j, columns - j) - mean));
            }
    }
}
