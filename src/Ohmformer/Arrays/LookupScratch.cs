using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>Memory of one thread of <see cref="LookupKernel"/>.</summary>
internal sealed unsafe class LookupScratch
{
    /// <summary>Columns whose outputs are stored together: neighbors share a cache line of the result.</summary>
    public const int Columns = ProgrammedMatrix.Lanes;

    /// <summary>Blocks of tokens whose read noise is drawn at once; the draws stay in the first-level cache.</summary>
    public const int NoisyBlocks = 4;

    private const int Lanes = LookupSums.Lanes, BlockLanes = LookupSums.Registers * Lanes;

    private AlignedBuffer<double> _outputs = new(0);

    /// <summary>Shape [bundle, table, line, 32].</summary>
    public AlignedBuffer<short> Tables { get; private set; } = new(0);

    /// <summary>The same for squared conductances.</summary>
    public AlignedBuffer<short> SquareTables { get; private set; } = new(0);

    /// <summary>What <see cref="LookupSums.Build"/> keeps in between.</summary>
    public AlignedBuffer<short> Pieces { get; } = new(LookupSums.Pieces);

    /// <summary>Normal draws of some tokens, shape [register, line, 32].</summary>
    public AlignedBuffer<short> Draws { get; private set; } = new(0);

    /// <summary>The same for spreads of proportional noise.</summary>
    public AlignedBuffer<short> LineSpreads { get; private set; } = new(0);

    /// <summary>Sums of weighted codes, shape [column, curve, register, 16].</summary>
    public AlignedBuffer<int> Accumulators { get; private set; } = new(0);

    /// <summary>Where the accumulators of the runs of a bundle start.</summary>
    public AlignedBuffer<int> Offsets { get; } = new(LookupSums.Lines);

    /// <summary>The noise of the columns of a unit.</summary>
    public NoiseStream[] Streams { get; } = new NoiseStream[LookupSums.Lines];

    /// <summary>Distance between accumulators.</summary>
    public int AccumulatorStride { get; private set; }

    /// <summary>Distance between columns in <see cref="Outputs"/>: an odd number of cache lines.</summary>
    public int OutputStride { get; private set; }

    /// <summary>Outputs of a column of a block, per token.</summary>
    public double* Outputs(int column) => _outputs.Pointer + column * OutputStride;

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
        Draws = Enough(Draws, NoisyBlocks * LookupSums.Registers * lines * Lanes);
        if (!matrix.ProportionalNoise) return;
        SquareTables = Enough(SquareTables, entries);
        LineSpreads = Enough(LineSpreads, NoisyBlocks * LookupSums.Registers * lines * Lanes);
    }

    /// <summary>The buffer, or a longer one.</summary>
    public static AlignedBuffer<T> Enough<T>(AlignedBuffer<T> buffer, int length)
        where T : unmanaged => buffer.Length >= length ? buffer : new(length);
}
