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

    /// <summary>
    /// One block of 16 streams whose second counter words follow each other.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Neighbors(uint block, uint counter1, uint counter2, uint counter3, uint key0, uint key1, out Vector512<uint> x0, out Vector512<uint> x1, out Vector512<uint> x2, out Vector512<uint> x3)
    {
        Vector512<ulong> blocks = Vector512.Create((ulong)block), columns = Vector512.Create((ulong)counter1) + Vector512<ulong>.Indices;
        Sixteen(blocks, columns, blocks, columns + Vector512.Create(8UL), counter2, counter3, key0, key1, out x0, out x1, out x2, out x3);
    }

    /// <summary>
    /// Sixteen blocks whose counters share their upper words and the key: two sets of eight lanes in step, so that their chains of
    /// multiplications overlap; the words of both sets are narrowed to 16 lanes.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sixteen(Vector512<ulong> a0, Vector512<ulong> a1, Vector512<ulong> b0, Vector512<ulong> b1, uint counter2, uint counter3, uint key0, uint key1, out Vector512<uint> x0, out Vector512<uint> x1, out Vector512<uint> x2, out Vector512<uint> x3)
    {
        Vector512<ulong> a2 = Vector512.Create((ulong)counter2), a3 = Vector512.Create((ulong)counter3), b2 = a2, b3 = a3;
        Vector512<ulong> multiplier0 = Vector512.Create((ulong)Philox.Multiplier0), multiplier1 = Vector512.Create((ulong)Philox.Multiplier1);
        // Two rounds per turn: words change places in each, and every second time they are back in their registers.
        for (int round = 0; round < 10; round += 2)
        {
            Vector512<ulong> k0 = Vector512.Create((ulong)key0), k1 = Vector512.Create((ulong)key1);
            Vector512<ulong> p0 = Product(multiplier0, a0), p1 = Product(multiplier1, a2), q0 = Product(multiplier0, b0), q1 = Product(multiplier1, b2);
            a1 = (p1 >> 32) ^ a1 ^ k0;
            b1 = (q1 >> 32) ^ b1 ^ k0;
            a3 = (p0 >> 32) ^ a3 ^ k1;
            b3 = (q0 >> 32) ^ b3 ^ k1;
            k0 = Vector512.Create((ulong)(key0 + Philox.Weyl0));
            k1 = Vector512.Create((ulong)(key1 + Philox.Weyl1));
            Vector512<ulong> r0 = Product(multiplier0, a1), r1 = Product(multiplier1, a3), s0 = Product(multiplier0, b1), s1 = Product(multiplier1, b3);
            a0 = (r1 >> 32) ^ p1 ^ k0;
            b0 = (s1 >> 32) ^ q1 ^ k0;
            a1 = r1;
            b1 = s1;
            a2 = (r0 >> 32) ^ p0 ^ k1;
            b2 = (s0 >> 32) ^ q0 ^ k1;
            a3 = r0;
            b3 = s0;
            key0 = unchecked(key0 + 2 * Philox.Weyl0);
            key1 = unchecked(key1 + 2 * Philox.Weyl1);
        }
        x0 = Vector512.Narrow(a0, b0);
        x1 = Vector512.Narrow(a1, b1);
        x2 = Vector512.Narrow(a2, b2);
        x3 = Vector512.Narrow(a3, b3);
    }

    /// <summary>Products of the low halves; the high halves of the counters hold rubbish from the round before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Product(Vector512<ulong> multiplier, Vector512<ulong> counter) => Avx512F.IsSupported
        ? Avx512F.Multiply(multiplier.AsUInt32(), counter.AsUInt32())
        : multiplier * (counter & Vector512.Create((ulong)uint.MaxValue));
}
