namespace Ohmformer.Arrays;

/// <summary>Memory of one thread of <see cref="GatherKernel"/>.</summary>
internal sealed unsafe class GatherScratch
{
    private const int Columns = ProgrammedMatrix.Lanes;

    private AlignedBuffer<double> _values = new(0);
    private int _tokens, _lines, _curves;

    /// <summary>Cells of a run of lines, shape [row, line], with zeros for lines and rows that there are not.</summary>
    public AlignedBuffer<short> Cells { get; private set; } = new(0);

    /// <summary>Shape [table, 16, line].</summary>
    public AlignedBuffer<short> Tables { get; private set; } = new(0);

    /// <summary>Weighted codes of the lines of a block, shape [token, line].</summary>
    public AlignedBuffer<int> Codes { get; private set; } = new(0);

    /// <summary>Makes room.</summary>
    public void Reserve(ProgrammedMatrix matrix, GatherPlan plan, int tokens)
    {
        int tables = GatherSums.Tables(matrix.Spec.RowsPerRead);
        _tokens = tokens;
        _lines = plan.LinesPerBlock;
        _curves = matrix.Curves!.All.Length;
        Cells = AlignedBuffer<short>.Enough(Cells, tables * GatherSums.TableRows * GatherSums.Lines);
        Tables = AlignedBuffer<short>.Enough(Tables, tables * GatherSums.TableBytes / sizeof(short));
        Codes = AlignedBuffer<int>.Enough(Codes, tokens * _lines);
        _values = AlignedBuffer<double>.Enough(_values, tokens * Columns * _curves);
    }

    /// <summary>Forgets all codes.</summary>
    public void ClearValues()
    {
        Codes.Span[..(_tokens * _lines)].Clear();
        _values.Span[..(_tokens * Columns * _curves)].Clear();
    }

    /// <summary>Takes the cells of a group and some lines.</summary>
    public void LoadCells(ProgrammedMatrix matrix, int g, int first, int lines, int rows)
    {
        var group = matrix.Groups[g];
        Cells.Span[..(rows * GatherSums.Lines)].Clear();
        for (int line = 0; line < lines; line++)
        {
            short* from = matrix.Steps!.Pointer + (long)(first + line) * matrix.LineStride + group.Start, to = Cells.Pointer + line;
            for (int row = 0; row < group.Rows; row++) to[row * GatherSums.Lines] = from[row];
        }
        GC.KeepAlive(matrix);
    }

    /// <summary>Adds the codes of lines to the sums of their outputs and curves, and forgets them.</summary>
    public void Fold(ProgrammedMatrix matrix, int g, int lines)
    {
        int[] curves = matrix.Curves!.Index[g];
        double[] weights = matrix.SampleWeights;
        for (int token = 0; token < _tokens; token++)
        {
            int* codes = Codes.Pointer + token * _lines;
            double* values = _values.Pointer + token * Columns * _curves;
            for (int line = 0; line < lines; values += _curves)
                for (int sample = 0; sample < weights.Length; sample++, line++) values[curves[sample]] += weights[sample] * codes[line];
        }
        Codes.Span[..(_tokens * _lines)].Clear();
    }

    /// <summary>Writes the outputs of a block.</summary>
    public void Store(ProgrammedMatrix matrix, int columns, double* y)
    {
        double* values = _values.Pointer;
        for (int token = 0; token < _tokens; token++, y += matrix.Outputs, values += Columns * _curves)
            for (int column = 0; column < columns; column++)
            {
                double output = 0;
                for (int j = 0; j < _curves; j++) output += matrix.Curves!.All[j].Value(values[column * _curves + j]);
                y[column] = output;
            }
    }
}
