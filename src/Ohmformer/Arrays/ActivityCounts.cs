namespace Ohmformer.Arrays;

/// <summary>
/// How often each component acted. The simulator counts while it runs and <c>Mapping.Placement</c> predicts in closed form;
/// a test says that they agree. docs/theory/cost-model.md defines each count.
/// </summary>
public readonly record struct ActivityCounts
{
    /// <summary>Reads of one crossbar: one input plane, one row group, one input polarity.</summary>
    public long ArrayReads { get; init; }

    /// <summary>Word lines of the active group, whatever their bits, summed over all array reads (one DAC event each).</summary>
    public long DacEvents { get; init; }

    /// <summary>Cells between driven word lines and bit lines in use, summed over all array reads.</summary>
    public long CellReads { get; init; }

    /// <summary>Analog-to-digital conversions; none without a converter.</summary>
    public long AdcEvents { get; init; }

    /// <summary>Shift-and-add operations, one per sampled bit line or subtracted pair.</summary>
    public long ShiftAdds { get; init; }

    /// <summary>Rows written, summed over all crossbars in use.</summary>
    public long RowWrites { get; init; }

    /// <summary>Cells written.</summary>
    public long CellWrites { get; init; }

    /// <summary>Bytes read from and written to the tile buffers.</summary>
    public long BufferBytes { get; init; }

    /// <summary>Bytes moved between tiles.</summary>
    public long LinkBytes { get; init; }

    /// <summary>Bytes moved to and from off-chip memory.</summary>
    public long OffChipBytes { get; init; }

    /// <summary>Elements through a softmax unit.</summary>
    public long SoftmaxElements { get; init; }

    /// <summary>Operations of the digital vector unit (normalization, activation, residual, rescaling with bias).</summary>
    public long VectorOperations { get; init; }

    /// <summary>Sum of two counts.</summary>
    public static ActivityCounts operator +(ActivityCounts a, ActivityCounts b) => new()
    {
        ArrayReads = a.ArrayReads + b.ArrayReads,
        DacEvents = a.DacEvents + b.DacEvents,
        CellReads = a.CellReads + b.CellReads,
        AdcEvents = a.AdcEvents + b.AdcEvents,
        ShiftAdds = a.ShiftAdds + b.ShiftAdds,
        RowWrites = a.RowWrites + b.RowWrites,
        CellWrites = a.CellWrites + b.CellWrites,
        BufferBytes = a.BufferBytes + b.BufferBytes,
        LinkBytes = a.LinkBytes + b.LinkBytes,
        OffChipBytes = a.OffChipBytes + b.OffChipBytes,
        SoftmaxElements = a.SoftmaxElements + b.SoftmaxElements,
        VectorOperations = a.VectorOperations + b.VectorOperations,
    };

    /// <summary>The counts of <paramref name="times"/> repetitions.</summary>
    public static ActivityCounts operator *(ActivityCounts a, long times) => new()
    {
        ArrayReads = a.ArrayReads * times,
        DacEvents = a.DacEvents * times,
        CellReads = a.CellReads * times,
        AdcEvents = a.AdcEvents * times,
        ShiftAdds = a.ShiftAdds * times,
        RowWrites = a.RowWrites * times,
        CellWrites = a.CellWrites * times,
        BufferBytes = a.BufferBytes * times,
        LinkBytes = a.LinkBytes * times,
        OffChipBytes = a.OffChipBytes * times,
        SoftmaxElements = a.SoftmaxElements * times,
        VectorOperations = a.VectorOperations * times,
    };
}
