using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Arrays;

/// <summary>Memory of one thread of <see cref="ByteKernel"/>.</summary>
internal sealed unsafe class ByteScratch
{
    private const int Lines = ByteSums.Lines, Lanes = ByteSums.Lanes, Margin = 64;

    private AlignedBuffer<byte> _inputs = new(0), _indices = new(0);
    private AlignedBuffer<double> _outputs = new(0);
    private int[] _starts = [];
    private int _stride, _columnSums;

    /// <summary>Shape [table, line, 64].</summary>
    public AlignedBuffer<byte> Tables { get; private set; } = new(0);

    /// <summary>Runs of <see cref="ByteSums.Vectors"/> vectors.</summary>
    public int Blocks { get; private set; }

    /// <summary>Weighted codes, shape [unit, column, curve, vector, part].</summary>
    public AlignedBuffer<int> Sums { get; private set; } = new(0);

    /// <summary>Distance between curves in <see cref="Sums"/>.</summary>
    public int SumStride { get; private set; }

    /// <summary>Distance between units in <see cref="Sums"/>.</summary>
    public int UnitSums { get; private set; }

    /// <summary>Where the results of the runs of a bundle belong.</summary>
    public int[] Offsets { get; } = new int[Lines];

    /// <summary>Input bits of a group of rows, as <see cref="ByteSums.Index"/> leaves them.</summary>
    public byte* Indices(int g) => _indices.Pointer + _starts[g];

    /// <summary>One of 8 columns of outputs.</summary>
    public double* Outputs(int column) => _outputs.Pointer + column * _stride;

    /// <summary>Fills <see cref="Offsets"/>.</summary>
    public void SetOffsets(ByteConversion conversion, int bundle)
    {
        int runs = Lines / conversion.Run;
        for (int i = 0; i < runs; i++) Offsets[i] = conversion.Accumulators[bundle * runs + i] * SumStride;
    }

    /// <summary>Makes room for a number of tokens.</summary>
    public void Reserve(ProgrammedMatrix matrix, BytePlan plan, int tokens)
    {
        Blocks = (tokens * plan.VectorsPerToken + ByteSums.Vectors - 1) / ByteSums.Vectors;
        int vectors = Blocks * ByteSums.Vectors;
        SumStride = vectors * ByteSums.Parts;
        _columnSums = plan.Curves.All.Length * SumStride;
        UnitSums = plan.UnitColumns * _columnSums;
        _stride = vectors + ByteOutputs.Columns;
        if (_starts.Length <= matrix.Groups.Length) _starts = new int[matrix.Groups.Length + 1];
        int most = 0;
        for (int g = 0; g < matrix.Groups.Length; g++)
        {
            _starts[g + 1] = _starts[g] + Blocks * plan.Tables(g) * ByteSums.Registers * Lanes;
            most = Math.Max(most, plan.Tables(g));
        }
        _indices = Enough(_indices, _starts[matrix.Groups.Length]);
        _inputs = Enough(_inputs, InputStride(matrix.Spec.RowsPerRead) * vectors + 2 * Margin);
        _outputs = Enough(_outputs, ByteOutputs.Columns * _stride);
        Tables = Enough(Tables, plan.UnitsTogether * most * Lines * Lanes);
        Sums = Enough(Sums, plan.UnitsTogether * UnitSums);
    }

    /// <summary>The sums of a column of some units.</summary>
    public int* ColumnSums(int column) => Sums.Pointer + column * _columnSums;

    /// <summary>Sets the sums of some units to zero.</summary>
    public void ClearSums(int units) => new Span<int>(Sums.Pointer, units * UnitSums).Clear();

    /// <summary>What some tokens drive into a group of rows.</summary>
    public void Drive(ProgrammedMatrix matrix, BytePlan plan, in MacroRead read, int g, int start, int tokens)
    {
        var group = matrix.Groups[g];
        int stride = InputStride(group.Rows);
        byte* inputs = _inputs.Pointer + Margin, to = inputs;
        fixed (int* x = read.X)
            for (int token = 0; token < tokens; token++)
            {
                int* from = x + (long)(start + token) * matrix.Inputs + group.Start;
                for (int sign = 0; sign < plan.VectorsPerToken; sign++, to += stride)
                    Narrow(from, group.Rows, plan.VectorsPerToken == 1 ? 0 : 1 - 2 * sign, to);
            }
        ByteSums.Index(inputs, stride, plan.Digits.TableRows, plan.Tables(g), tokens * plan.VectorsPerToken, Indices(g));
    }

    private static int InputStride(int rows) => (rows + Margin - 1) / Margin * Margin + Margin;

    /// <summary>The low bytes of inputs; of their positive or negative parts where a sign is given.</summary>
    private static void Narrow(int* x, int count, int sign, byte* bytes)
    {
        int i = 0;
        for (; i + Vector512<int>.Count <= count; i += Vector512<int>.Count)
        {
            var values = Vector512.Load(x + i);
            if (sign != 0) values = Vector512.Max(values * sign, Vector512<int>.Zero);
            Avx512F.ConvertToVector128Byte(values).Store(bytes + i);
        }
        for (; i < count; i++) bytes[i] = (byte)(sign == 0 ? x[i] : Math.Max(x[i] * sign, 0));
    }

    private static AlignedBuffer<T> Enough<T>(AlignedBuffer<T> buffer, int length)
        where T : unmanaged => buffer.Length >= length ? buffer : new(length);
}
