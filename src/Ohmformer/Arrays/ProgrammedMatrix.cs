using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>Which write of a network a matrix is: it keys the noise.</summary>
/// <param name="Id">Number of the product in the network, below 2^24.</param>
/// <param name="UnsignedInputs">Whether the operand that drives the lines is unsigned (probabilities).</param>
/// <param name="Image">Index of the input the matrix is written for; null for weights, written once per run.</param>
/// <param name="Head">Attention head; folded into the column number of the noise keys.</param>
public readonly record struct MacroSite(int Id, bool UnsignedInputs = false, int? Image = null, int Head = 0);

/// <summary>Word lines read together.</summary>
/// <param name="Tile">Row tile.</param>
/// <param name="Start">First input row.</param>
/// <param name="Rows">Number of rows.</param>
internal readonly record struct RowGroup(int Tile, int Start, int Rows);

/// <summary>
/// A matrix written to crossbars. Made, or written anew, by <see cref="Macro.Program"/>; read by <see cref="Macro.Multiply"/>, which does not change it.
/// </summary>
/// <remarks>
/// A sample is one value per output and read that reaches a converter: sample v = slice * polarities + polarity, or v = slice
/// where the currents of a pair are subtracted. The cells (or pairs) of one output and sample are a line; a line's rows lie side by side,
/// lines in the order [output, sample].
/// </remarks>
public sealed class ProgrammedMatrix
{
    /// <summary>Columns of a block.</summary>
    internal const int Lanes = 16;

    /// <summary>Rows that a table of partial sums covers; a line has room for a whole table behind its last row.</summary>
    internal const int TableRows = 5;

    internal ProgrammedMatrix(MatrixShape shape)
    {
        Shape = shape;
        Writes = shape.Writes;
    }

    /// <summary>Rows K.</summary>
    public int Inputs => Shape.Inputs;

    /// <summary>Columns N.</summary>
    public int Outputs => Shape.Outputs;

    /// <summary>Which write of the network this is.</summary>
    public MacroSite Site { get; internal set; }

    /// <summary>Rows and cells written.</summary>
    public ActivityCounts Writes { get; internal set; }

    /// <summary>What the matrix shares with others of its size.</summary>
    internal MatrixShape Shape { get; private set; }

    internal MacroSpec Spec => Shape.Spec;

    internal IWeightEncoding Encoding => Shape.Encoding;

    /// <summary>What one count of each slice is worth.</summary>
    internal double[] SliceWeights => Shape.SliceWeights;

    internal InputPass[] Passes => Shape.Passes;

    /// <summary>Whether pulses have both signs.</summary>
    internal bool IsBipolar => Shape.IsBipolar;

    internal RowGroup[] Groups => Shape.Groups;

    /// <summary>The numbers of all blocks of columns.</summary>
    internal int[] AllBlocks => Shape.AllBlocks;

    /// <summary>The numbers of all columns.</summary>
    internal int[] AllColumns => Shape.AllColumns;

    internal int Blocks => AllBlocks.Length;

    /// <summary>Sums that an output is made of: one per converter curve.</summary>
    internal int Accumulators => Curves?.All.Length ?? 1;

    /// <summary>Samples per output and read.</summary>
    internal int Samples => Shape.Samples;

    /// <summary>What a count of each sample is worth, negative in the negative array.</summary>
    internal double[] SampleWeights => Shape.SampleWeights;

    /// <summary>Distance between lines, in cells: an odd number of cache lines of <see cref="Steps"/>.</summary>
    internal int LineStride => Shape.LineStride;

    /// <summary>g0 in counts, as the digital correction subtracts it.</summary>
    internal double GMinCounts => Shape.GMinCounts;

    /// <summary>Sigma of read noise: in counts per driven cell, or per root of the summed squares when proportional; 0 for none.</summary>
    internal float ReadNoise => Shape.ReadNoise;

    /// <summary>Whether read noise grows with the conductance, so that squared conductances exist.</summary>
    internal bool ProportionalNoise => Shape.ProportionalNoise;

    /// <summary>2^GridBits, or 0 without a grid.</summary>
    internal double NoiseGrid => Shape.NoiseGrid;

    /// <summary>Steps of a squared count in <see cref="SquareSteps"/>, or 0 without a grid.</summary>
    internal double SquareGrid => Shape.SquareGrid;

    /// <summary>Conductances in grid steps, where all of them are whole steps of 16 bits; shape [output, sample, <see cref="LineStride"/>].</summary>
    internal AlignedBuffer<short>? Steps { get; set; }

    /// <summary>Grid steps per count in <see cref="Steps"/>: 1 for error-free cells without a grid.</summary>
    internal double StepsPerCount => Shape.StepsPerCount;

    /// <summary>
    /// Whether every cell holds exactly its level, so that the cells follow from the weights: <see cref="GMinCounts"/> plus the digit, or the
    /// difference of the digits of a pair.
    /// </summary>
    internal bool IsErrorFree { get; set; }

    /// <summary>The largest magnitude in <see cref="Steps"/>.</summary>
    internal int LargestStep { get; set; }

    /// <summary>Conductances in counts otherwise; the same shape.</summary>
    internal AlignedBuffer<double>? Wide { get; set; }

    /// <summary>Squared conductances, summed over a pair, in steps of <see cref="SquareGrid"/>, for proportional read noise on a grid; the same shape.</summary>
    internal AlignedBuffer<ushort>? SquareSteps { get; set; }

    /// <summary>Squared conductances in counts, summed over a pair, for proportional read noise without a grid; the same shape.</summary>
    internal AlignedBuffer<float>? Squares { get; set; }

    /// <summary>Converters per group; null without a converter.</summary>
    internal ConverterRow[]? Converters => Shape.Converters;

    /// <summary>Their transfer curves when all are straight, else null.</summary>
    internal ConverterCurves? Curves => Shape.Curves;

    /// <summary>What the products are without a converter; null with one.</summary>
    internal LinearPlan? Linear { get; set; }

    /// <summary>Composite conductances, where the noise unit is the weight; then there are no single cells.</summary>
    internal CompositeCells? Composite { get; set; }

    /// <summary>How <see cref="LookupKernel"/> reads the matrix; null where it does not.</summary>
    internal LookupPlan? Lookup { get; set; }

    /// <summary>What <see cref="ExactKernel"/> computes instead of reads, where it applies.</summary>
    internal ExactPlan? Exact { get; set; }

    /// <summary>How <see cref="ByteKernel"/> reads the matrix; null where it does not.</summary>
    internal BytePlan? Bytes { get; set; }

    /// <summary>The cells as <see cref="BytePlan.Patterns"/> finds them, where <see cref="ByteKernel"/> reads the matrix.</summary>
    internal AlignedBuffer<byte>? Patterns { get; set; }

    /// <summary>How <see cref="GatherKernel"/> reads the matrix; null where it does not.</summary>
    internal GatherPlan? Gather { get; set; }

    /// <summary>Conductance of a sample's cell (or pair) in counts.</summary>
    internal double Cell(int row, int sample, int column) => Steps is { } steps
        ? steps.Span[Line(sample, column) + row] / StepsPerCount
        : Wide!.Span[Line(sample, column) + row];

    /// <summary>Where the line of a sample of an output starts in the buffers.</summary>
    internal int Line(int sample, int column) => (column * Samples + sample) * LineStride;

    /// <summary>Slice of a sample.</summary>
    internal int Slice(int sample) => Shape.Slice(sample);

    /// <summary>Which converter serves a sample: neighboring bit lines share one.</summary>
    internal int Converter(int tile, int sample, int column) =>
        (tile * Outputs * Samples + column * Samples + sample) / Spec.ColumnsPerAdc;

    /// <summary>Index of a sample's draw of converter noise in the stream of its column.</summary>
    internal uint Draw(int token, int group, int pass, int sample) =>
        (((uint)token * (uint)Groups.Length + (uint)group) * (uint)Passes.Length + (uint)pass) * (uint)Samples + (uint)sample;

    /// <summary>Becomes some columns of another matrix, which read as they do there where no noise and no converter depends on a column's number.</summary>
    internal void TakeColumns(ProgrammedMatrix source, ReadOnlySpan<int> columns)
    {
        Shape = source.Shape.WithOutputs(columns.Length);
        Site = source.Site;
        LargestStep = source.LargestStep;
        IsErrorFree = source.IsErrorFree;
        Steps = Copy(source.Steps, columns, Steps);
        Wide = Copy(source.Wide, columns, Wide);
    }

    private AlignedBuffer<T>? Copy<T>(AlignedBuffer<T>? cells, ReadOnlySpan<int> columns, AlignedBuffer<T>? reuse)
        where T : unmanaged
    {
        if (cells is null) return null;
        int length = Samples * LineStride;
        var part = AlignedBuffer<T>.Enough(reuse, columns.Length * length + NoiseStream.Words);
        for (int i = 0; i < columns.Length; i++) cells.Span.Slice(columns[i] * length, length).CopyTo(part.Span[(i * length)..]);
        return part;
    }

    /// <summary>Closed form of the reads and conversions that drive a number of vectors.</summary>
    internal ActivityCounts Reads(int tokens)
    {
        long passes = (long)tokens * Passes.Length, crossbars = Spec.ColumnTiles(Outputs);
        long samples = passes * Groups.Length * Outputs * Samples;
        return new()
        {
            ArrayReads = passes * Groups.Length * crossbars,
            DacEvents = passes * Inputs * crossbars,
            CellReads = passes * Inputs * Outputs * Spec.BitLinesPerOutput,
            AdcEvents = Spec.Adc is null ? 0 : samples,
            ShiftAdds = samples,
        };
    }

    /// <summary>The digital corrections: y -= g0' A X and then offset X, with X = sum_k x_k and A the sum of the samples' weights.</summary>
    internal void Correct(in MacroRead read, Span<double> y)
    {
        double bias = Spec.Polarities == 1 && Linear is null ? GMinCounts * SampleWeights.Sum() : 0;
        if (bias == 0 && Encoding.Offset == 0) return;
        for (int t = 0; t < read.Tokens; t++)
        {
            long inputSum = 0;
            foreach (int input in read.X.Slice(t * Inputs, Inputs)) inputSum += input;
            foreach (ref double value in y.Slice(t * Outputs, Outputs)) value = value - bias * inputSum - (double)Encoding.Offset * inputSum;
        }
    }

    /// <summary>
    /// The read noise of one column and one group of rows. Step (t / 4 * B + p / 8) * samples + v has the draws of sample v,
    /// lane t % 4 * 8 + p % 8 the one of token t and pass p, where B eights hold all passes.
    /// </summary>
    internal NoiseStream ReadNoiseStream(in MacroRead read, int g, int column)
    {
        int first = g;
        while (first > 0 && Groups[first - 1].Tile == Groups[g].Tile) first--;
        return new(Key(NoisePurpose.Read, read.Seed, read.Image, Groups[g].Tile, column), g - first);
    }

    /// <summary>The random words of a column's reads or conversions.</summary>
    internal NoiseKey Key(NoisePurpose purpose, ulong seed, int image, int tile, int column) =>
        new(seed, purpose, Site.Id, image + 1, tile, Site.Head * Outputs + column);
}
