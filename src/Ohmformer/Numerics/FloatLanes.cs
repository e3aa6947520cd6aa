using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Numerics;

/// <summary>
/// Sixteen numbers at once, the last of a row perhaps fewer. Operations are those of single numbers and sums have one order, so
/// results do not depend on the processor.
/// </summary>
internal static unsafe class FloatLanes
{
    /// <summary>Numbers of a vector.</summary>
    public const int Count = 16;

    /// <summary>The first <paramref name="count"/> elements, at most sixteen, then zeros; reads nothing beyond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source, int count)
    {
        if (Avx512F.IsSupported) return Avx512F.MaskLoad(source, First(count), Vector512<float>.Zero);
        return count >= Count ? Vector512.Load(source) : LoadPart(source, count);
    }

    /// <summary>Writes the first <paramref name="count"/> elements, at most sixteen.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, int count, Vector512<float> value)
    {
        if (Avx512F.IsSupported) Avx512F.MaskStore(target, First(count), value);
        else if (count >= Count) value.Store(target);
        else StorePart(target, count, value);
    }

    /// <summary>The first <paramref name="count"/> elements of a vector, then zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Keep(Vector512<float> value, int count) => Vector512.ConditionalSelect(First(count), value, Vector512<float>.Zero);

    /// <summary>All bits set in the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> First(int count) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();

    /// <summary>The sum of all lanes: halves, quarters and so on are added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<float> value)
    {
        var eight = value.GetLower() + value.GetUpper();
        var four = eight.GetLower() + eight.GetUpper();
        var two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1));
        return two[0] + two[1];
    }

    /// <summary>The largest lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Vector512<float> value)
    {
        var eight = Vector256.Max(value.GetLower(), value.GetUpper());
        var four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        var two = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Math.Max(two[0], two[1]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> LoadPart(float* source, int count)
    {
        float* lanes = stackalloc float[Count];
        new Span<float>(lanes, Count).Clear();
        new ReadOnlySpan<float>(source, Math.Max(count, 0)).CopyTo(new(lanes, Count));
        return Vector512.Load(lanes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StorePart(float* target, int count, Vector512<float> value)
    {
        float* lanes = stackalloc float[Count];
        value.Store(lanes);
        new ReadOnlySpan<float>(lanes, Math.Max(count, 0)).CopyTo(new(target, Count));
    }
}
