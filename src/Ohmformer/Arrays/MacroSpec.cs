using Ohmformer.Circuits.Adc;
using Ohmformer.Devices;
using Ohmformer.Physics;

namespace Ohmformer.Arrays;

/// <summary>How signed weights become non-negative cells.</summary>
public enum WeightEncodingKind
{
    /// <summary>Magnitude in a positive or a negative cell; the outputs are subtracted.</summary>
    Differential,

    /// <summary>Weight plus 2^(bits-1) in one cell group; the offset is subtracted digitally.</summary>
    Offset,

    /// <summary>One cell column per bit; the top column weighs -2^(bits-1).</summary>
    TwosComplement,
}

/// <summary>Where positive and negative columns of a differential pair are subtracted.</summary>
public enum Subtraction
{
    /// <summary>Each column has its own conversion; codes are subtracted.</summary>
    Digital,

    /// <summary>Currents are subtracted; one conversion per pair.</summary>
    Analog,
}

/// <summary>How integer inputs become word-line pulses.</summary>
public enum InputCoding
{
    /// <summary>Bit planes of the two's complement; the top plane weighs -2^(bits-1).</summary>
    TwosComplement,

    /// <summary>Bit planes of the magnitude; a line carries bit times sign in one read.</summary>
    SignMagnitudeBipolar,

    /// <summary>Bit planes of the magnitude; positive and negative inputs in two reads that are subtracted.</summary>
    SignMagnitudeUnipolar,

    /// <summary>Bit planes of a non-negative integer.</summary>
    Unsigned,
}

/// <summary>Which crossbars hold the slices of a weight.</summary>
public enum SliceLayout
{
    /// <summary>All bit lines of an output lie side by side in one crossbar, as in ISAAC.</summary>
    Adjacent,

    /// <summary>
    /// Each slice lies in crossbars of its own, as in ClipFormer and TReX; where weights are differential, a column is a pair
    /// of bit lines.
    /// </summary>
    Separate,
}

/// <summary>What one draw of device noise belongs to.</summary>
public enum NoiseUnit
{
    /// <summary>Every cell: each slice of a weight, and each read of it, has noise of its own, and converters see every read.</summary>
    Cell,

    /// <summary>
    /// The weight: its slices count as one composite conductance that is linear in the weight, written once and read once per
    /// input, without conversion, as ClipFormer and TReX compute accuracy. Costs count slices, reads and conversions all the same.
    /// </summary>
    Weight,
}

/// <summary>
/// An analog macro: crossbar, word-line drivers, converters and shift-adders. The numeric model is docs/theory/numeric-model.md.
/// </summary>
public sealed record MacroSpec : ICheckedSpec
{
    /// <summary>Integers up to 2^24 are exact in single precision, so sums of grid steps below it do not depend on their order.</summary>
    private const int ExactSumBits = 24;

    /// <summary>The memory cell.</summary>
    [Parameter("The memory cell.")]
    public required DeviceSpec Device { get; init; }

    /// <summary>Word lines of a crossbar.</summary>
    [Parameter("Word lines of a crossbar.", Min = 1, Max = 65536)]
    public required int Rows { get; init; }

    /// <summary>Columns of a crossbar: bit lines, or pairs of them (<see cref="SliceLayout.Separate"/> and differential).</summary>
    [Parameter("Columns of a crossbar: bit lines, or pairs of bit lines where slices are separate and weights differential.", Min = 1, Max = 65536)]
    public required int Columns { get; init; }

    /// <summary>Word lines active in one read; null for all.</summary>
    [Parameter("Word lines active in one read (SAWL); all rows when absent.", Min = 1, Max = 65536)]
    public int? ActiveRows { get; init; }

    /// <summary>Bits of a weight, including sign.</summary>
    [Parameter("Bits of a weight, sign included.", Min = 2, Max = 16)]
    public int WeightBits { get; init; } = 8;

    /// <summary>Bits held by one cell.</summary>
    [Parameter("Bits held by one cell.", Min = 1, Max = 8)]
    public int BitsPerCell { get; init; } = 1;

    /// <summary>How signed weights become cells.</summary>
    [Parameter("How signed weights become non-negative cells.")]
    public WeightEncodingKind Encoding { get; init; } = WeightEncodingKind.Differential;

    /// <summary>Where a differential pair is subtracted.</summary>
    [Parameter("Where the two columns of a differential pair are subtracted.")]
    public Subtraction Subtraction { get; init; } = Subtraction.Digital;

    /// <summary>Which crossbars hold the slices of a weight.</summary>
    [Parameter("Whether the slices of a weight lie side by side in one crossbar (adjacent) or each in crossbars of its own (separate).")]
    public SliceLayout SliceLayout { get; init; } = SliceLayout.Adjacent;

    /// <summary>What happens to conductances before they are written; for the dynamic operands of attention only.</summary>
    [Parameter("What happens to the conductances of K and V before they are written; nothing when absent. Not for static weights.")]
    public OperandTransformSpec? OperandTransform { get; init; }

    /// <summary>What one draw of device noise belongs to.</summary>
    [Parameter("Whether every cell and read has noise of its own (cell), or the cells of a weight together as one conductance, read without converters (weight).")]
    public NoiseUnit NoiseUnit { get; init; } = NoiseUnit.Cell;

    /// <summary>Bits of a signed input, including sign; unsigned operands (probabilities) use the same number.</summary>
    [Parameter("Bits of an input, sign included where it has one.", Min = 1, Max = 16)]
    public int InputBits { get; init; } = 8;

    /// <summary>How signed inputs become pulses. Unsigned operands are always coded <see cref="InputCoding.Unsigned"/>.</summary>
    [Parameter("How signed inputs become word-line pulses.")]
    public InputCoding InputCoding { get; init; } = InputCoding.TwosComplement;

    /// <summary>Input bits applied per read.</summary>
    [Parameter("Input bits applied per read.", Min = 1, Max = 8)]
    public int InputBitsPerCycle { get; init; } = 1;

    /// <summary>The converter; null for no conversion.</summary>
    [Parameter("The converter at the bit lines; without one, bit-line values stay analog.")]
    public AdcSpec? Adc { get; init; }

    /// <summary>Bit lines that share one converter.</summary>
    [Parameter("Bit lines that share one converter.", Min = 1, Max = 65536)]
    public int ColumnsPerAdc { get; init; } = 8;

    /// <summary>Device grid: programmed conductances are multiples of 2^-GridBits of one level; null for none.</summary>
    [Parameter("Programmed conductances are rounded once to multiples of 2^-gridBits of one cell level; no rounding when absent.", Min = 0, Max = 16)]
    public int? GridBits { get; init; }

    /// <summary>Time between programming and reading, for drift of static weights.</summary>
    [Parameter("Time between programming and reading of static weights, for drift.", Min = 0)]
    public Time Age { get; init; }

    /// <summary>One-bit word-line driver.</summary>
    [Parameter("Word-line driver, per driven line.")]
    public required ComponentCost Driver { get; init; }

    /// <summary>Sample-and-hold of a bit line.</summary>
    [Parameter("Sample-and-hold, per sampled bit line.")]
    public ComponentCost? SampleHold { get; init; }

    /// <summary>Shift-and-add unit.</summary>
    [Parameter("Shift-and-add unit, per operation; one per converter.")]
    public required ComponentCost ShiftAdd { get; init; }

    /// <summary>Published totals that replace the component sum.</summary>
    [Parameter("Published totals of a crossbar with its periphery; they replace the sum over components.")]
    public MacroTotals? Totals { get; init; }

    /// <summary>Cells, one per slice, that hold the magnitude of one weight.</summary>
    public int Slices => Math.Min(MappedSlices, OperandTransform?.Slices(WeightBits, BitsPerCell) ?? int.MaxValue);

    /// <summary>Cells that hold the magnitude of a weight that is not transformed.</summary>
    private int MappedSlices => Encoding switch
    {
        WeightEncodingKind.Differential => CeilingDivide(WeightBits - 1, BitsPerCell),
        WeightEncodingKind.Offset => CeilingDivide(WeightBits, BitsPerCell),
        _ => WeightBits,
    };

    /// <summary>Cells per slice: 2 for a differential pair, else 1.</summary>
    public int Polarities => Encoding == WeightEncodingKind.Differential ? 2 : 1;

    /// <summary>Bit lines that one output occupies, slices times polarities.</summary>
    public int BitLinesPerOutput => Slices * Polarities;

    /// <summary>Values sampled and recombined per output and read: one per bit line, or per pair when pairs are subtracted before.</summary>
    public int SamplesPerOutput => Subtraction == Subtraction.Analog ? Slices : BitLinesPerOutput;

    /// <summary>Most word lines active in one read.</summary>
    public int RowsPerRead => Math.Min(ActiveRows ?? Rows, Rows);

    /// <summary>Bit lines of one crossbar.</summary>
    public int BitLines => SliceLayout == SliceLayout.Separate ? Columns * Polarities : Columns;

    /// <summary>Whether simulated reads are converted.</summary>
    public bool Converts => Adc is not null && NoiseUnit == NoiseUnit.Cell;

    /// <summary>
    /// Input planes applied one after the other: the magnitude's alone for sign-magnitude coding, and a plane of its own for the
    /// sign bit of the two's complement, which no other bit can share a pulse with.
    /// </summary>
    /// <param name="unsigned">Whether the input is an unsigned operand, coded <see cref="InputCoding.Unsigned"/>.</param>
    public int InputPlanes(bool unsigned) => (unsigned ? InputCoding.Unsigned : InputCoding) switch
    {
        InputCoding.Unsigned => CeilingDivide(InputBits, InputBitsPerCycle),
        InputCoding.TwosComplement => CeilingDivide(InputBits - 1, InputBitsPerCycle) + 1,
        _ => CeilingDivide(InputBits - 1, InputBitsPerCycle),
    };

    /// <summary>Reads per plane: 2 when positive and negative inputs are read apart, else 1.</summary>
    /// <param name="unsigned">Whether the input is an unsigned operand, coded <see cref="InputCoding.Unsigned"/>.</param>
    public int InputPhases(bool unsigned) => !unsigned && InputCoding == InputCoding.SignMagnitudeUnipolar ? 2 : 1;

    /// <summary>Crossbars side by side that hold <paramref name="outputs"/> outputs of one row tile.</summary>
    public int ColumnTiles(int outputs) => SliceLayout == SliceLayout.Separate
        ? Slices * CeilingDivide(outputs, Columns)
        : CeilingDivide(outputs * BitLinesPerOutput, Columns);

    /// <inheritdoc/>
    public IEnumerable<Violation> Violations()
    {
        if (ActiveRows > Rows) yield return new(nameof(ActiveRows), $"is {ActiveRows}; a read cannot use more than the crossbar's {Rows} rows");
        if (BitsPerCell > Device.MaxBitsPerCell)
            yield return new(nameof(BitsPerCell), $"is {BitsPerCell}; this device holds at most {Device.MaxBitsPerCell}");
        if (Encoding == WeightEncodingKind.TwosComplement && BitsPerCell != 1)
            yield return new(nameof(BitsPerCell), $"is {BitsPerCell}; the encoding twos-complement has one cell per bit, so it must be 1");
        if (InputBitsPerCycle > InputBits)
            yield return new(nameof(InputBitsPerCycle), $"is {InputBitsPerCycle}; an input has only {InputBits} bits (inputBits)");
        if (InputBits < 2 && InputCoding is InputCoding.SignMagnitudeBipolar or InputCoding.SignMagnitudeUnipolar)
            yield return new(nameof(InputBits), $"is {InputBits}; sign-magnitude coding needs at least 2");
        if (OperandTransform is not null && Encoding != WeightEncodingKind.Differential)
            yield return new(nameof(OperandTransform), "needs weights in differential pairs; set encoding to differential");
        if (OperandTransform?.Problem(Device) is { } problem) yield return new(nameof(OperandTransform), problem);
        if (NoiseUnit == NoiseUnit.Weight && Encoding != WeightEncodingKind.Differential)
            yield return new(nameof(NoiseUnit), "is weight, which needs weights in differential pairs; set encoding to differential");
        if (NoiseUnit == NoiseUnit.Weight && Device is not { DriftExponent: 0, DriftExponentSpread: 0, StuckAtGMin: 0, StuckAtGMax: 0 })
            yield return new(nameof(NoiseUnit), "is weight, but the device drifts or has stuck cells, which are properties of single cells; set noiseUnit to cell");
        if (GridBits is { } grid && GridSumBits + grid > ExactSumBits)
            yield return new(nameof(GridBits), $"is {grid}; bit-line sums of {RowsPerRead} rows are exact up to {Math.Max(0, ExactSumBits - GridSumBits)}");
    }

    /// <summary>Bits of the largest sum of one bit line in cell levels.</summary>
    private int GridSumBits => (int)Math.Ceiling(Math.Log2((double)RowsPerRead * ((1 << BitsPerCell) - 1) * ((1 << InputBitsPerCycle) - 1)));

    private static int CeilingDivide(int a, int b) => (a + b - 1) / b;
}

/// <summary>
/// Published totals of one crossbar with its converters, drivers and accumulators. A crossbar of separate slices holds both
/// bit lines of a differential pair in a column, so the totals cover the pair.
/// </summary>
public sealed record MacroTotals
{
    /// <summary>Energy of one input vector through one crossbar, all input bits and conversions included.</summary>
    [Parameter("Energy of one input vector through one crossbar, all input bits and conversions included.", Min = 1e-18, Max = 1e-3)]
    public required Energy ReadEnergy { get; init; }

    /// <summary>Time of one input vector through one crossbar.</summary>
    [Parameter("Duration of one input vector through one crossbar.", Min = 1e-12, Max = 1e-3)]
    public required Time ReadTime { get; init; }

    /// <summary>Energy to write one crossbar.</summary>
    [Parameter("Energy to write one crossbar.", Min = 1e-18, Max = 1e-3)]
    public required Energy WriteEnergy { get; init; }

    /// <summary>Time to write one crossbar.</summary>
    [Parameter("Duration of writing one crossbar.", Min = 1e-12, Max = 1e-3)]
    public required Time WriteTime { get; init; }

    /// <summary>Area of one crossbar with its periphery.</summary>
    [Parameter("Area of one crossbar with its periphery.", Min = 1e-18, Max = 1)]
    public required Area Area { get; init; }

    /// <summary>Where the numbers come from.</summary>
    [Parameter("Published source of the numbers.")]
    public required string Source { get; init; }
}
