using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Ohmformer.Circuits.Adc;
using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>
/// The numeric model with 16 columns side by side in vector lanes. Each lane does the operations of
/// <see cref="ReferenceKernel"/> in the same order, except that lines without a pulse are skipped, which changes no sum. The
/// pulses of a few vectors are listed once and shared by all columns.
/// </summary>
internal sealed unsafe class VectorKernel : IMacroKernel
{
    private const int Lanes = ProgrammedMatrix.Lanes;

    /// <summary>Vectors whose pulses are listed at once: the lists stay in the second-level cache.</summary>
    private const int Chunk = 16;

    [ThreadStatic]
    private static Scratch? _scratch;

    public ActivityCounts Multiply(ProgrammedMatrix matrix, in MacroRead read, Span<double> y)
    {
        y.Clear();
        for (int g = 0; g < matrix.Groups.Length; g++) AddGroup(matrix, read, g, matrix.AllBlocks, y);
        matrix.SubtractOffset(read, y);
        return matrix.Reads(read.Tokens);
    }

    /// <summary>Adds what one group of rows contributes to some blocks of outputs, before the offset is subtracted.</summary>
    public static void AddGroup(ProgrammedMatrix matrix, in MacroRead read, int g, ReadOnlySpan<int> blocks, Span<double> y)
    {
        var scratch = _scratch ??= new();
        for (int start = 0; start < read.Tokens; start += Chunk)
        {
            int tokens = Math.Min(Chunk, read.Tokens - start);
            scratch.ListPulses(matrix, read, matrix.Groups[g], start, tokens);
            foreach (int block in blocks)
                for (int token = 0; token < tokens; token++)
                    ReadBlock(matrix, read, scratch, g, block, token, start + token, y);
        }
        GC.KeepAlive(matrix);
    }

    /// <summary>Adds what one group of rows contributes to 16 outputs of one vector.</summary>
    private static void ReadBlock(ProgrammedMatrix matrix, in MacroRead read, Scratch scratch, int g, int block, int local, int token, Span<double> y)
    {
        var group = matrix.Groups[g];
        int width = matrix.Width, passes = matrix.Passes.Length, column = block * Lanes;
        long origin = ((long)block * matrix.Inputs + group.Start) * width;
        double* codes = scratch.Codes.Pointer, values = scratch.Values.Pointer;
        new Span<double>(codes, width).Clear();
        DrawNoise(matrix, read, scratch, g, token, column);
        for (int p = 0; p < passes; p++)
        {
            int list = local * passes + p;
            var pulses = scratch.Pulses(list);
            if (matrix.Narrow is { } narrow)
            {
                float* sums = scratch.Sums.Pointer;
                SumPulses(narrow.Pointer + origin, pulses.Offsets, pulses.Drives, pulses.Count, width, sums);
                for (int i = 0; i < width; i += Lanes)
                {
                    var (low, high) = Vector512.Widen(Vector512.LoadAligned(sums + i));
                    low.StoreAligned(values + i);
                    high.StoreAligned(values + i + Lanes / 2);
                }
            }
            else SumPulses(matrix.Wide!.Pointer + origin, pulses.Offsets, pulses.WideDrives, pulses.Count, width, values);

            if (matrix.ReadNoise > 0) AddReadNoise(matrix, scratch, pulses, origin, p);
            if (read.Statistics is { } statistics) Record(matrix, statistics, g, column, values);
            Convert(matrix, scratch, g, p, column);
        }
        Recombine(matrix, scratch, g, local, column, y.Slice(token * matrix.Outputs + column, Math.Min(Lanes, matrix.Outputs - column)));
    }

    /// <summary>sums[i] = sum over pulses of drive * cells[offset + i], in the order of the rows.</summary>
    private static void SumPulses<T>(T* cells, int* offsets, T* drives, int count, int width, T* sums)
        where T : unmanaged
    {
        int step = Vector512<T>.Count, i = 0;
        for (; i + 8 * step <= width; i += 8 * step) SumEight(cells + i, offsets, drives, count, sums + i);
        for (; i + 4 * step <= width; i += 4 * step) SumFour(cells + i, offsets, drives, count, sums + i);
        for (; i + 2 * step <= width; i += 2 * step) SumTwo(cells + i, offsets, drives, count, sums + i);
        for (; i < width; i += step) SumOne(cells + i, offsets, drives, count, sums + i);
    }

    private static void SumEight<T>(T* cells, int* offsets, T* drives, int count, T* sums)
        where T : unmanaged
    {
        int step = Vector512<T>.Count;
        Vector512<T> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        for (int i = 0; i < count; i++)
        {
            T* row = cells + offsets[i];
            var drive = Vector512.Create(drives[i]);
            s0 = Fma(drive, Vector512.LoadAligned(row), s0);
            s1 = Fma(drive, Vector512.LoadAligned(row + step), s1);
            s2 = Fma(drive, Vector512.LoadAligned(row + 2 * step), s2);
            s3 = Fma(drive, Vector512.LoadAligned(row + 3 * step), s3);
            s4 = Fma(drive, Vector512.LoadAligned(row + 4 * step), s4);
            s5 = Fma(drive, Vector512.LoadAligned(row + 5 * step), s5);
            s6 = Fma(drive, Vector512.LoadAligned(row + 6 * step), s6);
            s7 = Fma(drive, Vector512.LoadAligned(row + 7 * step), s7);
        }
        s0.StoreAligned(sums);
        s1.StoreAligned(sums + step);
        s2.StoreAligned(sums + 2 * step);
        s3.StoreAligned(sums + 3 * step);
        s4.StoreAligned(sums + 4 * step);
        s5.StoreAligned(sums + 5 * step);
        s6.StoreAligned(sums + 6 * step);
        s7.StoreAligned(sums + 7 * step);
    }

    private static void SumFour<T>(T* cells, int* offsets, T* drives, int count, T* sums)
        where T : unmanaged
    {
        int step = Vector512<T>.Count;
        Vector512<T> s0 = default, s1 = default, s2 = default, s3 = default;
        for (int i = 0; i < count; i++)
        {
            T* row = cells + offsets[i];
            var drive = Vector512.Create(drives[i]);
            s0 = Fma(drive, Vector512.LoadAligned(row), s0);
            s1 = Fma(drive, Vector512.LoadAligned(row + step), s1);
            s2 = Fma(drive, Vector512.LoadAligned(row + 2 * step), s2);
            s3 = Fma(drive, Vector512.LoadAligned(row + 3 * step), s3);
        }
        s0.StoreAligned(sums);
        s1.StoreAligned(sums + step);
        s2.StoreAligned(sums + 2 * step);
        s3.StoreAligned(sums + 3 * step);
    }

    private static void SumTwo<T>(T* cells, int* offsets, T* drives, int count, T* sums)
        where T : unmanaged
    {
        int step = Vector512<T>.Count;
        Vector512<T> s0 = default, s1 = default;
        for (int i = 0; i < count; i++)
        {
            T* row = cells + offsets[i];
            var drive = Vector512.Create(drives[i]);
            s0 = Fma(drive, Vector512.LoadAligned(row), s0);
            s1 = Fma(drive, Vector512.LoadAligned(row + step), s1);
        }
        s0.StoreAligned(sums);
        s1.StoreAligned(sums + step);
    }

    private static void SumOne<T>(T* cells, int* offsets, T* drives, int count, T* sums)
        where T : unmanaged
    {
        Vector512<T> sum = default;
        for (int i = 0; i < count; i++) sum = Fma(Vector512.Create(drives[i]), Vector512.LoadAligned(cells + offsets[i]), sum);
        sum.StoreAligned(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Fma<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c)
        where T : unmanaged => typeof(T) == typeof(float)
            ? Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
            : Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    /// <summary>Standard normal numbers [pass, sample, lane] of the reads of 16 columns.</summary>
    private static void DrawNoise(ProgrammedMatrix matrix, in MacroRead read, Scratch scratch, int g, int token, int column)
    {
        int count = matrix.Passes.Length * matrix.Samples, tile = matrix.Groups[g].Tile;
        uint start = matrix.Draw(token, g, 0, 0);
        if (matrix.ReadNoise > 0)
            Gaussian.FillColumns(matrix.Key(NoisePurpose.Read, read.Seed, read.Image, tile, column), start, count, scratch.ReadDraws.Span);
        if (matrix.Converters?[g].HasNoise == true)
            Gaussian.FillColumns(matrix.Key(NoisePurpose.AdcNoise, read.Seed, read.Image, tile, column), start, count, scratch.AdcDraws.Span);
    }

    private static void AddReadNoise(ProgrammedMatrix matrix, Scratch scratch, PulseList pulses, long origin, int p)
    {
        int width = matrix.Width;
        double* values = scratch.Values.Pointer;
        float* variances = scratch.Sums.Pointer, draws = scratch.ReadDraws.Pointer + p * width;
        if (matrix.ProportionalNoise) SumPulses(matrix.Squares!.Pointer + origin, pulses.Offsets, pulses.SquaredDrives, pulses.Count, width, variances);
        else new Span<float>(variances, width).Fill(pulses.Variance);

        var sigma = Vector512.Create(matrix.ReadNoise);
        Vector512<double> grid = Vector512.Create(matrix.NoiseGrid), step = Vector512.Create(1 / matrix.NoiseGrid), half = Vector512.Create(0.5);
        for (int i = 0; i < width; i += Lanes)
        {
            var noise = Vector512.Sqrt(Vector512.LoadAligned(variances + i)) * sigma * Vector512.LoadAligned(draws + i);
            var (low, high) = Vector512.Widen(noise);
            if (matrix.NoiseGrid > 0)
            {
                low = Vector512.Floor(low * grid + half) * step;
                high = Vector512.Floor(high * grid + half) * step;
            }
            (Vector512.LoadAligned(values + i) + low).StoreAligned(values + i);
            (Vector512.LoadAligned(values + i + Lanes / 2) + high).StoreAligned(values + i + Lanes / 2);
        }
    }

    private static void Record(ProgrammedMatrix matrix, ReadStatistics statistics, int g, int column, double* values)
    {
        int valid = Math.Min(Lanes, matrix.Outputs - column);
        for (int sample = 0; sample < matrix.Samples; sample++)
            for (int lane = 0; lane < valid; lane++)
                statistics.Record(matrix.Slice(sample), values[sample * Lanes + lane], matrix.Converters?[g].FullScales[sample]);
    }

    /// <summary>Adds the weighted codes (or values, where there are no codes) of one pass.</summary>
    private static void Convert(ProgrammedMatrix matrix, Scratch scratch, int g, int p, int column)
    {
        double* codes = scratch.Codes.Pointer, values = scratch.Values.Pointer;
        double weight = matrix.Passes[p].Weight;
        if (matrix.Converters?[g].Transfers is { } transfers)
        {
            if (transfers[0].Rounding == AdcRounding.HalfUp) AddCodesHalfUp(transfers, weight, values, codes);
            else AddCodesHalfEven(transfers, weight, values, codes);
            return;
        }
        if (matrix.Converters?[g] is { } converters) ConvertOneByOne(matrix, scratch, converters, g, p, column);
        var factor = Vector512.Create(weight);
        for (int i = 0; i < matrix.Width; i += Vector512<double>.Count)
            Vector512.FusedMultiplyAdd(factor, Vector512.LoadAligned(values + i), Vector512.LoadAligned(codes + i)).StoreAligned(codes + i);
    }

    private static void AddCodesHalfUp(ReadOnlySpan<AdcTransfer> transfers, double weight, double* values, double* codes)
    {
        Vector512<double> factor = Vector512.Create(weight), half = Vector512.Create(0.5);
        foreach (ref readonly var transfer in transfers)
        {
            var first = Vector512.Floor(Position(transfer, values) + half);
            var second = Vector512.Floor(Position(transfer, values + Lanes / 2) + half);
            Vector512.FusedMultiplyAdd(factor, first, Vector512.LoadAligned(codes)).StoreAligned(codes);
            Vector512.FusedMultiplyAdd(factor, second, Vector512.LoadAligned(codes + Lanes / 2)).StoreAligned(codes + Lanes / 2);
            values += Lanes;
            codes += Lanes;
        }
    }

    private static void AddCodesHalfEven(ReadOnlySpan<AdcTransfer> transfers, double weight, double* values, double* codes)
    {
        var factor = Vector512.Create(weight);
        foreach (ref readonly var transfer in transfers)
            for (int half = 0; half < 2; half++)
            {
                var code = Vector512.Round(Position(transfer, values), MidpointRounding.ToEven);
                Vector512.FusedMultiplyAdd(factor, code, Vector512.LoadAligned(codes)).StoreAligned(codes);
                values += Lanes / 2;
                codes += Lanes / 2;
            }
    }

    /// <summary>Lane for lane <see cref="AdcTransfer.Position"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Position(in AdcTransfer transfer, double* values)
    {
        Vector512<double> low = Vector512.Create(transfer.Low), high = Vector512.Create(transfer.High);
        return (Vector512.MinNative(Vector512.MaxNative(Vector512.LoadAligned(values), low), high) - low) * Vector512.Create(transfer.Q);
    }

    private static void ConvertOneByOne(ProgrammedMatrix matrix, Scratch scratch, ConverterRow converters, int g, int p, int column)
    {
        double* values = scratch.Values.Pointer;
        float* draws = scratch.AdcDraws.Pointer + p * matrix.Width;
        int valid = Math.Min(Lanes, matrix.Outputs - column), tile = matrix.Groups[g].Tile;
        for (int sample = 0; sample < matrix.Samples; sample++)
            for (int lane = 0; lane < valid; lane++)
            {
                int i = sample * Lanes + lane;
                values[i] = converters[sample].Convert(values[i], matrix.Converter(tile, sample, column + lane), draws[i]);
            }
    }

    /// <summary>Adds the slices of a group to up to 16 outputs.</summary>
    private static void Recombine(ProgrammedMatrix matrix, Scratch scratch, int g, int local, int column, Span<double> y)
    {
        double* sums = scratch.Outputs.Pointer, counts = scratch.Codes.Pointer;
        var outputs = new Span<double>(sums, Lanes)[..y.Length];
        y.CopyTo(outputs);
        if (matrix.Converters?[g].Transfers is { } transfers) ToCounts(transfers, scratch.PassWeights, counts);
        int perSlice = matrix.Samples / matrix.Spec.Slices;
        var correction = Vector512.Create(matrix.Spec.Polarities == 1 ? matrix.GMinCounts * scratch.InputSums[local] : 0);
        for (int half = 0; half < Lanes; half += Vector512<double>.Count)
        {
            var sum = Vector512.LoadAligned(sums + half);
            for (int slice = 0; slice < matrix.SliceWeights.Length; slice++)
            {
                double* value = counts + slice * perSlice * Lanes + half;
                var difference = Vector512.LoadAligned(value) - (perSlice == 2 ? Vector512.LoadAligned(value + Lanes) : correction);
                sum = Vector512.FusedMultiplyAdd(Vector512.Create(matrix.SliceWeights[slice]), difference, sum);
            }
            sum.StoreAligned(sums + half);
        }
        outputs.CopyTo(y);
    }

    /// <summary>Turns sums of weighted codes into counts.</summary>
    private static void ToCounts(ReadOnlySpan<AdcTransfer> transfers, double passWeights, double* codes)
    {
        foreach (ref readonly var transfer in transfers)
        {
            Vector512<double> q = Vector512.Create(transfer.Q), low = Vector512.Create(transfer.Low * passWeights);
            (Vector512.LoadAligned(codes) / q + low).StoreAligned(codes);
            (Vector512.LoadAligned(codes + Lanes / 2) / q + low).StoreAligned(codes + Lanes / 2);
            codes += Lanes;
        }
    }

    /// <summary>The lines that carry a pulse in one pass of one vector.</summary>
    private readonly ref struct PulseList
    {
        public required int Count { get; init; }

        /// <summary>Offset of each line's row in a block of cells.</summary>
        public required int* Offsets { get; init; }

        public required float* Drives { get; init; }

        public required double* WideDrives { get; init; }

        public required float* SquaredDrives { get; init; }

        /// <summary>Sum of the squared drives over all driven cells of a sample.</summary>
        public required float Variance { get; init; }
    }

    /// <summary>Memory of one thread.</summary>
    private sealed class Scratch
    {
        private AlignedBuffer<int> _offsets = new(0);
        private AlignedBuffer<float> _drives = new(0), _squares = new(0);
        private AlignedBuffer<double> _wideDrives = new(0);
        private int[] _counts = [];
        private float[] _variances = [];
        private int _rows;

        public AlignedBuffer<float> Sums { get; private set; } = new(0);

        public AlignedBuffer<double> Values { get; private set; } = new(0);

        public AlignedBuffer<double> Codes { get; private set; } = new(0);

        public AlignedBuffer<double> Outputs { get; } = new(Lanes);

        public AlignedBuffer<float> ReadDraws { get; private set; } = new(0);

        public AlignedBuffer<float> AdcDraws { get; private set; } = new(0);

        public double PassWeights { get; private set; }

        /// <summary>Sum of the inputs of the group, per vector of the chunk.</summary>
        public long[] InputSums { get; } = new long[Chunk];

        public PulseList Pulses(int list) => new()
        {
            Count = _counts[list],
            Offsets = _offsets.Pointer + list * _rows,
            Drives = _drives.Pointer + list * _rows,
            WideDrives = _wideDrives.Pointer + list * _rows,
            SquaredDrives = _squares.Pointer + list * _rows,
            Variance = _variances[list],
        };

        public void ListPulses(ProgrammedMatrix matrix, in MacroRead read, RowGroup group, int start, int tokens)
        {
            Reserve(matrix);
            PassWeights = matrix.Passes.Sum(p => p.Weight);
            for (int token = 0; token < tokens; token++)
            {
                var x = read.X.Slice((start + token) * matrix.Inputs + group.Start, group.Rows);
                long sum = 0;
                foreach (int input in x) sum += input;
                InputSums[token] = sum;
                for (int p = 0; p < matrix.Passes.Length; p++)
                {
                    List(matrix, x, matrix.Passes[p], token * matrix.Passes.Length + p);
                    read.Statistics?.AddInputs(x, matrix.Passes[p], (long)matrix.Outputs * matrix.Samples);
                }
            }
        }

        /// <summary>Every line is written and only those with a pulse are kept: a branch on random bits would cost more.</summary>
        private void List(ProgrammedMatrix matrix, ReadOnlySpan<int> x, InputPass pass, int list)
        {
            int* offsets = _offsets.Pointer + list * _rows;
            float* drives = _drives.Pointer + list * _rows;
            int count = 0, offset = 0;
            for (int r = 0; r < x.Length; r++, offset += matrix.Width)
            {
                int drive = pass.Drive(x[r]);
                offsets[count] = offset;
                drives[count] = drive;
                count += drive != 0 ? 1 : 0;
            }
            _counts[list] = count;
            if (matrix.Narrow is null)
                for (int i = 0; i < count; i++) _wideDrives.Pointer[list * _rows + i] = drives[i];
            if (matrix.ReadNoise > 0) ListSquares(matrix, drives, count, list);
        }

        private void ListSquares(ProgrammedMatrix matrix, float* drives, int count, int list)
        {
            float* squares = _squares.Pointer + list * _rows;
            float variance = 0, cells = matrix.Spec.SubtractsCurrents() ? 2 : 1;
            for (int i = 0; i < count; i++)
            {
                squares[i] = drives[i] * drives[i];
                variance = MathF.FusedMultiplyAdd(squares[i], cells, variance);
            }
            _variances[list] = variance;
        }

        private void Reserve(ProgrammedMatrix matrix)
        {
            _rows = matrix.Spec.RowsPerRead;
            int lists = Chunk * matrix.Passes.Length, draws = matrix.Passes.Length * matrix.Width;
            _offsets = Enough(_offsets, lists * _rows);
            _drives = Enough(_drives, lists * _rows);
            _wideDrives = Enough(_wideDrives, lists * _rows);
            _squares = Enough(_squares, lists * _rows);
            if (_counts.Length < lists) (_counts, _variances) = (new int[lists], new float[lists]);
            Sums = Enough(Sums, matrix.Width);
            Values = Enough(Values, matrix.Width);
            Codes = Enough(Codes, matrix.Width);
            ReadDraws = Enough(ReadDraws, draws);
            AdcDraws = Enough(AdcDraws, draws);
        }

        private static AlignedBuffer<T> Enough<T>(AlignedBuffer<T> buffer, int length)
            where T : unmanaged => buffer.Length >= length ? buffer : new(length);
    }
}
