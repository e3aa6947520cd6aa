namespace Ohmformer.Arrays;

/// <summary>Memory of one thread of <see cref="LookupKernel"/>.</summary>
internal sealed unsafe class LookupScratch
{
    /// <summary>Columns whose outputs are stored together: neighbors share a cache line of the result.</summary>
    public const int Columns = ProgrammedMatrix.Lanes;

    /// <summary>Units whose read noise is drawn at once.</summary>
    public const int NoisyUnits = 2;

    private const int Lanes = LookupSums.Lanes, BlockLanes = LookupSums.Registers * Lanes;

    private AlignedBuffer<double> _outputs = new(0);
    private AlignedBuffer<short> _draws = new(0);
    private int _perUnit;

    /// <summary>Shape [bundle, table, line, 32].</summary>
    public AlignedBuffer<short> Tables { get; private set; } = new(0);

    /// <summary>The same for squared conductances.</summary>
    public AlignedBuffer<short> SquareTables { get; private set; } = new(0);

    /// <summary>What <see cref="LookupSums.Build"/> keeps in between.</summary>
    public AlignedBuffer<short> Pieces { get; } = new(LookupSums.Pieces);

    /// <summary>Spreads of proportional noise, shape [register, line, 32].</summary>
    public AlignedBuffer<short> LineSpreads { get; private set; } = new(0);

    /// <summary>Sums of weighted codes, shape [column, curve, register, 16].</summary>
    public AlignedBuffer<int> Accumulators { get; private set; } = new(0);

    /// <summary>Where the accumulators of the runs of a bundle start.</summary>
    public AlignedBuffer<int> Offsets { get; } = new(LookupSums.Lines);

    /// <summary>Distance between accumulators.</summary>
    public int AccumulatorStride { get; private set; }

    /// <summary>Distance between columns in <see cref="Outputs"/>: an odd number of cache lines.</summary>
    public int OutputStride { get; private set; }

    /// <summary>Outputs of a column of a block, per token.</summary>
    public double* Outputs(int column) => _outputs.Pointer + column * OutputStride;

    /// <summary>Normal draws of a unit, shape [register, line, 32].</summary>
    public short* Draws(int unit) => _draws.Pointer + unit * _perUnit;

    /// <summary>Makes room for a number of blocks of tokens.</summary>
    public void Reserve(ProgrammedMatrix matrix, LookupPlan plan, int blocks)
    {
        int lines = plan.Bundles * LookupSums.Lines, entries = lines * LookupSums.Tables(matrix.Spec.RowsPerRead) * Lanes;
        AccumulatorStride = blocks * BlockLanes / 2;
        OutputStride = (blocks | 1) * LookupSums.Tokens;
        Tables = Enough(Tables, entries);
        Accumulators = Enough(Accumulators, (Columns + plan.UnitColumns) * matrix.Accumulators * AccumulatorStride);
        _outputs = Enough(_outputs, Columns * OutputStride);
        if (matrix.ReadNoise == 0) return;
        _perUnit = blocks * LookupSums.Registers * lines * Lanes;
        _draws = Enough(_draws, NoisyUnits * _perUnit);
        if (!matrix.ProportionalNoise) return;
        SquareTables = Enough(SquareTables, entries);
        LineSpreads = Enough(LineSpreads, _perUnit);
    }

    /// <summary>The buffer, or a longer one.</summary>
    public static AlignedBuffer<T> Enough<T>(AlignedBuffer<T> buffer, int length)
        where T : unmanaged => buffer.Length >= length ? buffer : new(length);
}
