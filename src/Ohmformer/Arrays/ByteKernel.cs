using System.Runtime.Intrinsics;

namespace Ohmformer.Arrays;

/// <summary>
/// Bit-serial reads of error-free cells by <see cref="ByteSums"/>: all sums are whole levels in bytes that stay at 255, where converters
/// have clipped. What the tables do not cover (<see cref="BytePlan"/>) and recorded reads are left to another kernel.
/// </summary>
/// <param name="otherwise">The kernel for everything else.</param>
internal sealed unsafe class ByteKernel(IMacroKernel otherwise) : IMacroKernel
{
    /// <summary>Tokens that are read with one set of tables, and bytes of their indices, which stay in the second-level cache.</summary>
    private const int Chunk = 256, IndexBytes = 3 << 18;

    [ThreadStatic]
    private static ByteScratch? _scratch;

    private ByteDigits? _digits;

    public void Prepare(ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
    {
        matrix.Bytes = Plan(matrix, weights, [.. Enumerable.Range(0, matrix.Outputs)]);
        if (matrix.Bytes is null) otherwise.Prepare(matrix, weights);
    }

    /// <summary>How to read some columns; null where tables of bytes do not give the model's results.</summary>
    /// <param name="matrix">The matrix, of the same macro every time.</param>
    /// <param name="weights">What was to be written, shape [inputs, outputs].</param>
    /// <param name="columns">The columns, increasing.</param>
    public BytePlan? Plan(ProgrammedMatrix matrix, ReadOnlySpan<int> weights, int[] columns) =>
        BytePlan.SuitsModel(matrix.Spec) ? BytePlan.Of(matrix, weights, columns, _digits ??= new(matrix.Spec)) : null;

    public ActivityCounts Multiply(ProgrammedMatrix matrix, in MacroRead read, Span<double> y)
    {
        if (read.Statistics is not null || matrix.Bytes is not { } plan) return otherwise.Multiply(matrix, read, y);
        Read(matrix, plan, read, y);
        matrix.Correct(read, y);
        return matrix.Reads(read.Tokens);
    }

    /// <summary>Overwrites the outputs of a plan's columns by what they report, before the digital corrections.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="read">What drives the lines.</param>
    /// <param name="y">Shape [tokens, outputs].</param>
    public static void Read(ProgrammedMatrix matrix, BytePlan plan, in MacroRead read, Span<double> y)
    {
        var scratch = _scratch ??= new();
        int perToken = Math.Max(1, plan.AllTables * ByteSums.Passes * plan.VectorsPerToken);
        int chunks = Math.Max(1, (read.Tokens + Chunk - 1) / Math.Clamp(IndexBytes / perToken, ByteSums.Vectors, Chunk));
        int most = ((read.Tokens + chunks - 1) / chunks + ByteSums.Vectors - 1) / ByteSums.Vectors * ByteSums.Vectors;
        for (int start = 0; start < read.Tokens; start += most)
        {
            int tokens = Math.Min(most, read.Tokens - start);
            scratch.Reserve(matrix, plan, tokens);
            for (int g = 0; g < matrix.Groups.Length; g++) scratch.Drive(matrix, plan, read, g, start, tokens);
            for (int column = 0; column < plan.Columns.Length; column += ByteOutputs.Columns)
            {
                int end = Math.Min(column + ByteOutputs.Columns, plan.Columns.Length), lastUnit = (end - 1) / plan.UnitColumns;
                for (int unit = column / plan.UnitColumns; unit <= lastUnit; unit += plan.UnitsTogether)
                {
                    int units = Math.Min(plan.UnitsTogether, lastUnit + 1 - unit);
                    ReadUnits(matrix, plan, scratch, unit, units);
                    for (int i = unit * plan.UnitColumns; i < Math.Min((unit + units) * plan.UnitColumns, end); i++)
                        ByteOutputs.Convert(plan, scratch.ColumnSums(i - unit * plan.UnitColumns), scratch.SumStride, tokens, scratch.Outputs(i - column));
                }
                ByteOutputs.Store(scratch, plan.Columns.AsSpan(column, end - column), tokens, y.Slice(start * matrix.Outputs, tokens * matrix.Outputs), matrix.Outputs);
            }
        }
        GC.KeepAlive(plan);
        GC.KeepAlive(scratch);
    }

    /// <summary>The weighted codes of all groups of some units.</summary>
    private static void ReadUnits(ProgrammedMatrix matrix, BytePlan plan, ByteScratch scratch, int unit, int units)
    {
        scratch.ClearSums(units);
        for (int g = 0; g < matrix.Groups.Length; g++)
        {
            var conversion = plan.Conversions[g];
            for (int bundle = 0; bundle < plan.Bundles; bundle++)
            {
                BuildTables(plan, scratch, g, unit, units, bundle);
                scratch.SetOffsets(conversion, bundle);
                if (conversion.IsClipping) Add(new ClippingConverter(Vector512.Create(conversion.Codes.Span[^1])), plan, scratch, g, units, bundle);
                else
                {
                    int line = conversion.IsShared ? 0 : bundle * ByteSums.Lines * ByteSums.Codes;
                    Add(new TabulatedConverter(conversion.Codes.Pointer + line, conversion.IsShared ? 0 : ByteSums.Codes), plan, scratch, g, units, bundle);
                }
            }
        }
    }

    private static void BuildTables(BytePlan plan, ByteScratch scratch, int g, int unit, int units, int bundle)
    {
        int tables = plan.Tables(g);
        for (int i = 0; i < units; i++)
            ByteSums.Build(
                plan.Patterns(g, unit + i) + (long)bundle * tables * 2 * ByteSums.Lines, plan.Digits.Subsets.Pointer, plan.Digits.HalfRows, tables,
                scratch.Tables.Pointer + i * tables * ByteSums.Lines * ByteSums.Lanes);
    }

    private static void Add<TConverter>(TConverter converter, BytePlan plan, ByteScratch scratch, int g, int units, int bundle)
        where TConverter : struct, IByteConverter
    {
        if (plan.WeighsComplements) AddCodes(new ComplementingConverter<TConverter>(converter, Vector512.LoadAligned(plan.Complements.Pointer)), plan, scratch, g, units, bundle);
        else AddCodes(converter, plan, scratch, g, units, bundle);
    }

    private static void AddCodes<TConverter>(TConverter converter, BytePlan plan, ByteScratch scratch, int g, int units, int bundle)
        where TConverter : struct, IByteConverter
    {
        fixed (int* offsets = scratch.Offsets)
            ByteSums.Add(
                scratch.Tables.Pointer, scratch.Indices(g), plan.Tables(g), scratch.Blocks, units, converter, plan.Weights(bundle), plan.Conversions[g].Run, offsets,
                scratch.Sums.Pointer, scratch.UnitSums);
    }
}
