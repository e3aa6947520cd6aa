using System.Runtime.Intrinsics;
using Ohmformer.Numerics;

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

    private const int PartsPerThread = 4;

    [ThreadStatic]
    private static ByteInputs? _inputs;

    [ThreadStatic]
    private static ByteScratch? _scratch;

    private readonly ShapePlans<BytePlan> _plans = new(BytePlan.Of);

    public void Prepare(ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
    {
        matrix.Bytes = _plans.Of(matrix.Shape) is { } plan && plan.TryPack(matrix, weights) ? plan : null;
        if (matrix.Bytes is null) otherwise.Prepare(matrix, weights);
    }

    public ActivityCounts Multiply(ProgrammedMatrix matrix, in MacroRead read, Span<double> y)
    {
        if (read.Statistics is not null || matrix.Bytes is not { } plan) return otherwise.Multiply(matrix, read, y);
        var inputs = _inputs ??= new();
        int chunk = Math.Clamp(IndexBytes / (plan.AllTables * ByteSums.Passes * plan.VectorsPerToken), ByteSums.Vectors, Chunk), chunks = (read.Tokens + chunk - 1) / chunk;
        // Chunks of equal size, so that none is left with few tokens.
        chunk = (read.Tokens / Math.Max(1, chunks) + ByteSums.Vectors) / ByteSums.Vectors * ByteSums.Vectors;
        int blocks = (matrix.Outputs + ByteOutputs.Columns - 1) / ByteOutputs.Columns, grain = Math.Max(1, blocks / (PartsPerThread * read.Workers.Threads));
        fixed (double* outputs = y)
            for (int start = 0; start < read.Tokens; start += chunk)
            {
                inputs.Load(matrix, plan, read, start, Math.Min(chunk, read.Tokens - start));
                read.Workers.Run(blocks, grain, new Loop(matrix, plan, inputs, outputs + (long)start * matrix.Outputs));
            }
        GC.KeepAlive(plan);
        GC.KeepAlive(inputs);
        matrix.Correct(read, y);
        return matrix.Reads(read.Tokens);
    }

    /// <summary>Overwrites 8 columns of outputs by what they report, before the digital corrections.</summary>
    private static void ReadBlock(ProgrammedMatrix matrix, BytePlan plan, ByteInputs inputs, ByteScratch scratch, int block, double* y)
    {
        int column = block * ByteOutputs.Columns, columns = Math.Min(ByteOutputs.Columns, matrix.Outputs - column);
        int first = column / plan.UnitColumns, limit = (column + columns + plan.UnitColumns - 1) / plan.UnitColumns;
        for (int unit = first; unit < limit; unit += plan.UnitsTogether)
        {
            int units = Math.Min(plan.UnitsTogether, limit - unit), from = unit * plan.UnitColumns - column, end = Math.Min(from + units * plan.UnitColumns, columns);
            ReadUnits(matrix, plan, inputs, scratch, unit, units);
            for (int i = from; i < end; i++) ByteOutputs.Convert(plan, scratch.ColumnSums(i - from), scratch.SumStride, inputs.Tokens, scratch.Outputs(i));
        }
        ByteOutputs.Store(scratch.Outputs(0), scratch.OutputStride, columns, inputs.Tokens, y + column, matrix.Outputs);
    }

    /// <summary>The weighted codes of all groups of some units.</summary>
    private static void ReadUnits(ProgrammedMatrix matrix, BytePlan plan, ByteInputs inputs, ByteScratch scratch, int unit, int units)
    {
        scratch.ClearSums(units);
        for (int g = 0; g < matrix.Groups.Length; g++)
        {
            var conversion = plan.Conversions[g];
            for (int bundle = 0; bundle < plan.Bundles; bundle++)
            {
                BuildTables(matrix, plan, scratch, g, unit, units, bundle);
                scratch.SetOffsets(conversion, bundle);
                if (conversion.IsClipping) Add(new ClippingConverter(Vector512.Create(conversion.Codes.Span[^1])), plan, inputs, scratch, g, units, bundle);
                else
                {
                    int line = conversion.IsShared ? 0 : bundle * ByteSums.Lines * ByteSums.Codes;
                    Add(new TabulatedConverter(conversion.Codes.Pointer + line, conversion.IsShared ? 0 : ByteSums.Codes), plan, inputs, scratch, g, units, bundle);
                }
            }
        }
    }

    private static void BuildTables(ProgrammedMatrix matrix, BytePlan plan, ByteScratch scratch, int g, int unit, int units, int bundle)
    {
        int tables = plan.Tables(g);
        for (int i = 0; i < units; i++)
            ByteSums.Build(
                plan.Patterns(matrix, g, unit + i) + (long)bundle * tables * 2 * ByteSums.Lines, plan.Digits.Subsets.Pointer, plan.Digits.HalfRows, tables,
                scratch.Tables.Pointer + i * tables * ByteSums.Lines * ByteSums.Lanes);
    }

    private static void Add<TConverter>(TConverter converter, BytePlan plan, ByteInputs inputs, ByteScratch scratch, int g, int units, int bundle)
        where TConverter : struct, IByteConverter
    {
        if (plan.WeighsComplements) AddCodes(new ComplementingConverter<TConverter>(converter, Vector512.LoadAligned(plan.Complements.Pointer)), plan, inputs, scratch, g, units, bundle);
        else AddCodes(converter, plan, inputs, scratch, g, units, bundle);
    }

    private static void AddCodes<TConverter>(TConverter converter, BytePlan plan, ByteInputs inputs, ByteScratch scratch, int g, int units, int bundle)
        where TConverter : struct, IByteConverter
    {
        fixed (int* offsets = scratch.Offsets)
            ByteSums.Add(
                scratch.Tables.Pointer, inputs.Indices(g), plan.Tables(g), inputs.Blocks, units, converter, plan.Weights(bundle), plan.Conversions[g].Run, offsets,
                scratch.Sums.Pointer, scratch.UnitSums);
    }

    private readonly struct Loop(ProgrammedMatrix matrix, BytePlan plan, ByteInputs inputs, double* y) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            var scratch = _scratch ??= new();
            scratch.Reserve(plan, inputs);
            for (int block = first; block < limit; block++) ReadBlock(matrix, plan, inputs, scratch, block, y);
            GC.KeepAlive(scratch);
        }
    }
}
