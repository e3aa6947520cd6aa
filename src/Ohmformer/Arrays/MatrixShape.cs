using System.Collections.Concurrent;
using Ohmformer.Circuits.Adc;
using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>
/// What all matrices of one size have in common that a macro writes for one product of a network: passes, row groups, converters.
/// Made once; K and V share it over all images and heads.
/// </summary>
internal sealed record MatrixShape
{
    private readonly ConcurrentDictionary<int, MatrixShape> _parts = new();

    /// <summary>The shape of some matrices.</summary>
    /// <param name="spec">The macro.</param>
    /// <param name="unsignedInputs">Whether the operand that drives the lines is unsigned.</param>
    /// <param name="inputs">Rows K.</param>
    /// <param name="outputs">Columns N.</param>
    /// <param name="converter">The converter of the product for a full scale; not asked without a converter.</param>
    /// <param name="calibrated">The calibrated range of the product's slices, if there is one.</param>
    public MatrixShape(MacroSpec spec, bool unsignedInputs, int inputs, int outputs, Func<BitLineRange, IAdc> converter, Func<int, BitLineRange?> calibrated)
    {
        Spec = spec;
        Inputs = inputs;
        Outputs = outputs;
        Encoding = spec.WeightEncoding();
        SliceWeights = [.. Enumerable.Range(0, spec.Slices).Select(Encoding.SliceWeight)];
        Passes = InputPass.Of(spec, unsignedInputs);
        LargestPulse = Passes.Max(pass => pass.Mask);
        Groups = Cut(spec, inputs);
        Samples = spec.SamplesPerOutput;
        AllBlocks = Blocks(outputs);
        AllColumns = [.. Enumerable.Range(0, outputs)];
        GMinCounts = CellCounts.GMin(spec);
        NoiseGrid = spec.GridBits is { } bits ? Math.ScaleB(1, bits) : 0;
        LineStride = ((inputs + ProgrammedMatrix.TableRows - 1 + NoiseStream.Words - 1) / NoiseStream.Words | 1) * NoiseStream.Words;
        SampleWeights = [.. Enumerable.Range(0, Samples).Select(v => v % (Samples / spec.Slices) == 1 ? -SliceWeights[Slice(v)] : SliceWeights[Slice(v)])];
        double levels = (1 << spec.BitsPerCell) - 1;
        bool constant = spec.Device.ReadNoiseKind == Devices.ReadNoiseKind.Constant;
        ReadNoise = (float)(spec.Device.ReadNoise * (constant ? levels / (1 - spec.Device.NormalizedGMin) : 1));
        ProportionalNoise = ReadNoise > 0 && !constant;
        SquareGridBits = Math.Max(0, 16 - (int)Math.Ceiling(Math.Log2(spec.RowsPerRead * Math.Pow(levels + GMinCounts, 2))));
        if (spec.Adc is not { } adc || !spec.Converts) return;
        Converters = [.. Groups.Select(group =>
        {
            var possible = BitLineRange.Of(spec, unsignedInputs, group.Rows);
            BitLineRange[] scales = [.. Enumerable.Range(0, Samples).Select(sample => possible.FullScale(adc, calibrated(Slice(sample)), CarriesWholeCounts))];
            return new ConverterRow([.. scales.Select(converter)], scales);
        })];
        Curves = ConverterCurves.Of(this);
    }

    public MacroSpec Spec { get; }

    public int Inputs { get; }

    public int Outputs { get; private init; }

    public IWeightEncoding Encoding { get; }

    /// <summary>What one count of each slice is worth.</summary>
    public double[] SliceWeights { get; }

    public InputPass[] Passes { get; }

    /// <summary>Whether bit lines carry whole counts: cells without errors and noise, of which none conducts that holds 0 unless its partner's current is subtracted.</summary>
    private bool CarriesWholeCounts => !Spec.Device.Build().HasWriteNoise && ReadNoise == 0 && Spec.Device is { DriftExponent: 0, DriftExponentSpread: 0 }
        && (Spec.SubtractsCurrents() || GMinCounts == 0);

    /// <summary>The largest magnitude of a pulse.</summary>
    public int LargestPulse { get; }

    /// <summary>Whether pulses have both signs.</summary>
    public bool IsBipolar => Passes is [{ Kind: DriveKind.Signed }, ..];

    public RowGroup[] Groups { get; }

    /// <summary>The numbers of all blocks of columns.</summary>
    public int[] AllBlocks { get; private init; }

    /// <summary>The numbers of all columns.</summary>
    public int[] AllColumns { get; private init; }

    /// <summary>Samples per output and read.</summary>
    public int Samples { get; }

    /// <summary>What a count of each sample is worth, negative in the negative array.</summary>
    public double[] SampleWeights { get; }

    /// <summary>Distance between lines, in cells: an odd number of cache lines of 16-bit cells.</summary>
    public int LineStride { get; }

    /// <summary>g0 in counts, as the digital correction subtracts it.</summary>
    public double GMinCounts { get; }

    /// <summary>Sigma of read noise: in counts per driven cell, or per root of the summed squares when proportional; 0 for none.</summary>
    public float ReadNoise { get; }

    /// <summary>Whether read noise grows with the conductance, so that squared conductances exist.</summary>
    public bool ProportionalNoise { get; }

    /// <summary>2^GridBits, or 0 without a grid.</summary>
    public double NoiseGrid { get; }

    /// <summary>With a grid, squared conductances are multiples of 2^-SquareGridBits.</summary>
    public int SquareGridBits { get; }

    /// <summary>Grid steps per count where conductances are whole steps: 1 for error-free cells without a grid.</summary>
    public double StepsPerCount => NoiseGrid > 0 ? NoiseGrid : 1;

    /// <summary>Steps of a squared count, or 0 without a grid.</summary>
    public double SquareGrid => NoiseGrid > 0 ? Math.ScaleB(1, SquareGridBits) : 0;

    /// <summary>Closed form of the rows and cells that one write writes.</summary>
    public ActivityCounts Writes => new() { RowWrites = (long)Inputs * Spec.ColumnTiles(Outputs), CellWrites = (long)Inputs * Outputs * Spec.BitLinesPerOutput };

    /// <summary>Converters per group; null without a converter.</summary>
    public ConverterRow[]? Converters { get; }

    /// <summary>Their transfer curves when all are straight, else null.</summary>
    public ConverterCurves? Curves { get; }

    /// <summary>The shape of some columns of a matrix, as a matrix of their own; made once for every number of columns.</summary>
    public MatrixShape WithOutputs(int outputs) => _parts.GetOrAdd(
        outputs, static (outputs, whole) => whole with { Outputs = outputs, AllBlocks = Blocks(outputs), AllColumns = [.. Enumerable.Range(0, outputs)] }, this);

    /// <summary>Slice of a sample.</summary>
    public int Slice(int sample) => sample / (Samples / Spec.Slices);

    private static int[] Blocks(int outputs) => [.. Enumerable.Range(0, (outputs + ProgrammedMatrix.Lanes - 1) / ProgrammedMatrix.Lanes)];

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
