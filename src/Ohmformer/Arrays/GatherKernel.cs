using System.Collections.Concurrent;
using Ohmformer.Circuits.Adc;
using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>
/// Bit-serial reads on a device grid by <see cref="GatherSums"/>, for machines without the instructions of the other table kernels. What
/// its tables do not cover (<see cref="GatherPlan"/>) and recorded reads are left to another kernel.
/// </summary>
/// <param name="otherwise">The kernel for everything else.</param>
internal sealed unsafe class GatherKernel(IMacroKernel otherwise) : IMacroKernel
{
    private const int Columns = ProgrammedMatrix.Lanes, PartsPerThread = 4;

    /// <summary>Tokens that are read with one set of tables, and bytes of their offsets, which stay in the second-level cache.</summary>
    private const int Chunk = 256, OffsetBytes = 3 << 18;

    [ThreadStatic]
    private static GatherOffsets? _offsets;

    [ThreadStatic]
    private static GatherScratch? _scratch;

    private readonly ShapePlans<GatherPlan> _plans = Plans();

    public void Prepare(ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
    {
        matrix.Gather = _plans.Of(matrix.Shape) is { } plan && plan.Covers(matrix) ? plan : null;
        if (matrix.Gather is null) otherwise.Prepare(matrix, weights);
    }

    public ActivityCounts Multiply(ProgrammedMatrix matrix, in MacroRead read, Span<double> y)
    {
        if (read.Statistics is not null || matrix.Gather is not { } plan) return otherwise.Multiply(matrix, read, y);
        var offsets = _offsets ??= new();
        int chunk = Math.Clamp(OffsetBytes / (plan.OffsetsPerToken * sizeof(ushort)), 1, Chunk), grain = Math.Max(1, matrix.Blocks / (PartsPerThread * read.Workers.Threads));
        fixed (double* outputs = y)
            for (int start = 0; start < read.Tokens; start += chunk)
            {
                offsets.Load(matrix, read, start, Math.Min(chunk, read.Tokens - start));
                read.Workers.Run(matrix.Blocks, grain, new Loop(matrix, plan, offsets, outputs + (long)start * matrix.Outputs));
            }
        GC.KeepAlive(offsets);
        matrix.Correct(read, y);
        return matrix.Reads(read.Tokens);
    }

    private static ShapePlans<GatherPlan> Plans()
    {
        var codes = new ConcurrentDictionary<(AdcTransfer, double, int), GatherCode?>();
        return new(shape => GatherPlan.Of(shape, codes));
    }

    /// <summary>Overwrites 16 columns of outputs by what they report, before the digital corrections.</summary>
    private static void ReadBlock(ProgrammedMatrix matrix, GatherPlan plan, GatherOffsets offsets, GatherScratch scratch, int block, double* y)
    {
        int column = block * Columns, lines = Math.Min(Columns, matrix.Outputs - column) * matrix.Samples;
        scratch.ClearValues();
        for (int g = 0; g < matrix.Groups.Length; g++)
        {
            for (int line = 0; line < lines; line += GatherSums.Lines) AddLines(matrix, plan, offsets, scratch, g, column * matrix.Samples + line, line, Math.Min(GatherSums.Lines, lines - line));
            var index = matrix.Curves!.Index;
            if (g + 1 == matrix.Groups.Length || !index[g].AsSpan().SequenceEqual(index[g + 1])) scratch.Fold(matrix, g, lines);
        }
        scratch.Store(matrix, lines / matrix.Samples, y + column);
    }

    /// <summary>Adds the weighted codes of a group for up to 32 lines.</summary>
    private static void AddLines(ProgrammedMatrix matrix, GatherPlan plan, GatherOffsets offsets, GatherScratch scratch, int g, int first, int line, int lines)
    {
        int tables = GatherSums.Tables(matrix.Groups[g].Rows), passes = matrix.Passes.Length;
        scratch.LoadCells(matrix, g, first, lines, tables * GatherSums.TableRows);
        GatherSums.Build(scratch.Cells.Pointer, tables, scratch.Tables.Pointer);
        var converters = plan.Converters[g];
        int* largest = converters.Largest.Pointer + line, codes = scratch.Codes.Pointer + line;
        if (converters.IsSingle) Add(new SingleConverter(converters.SingleSlopes.Pointer + line, converters.SingleIntercepts.Pointer + line, largest), plan, offsets, scratch, g, tables, passes, codes);
        else Add(new DoubleConverter(converters.Slopes.Pointer + line, converters.Intercepts.Pointer + line, largest), plan, offsets, scratch, g, tables, passes, codes);
    }

    private static void Add<TConverter>(TConverter converter, GatherPlan plan, GatherOffsets offsets, GatherScratch scratch, int g, int tables, int passes, int* codes)
        where TConverter : struct, IGatherConverter
    {
        for (int token = 0; token < offsets.Tokens; token++)
            GatherSums.Add(
                scratch.Tables.Pointer, offsets.Of(g) + token * passes * tables, tables, plan.Weights.Pointer, passes, plan.Origin, converter, codes + token * plan.LinesPerBlock);
    }

    private readonly struct Loop(ProgrammedMatrix matrix, GatherPlan plan, GatherOffsets offsets, double* y) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            var scratch = _scratch ??= new();
            scratch.Reserve(matrix, plan, offsets.Tokens);
            for (int block = first; block < limit; block++) ReadBlock(matrix, plan, offsets, scratch, block, y);
            GC.KeepAlive(scratch);
            GC.KeepAlive(plan);
        }
    }
}
