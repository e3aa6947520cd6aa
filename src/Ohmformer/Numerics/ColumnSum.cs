using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ohmformer.Numerics;

/// <summary>Sums of the columns of a matrix.</summary>
internal static unsafe class ColumnSum
{
    /// <summary>for (int i = 0; i &lt; rows; i++) for (int j = 0; j &lt; columns; j++) sum[j] += x[i, j];</summary>
    /// <param name="x">Shape [rows, columns].</param>
    /// <param name="rows">Rows, added in their order.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="sum">Shape [columns].</param>
    public static void Add(ReadOnlySpan<float> x, int rows, int columns, Span<float> sum)
    {
        fixed (float* px = x[..(rows * columns)], ps = sum[..columns])
            for (int j = 0; j < columns; j += 4 * FloatLanes.Count) AddStrip(px + j, rows, columns, columns - j, ps + j);
    }

    // At most 64 columns.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddStrip(float* x, int rows, int stride, int columns, float* sum)
    {
        const int n = FloatLanes.Count;
        Vector512<float> a = FloatLanes.Load(sum, columns), b = FloatLanes.Load(sum + n, columns - n);
        Vector512<float> c = FloatLanes.Load(sum + 2 * n, columns - 2 * n), d = FloatLanes.Load(sum + 3 * n, columns - 3 * n);
        for (int i = 0; i < rows; i++, x += stride)
        {
            a += FloatLanes.Load(x, columns);
            b += FloatLanes.Load(x + n, columns - n);
            c += FloatLanes.Load(x + 2 * n, columns - 2 * n);
            d += FloatLanes.Load(x + 3 * n, columns - 3 * n);
        }
        FloatLanes.Store(sum, columns, a);
        FloatLanes.Store(sum + n, columns - n, b);
        FloatLanes.Store(sum + 2 * n, columns - 2 * n, c);
        FloatLanes.Store(sum + 3 * n, columns - 3 * n, d);
    }
}
