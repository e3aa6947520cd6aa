namespace Ohmformer.Arrays;

/// <summary>Which table entries some tokens add, as <see cref="GatherSums.Index"/> says; shared by all columns.</summary>
internal sealed unsafe class GatherOffsets
{
    private AlignedBuffer<ushort> _offsets = new(0);
    private AlignedBuffer<int> _inputs = new(0);
    private int[] _starts = [0];

    /// <summary>Tokens.</summary>
    public int Tokens { get; private set; }

    /// <summary>Offsets of a group, shape [token, pass, table].</summary>
    public ushort* Of(int g) => _offsets.Pointer + _starts[g];

    /// <summary>Takes some tokens of a read.</summary>
    public void Load(ProgrammedMatrix matrix, in MacroRead read, int start, int tokens)
    {
        Tokens = tokens;
        int passes = matrix.Passes.Length;
        if (_starts.Length <= matrix.Groups.Length) _starts = new int[matrix.Groups.Length + 1];
        for (int g = 0; g < matrix.Groups.Length; g++) _starts[g + 1] = _starts[g] + tokens * passes * GatherSums.Tables(matrix.Groups[g].Rows);
        _offsets = AlignedBuffer<ushort>.Enough(_offsets, _starts[matrix.Groups.Length]);
        _inputs = AlignedBuffer<int>.Enough(_inputs, GatherSums.Tables(matrix.Spec.RowsPerRead) * GatherSums.TableRows);
        for (int g = 0; g < matrix.Groups.Length; g++)
        {
            var group = matrix.Groups[g];
            int tables = GatherSums.Tables(group.Rows);
            var inputs = _inputs.Span[..(tables * GatherSums.TableRows)];
            inputs.Clear();
            for (int token = 0; token < tokens; token++)
            {
                read.X.Slice((start + token) * matrix.Inputs + group.Start, group.Rows).CopyTo(inputs);
                for (int p = 0; p < passes; p++) GatherSums.Index(_inputs.Pointer, matrix.Passes[p], tables, Of(g) + (token * passes + p) * tables);
            }
        }
    }
}
