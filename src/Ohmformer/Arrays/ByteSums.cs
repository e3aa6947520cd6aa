using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Arrays;

/// <summary>
/// Bit-line sums of whole levels by table lookup, the method of four Russians with the table in a register: lanes are (vector, input
/// bit) pairs, a table holds the 64 sums of up to six cells, and one permutation looks up 64 lanes. A sum that reaches 255 stays there.
/// </summary>
internal static unsafe class ByteSums
{
    /// <summary>Lanes of a register: 8 vectors of 8 input bits each, the bit fastest.</summary>
    public const int Lanes = 64;

    /// <summary>Bit lines, and registers of lanes, whose sums are kept in registers together.</summary>
    public const int Lines = 8, Registers = 2;

    /// <summary>Input bits of a vector.</summary>
    public const int Passes = 8;

    /// <summary>Integers per vector, to be added, in the results of <see cref="Add"/>.</summary>
    public const int Parts = 2;

    /// <summary>Vectors whose lanes fill all registers.</summary>
    public const int Vectors = Registers * Lanes / Passes;

    /// <summary>Codes of all sums of a byte.</summary>
    public const int Codes = 256;

    /// <summary>Bits of a table's index, and where in the word of a table's inputs the first row lies.</summary>
    private const int IndexBits = 6, FirstByte = 2;

    private const int Integers = Lanes / 4, LineLanes = Lanes / 2;

    /// <summary>The machine has the instructions.</summary>
    public static bool IsSupported => Avx512Vbmi.IsSupported && Gfni.V512.IsSupported;

    /// <summary>
    /// The input bits of the rows of every table, shape [vector / 16, table, 2, 64]: the bit of row r of a table is bit 5 - r of a lane.
    /// Rows beyond the last hold rubbish, which empty cells do not count; so do lanes beyond the last vector, which nobody reads.
    /// </summary>
    /// <param name="inputs">Low bytes of the inputs, shape [vectors, stride]; readable from 2 bytes before to 8 bytes behind them.</param>
    /// <param name="stride">Distance between vectors.</param>
    /// <param name="tableRows">Rows of a table.</param>
    /// <param name="tables">Tables.</param>
    /// <param name="vectors">Vectors.</param>
    /// <param name="indices">The result.</param>
    public static void Index(byte* inputs, int stride, int tableRows, int tables, int vectors, byte* indices)
    {
        for (int vector = 0; vector < vectors; vector++)
        {
            byte* from = inputs + (long)vector * stride - FirstByte;
            byte* to = indices + (long)(vector / Vectors) * tables * Registers * Lanes + vector % Vectors * Passes;
            for (int table = 0; table < tables; table++, from += tableRows, to += Registers * Lanes) *(ulong*)to = *(ulong*)from;
        }
        // Transposes the bits of every word: byte i becomes bit 7 - i.
        var unit = Vector512.Create(0x8040201008040201).AsByte();
        byte* end = indices + (long)((vectors + Vectors - 1) / Vectors) * tables * Registers * Lanes;
        for (; indices < end; indices += Lanes) Gfni.V512.GaloisFieldAffineTransform(unit, Vector512.LoadAligned(indices), 0).StoreAligned(indices);
    }

    /// <summary>Tables of 8 bit lines, shape [table, line, 64]: entry e is the sum of the cells of the rows whose bit is set in e.</summary>
    /// <param name="patterns">Cells of the first and of the second half of a table's rows, shape [table, 2, line].</param>
    /// <param name="sums">The sums of the subsets of a pattern's cells, shape [256, 8]; the first row is the highest bit.</param>
    /// <param name="halfRows">Rows of half a table, 1 to 3.</param>
    /// <param name="count">Tables.</param>
    /// <param name="tables">The result.</param>
    public static void Build(byte* patterns, ulong* sums, int halfRows, int count, byte* tables)
    {
        var subsets = Vector512.Create((byte)((1 << halfRows) - 1));
        var first = Vector512.ShiftRightLogical(Vector512<byte>.Indices, IndexBits - halfRows);
        var second = Vector512.ShiftRightLogical(Vector512<byte>.Indices, IndexBits - 2 * halfRows) & subsets;
        for (int i = 0; i < count; i++, patterns += 2 * Lines, tables += Lines * Lanes)
        {
            ulong a = *(ulong*)patterns, b = *(ulong*)(patterns + Lines);
            Join(sums, (byte)a, (byte)b, first, second).StoreAligned(tables);
            Join(sums, (byte)(a >> 8), (byte)(b >> 8), first, second).StoreAligned(tables + Lanes);
            Join(sums, (byte)(a >> 16), (byte)(b >> 16), first, second).StoreAligned(tables + 2 * Lanes);
            Join(sums, (byte)(a >> 24), (byte)(b >> 24), first, second).StoreAligned(tables + 3 * Lanes);
            Join(sums, (byte)(a >> 32), (byte)(b >> 32), first, second).StoreAligned(tables + 4 * Lanes);
            Join(sums, (byte)(a >> 40), (byte)(b >> 40), first, second).StoreAligned(tables + 5 * Lanes);
            Join(sums, (byte)(a >> 48), (byte)(b >> 48), first, second).StoreAligned(tables + 6 * Lanes);
            Join(sums, (byte)(a >> 56), (byte)(b >> 56), first, second).StoreAligned(tables + 7 * Lanes);
        }
    }

    /// <summary>The table of two patterns, whose subsets are the given parts of its index.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Join(ulong* sums, byte a, byte b, Vector512<byte> first, Vector512<byte> second) =>
        Avx512BW.Shuffle(Vector512.Create(sums[a]).AsByte(), first) + Avx512BW.Shuffle(Vector512.Create(sums[b]).AsByte(), second);

    /// <summary>
    /// With sum[line, lane] = min(255, sum over tables of tables[table, line, indices[table, lane]]), adds the weighted codes of every run of
    /// neighboring lines: outputs[offsets[run] + vector * 2 + part] += sum of pass weight * line weight * code over the lanes of a part.
    /// </summary>
    /// <typeparam name="TConverter">How codes follow from sums.</typeparam>
    /// <param name="tables">Shape [table, line, 64].</param>
    /// <param name="indices">Shape [block, table, 2, 64].</param>
    /// <param name="count">Tables.</param>
    /// <param name="blocks">Runs of 16 vectors.</param>
    /// <param name="units">Tables of so many units of 8 lines lie one after another; indices are loaded once for all of them.</param>
    /// <param name="converter">How codes follow from sums.</param>
    /// <param name="weights">What codes are worth.</param>
    /// <param name="run">Lines of a run: 1, 2, 4 or 8.</param>
    /// <param name="offsets">Where the results of a run belong.</param>
    /// <param name="outputs">The result.</param>
    /// <param name="stride">Distance between the results of two units.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add<TConverter>(
        byte* tables, byte* indices, int count, int blocks, int units, TConverter converter, in ByteWeights weights, int run, int* offsets, int* outputs, int stride)
        where TConverter : struct, IByteConverter
    {
        short* lines = weights.Lines;
        var passes = Vector512.LoadAligned(weights.Passes);
        for (int i = 0; i < blocks * units; i++)
        {
            int block = i / units, unit = i - block * units;
            byte* index = indices + (long)block * count * Registers * Lanes, at = tables + (long)unit * count * Lines * Lanes;
            int* to = outputs + (long)unit * stride + block * Registers * Integers;
            Vector512<byte> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
            Vector512<byte> b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default, b6 = default, b7 = default;
            for (byte* end = at + count * Lines * Lanes; at < end; at += Lines * Lanes, index += Registers * Lanes)
            {
                Vector512<byte> first = Vector512.LoadAligned(index), second = Vector512.LoadAligned(index + Lanes), table;
                table = Vector512.LoadAligned(at);
                a0 = Avx512BW.AddSaturate(a0, Avx512Vbmi.PermuteVar64x8(table, first));
                b0 = Avx512BW.AddSaturate(b0, Avx512Vbmi.PermuteVar64x8(table, second));
                table = Vector512.LoadAligned(at + Lanes);
                a1 = Avx512BW.AddSaturate(a1, Avx512Vbmi.PermuteVar64x8(table, first));
                b1 = Avx512BW.AddSaturate(b1, Avx512Vbmi.PermuteVar64x8(table, second));
                table = Vector512.LoadAligned(at + 2 * Lanes);
                a2 = Avx512BW.AddSaturate(a2, Avx512Vbmi.PermuteVar64x8(table, first));
                b2 = Avx512BW.AddSaturate(b2, Avx512Vbmi.PermuteVar64x8(table, second));
                table = Vector512.LoadAligned(at + 3 * Lanes);
                a3 = Avx512BW.AddSaturate(a3, Avx512Vbmi.PermuteVar64x8(table, first));
                b3 = Avx512BW.AddSaturate(b3, Avx512Vbmi.PermuteVar64x8(table, second));
                table = Vector512.LoadAligned(at + 4 * Lanes);
                a4 = Avx512BW.AddSaturate(a4, Avx512Vbmi.PermuteVar64x8(table, first));
                b4 = Avx512BW.AddSaturate(b4, Avx512Vbmi.PermuteVar64x8(table, second));
                table = Vector512.LoadAligned(at + 5 * Lanes);
                a5 = Avx512BW.AddSaturate(a5, Avx512Vbmi.PermuteVar64x8(table, first));
                b5 = Avx512BW.AddSaturate(b5, Avx512Vbmi.PermuteVar64x8(table, second));
                table = Vector512.LoadAligned(at + 6 * Lanes);
                a6 = Avx512BW.AddSaturate(a6, Avx512Vbmi.PermuteVar64x8(table, first));
                b6 = Avx512BW.AddSaturate(b6, Avx512Vbmi.PermuteVar64x8(table, second));
                table = Vector512.LoadAligned(at + 7 * Lanes);
                a7 = Avx512BW.AddSaturate(a7, Avx512Vbmi.PermuteVar64x8(table, first));
                b7 = Avx512BW.AddSaturate(b7, Avx512Vbmi.PermuteVar64x8(table, second));
            }
            Vector512<short> w0 = Vector512.LoadAligned(lines);
            Vector512<int> c0 = Weigh(converter.Codes(a0, 0), passes, w0), d0 = Weigh(converter.Codes(b0, 0), passes, w0);
            Vector512<short> w1 = Vector512.LoadAligned(lines + LineLanes);
            Vector512<int> c1 = Weigh(converter.Codes(a1, 1), passes, w1), d1 = Weigh(converter.Codes(b1, 1), passes, w1);
            Vector512<short> w2 = Vector512.LoadAligned(lines + 2 * LineLanes);
            Vector512<int> c2 = Weigh(converter.Codes(a2, 2), passes, w2), d2 = Weigh(converter.Codes(b2, 2), passes, w2);
            Vector512<short> w3 = Vector512.LoadAligned(lines + 3 * LineLanes);
            Vector512<int> c3 = Weigh(converter.Codes(a3, 3), passes, w3), d3 = Weigh(converter.Codes(b3, 3), passes, w3);
            Vector512<short> w4 = Vector512.LoadAligned(lines + 4 * LineLanes);
            Vector512<int> c4 = Weigh(converter.Codes(a4, 4), passes, w4), d4 = Weigh(converter.Codes(b4, 4), passes, w4);
            Vector512<short> w5 = Vector512.LoadAligned(lines + 5 * LineLanes);
            Vector512<int> c5 = Weigh(converter.Codes(a5, 5), passes, w5), d5 = Weigh(converter.Codes(b5, 5), passes, w5);
            Vector512<short> w6 = Vector512.LoadAligned(lines + 6 * LineLanes);
            Vector512<int> c6 = Weigh(converter.Codes(a6, 6), passes, w6), d6 = Weigh(converter.Codes(b6, 6), passes, w6);
            Vector512<short> w7 = Vector512.LoadAligned(lines + 7 * LineLanes);
            Vector512<int> c7 = Weigh(converter.Codes(a7, 7), passes, w7), d7 = Weigh(converter.Codes(b7, 7), passes, w7);
            Store(c0, c1, c2, c3, c4, c5, c6, c7, run, offsets, to);
            Store(d0, d1, d2, d3, d4, d5, d6, d7, run, offsets, to + Integers);
        }
    }

    /// <summary>The weighted codes of four lanes each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Weigh(Vector512<byte> codes, Vector512<sbyte> passes, Vector512<short> line) =>
        Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(codes, passes), line);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(
        Vector512<int> m0, Vector512<int> m1, Vector512<int> m2, Vector512<int> m3, Vector512<int> m4, Vector512<int> m5, Vector512<int> m6, Vector512<int> m7,
        int run, int* offsets, int* outputs)
    {
        if (run == 8)
        {
            Accumulate(((m0 + m1) + (m2 + m3)) + ((m4 + m5) + (m6 + m7)), outputs + offsets[0]);
        }
        else if (run == 4)
        {
            Accumulate((m0 + m1) + (m2 + m3), outputs + offsets[0]);
            Accumulate((m4 + m5) + (m6 + m7), outputs + offsets[1]);
        }
        else if (run == 2)
        {
            Accumulate(m0 + m1, outputs + offsets[0]);
            Accumulate(m2 + m3, outputs + offsets[1]);
            Accumulate(m4 + m5, outputs + offsets[2]);
            Accumulate(m6 + m7, outputs + offsets[3]);
        }
        else
        {
            Accumulate(m0, outputs + offsets[0]);
            Accumulate(m1, outputs + offsets[1]);
            Accumulate(m2, outputs + offsets[2]);
            Accumulate(m3, outputs + offsets[3]);
            Accumulate(m4, outputs + offsets[4]);
            Accumulate(m5, outputs + offsets[5]);
            Accumulate(m6, outputs + offsets[6]);
            Accumulate(m7, outputs + offsets[7]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(Vector512<int> sum, int* outputs) => (Vector512.LoadAligned(outputs) + sum).StoreAligned(outputs);
}
