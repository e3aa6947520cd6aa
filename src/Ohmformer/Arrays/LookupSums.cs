using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Arrays;

/// <summary>
/// Bit-line sums by table lookup, the method of four Russians with the table in a register: lanes are (token, input bit) pairs, the
/// table of one bit line and five rows is one vector, and one permutation looks up the partial sums of 32 lanes.
/// </summary>
internal static unsafe class LookupSums
{
    /// <summary>Lanes of a vector: 4 tokens of 8 bits each, the bit fastest.</summary>
    public const int Lanes = 32;

    /// <summary>Bit lines, and vectors of lanes, whose sums are kept in registers together.</summary>
    public const int Lines = 8, Vectors = 2;

    /// <summary>Tokens of <see cref="Vectors"/> vectors.</summary>
    public const int Tokens = Vectors * Lanes / LookupPlan.Passes;

    private const int TableRows = LookupPlan.TableRows;

    /// <summary>Tables that cover a number of rows.</summary>
    public static int Tables(int rows) => (rows + TableRows - 1) / TableRows;

    /// <summary>
    /// The five input bits of every lane, shape [token / 8, table, 2, 32]; lanes beyond the last token hold rubbish that nobody
    /// reads.
    /// </summary>
    /// <param name="x">Inputs of the first token's group of rows.</param>
    /// <param name="stride">Distance between tokens in <paramref name="x"/>.</param>
    /// <param name="rows">Rows of the group.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="indices">The result.</param>
    public static void Index(int* x, int stride, int rows, int tokens, ushort* indices)
    {
        const ulong Spread = 0x0101010101010101;
        int tables = Tables(rows);
        for (int token = 0; token < tokens; token++)
        {
            int* input = x + (long)token * stride;
            ushort* to = indices + (long)(token / Tokens) * tables * Vectors * Lanes + token % Tokens * LookupPlan.Passes;
            for (int table = 0; table < tables; table++, to += Vectors * Lanes)
            {
                ulong bits = 0;
                for (int r = Math.Min(rows - table * TableRows, TableRows) - 1; r >= 0; r--)
                    bits = bits << 1 | Bmi2.X64.ParallelBitDeposit((byte)input[table * TableRows + r], Spread);
                Vector128.WidenLower(Vector128.CreateScalar(bits).AsByte()).Store(to);
            }
        }
    }

    /// <summary>
    /// Tables of 8 bit lines, shape [table, line, 32]: entry e of a table is the sum of those of its five cells whose bit is set in e.
    /// </summary>
    /// <param name="cells">Shape [5 tables, stride].</param>
    /// <param name="stride">Distance between rows.</param>
    /// <param name="offsets">Where each line lies in a row.</param>
    /// <param name="count">Tables.</param>
    /// <param name="tables">The result.</param>
    public static void Build(short* cells, int stride, ReadOnlySpan<int> offsets, int count, short* tables)
    {
        Vector512<ushort> entries = Vector512<ushort>.Indices, zero = default;
        var m0 = ~Vector512.Equals(entries & Vector512.Create((ushort)1), zero).AsInt16();
        var m1 = ~Vector512.Equals(entries & Vector512.Create((ushort)2), zero).AsInt16();
        var m2 = ~Vector512.Equals(entries & Vector512.Create((ushort)4), zero).AsInt16();
        var m3 = ~Vector512.Equals(entries & Vector512.Create((ushort)8), zero).AsInt16();
        var m4 = ~Vector512.Equals(entries & Vector512.Create((ushort)16), zero).AsInt16();
        for (int table = 0; table < count; table++, cells += TableRows * stride)
            foreach (int offset in offsets)
            {
                short* cell = cells + offset;
                var low = (Vector512.Create(cell[0]) & m0) + (Vector512.Create(cell[stride]) & m1);
                var high = (Vector512.Create(cell[2 * stride]) & m2) + (Vector512.Create(cell[3 * stride]) & m3);
                (low + high + (Vector512.Create(cell[4 * stride]) & m4)).StoreAligned(tables);
                tables += Lanes;
            }
    }

    /// <summary>sums[line, vector, lane] = origin + sum over tables of tables[table, line, indices[table, vector, lane]].</summary>
    /// <remarks>No sum ever leaves 16 bits; saturating additions run on more ports than others.</remarks>
    public static void Sum(short* tables, short* indices, int count, short origin, short* sums)
    {
        Vector512<short> start = Vector512.Create(origin);
        Vector512<short> a0 = start, a1 = start, a2 = start, a3 = start, a4 = start, a5 = start, a6 = start, a7 = start;
        Vector512<short> b0 = start, b1 = start, b2 = start, b3 = start, b4 = start, b5 = start, b6 = start, b7 = start;
        for (int i = 0; i < count; i++)
        {
            Vector512<short> first = Vector512.LoadAligned(indices), second = Vector512.LoadAligned(indices + 32), table;
            table = Vector512.LoadAligned(tables);
            a0 = Avx512BW.AddSaturate(a0, Avx512BW.PermuteVar32x16(table, first));
            b0 = Avx512BW.AddSaturate(b0, Avx512BW.PermuteVar32x16(table, second));
            table = Vector512.LoadAligned(tables + 32);
            a1 = Avx512BW.AddSaturate(a1, Avx512BW.PermuteVar32x16(table, first));
            b1 = Avx512BW.AddSaturate(b1, Avx512BW.PermuteVar32x16(table, second));
            table = Vector512.LoadAligned(tables + 64);
            a2 = Avx512BW.AddSaturate(a2, Avx512BW.PermuteVar32x16(table, first));
            b2 = Avx512BW.AddSaturate(b2, Avx512BW.PermuteVar32x16(table, second));
            table = Vector512.LoadAligned(tables + 96);
            a3 = Avx512BW.AddSaturate(a3, Avx512BW.PermuteVar32x16(table, first));
            b3 = Avx512BW.AddSaturate(b3, Avx512BW.PermuteVar32x16(table, second));
            table = Vector512.LoadAligned(tables + 128);
            a4 = Avx512BW.AddSaturate(a4, Avx512BW.PermuteVar32x16(table, first));
            b4 = Avx512BW.AddSaturate(b4, Avx512BW.PermuteVar32x16(table, second));
            table = Vector512.LoadAligned(tables + 160);
            a5 = Avx512BW.AddSaturate(a5, Avx512BW.PermuteVar32x16(table, first));
            b5 = Avx512BW.AddSaturate(b5, Avx512BW.PermuteVar32x16(table, second));
            table = Vector512.LoadAligned(tables + 192);
            a6 = Avx512BW.AddSaturate(a6, Avx512BW.PermuteVar32x16(table, first));
            b6 = Avx512BW.AddSaturate(b6, Avx512BW.PermuteVar32x16(table, second));
            table = Vector512.LoadAligned(tables + 224);
            a7 = Avx512BW.AddSaturate(a7, Avx512BW.PermuteVar32x16(table, first));
            b7 = Avx512BW.AddSaturate(b7, Avx512BW.PermuteVar32x16(table, second));
            indices += 64;
            tables += 256;
        }
        a0.StoreAligned(sums);
        b0.StoreAligned(sums + 32);
        a1.StoreAligned(sums + 64);
        b1.StoreAligned(sums + 96);
        a2.StoreAligned(sums + 128);
        b2.StoreAligned(sums + 160);
        a3.StoreAligned(sums + 192);
        b3.StoreAligned(sums + 224);
        a4.StoreAligned(sums + 256);
        b4.StoreAligned(sums + 288);
        a5.StoreAligned(sums + 320);
        b5.StoreAligned(sums + 352);
        a6.StoreAligned(sums + 384);
        b6.StoreAligned(sums + 416);
        a7.StoreAligned(sums + 448);
        b7.StoreAligned(sums + 480);
    }
}
