namespace Ohmformer.Arrays;

/// <summary>Memory of one thread of <see cref="ByteKernel"/>.</summary>
internal sealed unsafe class ByteScratch
{
    private const int Lines = ByteSums.Lines;

    private AlignedBuffer<double> _outputs = new(0);
    private int _columnSums;

    /// <summary>Shape [unit, table, line, 64].</summary>
    public AlignedBuffer<byte> Tables { get; private set; } = new(0);

    /// <summary>Weighted codes, shape [unit, column, curve, vector, part].</summary>
    public AlignedBuffer<int> Sums { get; private set; } = new(0);

    /// <summary>Distance between curves in <see cref="Sums"/>.</summary>
    public int SumStride { get; private set; }

    /// <summary>Distance between units in <see cref="Sums"/>.</summary>
    public int UnitSums { get; private set; }

    /// <summary>Where the results of the runs of a bundle belong.</summary>
    public int[] Offsets { get; } = new int[Lines];

    /// <summary>Distance between columns of <see cref="Outputs"/>.</summary>
    public int OutputStride { get; private set; }

    /// <summary>One of 8 columns of outputs.</summary>
    public double* Outputs(int column) => _outputs.Pointer + column * OutputStride;

    /// <summary>The sums of a column of some units.</summary>
    public int* ColumnSums(int column) => Sums.Pointer + column * _columnSums;

    /// <summary>Makes room.</summary>
    public void Reserve(BytePlan plan, ByteInputs inputs)
    {
        int vectors = inputs.Blocks * ByteSums.Vectors;
        SumStride = vectors * ByteSums.Parts;
        _columnSums = plan.Curves.All.Length * SumStride;
        UnitSums = plan.UnitColumns * _columnSums;
        OutputStride = vectors + ByteOutputs.Columns;
        _outputs = AlignedBuffer<double>.Enough(_outputs, ByteOutputs.Columns * OutputStride);
        Tables = AlignedBuffer<byte>.Enough(Tables, plan.UnitsTogether * plan.MostTables * Lines * ByteSums.Lanes);
        Sums = AlignedBuffer<int>.Enough(Sums, plan.UnitsTogether * UnitSums);
    }

    /// <summary>Sets the sums of some units to zero.</summary>
    public void ClearSums(int units) => new Span<int>(Sums.Pointer, units * UnitSums).Clear();

    /// <summary>Fills <see cref="Offsets"/>.</summary>
    public void SetOffsets(ByteConversion conversion, int bundle)
    {
        int runs = Lines / conversion.Run;
        for (int i = 0; i < runs; i++) Offsets[i] = conversion.Accumulators[bundle * runs + i] * SumStride;
    }
}
