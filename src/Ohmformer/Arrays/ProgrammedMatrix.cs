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
/// A matrix written to crossbars. Made by <see cref="Macro.Program"/>, read by <see cref="Macro.Multiply"/>; not changed by reads.
/// </summary>
/// <remarks>
/// A sample is one value per output and read that reaches a converter: sample v = slice * polarities + polarity, or v = slice
/// where the currents of a pair are subtracted. Conductances lie in blocks of 16 columns, [block, row, sample, lane], so that
/// all samples of 16 outputs share one pass over the input lines.
/// </remarks>
public sealed class ProgrammedMatrix
{
    /// <summary>Columns of a block.</summary>
    internal const int Lanes = Gaussian.Lanes;

    internal ProgrammedMatrix(MacroSpec spec, MacroSite site, int inputs, int outputs)
    {
        Spec = spec;
        Site = site;
        Inputs = inputs;
        Outputs = outputs;
        Encoding = spec.WeightEncoding();
        SliceWeights = [.. Enumerable.Range(0, spec.Slices).Select(Encoding.SliceWeight)];
        Passes = InputPass.Of(spec, site.UnsignedInputs);
        Groups = Cut(spec, inputs);
        Samples = spec.SamplesPerOutput;
        AllBlocks = [.. Enumerable.Range(0, (outputs + Lanes - 1) / Lanes)];
        GMinCounts = CellCounts.GMin(spec);
        NoiseGrid = spec.GridBits is { } bits ? Math.ScaleB(1, bits) : 0;
        double levels = (1 << spec.BitsPerCell) - 1;
        bool constant = spec.Device.ReadNoiseKind == Devices.ReadNoiseKind.Constant;
        ReadNoise = (float)(spec.Device.ReadNoise * (constant ? levels / (1 - spec.Device.NormalizedGMin) : 1));
        ProportionalNoise = ReadNoise > 0 && !constant;
        double square = Math.Pow(levels + GMinCounts, 2);
        SquareGrid = NoiseGrid > 0 ? Math.ScaleB(1, Math.Max(0, 16 - (int)Math.Ceiling(Math.Log2(spec.RowsPerRead * square)))) : 0;
    }

    /// <summary>Rows K.</summary>
    public int Inputs { get; }

    /// <summary>Columns N.</summary>
    public int Outputs { get; }

    /// <summary>Which write of the network this is.</summary>
    public MacroSite Site { get; }

    /// <summary>Rows and cells written.</summary>
    public ActivityCounts Writes { get; internal set; } = new();

    internal MacroSpec Spec { get; }

    internal IWeightEncoding Encoding { get; }

    /// <summary>What one count of each slice is worth.</summary>
    internal double[] SliceWeights { get; }

    internal InputPass[] Passes { get; }

    internal RowGroup[] Groups { get; }

    /// <summary>The numbers of all blocks of columns.</summary>
    internal int[] AllBlocks { get; }

    internal int Blocks => AllBlocks.Length;

    /// <summary>Samples per output and read.</summary>
    internal int Samples { get; }

    /// <summary>Elements of one row of one block.</summary>
    internal int Width => Samples * Lanes;

    /// <summary>g0 in counts, as the digital correction subtracts it.</summary>
    internal double GMinCounts { get; }

    /// <summary>Sigma of read noise: in counts per driven cell, or per root of the summed squares when proportional; 0 for none.</summary>
    internal float ReadNoise { get; }

    /// <summary>Whether read noise grows with the conductance, so that <see cref="Squares"/> exists.</summary>
    internal bool ProportionalNoise { get; }

    /// <summary>2^GridBits, or 0 without a grid.</summary>
    internal double NoiseGrid { get; }

    /// <summary>Steps of a squared count in <see cref="Squares"/>, or 0 without a grid.</summary>
    internal double SquareGrid { get; }

    /// <summary>Conductances when every column sum is exact in single precision.</summary>
    internal AlignedBuffer<float>? Narrow { get; set; }

    /// <summary>Conductances otherwise.</summary>
    internal AlignedBuffer<double>? Wide { get; set; }

    /// <summary>Squared conductances, summed over a pair and rounded to <see cref="SquareGrid"/>, for proportional read noise.</summary>
    internal AlignedBuffer<float>? Squares { get; set; }

    /// <summary>Converters per group; null without a converter.</summary>
    internal ConverterRow[]? Converters { get; set; }

    /// <summary>What <see cref="ExactKernel"/> computes instead of reads; null where it computes none.</summary>
    internal ExactPlan? Exact { get; set; }

    /// <summary>How the lookup kernel reads the matrix; null until it is asked.</summary>
    internal LookupPlan? Lookup { get; set; }

    /// <summary>Conductance of a sample's cell (or pair) in counts.</summary>
    internal double Cell(int row, int sample, int column) => Narrow is { } narrow
        ? narrow.Span[Index(row, sample, column)]
        : Wide!.Span[Index(row, sample, column)];

    /// <summary>Place of a sample's cell in the buffers.</summary>
    internal int Index(int row, int sample, int column) =>
        (((column / Lanes) * Inputs + row) * Samples + sample) * Lanes + column % Lanes;

    /// <summary>Slice of a sample.</summary>
    internal int Slice(int sample) => sample / (Samples / Spec.Slices);

    /// <summary>Which converter serves a sample: neighboring bit lines share one.</summary>
    internal int Converter(int tile, int sample, int column) =>
        (tile * Outputs * Samples + column * Samples + sample) / Spec.ColumnsPerAdc;

    /// <summary>Index of a sample's draw in the stream of its column.</summary>
    internal uint Draw(int token, int group, int pass, int sample) =>
        (((uint)token * (uint)Groups.Length + (uint)group) * (uint)Passes.Length + (uint)pass) * (uint)Samples + (uint)sample;

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

    /// <summary>y -= offset sum_k x_k, the digital correction of offset weights.</summary>
    internal void SubtractOffset(in MacroRead read, Span<double> y)
    {
        if (Encoding.Offset == 0) return;
        for (int t = 0; t < read.Tokens; t++)
        {
            long inputSum = 0;
            foreach (int input in read.X.Slice(t * Inputs, Inputs)) inputSum += input;
            double offset = (double)Encoding.Offset * inputSum;
            foreach (ref double value in y.Slice(t * Outputs, Outputs)) value -= offset;
        }
    }

    /// <summary>The stream of a column's reads.</summary>
    internal NoiseKey Key(NoisePurpose purpose, ulong seed, int image, int tile, int column) =>
        new(seed, purpose, Site.Id, image + 1, tile, Site.Head * Outputs + column);

    private static RowGroup[] Cut(MacroSpec spec, int inputs)
    {
        var groups = new List<RowGroup>();
        for (int tile = 0; tile * spec.Rows < inputs; tile++)
        {
            int end = Math.Min((tile + 1) * spec.Rows, inputs);
            for (int start = tile * spec.Rows; start < end; start += spec.RowsPerRead)
                groups.Add(new(tile, start, Math.Min(spec.RowsPerRead, end - start)));
        }
        return [.. groups];
    }
}
