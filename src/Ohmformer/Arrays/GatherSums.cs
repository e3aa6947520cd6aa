using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ohmformer.Arrays;

/// <summary>
/// Bit-line sums by table lookup, the method of four Russians with bit lines side by side: four rows have 16 partial sums per line, and one
/// addition adds those of 16 lines. Nothing but 256-bit additions, so it is fast on every machine.
/// </summary>
internal static unsafe class GatherSums
{
    /// <summary>Bit lines whose sums are kept in registers together.</summary>
    public const int Lines = 32;

    /// <summary>Rows of a table.</summary>
    public const int TableRows = 4;

    /// <summary>Tables come in fours, whose entries one word selects.</summary>
    public const int Unroll = 4;

    /// <summary>Bytes of a table.</summary>
    public const int TableBytes = Entries * EntryBytes;

    private const int Entries = 1 << TableRows, EntryBytes = Lines * sizeof(short), Half = Lines / 2, Integers = 8;

    /// <summary>Tables that cover a number of rows.</summary>
    public static int Tables(int rows) => (rows + Unroll * TableRows - 1) / (Unroll * TableRows) * Unroll;

    /// <summary>Which entries of the tables a pass adds, as offsets in bytes; shape [table].</summary>
    /// <param name="x">Inputs, with zeros up to <paramref name="tables"/> * 4 rows.</param>
    /// <param name="pass">A pass with pulses of 0 and 1.</param>
    /// <param name="tables">Tables.</param>
    /// <param name="offsets">The result.</param>
    public static void Index(int* x, InputPass pass, int tables, ushort* offsets)
    {
        int toSign = 31 - pass.Shift;
        for (int table = 0; table < tables; table += 2, x += Integers)
        {
            var values = Vector256.Load(x);
            if (pass.Kind == DriveKind.Positive) values = Vector256.Max(values, Vector256<int>.Zero);
            if (pass.Kind == DriveKind.Negative) values = Vector256.Max(-values, Vector256<int>.Zero);
            uint bits = (values << toSign).ExtractMostSignificantBits();
            offsets[table] = (ushort)((bits & (Entries - 1)) * EntryBytes);
            offsets[table + 1] = (ushort)((bits >> TableRows) * EntryBytes);
        }
    }

    /// <summary>Tables of 32 bit lines, shape [table, 16, line]: entry e is the sum of those of its four cells whose bit is set in e.</summary>
    /// <param name="cells">Shape [4 tables, line].</param>
    /// <param name="count">Tables.</param>
    /// <param name="tables">The result.</param>
    public static void Build(short* cells, int count, short* tables)
    {
        for (int table = 0; table < count; table++, cells += TableRows * Lines, tables += Entries * Lines)
            for (int half = 0; half < Lines; half += Half)
            {
                Vector256<short>.Zero.Store(tables + half);
                for (int row = 0; row < TableRows; row++)
                {
                    var cell = Vector256.Load(cells + row * Lines + half);
                    for (int entry = 0; entry < 1 << row; entry++)
                        (Vector256.Load(tables + entry * Lines + half) + cell).Store(tables + (entry + (1 << row)) * Lines + half);
                }
            }
    }

    /// <typeparam name="TConverter">How codes follow from sums.</typeparam>
    /// <summary>codes[line] += sum over passes of weight * code of (origin + sum over tables of tables[table, offset, line]).</summary>
    /// <param name="tables">Shape [table, 16, line].</param>
    /// <param name="offsets">Shape [pass, table].</param>
    /// <param name="count">Tables.</param>
    /// <param name="weights">Weights of the passes.</param>
    /// <param name="passes">Passes.</param>
    /// <param name="origin">What sums start at.</param>
    /// <param name="converter">How codes follow from sums.</param>
    /// <param name="codes">The result.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add<TConverter>(short* tables, ushort* offsets, int count, int* weights, int passes, short origin, TConverter converter, int* codes)
        where TConverter : struct, IGatherConverter
    {
        Vector256<int> c0 = Vector256.Load(codes), c1 = Vector256.Load(codes + Integers), c2 = Vector256.Load(codes + 2 * Integers), c3 = Vector256.Load(codes + 3 * Integers);
        for (int pass = 0; pass < passes; pass++)
        {
            Vector256<short> a = Vector256.Create(origin), b = a;
            byte* at = (byte*)tables;
            for (int i = 0; i < count; i += Unroll, at += Unroll * TableBytes, offsets += Unroll)
            {
                ulong four = *(ulong*)offsets;
                byte* e0 = at + (ushort)four, e1 = at + TableBytes + (ushort)(four >> 16), e2 = at + 2 * TableBytes + (ushort)(four >> 32), e3 = at + 3 * TableBytes + (four >> 48);
                a += Vector256.Load((short*)e0);
                b += Vector256.Load((short*)e0 + Half);
                a += Vector256.Load((short*)e1);
                b += Vector256.Load((short*)e1 + Half);
                a += Vector256.Load((short*)e2);
                b += Vector256.Load((short*)e2 + Half);
                a += Vector256.Load((short*)e3);
                b += Vector256.Load((short*)e3 + Half);
            }
            var weight = Vector256.Create(weights[pass]);
            c0 += weight * converter.Codes(Vector256.WidenLower(a), 0);
            c1 += weight * converter.Codes(Vector256.WidenUpper(a), Integers);
            c2 += weight * converter.Codes(Vector256.WidenLower(b), 2 * Integers);
            c3 += weight * converter.Codes(Vector256.WidenUpper(b), 3 * Integers);
        }
        c0.Store(codes);
        c1.Store(codes + Integers);
        c2.Store(codes + 2 * Integers);
        c3.Store(codes + 3 * Integers);
    }
}
