using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Ohmformer.Arrays;

/// <summary>
/// How <see cref="ByteKernel"/> reads the matrices of a shape: their cells are exactly the digits of the weights, and what exceeds 255
/// levels converts like 255.
/// </summary>
internal sealed unsafe class BytePlan
{
    private const int Lines = ByteSums.Lines, Lanes = ByteSums.Lanes, LineLanes = Lanes / 2, LargestBitsPerCell = 4;
    private const ulong EvenBytes = 0x00FF00FF00FF00FF;

    /// <summary>The shapes of a macro have the cells of a weight in common.</summary>
    private static readonly ConditionalWeakTable<MacroSpec, ByteDigits> KnownDigits = [];

    private readonly AlignedBuffer<sbyte> _passes = new(Lanes);
    private readonly AlignedBuffer<short> _lines;
    private readonly int[] _tables, _starts;
    private readonly bool[] _mayExceed;

    private BytePlan(MatrixShape shape, ConverterCurves curves, ByteDigits digits)
    {
        Digits = digits;
        Curves = curves;
        Conversions = [.. Enumerable.Range(0, shape.Groups.Length).Select(g => new ByteConversion(curves, g, digits))];
        Lacks = new double[curves.All.Length];
        UnitColumns = Math.Max(1, Lines / digits.Lines);
        Units = (shape.Outputs + UnitColumns - 1) / UnitColumns;
        VectorsPerToken = shape.Passes.Any(pass => pass.Kind == DriveKind.Negative) ? 2 : 1;
        _tables = [.. shape.Groups.Select(group => (group.Rows + digits.TableRows - 1) / digits.TableRows)];
        _starts = new int[shape.Groups.Length + 1];
        for (int g = 0; g < shape.Groups.Length; g++) _starts[g + 1] = checked(_starts[g] + Tables(g) * Units * Bundles * 2 * Lines);
        int largest = (1 << shape.Spec.BitsPerCell) - 1;
        _mayExceed = [.. shape.Groups.Select((group, g) => !Enumerable.Range(0, shape.Samples).All(sample => Conversions[g].Holds(sample, group.Rows * largest)))];
        _lines = new(Bundles * Lines * LineLanes);
    }

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
    public int AllTables => _tables.Sum();

    /// <summary>Tables of the largest group.</summary>
    public int MostTables => _tables.Max();

    /// <summary>Units that are read together, so that input bits are loaded once for all of their tables.</summary>
    public int UnitsTogether => Bundles == 1 ? Math.Min(2, ByteOutputs.Columns / UnitColumns) : 1;

    /// <summary>Runs of 8 bit lines in a unit.</summary>
    public int Bundles => Digits.Words;

    /// <summary>Vectors that drive the lines for one token: 2 where positive and negative inputs are read apart.</summary>
    public int VectorsPerToken { get; }

    /// <summary>The plan of all matrices of a shape; null if tables of bytes would not give the model's results, or not on this machine.</summary>
    public static BytePlan? Of(MatrixShape shape)
    {
        if (shape.Inputs == 0 || shape.Outputs == 0 || shape.Curves is not { } curves || !SuitsModel(shape) || !ByteConversion.Fits(curves)) return null;
        var plan = new BytePlan(shape, curves, KnownDigits.GetValue(shape.Spec, static spec => new(spec)));
        return plan.SetWeights(shape) ? plan : null;
    }

    /// <summary>Packs the cells of a matrix where <see cref="Patterns"/> finds them.</summary>
    /// <param name="matrix">The matrix; keeps the patterns.</param>
    /// <param name="weights">What was to be written, shape [inputs, outputs].</param>
    /// <returns>Whether no bit line exceeds what its converter tells apart; if one does, the plan does not suit the matrix.</returns>
    public bool TryPack(ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
    {
        matrix.Patterns = AlignedBuffer<byte>.Enough(matrix.Patterns, _starts[^1]);
        for (int g = 0; g < matrix.Groups.Length; g++)
            if (!Pack(matrix, weights, g)) return false;
        return true;
    }

    /// <summary>Tables of a group.</summary>
    public int Tables(int g) => _tables[g];

    /// <summary>Cells of a unit of a matrix, shape [bundle, table, 2, line].</summary>
    public byte* Patterns(ProgrammedMatrix matrix, int g, int unit) => matrix.Patterns!.Pointer + _starts[g] + (long)unit * ((_starts[g + 1] - _starts[g]) / Units);

    /// <summary>What the codes of a bundle are worth.</summary>
    public ByteWeights Weights(int bundle) => new()
    {
        Passes = _passes.Pointer,
        Lines = _lines.Pointer + bundle * Lines * LineLanes,
    };

    /// <summary>Whether every cell is a digit and every pass a bit with a lane of its own.</summary>
    private static bool SuitsModel(MatrixShape shape) =>
        ByteSums.IsSupported
        && shape.Spec.BitsPerCell <= LargestBitsPerCell
        && !shape.Spec.SubtractsCurrents()
        && shape.GMinCounts == 0
        && shape.ReadNoise == 0
        && shape.Spec.Device is { DriftExponent: 0, DriftExponentSpread: 0, StuckAtGMin: 0, StuckAtGMax: 0 } device
        && !device.Build().HasWriteNoise
        && shape.Spec.RowsPerRead << shape.Spec.BitsPerCell <= ushort.MaxValue
        && shape.Passes.All(pass => pass is { Mask: 1, Shift: < ByteSums.Passes, Kind: not DriveKind.Signed } and not { Shift: ByteSums.Passes - 1, Kind: DriveKind.Negative });

    /// <summary>Sets the weights of passes and lines.</summary>
    /// <returns>Whether sums of codes stay in 32 bits.</returns>
    private bool SetWeights(MatrixShape shape)
    {
        double passes = 0, lack = 0;
        foreach (var pass in shape.Passes)
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
            for (int sample = 0; sample < shape.Samples; sample++) Lacks[index[sample]] += lack * shape.SampleWeights[sample];
        for (int line = 0; line < Bundles * Lines; line++)
        {
            int sample = line % Digits.Lines;
            if (sample < shape.Samples) _lines.Span.Slice(line * LineLanes, LineLanes).Fill((short)shape.SampleWeights[sample]);
        }
        return Array.TrueForAll(shape.SampleWeights, weight => Math.Abs(weight) <= short.MaxValue)
            && shape.Groups.Length * passes * shape.SampleWeights.Sum(Math.Abs) * byte.MaxValue <= int.MaxValue;
    }

    private bool Pack(ProgrammedMatrix matrix, ReadOnlySpan<int> weights, int g)
    {
        int countOfSums = _mayExceed[g] ? 2 * matrix.Outputs * Bundles : 0, countOfPatterns = Units * Bundles;
        ulong[] memory = ArrayPool<ulong>.Shared.Rent(countOfSums + countOfPatterns);
        Span<ulong> sums = memory.AsSpan(0, countOfSums), patterns = memory.AsSpan(countOfSums, countOfPatterns);
        sums.Clear();
        PackRows(matrix, weights, g, patterns, sums);
        bool holds = sums.IsEmpty || Holds(matrix, g, sums);
        ArrayPool<ulong>.Shared.Return(memory);
        return holds;
    }

    /// <summary>Packs the cells of a group by way of the patterns of all columns, and adds them to sums unless these are empty.</summary>
    private void PackRows(ProgrammedMatrix matrix, ReadOnlySpan<int> weights, int g, Span<ulong> patterns, Span<ulong> sums)
    {
        var group = matrix.Groups[g];
        int halves = 2 * Tables(g), stride = halves * Lines;
        for (int half = 0; half < halves; half++)
        {
            int first = half * Digits.HalfRows, rows = Math.Clamp(group.Rows - first, 0, Digits.HalfRows);
            patterns.Clear();
            for (int row = 0; row < rows; row++)
            {
                var cells = weights.Slice((group.Start + first + row) * matrix.Outputs, matrix.Outputs);
                AddPatterns(cells, Digits.Shift(row), patterns);
                if (!sums.IsEmpty) AddSums(cells, sums);
            }
            byte* to = Patterns(matrix, g, 0) + half * Lines;
            foreach (ulong pattern in patterns)
            {
                *(ulong*)to = pattern;
                to += stride;
            }
        }
    }

    /// <summary>Adds the cells of a row to patterns, shape [unit, bundle].</summary>
    private void AddPatterns(ReadOnlySpan<int> weights, int shift, Span<ulong> patterns)
    {
        int bundles = Bundles, columns = BitOperations.Log2((uint)UnitColumns), bits = 8 * Digits.Lines;
        for (int n = 0; n < weights.Length; n++)
            for (int bundle = 0; bundle < bundles; bundle++)
                patterns[(n >> columns) * bundles + bundle] |= Digits.Word(weights[n], bundle) << (shift + (n & (UnitColumns - 1)) * bits);
    }

    /// <summary>Adds the cells of a row to 16-bit sums of even and of odd lines, shape [column, bundle, 2].</summary>
    private void AddSums(ReadOnlySpan<int> weights, Span<ulong> sums)
    {
        for (int n = 0, at = 0; n < weights.Length; n++)
            for (int bundle = 0; bundle < Bundles; bundle++)
            {
                ulong cells = Digits.Word(weights[n], bundle);
                sums[at++] += cells & EvenBytes;
                sums[at++] += cells >> 8 & EvenBytes;
            }
    }

    private bool Holds(ProgrammedMatrix matrix, int g, ReadOnlySpan<ulong> sums)
    {
        for (int n = 0; n < matrix.Outputs; n++)
            for (int sample = 0; sample < matrix.Samples; sample++)
            {
                ulong four = sums[(n * Bundles + sample / Lines) * 2 + sample % 2];
                if (!Conversions[g].Holds(sample, (ushort)(four >> (16 * (sample % Lines / 2))))) return false;
            }
        return true;
    }
}
