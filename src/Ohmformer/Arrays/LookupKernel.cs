using System.Collections.Concurrent;
using Ohmformer.Circuits.Adc;

namespace Ohmformer.Arrays;

/// <summary>
/// Bit-serial reads on a device grid by <see cref="LookupSums"/>: all sums are whole grid steps in 16 bits, so tables may add them
/// in any order. What the tables do not cover (<see cref="LookupPlan"/>) and recorded reads go through <see cref="VectorKernel"/>.
/// </summary>
internal sealed unsafe class LookupKernel : IMacroKernel
{
    private const int Columns = ProgrammedMatrix.Lanes, VectorLanes = LookupSums.Vectors * LookupSums.Lanes;

    /// <summary>Vectors that are read with one set of tables; their indices stay in the second-level cache.</summary>
    private const int Chunk = 256;

    [ThreadStatic]
    private static LookupScratch? _scratch;

    private readonly VectorKernel _vector = new();
    private readonly ConcurrentDictionary<(AdcTransfer, double, int), CodeLine?> _lines = new();

    /// <summary>Whether the tables cover a matrix.</summary>
    public bool CanRun(ProgrammedMatrix matrix) => (matrix.Lookup ??= LookupPlan.Of(matrix, _lines)).CanRun;

    public ActivityCounts Multiply(ProgrammedMatrix matrix, in MacroRead read, Span<double> y)
    {
        if (read.Statistics is not null || !CanRun(matrix)) return _vector.Multiply(matrix, read, y);
        var scratch = _scratch ??= new();
        scratch.Reserve(matrix, Math.Min(read.Tokens, Chunk));
        y.Clear();
        for (int start = 0; start < read.Tokens; start += Chunk)
        {
            int tokens = Math.Min(Chunk, read.Tokens - start);
            for (int g = 0; g < matrix.Groups.Length; g++)
            {
                scratch.Drive(matrix, read, g, start, tokens);
                for (int block = 0; block < matrix.Blocks; block++) ReadBlock(matrix, read, scratch, g, block, start, tokens, y);
            }
        }
        matrix.SubtractOffset(read, y);
        GC.KeepAlive(matrix);
        return matrix.Reads(read.Tokens);
    }

    /// <summary>Adds what one group of rows contributes to 16 outputs of a chunk of vectors.</summary>
    private static void ReadBlock(ProgrammedMatrix matrix, in MacroRead read, LookupScratch scratch, int g, int block, int start, int tokens, Span<double> y)
    {
        var plan = matrix.Lookup!;
        int column = block * Columns, valid = Math.Min(Columns, matrix.Outputs - column), tables = LookupSums.Tables(matrix.Groups[g].Rows);
        scratch.LoadCells(matrix, matrix.Groups[g], block);
        scratch.LoadOutputs(y[(start * matrix.Outputs + column)..], matrix.Outputs, tokens, valid);
        for (int first = 0; first < valid; first += scratch.UnitColumns)
        {
            BuildTables(matrix, scratch, first, tables);
            for (int pair = 0; pair * LookupSums.Tokens < tokens; pair++)
            {
                short* indices = scratch.Indices.Pointer + (long)pair * tables * VectorLanes;
                Sum(scratch.Tables, scratch.Sums, scratch.Bundles, tables, indices, plan.Origin);
                if (matrix.ProportionalNoise) Sum(scratch.SquareTables, scratch.SquareSums, scratch.Bundles, tables, indices, short.MinValue);
                for (int c = 0; c < scratch.UnitColumns && first + c < valid; c++)
                {
                    short* sums = scratch.Sums.Pointer + c * matrix.Samples * VectorLanes;
                    double* outputs = scratch.Outputs(first + c) + pair * LookupSums.Tokens, perToken = scratch.PerToken.Pointer + pair * LookupSums.Tokens;
                    if (matrix.ReadNoise == 0 && plan.Shifts[g] is { } shift)
                    {
                        LookupOutputs.AddShifted(shift, matrix.Samples, sums, perToken, outputs);
                        continue;
                    }
                    if (matrix.ReadNoise == 0) LookupOutputs.Convert(plan.Lines[g], sums);
                    else
                    {
                        float* variances = matrix.ProportionalNoise ? null : scratch.Spreads.Pointer + pair * VectorLanes;
                        short* squares = matrix.ProportionalNoise ? scratch.SquareSums.Pointer + c * matrix.Samples * VectorLanes : null;
                        LookupOutputs.ConvertNoisy(matrix, read, g, column + first + c, start + pair * LookupSums.Tokens, variances, squares, sums);
                    }
                    LookupOutputs.Add(matrix, g, scratch.PassWeights.Pointer, sums, perToken, outputs);
                }
            }
        }
        scratch.StoreOutputs(y[(start * matrix.Outputs + column)..], matrix.Outputs, tokens, valid);
    }

    private static void BuildTables(ProgrammedMatrix matrix, LookupScratch scratch, int first, int tables)
    {
        Span<int> offsets = stackalloc int[LookupSums.Lines];
        int lines = scratch.UnitColumns * matrix.Samples;
        for (int bundle = 0; bundle < scratch.Bundles; bundle++)
        {
            for (int i = 0; i < LookupSums.Lines; i++)
            {
                int line = Math.Min(bundle * LookupSums.Lines + i, lines - 1);
                offsets[i] = line % matrix.Samples * Columns + first + line / matrix.Samples;
            }
            int to = bundle * tables * LookupSums.Lines * LookupSums.Lanes;
            LookupSums.Build(scratch.Cells.Pointer, matrix.Width, offsets, tables, scratch.Tables.Pointer + to);
            if (matrix.ProportionalNoise) LookupSums.Build(scratch.Squares.Pointer, matrix.Width, offsets, tables, scratch.SquareTables.Pointer + to);
        }
    }

    private static void Sum(AlignedBuffer<short> tables, AlignedBuffer<short> sums, int bundles, int count, short* indices, short origin)
    {
        for (int bundle = 0; bundle < bundles; bundle++)
            LookupSums.Sum(
                tables.Pointer + bundle * count * LookupSums.Lines * LookupSums.Lanes, indices, count, origin, sums.Pointer + bundle * LookupSums.Lines * VectorLanes);
    }
}
