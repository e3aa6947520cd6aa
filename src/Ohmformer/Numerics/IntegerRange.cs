using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ohmformer.Numerics;

/// <summary>Whether all numbers lie within a range, without looking for the first that does not.</summary>
internal static class IntegerRange
{
    /// <summary>Whether every x satisfies smallest &lt;= x &lt;= largest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe bool Holds(ReadOnlySpan<int> values, int smallest, int largest)
    {
        const int Step = 2 * 16;
        Vector512<int> least = Vector512.Create(smallest), most = Vector512.Create(largest), low = most, high = least, low2 = most, high2 = least;
        int i = 0;
        bool holds = true;
        fixed (int* x = values)
        {
            for (; i + Step <= values.Length; i += Step)
            {
                Vector512<int> a = Vector512.Load(x + i), b = Vector512.Load(x + i + 16);
                low = Vector512.Min(low, a);
                high = Vector512.Max(high, a);
                low2 = Vector512.Min(low2, b);
                high2 = Vector512.Max(high2, b);
            }
            for (; i < values.Length; i++) holds &= x[i] >= smallest && x[i] <= largest;
        }
        return holds && Vector512.GreaterThanOrEqualAll(Vector512.Min(low, low2), least) && Vector512.LessThanOrEqualAll(Vector512.Max(high, high2), most);
    }
}
