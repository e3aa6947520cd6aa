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
        var scratch = _scratch ??= new();
        y.Clear();
        for (int g = 0; g < matrix.Groups.Length; g++)
            for (int start = 0; start < read.Tokens; start += Chunk)
            {
                int tokens = Math.Min(Chunk, read.Tokens - start);
                scratch.ListPulses(matrix, read, matrix.Groups[g], start, tokens);
                for (int block = 0; block < matrix.Blocks; block++)
                    for (int token = 0; token < tokens; token++)
                        ReadBlock(matrix, read, scratch, g, block, token, start + token, y);
            }
        SubtractOffset(matrix, read, y);
        GC.KeepAlive(matrix);
        return matrix.Reads(read.Tokens);
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
        if (matrix.Converters is { } converters && converters[g].Any(c => c.HasNoise))
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
        Vector512<double> grid = Vector512.Create(matrix.NoiseGrid), half = Vector512.Create(0.5);
        for (int i = 0; i < width; i += Lanes)
        {
            var noise = Vector512.Sqrt(Vector512.LoadAligned(variances + i)) * sigma * Vector512.LoadAligned(draws + i);
            var (low, high) = Vector512.Widen(noise);
            if (matrix.NoiseGrid > 0)
            {
                low = Vector512.Floor(low * grid + half) / grid;
                high = Vector512.Floor(high * grid + half) / grid;
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
                statistics.Record(matrix.Slice(sample), values[sample * Lanes + lane], matrix.FullScales?[g][sample]);
    }

    /// <summary>Adds the weighted codes (or values, where there are no codes) of one pass.</summary>
    private static void Convert(ProgrammedMatrix matrix, Scratch scratch, int g, int p, int column)
    {
        double* codes = scratch.Codes.Pointer, values = scratch.Values.Pointer;
        double weight = matrix.Passes[p].Weight;
        for (int sample = 0; sample < matrix.Samples; sample++)
        {
            int first = sample * Lanes;
            var converter = matrix.Converters?[g][sample];
            if (converter is { Transfer: null }) ConvertOneByOne(matrix, scratch, converter, g, p, sample, column);
            for (int i = first; i < first + Lanes; i += Vector512<double>.Count)
            {
                var result = Vector512.LoadAligned(values + i);
                if (converter?.Transfer is { } transfer) result = Code(transfer, result);
                Vector512.FusedMultiplyAdd(Vector512.Create(weight), result, Vector512.LoadAligned(codes + i)).StoreAligned(codes + i);
            }
        }
    }

    /// <summary>Lane for lane <see cref="AdcTransfer.Code"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Code(AdcTransfer transfer, Vector512<double> value)
    {
        Vector512<double> low = Vector512.Create(transfer.Low), high = Vector512.Create(transfer.High);
        var position = (Vector512.MinNative(Vector512.MaxNative(value, low), high) - low) * Vector512.Create(transfer.Q);
        return transfer.Rounding == AdcRounding.HalfUp
            ? Vector512.Floor(position + Vector512.Create(0.5))
            : Vector512.Round(position, MidpointRounding.ToEven);
    }

    private static void ConvertOneByOne(ProgrammedMatrix matrix, Scratch scratch, IAdc converter, int g, int p, int sample, int column)
    {
        double* values = scratch.Values.Pointer + sample * Lanes;
        float* draws = scratch.AdcDraws.Pointer + (p * matrix.Samples + sample) * Lanes;
        int valid = Math.Min(Lanes, matrix.Outputs - column), tile = matrix.Groups[g].Tile;
        for (int lane = 0; lane < valid; lane++)
            values[lane] = converter.Convert(values[lane], matrix.Converter(tile, sample, column + lane), draws[lane]);
    }

    private static void Recombine(ProgrammedMatrix matrix, Scratch scratch, int g, int local, int column, Span<double> y)
    {
        double* padded = stackalloc double[Lanes];
        var lanes = new Span<double>(padded, Lanes);
        y.CopyTo(lanes);
        int perSlice = matrix.Samples / matrix.Spec.Slices;
        bool correctGMin = matrix.Spec.Polarities == 1;
        var correction = Vector512.Create(matrix.GMinCounts * scratch.InputSums[local]);
        for (int half = 0; half < Lanes; half += Vector512<double>.Count)
        {
            var sum = Vector512.Load(padded + half);
            for (int slice = 0; slice < matrix.Spec.Slices; slice++)
            {
                var value = Counts(matrix, scratch, g, slice * perSlice, half);
                if (perSlice == 2) value -= Counts(matrix, scratch, g, slice * perSlice + 1, half);
                else if (correctGMin) value -= correction;
                sum = Vector512.FusedMultiplyAdd(Vector512.Create(matrix.Encoding.SliceWeight(slice)), value, sum);
            }
            sum.Store(padded + half);
        }
        lanes[..y.Length].CopyTo(y);
    }

    /// <summary>Eight recombined samples in counts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Counts(ProgrammedMatrix matrix, Scratch scratch, int g, int sample, int half)
    {
        var codes = Vector512.LoadAligned(scratch.Codes.Pointer + sample * Lanes + half);
        return matrix.Converters?[g][sample].Transfer is { } transfer
            ? codes / Vector512.Create(transfer.Q) + Vector512.Create(transfer.Low * scratch.PassWeights)
            : codes;
    }

    private static void SubtractOffset(ProgrammedMatrix matrix, in MacroRead read, Span<double> y)
    {
        if (matrix.Encoding.Offset == 0) return;
        for (int t = 0; t < read.Tokens; t++)
        {
            long inputSum = 0;
            foreach (int input in read.X.Slice(t * matrix.Inputs, matrix.Inputs)) inputSum += input;
            double offset = (double)matrix.Encoding.Offset * inputSum;
            foreach (ref double value in y.Slice(t * matrix.Outputs, matrix.Outputs)) value -= offset;
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
                    read.Statistics?.AddInputs(x, matrix.Passes[p]);
                }
            }
        }

        private void List(ProgrammedMatrix matrix, ReadOnlySpan<int> x, InputPass pass, int list)
        {
            var offsets = _offsets.Span.Slice(list * _rows, _rows);
            var drives = _drives.Span.Slice(list * _rows, _rows);
            var wide = _wideDrives.Span.Slice(list * _rows, _rows);
            var squares = _squares.Span.Slice(list * _rows, _rows);
            int count = 0;
            float variance = 0, cells = matrix.Spec.SubtractsCurrents() ? 2 : 1;
            for (int r = 0; r < x.Length; r++)
            {
                int drive = pass.Drive(x[r]);
                if (drive == 0) continue;
                offsets[count] = r * matrix.Width;
                drives[count] = drive;
                wide[count] = drive;
                squares[count] = drive * drive;
                variance = MathF.FusedMultiplyAdd(drive * drive, cells, variance);
                count++;
            }
            _counts[list] = count;
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
