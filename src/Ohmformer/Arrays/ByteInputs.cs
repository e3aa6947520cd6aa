using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Arrays;

/// <summary>The input bits of some vectors, as <see cref="ByteSums"/> looks them up; shared by all columns.</summary>
internal sealed unsafe class ByteInputs
{
    private const int Margin = 64;

    private AlignedBuffer<byte> _bytes = new(0), _indices = new(0);
    private int[] _starts = [0];

    /// <summary>Runs of <see cref="ByteSums.Vectors"/> vectors.</summary>
    public int Blocks { get; private set; }

    /// <summary>Tokens.</summary>
    public int Tokens { get; private set; }

    /// <summary>Input bits of a group of rows, shape [block, table, 2, 64].</summary>
    public byte* Indices(int g) => _indices.Pointer + _starts[g];

    /// <summary>Takes some tokens of a read.</summary>
    public void Load(ProgrammedMatrix matrix, BytePlan plan, in MacroRead read, int start, int tokens)
    {
        Tokens = tokens;
        Blocks = (tokens * plan.VectorsPerToken + ByteSums.Vectors - 1) / ByteSums.Vectors;
        if (_starts.Length <= matrix.Groups.Length) _starts = new int[matrix.Groups.Length + 1];
        for (int g = 0; g < matrix.Groups.Length; g++) _starts[g + 1] = _starts[g] + Blocks * plan.Tables(g) * ByteSums.Registers * ByteSums.Lanes;
        _indices = AlignedBuffer<byte>.Enough(_indices, _starts[matrix.Groups.Length]);
        _bytes = AlignedBuffer<byte>.Enough(_bytes, Stride(matrix.Spec.RowsPerRead) * tokens * plan.VectorsPerToken + 2 * Margin);
        for (int g = 0; g < matrix.Groups.Length; g++) LoadGroup(matrix, plan, read, g, start);
    }

    private void LoadGroup(ProgrammedMatrix matrix, BytePlan plan, in MacroRead read, int g, int start)
    {
        var group = matrix.Groups[g];
        int stride = Stride(group.Rows);
        byte* bytes = _bytes.Pointer + Margin, to = bytes;
        fixed (int* x = read.X)
            for (int token = 0; token < Tokens; token++)
            {
                int* from = x + (long)(start + token) * matrix.Inputs + group.Start;
                for (int vector = 0; vector < plan.VectorsPerToken; vector++, to += stride)
                    Narrow(from, group.Rows, plan.VectorsPerToken == 1 ? 0 : 1 - 2 * vector, to);
            }
        ByteSums.Index(bytes, stride, plan.Digits.TableRows, plan.Tables(g), Tokens * plan.VectorsPerToken, Indices(g));
    }

    private static int Stride(int rows) => (rows + Margin - 1) / Margin * Margin + Margin;

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
}
