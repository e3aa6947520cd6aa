namespace Ohmformer.Arrays;

/// <summary>
/// How <see cref="ByteKernel"/> reads some columns of a matrix: their cells are exactly the digits of the weights, and what exceeds 255
/// levels converts like 255.
/// </summary>
internal sealed unsafe class BytePlan
{
    private const int Lines = ByteSums.Lines, Lanes = ByteSums.Lanes, LineLanes = Lanes / 2, LargestBitsPerCell = 4;
    private const ulong EvenBytes = 0x00FF00FF00FF00FF;

    private readonly AlignedBuffer<byte> _patterns;
    private readonly AlignedBuffer<sbyte> _passes = new(Lanes);
    private readonly AlignedBuffer<short> _lines;
    private readonly int[] _tables, _starts;

    private BytePlan(ProgrammedMatrix matrix, ConverterCurves curves, int[] columns, ByteDigits digits)
    {
        Columns = columns;
        Digits = digits;
        Curves = curves;
        Conversions = [.. Enumerable.Range(0, matrix.Groups.Length).Select(g => new ByteConversion(curves, g, digits))];
        Lacks = new double[curves.All.Length];
        UnitColumns = Math.Max(1, Lines / digits.Lines);
        Units = (columns.Length + UnitColumns - 1) / UnitColumns;
        VectorsPerToken = matrix.Passes.Any(pass => pass.Kind == DriveKind.Negative) ? 2 : 1;
        _tables = [.. matrix.Groups.Select(group => (group.Rows + digits.TableRows - 1) / digits.TableRows)];
        AllTables = _tables.Sum();
        _starts = new int[matrix.Groups.Length + 1];
        for (int g = 0; g < matrix.Groups.Length; g++) _starts[g + 1] = checked(_starts[g] + Tables(g) * Units * Bundles * 2 * Lines);
        _patterns = new(_starts[^1]);
        _lines = new(Bundles * Lines * LineLanes);
    }

    /// <summary>The columns that are read, increasing.</summary>
    public int[] Columns { get; }

    /// <summary>What weights consist of.</summary>
    public ByteDigits Digits { get; }

    /// <summary>The transfer curves of all converters.</summary>
    public ConverterCurves Curves { get; }

    /// <summary>Converters, per group.</summary>
    public ByteConversion[] Conversions { get; }

    /// <summary>Per lane 255 where the complement of a code is weighed in its place, else 0; 64 numbers.</summary>
    public AlignedBuffer<byte> Complements { get; } = new(Lanes);

    /// <summary>Whether there are such lanes.</summary>
    public bool WeighsComplements { get; private set; }

    /// <summary>What the summed codes of a curve lack where complements were weighed.</summary>
    public double[] Lacks { get; }

    /// <summary>Columns whose bit lines are read together.</summary>
    public int UnitColumns { get; }

    /// <summary>How many times <see cref="UnitColumns"/> are read.</summary>
    public int Units { get; }

    /// <summary>Tables of all groups.</summary>
    public int AllTables { get; }

    /// <summary>Units that are read together, so that input bits are loaded once for all of their tables.</summary>
    public int UnitsTogether => Bundles == 1 ? Math.Min(2, ByteOutputs.Columns / UnitColumns) : 1;

    /// <summary>Runs of 8 bit lines in a unit.</summary>
    public int Bundles => Digits.Words;

    /// <summary>Vectors that drive the lines for one token: 2 where positive and negative inputs are read apart.</summary>
    public int VectorsPerToken { get; }

    /// <summary>The plan for some columns of a matrix; null if tables of bytes would not give the model's results, or not on this machine.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="weights">What was to be written, shape [inputs, outputs].</param>
    /// <param name="columns">The columns, increasing.</param>
    /// <param name="digits">What weights consist of.</param>
    public static BytePlan? Of(ProgrammedMatrix matrix, ReadOnlySpan<int> weights, int[] columns, ByteDigits digits)
    {
        if (columns.Length == 0 || matrix.Curves is not { } curves || !SuitsModel(matrix) || !ByteConversion.Fits(curves)) return null;
        var plan = new BytePlan(matrix, curves, columns, digits);
        if (!plan.SetWeights(matrix)) return null;
        for (int g = 0; g < matrix.Groups.Length; g++)
            if (!plan.Holds(matrix, weights, g)) return null;
        for (int g = 0; g < matrix.Groups.Length; g++) plan.Pack(matrix, weights, g);
        return plan;
    }

    /// <summary>Whether tables may suit a macro, whatever the weights.</summary>
    public static bool SuitsModel(MacroSpec spec) =>
        ByteSums.IsSupported && spec.BitsPerCell <= LargestBitsPerCell && spec.Adc is not null && !spec.SubtractsCurrents();

    /// <summary>Tables of a group.</summary>
    public int Tables(int g) => _tables[g];

    /// <summary>Cells of a unit, shape [bundle, table, 2, line].</summary>
    public byte* Patterns(int g, int unit) => _patterns.Pointer + _starts[g] + (long)unit * ((_starts[g + 1] - _starts[g]) / Units);

    /// <summary>What the codes of a bundle are worth.</summary>
    public ByteWeights Weights(int bundle) => new()
    {
        Passes = _passes.Pointer,
        Lines = _lines.Pointer + bundle * Lines * LineLanes,
    };

    /// <summary>Whether every cell is a digit and every pass a bit with a lane of its own.</summary>
    private static bool SuitsModel(ProgrammedMatrix matrix) =>
        SuitsModel(matrix.Spec)
        && matrix.GMinCounts == 0
        && matrix.ReadNoise == 0
        && matrix.Spec.Device is { DriftExponent: 0, DriftExponentSpread: 0, StuckAtGMin: 0, StuckAtGMax: 0 } device
        && !device.Build().HasWriteNoise
        && matrix.Spec.RowsPerRead << matrix.Spec.BitsPerCell <= ushort.MaxValue
        && matrix.Passes.All(pass => pass is { Mask: 1, Shift: < ByteSums.Passes, Kind: not DriveKind.Signed } and not { Shift: ByteSums.Passes - 1, Kind: DriveKind.Negative });

    /// <summary>Sets the weights of passes and lines.</summary>
    /// <returns>Whether sums of codes stay in 32 bits.</returns>
    private bool SetWeights(ProgrammedMatrix matrix)
    {
        double passes = 0, lack = 0;
        foreach (var pass in matrix.Passes)
        {
            // No signed byte holds 128, what the top bit of unsigned inputs is worth: the complement of its code counts -128.
            bool complement = pass.Weight > sbyte.MaxValue;
            WeighsComplements |= complement;
            if (complement) lack += pass.Weight * byte.MaxValue;
            passes += Math.Abs(pass.Weight);
            int first = (pass.Kind == DriveKind.Negative ? ByteSums.Passes : 0) + pass.Shift;
            for (int lane = first; lane < Lanes; lane += VectorsPerToken * ByteSums.Passes)
            {
                _passes.Span[lane] = (sbyte)(complement ? -pass.Weight : pass.Weight);
                Complements.Span[lane] = complement ? byte.MaxValue : (byte)0;
            }
        }
        foreach (int[] index in Curves.Index)
            for (int sample = 0; sample < matrix.Samples; sample++) Lacks[index[sample]] += lack * matrix.SampleWeights[sample];
        for (int line = 0; line < Bundles * Lines; line++)
        {
            int sample = line % Digits.Lines;
            if (sample < matrix.Samples) _lines.Span.Slice(line * LineLanes, LineLanes).Fill((short)matrix.SampleWeights[sample]);
        }
        return Array.TrueForAll(matrix.SampleWeights, weight => Math.Abs(weight) <= short.MaxValue)
            && matrix.Groups.Length * passes * matrix.SampleWeights.Sum(Math.Abs) * byte.MaxValue <= int.MaxValue;
    }

    /// <summary>Whether no bit line of a group exceeds what its converter tells apart.</summary>
    private bool Holds(ProgrammedMatrix matrix, ReadOnlySpan<int> weights, int g)
    {
        int words = Digits.Words;
        var sums = new ulong[Columns.Length * words * 2];
        for (int row = matrix.Groups[g].Start; row < matrix.Groups[g].Start + matrix.Groups[g].Rows; row++)
        {
            var from = weights.Slice(row * matrix.Outputs, matrix.Outputs);
            for (int i = 0; i < sums.Length; i += 2)
            {
                ulong cells = Digits.Word(from[Columns[i / 2 / words]], i / 2 % words);
                sums[i] += cells & EvenBytes;
                sums[i + 1] += cells >> 8 & EvenBytes;
            }
        }
        for (int i = 0; i < Columns.Length; i++)
            for (int sample = 0; sample < matrix.Samples; sample++)
            {
                ulong four = sums[(i * words + sample / Lines) * 2 + sample % 2];
                if (!Conversions[g].Holds(sample, (ushort)(four >> (16 * (sample % Lines / 2))))) return false;
            }
        return true;
    }

    private void Pack(ProgrammedMatrix matrix, ReadOnlySpan<int> weights, int g)
    {
        var group = matrix.Groups[g];
        int halves = 2 * Tables(g);
        for (int half = 0; half < halves; half++)
        {
            int first = half * Digits.HalfRows, rows = Math.Clamp(group.Rows - first, 0, Digits.HalfRows);
            for (int unit = 0; unit < Units; unit++)
                for (int bundle = 0; bundle < Bundles; bundle++)
                {
                    ulong patterns = 0;
                    for (int row = 0; row < rows; row++)
                        patterns |= Word(weights.Slice((group.Start + first + row) * matrix.Outputs, matrix.Outputs), unit, bundle) << Digits.Shift(row);
                    *(ulong*)(Patterns(g, unit) + (bundle * halves + half) * Lines) = patterns;
                }
        }
    }

    /// <summary>The cells of a row of a bundle.</summary>
    private ulong Word(ReadOnlySpan<int> weights, int unit, int bundle)
    {
        ulong word = 0;
        for (int i = 0; i < UnitColumns && unit * UnitColumns + i < Columns.Length; i++)
            word |= Digits.Word(weights[Columns[unit * UnitColumns + i]], bundle) << (8 * i * Digits.Lines);
        return word;
    }
}
