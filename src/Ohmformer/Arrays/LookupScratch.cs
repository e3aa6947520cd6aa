using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Arrays;

/// <summary>Memory of one thread of <see cref="LookupKernel"/>.</summary>
internal sealed unsafe class LookupScratch
{
    private const int Columns = ProgrammedMatrix.Lanes, Passes = LookupPlan.Passes;

    private AlignedBuffer<double> _outputs = new(0);
    private int _stride;

    /// <summary>Columns whose bit lines are read together.</summary>
    public int UnitColumns { get; private set; }

    /// <summary>Runs of <see cref="LookupSums.Lines"/> bit lines that hold these columns.</summary>
    public int Bundles { get; private set; }

    /// <summary>Cells in grid steps, shape [row, sample, lane], with rows of zeros up to a whole table.</summary>
    public AlignedBuffer<short> Cells { get; private set; } = new(0);

    /// <summary>The same for squared conductances.</summary>
    public AlignedBuffer<short> Squares { get; private set; } = new(0);

    /// <summary>Shape [bundle, table, line, 32].</summary>
    public AlignedBuffer<short> Tables { get; private set; } = new(0);

    /// <summary>The same for squared conductances.</summary>
    public AlignedBuffer<short> SquareTables { get; private set; } = new(0);

    /// <summary>Shape [bundle, line, lane of 8 tokens].</summary>
    public AlignedBuffer<short> Sums { get; private set; } = new(0);

    /// <summary>The same for squared conductances.</summary>
    public AlignedBuffer<short> SquareSums { get; private set; } = new(0);

    /// <summary>Input bits of the lanes (<see cref="LookupSums.Index"/>).</summary>
    public AlignedBuffer<short> Indices { get; private set; } = new(0);

    /// <summary>Sigma of constant read noise in grid steps, shape [token, pass].</summary>
    public AlignedBuffer<float> Spreads { get; private set; } = new(0);

    /// <summary>What is subtracted from every value of a token, or added to its output where converters shift.</summary>
    public AlignedBuffer<double> PerToken { get; private set; } = new(0);

    /// <summary>Weight of every lane's pass.</summary>
    public AlignedBuffer<short> PassWeights { get; } = new(LookupSums.Lanes);

    /// <summary>Outputs of a column, per token.</summary>
    public double* Outputs(int column) => _outputs.Pointer + column * _stride;

    /// <summary>Makes room for chunks of a number of tokens.</summary>
    public void Reserve(ProgrammedMatrix matrix, int tokens)
    {
        UnitColumns = Math.Max(1, LookupSums.Lines / matrix.Samples);
        Bundles = (UnitColumns * matrix.Samples + LookupSums.Lines - 1) / LookupSums.Lines;
        int padded = (tokens + LookupSums.Tokens - 1) / LookupSums.Tokens * LookupSums.Tokens, tables = LookupSums.Tables(matrix.Spec.RowsPerRead);
        // An odd number of cache lines keeps the columns apart in the first-level cache.
        _stride = padded | LookupSums.Tokens;
        int cells = tables * LookupPlan.TableRows * matrix.Width, entries = Bundles * tables * LookupSums.Lines * LookupSums.Lanes, sums = Bundles * LookupSums.Lines * LookupSums.Tokens * Passes;
        _outputs = Enough(_outputs, Columns * _stride);
        Cells = Enough(Cells, cells);
        Tables = Enough(Tables, entries);
        Sums = Enough(Sums, sums);
        Indices = Enough(Indices, padded * Passes * tables);
        Spreads = Enough(Spreads, padded * Passes);
        PerToken = Enough(PerToken, padded);
        for (int lane = 0; lane < LookupSums.Lanes; lane++)
            PassWeights.Span[lane] = lane % Passes < matrix.Passes.Length ? (short)matrix.Passes[lane % Passes].Weight : (short)0;
        if (!matrix.ProportionalNoise) return;
        Squares = Enough(Squares, cells);
        SquareTables = Enough(SquareTables, entries);
        SquareSums = Enough(SquareSums, sums);
    }

    /// <summary>What the tokens of a chunk drive into a group of rows.</summary>
    public void Drive(ProgrammedMatrix matrix, in MacroRead read, int g, int start, int tokens)
    {
        var group = matrix.Groups[g];
        fixed (int* x = read.X)
            LookupSums.Index(x + (long)start * matrix.Inputs + group.Start, matrix.Inputs, group.Rows, tokens, (ushort*)Indices.Pointer);
        for (int token = 0; token < tokens; token++)
        {
            var inputs = read.X.Slice((start + token) * matrix.Inputs + group.Start, group.Rows);
            long sum = 0;
            foreach (int input in inputs) sum += input;
            double correction = matrix.Spec.Polarities == 1 ? matrix.GMinCounts * sum : 0;
            PerToken.Span[token] = matrix.ReadNoise == 0 && matrix.Lookup!.Shifts[g] is { } shift ? shift.Constant - shift.SliceWeights * correction : correction;
            if (matrix.ReadNoise == 0 || matrix.ProportionalNoise) continue;
            for (int p = 0; p < matrix.Passes.Length; p++) Spreads.Span[token * Passes + p] = Spread(matrix, inputs, p);
        }
    }

    /// <summary>Moves a block's cells of a group to whole grid steps.</summary>
    public void LoadCells(ProgrammedMatrix matrix, RowGroup group, int block)
    {
        int padded = LookupSums.Tables(group.Rows) * LookupPlan.TableRows * matrix.Width, count = group.Rows * matrix.Width;
        int origin = (block * matrix.Inputs + group.Start) * matrix.Width;
        Load(matrix.Narrow!.Pointer + origin, count, (float)matrix.Lookup!.Grid, Cells.Pointer, padded);
        if (matrix.ProportionalNoise) Load(matrix.Squares!.Pointer + origin, count, (float)matrix.SquareGrid, Squares.Pointer, padded);
    }

    /// <summary>Reads outputs into columns.</summary>
    public void LoadOutputs(ReadOnlySpan<double> y, int stride, int tokens, int columns)
    {
        for (int token = 0; token < tokens; token++)
            for (int column = 0; column < columns; column++) Outputs(column)[token] = y[token * stride + column];
    }

    /// <summary>Writes outputs from columns.</summary>
    public void StoreOutputs(Span<double> y, int stride, int tokens, int columns)
    {
        for (int token = 0; token < tokens; token++)
            for (int column = 0; column < columns; column++) y[token * stride + column] = Outputs(column)[token];
    }

    private static void Load(float* cells, int count, float scale, short* destination, int padded)
    {
        for (int i = 0; i < count; i += Columns)
            Avx512F.ConvertToVector256Int16(Avx512F.ConvertToVector512Int32(Vector512.LoadAligned(cells + i) * scale)).StoreAligned(destination + i);
        new Span<short>(destination + count, padded - count).Clear();
    }

    private static float Spread(ProgrammedMatrix matrix, ReadOnlySpan<int> inputs, int p)
    {
        int pulses = 0;
        foreach (int input in inputs) pulses += matrix.Passes[p].Drive(input);
        float variance = matrix.Spec.SubtractsCurrents() ? 2 * pulses : pulses;
        return MathF.Sqrt(variance) * matrix.ReadNoise * (float)matrix.NoiseGrid;
    }

    private static AlignedBuffer<T> Enough<T>(AlignedBuffer<T> buffer, int length)
        where T : unmanaged => buffer.Length >= length ? buffer : new(length);
}
