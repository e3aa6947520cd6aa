using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Numerics;

/// <summary>
/// Eight Philox4x32-10 blocks side by side, each word in the low half of a 64-bit lane; lane for lane the same bits as
/// <see cref="Philox.Block"/>.
/// </summary>
/// <param name="X0">First words.</param>
/// <param name="X1">Second words.</param>
/// <param name="X2">Third words.</param>
/// <param name="X3">Fourth words.</param>
internal readonly record struct PhiloxLanes(Vector512<ulong> X0, Vector512<ulong> X1, Vector512<ulong> X2, Vector512<ulong> X3)
{
    /// <summary>The blocks of eight counters that share their upper words and the key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PhiloxLanes Compute(Vector512<ulong> c0, Vector512<ulong> c1, uint counter2, uint counter3, uint key0, uint key1)
    {
        Vector512<ulong> c2 = Vector512.Create((ulong)counter2), c3 = Vector512.Create((ulong)counter3);
        Vector512<ulong> multiplier0 = Vector512.Create((ulong)Philox.Multiplier0), multiplier1 = Vector512.Create((ulong)Philox.Multiplier1);
        for (int round = 0; round < 10; round++)
        {
            var p0 = Product(multiplier0, c0);
            var p1 = Product(multiplier1, c2);
            c0 = (p1 >> 32) ^ c1 ^ Vector512.Create((ulong)key0);
            c1 = p1;
            c2 = (p0 >> 32) ^ c3 ^ Vector512.Create((ulong)key1);
            c3 = p0;
            key0 += Philox.Weyl0;
            key1 += Philox.Weyl1;
        }
        return new(c0, c1, c2, c3);
    }

    /// <summary>Products of the low halves; the high halves of the counters hold rubbish from the round before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Product(Vector512<ulong> multiplier, Vector512<ulong> counter) => Avx512F.IsSupported
        ? Avx512F.Multiply(multiplier.AsUInt32(), counter.AsUInt32())
        : multiplier * (counter & Vector512.Create((ulong)uint.MaxValue));
}
