using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Arrays;

/// <summary>
/// Bit-line sums by table lookup, the method of four Russians with the table in a register: lanes are (token, input bit) pairs, the
/// table of one bit line and five rows is one register, and one permutation looks up the partial sums of 32 lanes.
/// </summary>
/// <remarks>
/// With T tables in a group of rows, table i covers the rows i, i + T, .. i + 4 T, so that neighboring tables are made from neighboring
/// cells. Index bits of rows beyond the group are zero; the cells there do not matter.
/// </remarks>
internal static unsafe class LookupSums
{
    /// <summary>Lanes of a register: 4 tokens of 8 bits each, the bit fastest.</summary>
    public const int Lanes = 32;

    /// <summary>Lanes of a token: the passes that fit.</summary>
    public const int Passes = 8;

    /// <summary>Bit lines, and registers of lanes, whose sums are kept in registers together.</summary>
    public const int Lines = 8, Registers = 2;

    /// <summary>Tokens of all registers.</summary>
    public const int Tokens = Registers * Lanes / Passes;

    /// <summary>Numbers that <see cref="Build"/> keeps in between.</summary>
    public const int Pieces = (Eight + Four) * Lanes;

    /// <summary>Rows of a table; 3 of them make eight sums, the other 2 four.</summary>
    private const int TableRows = ProgrammedMatrix.TableRows, Eight = 8, Four = 4;

    /// <summary>The machine has the instructions.</summary>
    public static bool IsSupported => Avx512BW.IsSupported && Bmi2.X64.IsSupported;

    /// <summary>Tables that cover a number of rows.</summary>
    public static int Tables(int rows) => (rows + TableRows - 1) / TableRows;

    /// <summary>
    /// The five input bits of every lane, shape [token / 8, table, 2, 32]; lanes beyond the last token hold rubbish that nobody reads.
    /// </summary>
    /// <param name="x">Inputs of the first token's group of rows.</param>
    /// <param name="stride">Distance between tokens in <paramref name="x"/>.</param>
    /// <param name="rows">Rows of the group.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="bytes">Room for the low bytes of a token's inputs, a whole number of tables.</param>
    /// <param name="indices">The result.</param>
    public static void Index(int* x, int stride, int rows, int tokens, byte* bytes, ushort* indices)
    {
        const ulong Spread = 0x0101010101010101;
        int tables = Tables(rows);
        new Span<byte>(bytes + rows, tables * TableRows - rows).Clear();
        for (int token = 0; token < tokens; token++)
        {
            Narrow(x + (long)token * stride, rows, bytes);
            ushort* to = indices + (long)(token / Tokens) * tables * Registers * Lanes + token % Tokens * Passes;
            byte* row = bytes;
            for (int table = 0; table < tables; table++, row++, to += Registers * Lanes)
            {
                ulong bits = Bmi2.X64.ParallelBitDeposit(row[0], Spread)
                    | Bmi2.X64.ParallelBitDeposit(row[tables], Spread << 1)
                    | Bmi2.X64.ParallelBitDeposit(row[2 * tables], Spread << 2)
                    | Bmi2.X64.ParallelBitDeposit(row[3 * tables], Spread << 3)
                    | Bmi2.X64.ParallelBitDeposit(row[4 * tables], Spread << 4);
                Vector128.WidenLower(Vector128.CreateScalar(bits).AsByte()).Store(to);
            }
        }
    }

    /// <summary>Rows driven in every lane, shape [register, 32], from the indices of a group.</summary>
    /// <param name="indices">Shape [block, table, 2, 32].</param>
    /// <param name="count">Tables.</param>
    /// <param name="blocks">Blocks of <see cref="Tokens"/> tokens.</param>
    /// <param name="driven">The result.</param>
    public static void CountDriven(short* indices, int count, int blocks, ushort* driven)
    {
        var ones = Vector512.Create(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 1, 2, 2, 3, 2, 3, 3, 4, 2, 3, 3, 4, 3, 4, 4, (short)5);
        for (int block = 0; block < blocks; block++, driven += Registers * Lanes)
        {
            Vector512<short> first = default, second = default;
            for (int i = 0; i < count; i++, indices += Registers * Lanes)
            {
                first += Avx512BW.PermuteVar32x16(ones, Vector512.LoadAligned(indices));
                second += Avx512BW.PermuteVar32x16(ones, Vector512.LoadAligned(indices + Lanes));
            }
            first.AsUInt16().StoreAligned(driven);
            second.AsUInt16().StoreAligned(driven + Lanes);
        }
    }

    /// <summary>
    /// Tables of one bit line, each 32 sums, <see cref="Lines"/> tables apart: entry e of a table is the sum of those of its five cells whose bit is set in e.
    /// </summary>
    /// <remarks>
    /// The eight sums of three cells and the four sums of the other two are made for 32 tables at once and transposed; a table repeats
    /// the eight, which is a load, and spreads the four, which is one permutation.
    /// </remarks>
    /// <param name="cells">The line's cells of the group, readable up to 32 beyond the last table's.</param>
    /// <param name="count">Tables.</param>
    /// <param name="pieces">Room for <see cref="Pieces"/> numbers.</param>
    /// <param name="tables">The result.</param>
    public static void Build(short* cells, int count, short* pieces, short* tables)
    {
        const int Step = Lines * Lanes;
        short* fours = pieces + Eight * Lanes;
        var spread = Vector512.ShiftRightLogical(Vector512<ushort>.Indices, 3).AsInt16();
        for (int first = 0; first < count; first += Lanes, cells += Lanes)
        {
            TransposeEights(Vector512.Load(cells), Vector512.Load(cells + count), Vector512.Load(cells + 2 * count), pieces);
            TransposeFours(Vector512.Load(cells + 3 * count), Vector512.Load(cells + 4 * count), fours);
            int left = Math.Min(count - first, Lanes), i = 0;
            short* eight = pieces, four = fours;
            for (; i + Eight <= left; i += Eight, eight += Eight, four += Eight, tables += Eight * Step)
            {
                Join(eight, four, spread, tables);
                Join(eight + Lanes, four + Four, spread, tables + Step);
                Join(eight + 2 * Lanes, four + Lanes, spread, tables + 2 * Step);
                Join(eight + 3 * Lanes, four + Lanes + Four, spread, tables + 3 * Step);
                Join(eight + 4 * Lanes, four + 2 * Lanes, spread, tables + 4 * Step);
                Join(eight + 5 * Lanes, four + 2 * Lanes + Four, spread, tables + 5 * Step);
                Join(eight + 6 * Lanes, four + 3 * Lanes, spread, tables + 6 * Step);
                Join(eight + 7 * Lanes, four + 3 * Lanes + Four, spread, tables + 7 * Step);
            }
            for (int k = 0; i < left; i++, k++, tables += Step) Join(eight + k * Lanes, four + k / 2 * Lanes + k % 2 * Four, spread, tables);
        }
    }

    /// <summary>
    /// Gives the sums sum[line, lane] = start of the line + sum over tables of tables[table, line, indices[block, table, lane]] to a sink, block by block.
    /// </summary>
    /// <remarks>Saturating additions run on more ports than others.</remarks>
    /// <param name="tables">Shape [table, line, 32].</param>
    /// <param name="indices">Shape [block, table, 2, 32].</param>
    /// <param name="count">Tables.</param>
    /// <param name="blocks">Blocks of <see cref="Tokens"/> tokens.</param>
    /// <param name="sink">What becomes of the sums.</param>
    public static void Add<TSink>(short* tables, short* indices, int count, int blocks, TSink sink)
        where TSink : struct, ILookupSink
    {
        for (int block = 0; block < blocks; block++)
        {
            Vector512<short> a0 = sink.Start(0), a1 = sink.Start(1), a2 = sink.Start(2), a3 = sink.Start(3), a4 = sink.Start(4), a5 = sink.Start(5), a6 = sink.Start(6), a7 = sink.Start(7);
            Vector512<short> b0 = a0, b1 = a1, b2 = a2, b3 = a3, b4 = a4, b5 = a5, b6 = a6, b7 = a7;
            short* at = tables;
            for (short* end = at + count * Lines * Lanes; at < end; at += Lines * Lanes, indices += Registers * Lanes)
            {
                Vector512<short> first = Vector512.LoadAligned(indices), second = Vector512.LoadAligned(indices + Lanes), table;
                table = Vector512.LoadAligned(at);
                a0 = TSink.Add(a0, Avx512BW.PermuteVar32x16(table, first));
                b0 = TSink.Add(b0, Avx512BW.PermuteVar32x16(table, second));
                table = Vector512.LoadAligned(at + Lanes);
                a1 = TSink.Add(a1, Avx512BW.PermuteVar32x16(table, first));
                b1 = TSink.Add(b1, Avx512BW.PermuteVar32x16(table, second));
                table = Vector512.LoadAligned(at + 2 * Lanes);
                a2 = TSink.Add(a2, Avx512BW.PermuteVar32x16(table, first));
                b2 = TSink.Add(b2, Avx512BW.PermuteVar32x16(table, second));
                table = Vector512.LoadAligned(at + 3 * Lanes);
                a3 = TSink.Add(a3, Avx512BW.PermuteVar32x16(table, first));
                b3 = TSink.Add(b3, Avx512BW.PermuteVar32x16(table, second));
                table = Vector512.LoadAligned(at + 4 * Lanes);
                a4 = TSink.Add(a4, Avx512BW.PermuteVar32x16(table, first));
                b4 = TSink.Add(b4, Avx512BW.PermuteVar32x16(table, second));
                table = Vector512.LoadAligned(at + 5 * Lanes);
                a5 = TSink.Add(a5, Avx512BW.PermuteVar32x16(table, first));
                b5 = TSink.Add(b5, Avx512BW.PermuteVar32x16(table, second));
                table = Vector512.LoadAligned(at + 6 * Lanes);
                a6 = TSink.Add(a6, Avx512BW.PermuteVar32x16(table, first));
                b6 = TSink.Add(b6, Avx512BW.PermuteVar32x16(table, second));
                table = Vector512.LoadAligned(at + 7 * Lanes);
                a7 = TSink.Add(a7, Avx512BW.PermuteVar32x16(table, first));
                b7 = TSink.Add(b7, Avx512BW.PermuteVar32x16(table, second));
            }
            sink.Take(block, a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7);
        }
    }

    /// <summary>The low bytes of inputs.</summary>
    private static void Narrow(int* x, int count, byte* bytes)
    {
        int i = 0;
        for (; i + Vector512<int>.Count <= count; i += Vector512<int>.Count) Avx512F.ConvertToVector128Byte(Vector512.Load(x + i)).Store(bytes + i);
        for (; i < count; i++) bytes[i] = (byte)x[i];
    }

    /// <summary>The eight sums of three cells of table 8 l + k, at number 32 k + 8 l.</summary>
    private static void TransposeEights(Vector512<short> r0, Vector512<short> r1, Vector512<short> r2, short* eights)
    {
        Vector512<short> r01 = r0 + r1, r02 = r0 + r2, r12 = r1 + r2, r012 = r01 + r2;
        var p0 = Avx512BW.UnpackLow(default, r0).AsInt32();
        var p1 = Avx512BW.UnpackLow(r1, r01).AsInt32();
        var p2 = Avx512BW.UnpackLow(r2, r02).AsInt32();
        var p3 = Avx512BW.UnpackLow(r12, r012).AsInt32();
        Store(Avx512F.UnpackLow(p0, p1).AsInt64(), Avx512F.UnpackLow(p2, p3).AsInt64(), eights);
        Store(Avx512F.UnpackHigh(p0, p1).AsInt64(), Avx512F.UnpackHigh(p2, p3).AsInt64(), eights + 2 * Lanes);
        p0 = Avx512BW.UnpackHigh(default, r0).AsInt32();
        p1 = Avx512BW.UnpackHigh(r1, r01).AsInt32();
        p2 = Avx512BW.UnpackHigh(r2, r02).AsInt32();
        p3 = Avx512BW.UnpackHigh(r12, r012).AsInt32();
        Store(Avx512F.UnpackLow(p0, p1).AsInt64(), Avx512F.UnpackLow(p2, p3).AsInt64(), eights + 4 * Lanes);
        Store(Avx512F.UnpackHigh(p0, p1).AsInt64(), Avx512F.UnpackHigh(p2, p3).AsInt64(), eights + 6 * Lanes);

        static void Store(Vector512<long> low, Vector512<long> high, short* to)
        {
            Avx512F.UnpackLow(low, high).AsInt16().StoreAligned(to);
            Avx512F.UnpackHigh(low, high).AsInt16().StoreAligned(to + Lanes);
        }
    }

    /// <summary>The four sums of two cells of table 8 l + 2 k + i, at number 32 k + 8 l + 4 i.</summary>
    private static void TransposeFours(Vector512<short> r3, Vector512<short> r4, short* fours)
    {
        var r34 = r3 + r4;
        Vector512<int> low = Avx512BW.UnpackLow(default, r3).AsInt32(), high = Avx512BW.UnpackLow(r4, r34).AsInt32();
        Avx512F.UnpackLow(low, high).AsInt16().StoreAligned(fours);
        Avx512F.UnpackHigh(low, high).AsInt16().StoreAligned(fours + Lanes);
        (low, high) = (Avx512BW.UnpackHigh(default, r3).AsInt32(), Avx512BW.UnpackHigh(r4, r34).AsInt32());
        Avx512F.UnpackLow(low, high).AsInt16().StoreAligned(fours + 2 * Lanes);
        Avx512F.UnpackHigh(low, high).AsInt16().StoreAligned(fours + 3 * Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Join(short* eight, short* four, Vector512<short> spread, short* table) =>
        (Avx512F.BroadcastVector128ToVector512((int*)eight).AsInt16() + Avx512BW.PermuteVar32x16(Vector512.Create(*(long*)four).AsInt16(), spread)).StoreAligned(table);
}
