using System.Collections.Concurrent;
using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>
/// Bit-serial reads on a device grid by <see cref="LookupSums"/>: all sums are whole grid steps in 16 bits, so tables may add them
/// in any order. What the tables do not cover (<see cref="LookupPlan"/>) and recorded reads are left to another kernel.
/// </summary>
/// <param name="otherwise">The kernel for everything else.</param>
internal sealed unsafe class LookupKernel(IMacroKernel otherwise) : IMacroKernel
{
    private const int Lines = LookupSums.Lines, Lanes = LookupSums.Lanes, Registers = LookupSums.Registers;

    /// <summary>Tokens that are read with one set of tables.</summary>
    private const int Chunk = 256;

    [ThreadStatic]
    private static LookupScratch? _scratch;

    [ThreadStatic]
    private static LookupInputs? _inputs;

    private readonly ConcurrentDictionary<LookupCodeKey, LookupCode?> _codes = new();

    public void Prepare(ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
    {
        matrix.Lookup = LookupPlan.Of(matrix, _codes);
        if (matrix.Lookup is null) otherwise.Prepare(matrix, weights);
    }

    public ActivityCounts Multiply(ProgrammedMatrix matrix, in MacroRead read, Span<double> y)
    {
        if (read.Statistics is not null || matrix.Lookup is not { } plan) return otherwise.Multiply(matrix, read, y);
        Read(matrix, plan, read, matrix.AllColumns, y);
        matrix.Correct(read, y);
        return matrix.Reads(read.Tokens);
    }

    /// <summary>Overwrites the outputs of some columns by what they report, before the digital corrections.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="read">What drives the lines.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="y">Shape [tokens, outputs].</param>
    public static void Read(ProgrammedMatrix matrix, LookupPlan plan, in MacroRead read, ReadOnlySpan<int> columns, Span<double> y)
    {
        LookupInputs inputs = _inputs ??= new();
        for (int start = 0; start < read.Tokens; start += Chunk)
        {
            int tokens = Math.Min(Chunk, read.Tokens - start);
            inputs.Fill(matrix, read, start, tokens);
            fixed (int* numbers = columns)
            fixed (double* outputs = y)
                read.Workers.Run((columns.Length + LookupScratch.Columns - 1) / LookupScratch.Columns, 1, new Loop(matrix, plan, inputs, read.Seed, read.Image, start, tokens, numbers, columns.Length, outputs));
        }
        GC.KeepAlive(inputs);
    }

    /// <summary>One chunk of tokens; a turn is a block of columns.</summary>
    private readonly struct Loop(
        ProgrammedMatrix matrix, LookupPlan plan, LookupInputs inputs, ulong seed, int image, int start, int tokens, int* columns, int count, double* y) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            var scratch = _scratch ??= new();
            scratch.Reserve(matrix, plan, inputs.Blocks);
            MacroRead read = new() { Seed = seed, Image = image, X = default, Tokens = tokens, Workers = Workers.One };
            for (int column = first * LookupScratch.Columns; column < Math.Min(limit * LookupScratch.Columns, count); column += LookupScratch.Columns)
            {
                ReadOnlySpan<int> some = new(columns + column, Math.Min(LookupScratch.Columns, count - column));
                ReadColumns(matrix, plan, read, inputs, scratch, some, start / 4);
                for (int i = 0; i < some.Length; i++) LookupOutputs.Convert(matrix, plan, scratch, i, tokens);
                LookupOutputs.Store(scratch, some, tokens, y + (long)start * matrix.Outputs, matrix.Outputs);
            }
            GC.KeepAlive(matrix);
            GC.KeepAlive(scratch);
        }
    }

    /// <summary>How the spread of read noise follows from squared conductances or driven cells.</summary>
    public static LookupSpreads SpreadLaw(ProgrammedMatrix matrix) => new()
    {
        Unit = matrix.ProportionalNoise ? (float)(1 / matrix.SquareGrid) : matrix.Spec.SubtractsCurrents() ? 2 : 1,
        Scale = matrix.ReadNoise * (float)(8 * matrix.NoiseGrid),
        Spreads = null,
        Stride = 0,
    };

    /// <summary>Accumulates the weighted codes of up to <see cref="LookupScratch.Columns"/> columns.</summary>
    private static void ReadColumns(ProgrammedMatrix matrix, LookupPlan plan, in MacroRead read, LookupInputs inputs, LookupScratch scratch, ReadOnlySpan<int> columns, int skip)
    {
        scratch.Accumulators.Span[..(columns.Length * matrix.Accumulators * scratch.AccumulatorStride)].Clear();
        for (int g = 0; g < matrix.Groups.Length; g++)
            for (int first = 0; first < columns.Length; first += plan.UnitColumns)
            {
                var unit = columns.Slice(first, Math.Min(plan.UnitColumns, columns.Length - first));
                BuildTables(matrix, plan, scratch, g, unit);
                if (matrix.ReadNoise > 0) StartNoise(matrix, read, scratch, g, unit, skip);
                int* accumulators = scratch.Accumulators.Pointer + first * matrix.Accumulators * scratch.AccumulatorStride;
                int most = matrix.ReadNoise > 0 ? LookupScratch.NoisyBlocks : Math.Max(1, inputs.Blocks);
                for (int block = 0; block < inputs.Blocks; block += most)
                {
                    int blocks = Math.Min(most, inputs.Blocks - block);
                    if (matrix.ReadNoise > 0) Draw(matrix, plan, scratch, unit.Length, Registers * blocks);
                    AddBlocks(matrix, plan, inputs, scratch, g, block, blocks, accumulators);
                }
            }
    }

    /// <summary>The tables of the lines of some columns; idle lines repeat the last one.</summary>
    private static void BuildTables(ProgrammedMatrix matrix, LookupPlan plan, LookupScratch scratch, int g, ReadOnlySpan<int> columns)
    {
        var group = matrix.Groups[g];
        int tables = LookupSums.Tables(group.Rows), last = columns.Length * matrix.Samples - 1;
        for (int line = 0; line < plan.Bundles * Lines; line++)
        {
            int used = Math.Min(line, last);
            int from = matrix.Line(used % matrix.Samples, columns[used / matrix.Samples]) + group.Start;
            int to = (line / Lines * tables * Lines + line % Lines) * Lanes;
            LookupSums.Build(matrix.Steps!.Pointer + from, tables, scratch.Pieces.Pointer, scratch.Tables.Pointer + to);
            if (matrix.SquareSteps is { } squares && matrix.ProportionalNoise)
                LookupSums.Build((short*)squares.Pointer + from, tables, scratch.Pieces.Pointer, scratch.SquareTables.Pointer + to);
        }
    }

    private static void StartNoise(ProgrammedMatrix matrix, in MacroRead read, LookupScratch scratch, int g, ReadOnlySpan<int> columns, int skip)
    {
        for (int i = 0; i < columns.Length; i++)
        {
            scratch.Streams[i] = matrix.ReadNoiseStream(read, g, columns[i]);
            for (int step = 0; step < skip * matrix.Samples; step++) scratch.Streams[i].Next();
        }
    }

    private static void Draw(ProgrammedMatrix matrix, LookupPlan plan, LookupScratch scratch, int columns, int registers)
    {
        for (int i = 0; i < columns; i++)
            LookupOutputs.Draw(ref scratch.Streams[i], matrix.Samples, registers, scratch.Draws.Pointer + i * matrix.Samples * Lanes, plan.Bundles * Lines * Lanes);
    }

    private static void AddBlocks(ProgrammedMatrix matrix, LookupPlan plan, LookupInputs inputs, LookupScratch scratch, int g, int block, int blocks, int* accumulators)
    {
        var conversion = plan.Conversions[g];
        for (int bundle = 0; bundle < plan.Bundles; bundle++)
        {
            for (int i = 0; i < Lines / conversion.Run; i++)
                scratch.Offsets.Span[i] = conversion.Accumulators[bundle * (Lines / conversion.Run) + i] * scratch.AccumulatorStride + block * Registers * Lanes / 2;
            if (matrix.ReadNoise == 0) AddBundle<NoLookupNoise>(matrix, plan, inputs, scratch, g, bundle, block, blocks, accumulators);
            else if (matrix.ProportionalNoise) AddBundle<ProportionalLookupNoise>(matrix, plan, inputs, scratch, g, bundle, block, blocks, accumulators);
            else AddBundle<ConstantLookupNoise>(matrix, plan, inputs, scratch, g, bundle, block, blocks, accumulators);
        }
    }

    private static void AddBundle<TNoise>(ProgrammedMatrix matrix, LookupPlan plan, LookupInputs inputs, LookupScratch scratch, int g, int bundle, int block, int blocks, int* accumulators)
        where TNoise : struct, ILookupNoise
    {
        if (plan.Conversions[g].Shifts) AddBundle<TNoise, ShiftingConverter>(matrix, plan, inputs, scratch, g, bundle, block, blocks, accumulators);
        else AddBundle<TNoise, StraightConverter>(matrix, plan, inputs, scratch, g, bundle, block, blocks, accumulators);
    }

    private static void AddBundle<TNoise, TConverter>(ProgrammedMatrix matrix, LookupPlan plan, LookupInputs inputs, LookupScratch scratch, int g, int bundle, int block, int blocks, int* accumulators)
        where TNoise : struct, ILookupNoise
        where TConverter : struct, ILookupConverter
    {
        var conversion = plan.Conversions[g];
        int tables = LookupSums.Tables(matrix.Groups[g].Rows), entries = bundle * tables * Lines * Lanes, stride = plan.Bundles * Lines * Lanes;
        short* indices = inputs.Indices(g) + (long)block * tables * Registers * Lanes;
        if (matrix.ProportionalNoise)
            LookupSums.Add(scratch.SquareTables.Pointer + entries, indices, tables, blocks, SpreadLaw(matrix) with { Spreads = scratch.LineSpreads.Pointer + bundle * Lines * Lanes, Stride = stride });
        LookupSums.Add(
            scratch.Tables.Pointer + entries, indices, tables, blocks, new LookupCodes<TNoise, TConverter>
            {
                Lines = conversion.Constants.Pointer + bundle * Lines * LookupConversion.LineConstants,
                Run = conversion.Run,
                Offsets = scratch.Offsets.Pointer,
                Accumulators = accumulators,
                Draws = scratch.Draws.Pointer + bundle * Lines * Lanes,
                LineSpreads = scratch.LineSpreads.Pointer + bundle * Lines * Lanes,
                Spreads = inputs.Spreads(g) + (long)block * Registers * Lanes,
                Stride = stride,
            });
    }
}
