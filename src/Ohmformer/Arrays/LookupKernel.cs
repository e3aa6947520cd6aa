using System.Collections.Concurrent;
using System.Runtime.Intrinsics.X86;
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

    private readonly ShapePlans<LookupPlan> _plans = Plans();

    public void Prepare(ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
    {
        matrix.Lookup = _plans.Of(matrix.Shape) is { } plan && plan.Covers(matrix) ? plan : null;
        if (matrix.Lookup is null) otherwise.Prepare(matrix, weights);
    }

    public ActivityCounts Multiply(ProgrammedMatrix matrix, in MacroRead read, Span<double> y)
    {
        if (read.Statistics is not null || matrix.Lookup is not { } plan) return otherwise.Multiply(matrix, read, y);
        Read(matrix, plan, read, matrix.AllColumns, y);
        matrix.Correct(read, y);
        return matrix.Reads(read.Tokens);
    }

    private static ShapePlans<LookupPlan> Plans()
    {
        var codes = new ConcurrentDictionary<LookupCodeKey, LookupCode?>();
        return new(shape => LookupPlan.Of(shape, codes));
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
        int unit = plan.UnitColumns, perColumn = matrix.Accumulators * scratch.AccumulatorStride;
        for (int g = 0; g < matrix.Groups.Length; g++)
            for (int first = 0; first < columns.Length; first += LookupScratch.NoisyUnits * unit)
            {
                int end = Math.Min(first + LookupScratch.NoisyUnits * unit, columns.Length);
                if (matrix.ReadNoise > 0) LookupDraws.Draw(matrix, plan, read, scratch, g, columns[first..end], skip, Registers * inputs.Blocks);
                for (int column = first; column < end; column += unit)
                {
                    BuildTables(matrix, plan, scratch, g, columns[column..Math.Min(column + unit, end)]);
                    if (column + unit < columns.Length) Prefetch(matrix, g, columns[(column + unit)..Math.Min(column + 2 * unit, columns.Length)]);
                    else if (g + 1 < matrix.Groups.Length) Prefetch(matrix, g + 1, columns[..Math.Min(unit, columns.Length)]);
                    for (int bundle = 0; bundle < plan.Bundles; bundle++)
                        AddBundle(matrix, plan, inputs, scratch, g, bundle, (column - first) / unit, scratch.Accumulators.Pointer + column * perColumn);
                }
            }
    }

    /// <summary>Asks for the cells of the next columns while others are read: lines are too far apart for the machine to foresee.</summary>
    private static void Prefetch(ProgrammedMatrix matrix, int g, ReadOnlySpan<int> columns)
    {
        var group = matrix.Groups[g];
        foreach (int column in columns)
            for (int sample = 0; sample < matrix.Samples; sample++)
            {
                int from = matrix.Line(sample, column) + group.Start;
                for (int r = 0; r < group.Rows + Lanes; r += Lanes) Sse.Prefetch0(matrix.Steps!.Pointer + from + r);
                if (!matrix.ProportionalNoise) continue;
                for (int r = 0; r < group.Rows + Lanes; r += Lanes) Sse.Prefetch0(matrix.SquareSteps!.Pointer + from + r);
            }
    }

    /// <summary>The tables of the lines of some columns; idle lines repeat the last one.</summary>
    private static void BuildTables(ProgrammedMatrix matrix, LookupPlan plan, LookupScratch scratch, int g, ReadOnlySpan<int> columns)
    {
        var group = matrix.Groups[g];
        int tables = LookupSums.Tables(group.Rows), sample = 0, column = 0;
        for (int line = 0; line < plan.Bundles * Lines; line++)
        {
            int from = matrix.Line(sample, columns[column]) + group.Start, to = (line / Lines * tables * Lines + line % Lines) * Lanes;
            LookupSums.Build(matrix.Steps!.Pointer + from, tables, scratch.Pieces.Pointer, scratch.Tables.Pointer + to);
            if (matrix.SquareSteps is { } squares && matrix.ProportionalNoise)
                LookupSums.Build((short*)squares.Pointer + from, tables, scratch.Pieces.Pointer, scratch.SquareTables.Pointer + to);
            if (sample + 1 < matrix.Samples) sample++;
            else if (column + 1 < columns.Length) (sample, column) = (0, column + 1);
        }
    }

    /// <summary>Adds what 8 lines contribute.</summary>
    private static void AddBundle(ProgrammedMatrix matrix, LookupPlan plan, LookupInputs inputs, LookupScratch scratch, int g, int bundle, int unit, int* accumulators)
    {
        var conversion = plan.Conversions[g];
        int runs = Lines / conversion.Run;
        for (int i = 0; i < runs; i++) scratch.Offsets.Span[i] = conversion.Accumulators[bundle * runs + i] * scratch.AccumulatorStride;
        if (matrix.ReadNoise == 0) AddBundle<NoLookupNoise>(matrix, plan, inputs, scratch, g, bundle, unit, accumulators);
        else if (matrix.ProportionalNoise) AddBundle<ProportionalLookupNoise>(matrix, plan, inputs, scratch, g, bundle, unit, accumulators);
        else AddBundle<ConstantLookupNoise>(matrix, plan, inputs, scratch, g, bundle, unit, accumulators);
    }

    private static void AddBundle<TNoise>(ProgrammedMatrix matrix, LookupPlan plan, LookupInputs inputs, LookupScratch scratch, int g, int bundle, int unit, int* accumulators)
        where TNoise : struct, ILookupNoise
    {
        if (matrix.IsBipolar) AddPulses<BipolarLookup<TNoise>>(matrix, plan, inputs, scratch, g, bundle, unit, accumulators);
        else AddPulses<TNoise>(matrix, plan, inputs, scratch, g, bundle, unit, accumulators);
    }

    private static void AddPulses<TNoise>(ProgrammedMatrix matrix, LookupPlan plan, LookupInputs inputs, LookupScratch scratch, int g, int bundle, int unit, int* accumulators)
        where TNoise : struct, ILookupNoise
    {
        if (plan.Conversions[g].Caps) AddBundle<TNoise, CappedConverter>(matrix, plan, inputs, scratch, g, bundle, unit, accumulators);
        else if (plan.Conversions[g].Shifts) AddBundle<TNoise, ShiftingConverter>(matrix, plan, inputs, scratch, g, bundle, unit, accumulators);
        else AddBundle<TNoise, StraightConverter>(matrix, plan, inputs, scratch, g, bundle, unit, accumulators);
    }

    private static void AddBundle<TNoise, TConverter>(ProgrammedMatrix matrix, LookupPlan plan, LookupInputs inputs, LookupScratch scratch, int g, int bundle, int unit, int* accumulators)
        where TNoise : struct, ILookupNoise
        where TConverter : struct, ILookupConverter
    {
        var conversion = plan.Conversions[g];
        int tables = LookupSums.Tables(matrix.Groups[g].Rows), entries = bundle * tables * Lines * Lanes, stride = plan.Bundles * Lines * Lanes;
        if (matrix.ProportionalNoise)
            LookupSums.Add(scratch.SquareTables.Pointer + entries, inputs.Driven(g), tables, inputs.Blocks, SpreadLaw(matrix) with { Spreads = scratch.LineSpreads.Pointer + bundle * Lines * Lanes, Stride = stride });
        LookupSums.Add(
            scratch.Tables.Pointer + entries, inputs.Indices(g), tables, inputs.Blocks, new LookupCodes<TNoise, TConverter>
            {
                Lines = conversion.Constants.Pointer + bundle * Lines * LookupConversion.LineConstants,
                Run = conversion.Run,
                Offsets = scratch.Offsets.Pointer,
                Accumulators = accumulators,
                Draws = scratch.Draws(unit) + bundle * Lines * Lanes,
                LineSpreads = scratch.LineSpreads.Pointer + bundle * Lines * Lanes,
                Spreads = inputs.Spreads(g),
                Stride = stride,
            });
    }
}
