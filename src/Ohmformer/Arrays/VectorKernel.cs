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
internal sealed unsafe partial class VectorKernel : IMacroKernel, IBlockReader
{
    private const int Lanes = ProgrammedMatrix.Lanes;

    /// <summary>Vectors whose pulses are listed at once; a block's cells are moved once for all of them.</summary>
    private const int Chunk = 64;

    [ThreadStatic]
    private static Scratch? _scratch;

    public ActivityCounts Multiply(ProgrammedMatrix matrix, in MacroRead read, Span<double> y)
    {
        if (matrix.Linear is null || read.Statistics is not null) BlockLoop.Run<VectorKernel>(matrix, read, matrix.AllBlocks, y);
        if (matrix.Linear is not null) LinearKernel.Multiply(matrix, read, y);
        matrix.Correct(read, y);
        return matrix.Reads(read.Tokens);
    }

    /// <summary>Overwrites some blocks of 16 outputs by what their columns report, before the digital corrections.</summary>
    public static void Read(ProgrammedMatrix matrix, in MacroRead read, ReadOnlySpan<int> blocks, Span<double> y)
    {
        var scratch = _scratch ??= new();
        for (int start = 0; start < read.Tokens; start += Chunk)
        {
            int tokens = Math.Min(Chunk, read.Tokens - start);
            scratch.Reserve(matrix, blocks.Length);
            for (int g = 0; g < matrix.Groups.Length; g++)
            {
                scratch.ListPulses(matrix, read, matrix.Groups[g], start, tokens);
                for (int i = 0; i < blocks.Length; i++) ReadBlock(matrix, read, scratch, g, blocks[i], start, tokens, scratch.Accumulators(i));
            }
            for (int i = 0; i < blocks.Length; i++) StoreOutputs(matrix, scratch.Accumulators(i), blocks[i], start, tokens, y);
        }
        GC.KeepAlive(matrix);
    }

    /// <summary>Adds what one group of rows contributes to 16 outputs of a chunk of vectors.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="read">The read.</param>
    /// <param name="scratch">Memory, with the pulses listed.</param>
    /// <param name="g">Group.</param>
    /// <param name="block">Block of columns.</param>
    /// <param name="start">First vector.</param>
    /// <param name="tokens">Vectors.</param>
    /// <param name="sums">Weighted codes per curve, or values, shape [token, curve, lane].</param>
    private static void ReadBlock(ProgrammedMatrix matrix, in MacroRead read, Scratch scratch, int g, int block, int start, int tokens, double* sums)
    {
        int width = matrix.Samples * Lanes, passes = matrix.Passes.Length;
        double* values = scratch.Values.Pointer;
        scratch.LoadCells(matrix, matrix.Groups[g], block);
        if (matrix.ReadNoise > 0) scratch.DrawReadNoise(matrix, read, g, block, start, tokens);
        for (int token = 0; token < tokens; token++, sums += matrix.Accumulators * Lanes)
        {
            new Span<double>(scratch.Codes.Pointer, width).Clear();
            if (matrix.Converters?[g].HasNoise == true) DrawConverterNoise(matrix, read, scratch, g, start + token, block * Lanes);
            for (int p = 0; p < passes; p++)
            {
                var pulses = scratch.Pulses(token * passes + p);
                if (scratch.IsSingle)
                {
                    float* singles = scratch.Sums.Pointer;
                    SumPulses(scratch.SingleCells.Pointer, pulses.Offsets, pulses.Drives, pulses.Count, width, singles);
                    for (int i = 0; i < width; i += Lanes)
                    {
                        var (low, high) = Vector512.Widen(Vector512.LoadAligned(singles + i));
                        low.StoreAligned(values + i);
                        high.StoreAligned(values + i + Lanes / 2);
                    }
                }
                else SumPulses(scratch.Cells.Pointer, pulses.Offsets, pulses.WideDrives, pulses.Count, width, values);

                if (matrix.ReadNoise > 0) AddReadNoise(matrix, scratch, pulses, token, p);
                if (read.Statistics is { } statistics) Record(matrix, statistics, g, block * Lanes, values);
                Convert(matrix, scratch, g, p, block * Lanes);
            }
            Accumulate(matrix, g, scratch.Codes.Pointer, sums);
        }
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

    /// <summary>Standard normal numbers [pass, sample, lane] of the conversions of 16 columns.</summary>
    private static void DrawConverterNoise(ProgrammedMatrix matrix, in MacroRead read, Scratch scratch, int g, int token, int column) =>
        Gaussian.FillColumns(
            matrix.Key(NoisePurpose.AdcNoise, read.Seed, read.Image, matrix.Groups[g].Tile, column), matrix.Draw(token, g, 0, 0), matrix.Passes.Length * matrix.Samples, scratch.AdcDraws.Span);

    private static void AddReadNoise(ProgrammedMatrix matrix, Scratch scratch, PulseList pulses, int token, int p)
    {
        int width = matrix.Samples * Lanes;
        double* values = scratch.Values.Pointer;
        float* variances = scratch.Sums.Pointer;
        if (scratch.HasWideSquares) SumWideSquares(matrix, scratch, pulses, width, variances);
        else if (matrix.ProportionalNoise) SumPulses(scratch.Squares.Pointer, pulses.Offsets, pulses.SquaredDrives, pulses.Count, width, variances);
        else new Span<float>(variances, width).Fill(pulses.Variance);

        short* draws = scratch.ReadDraws(matrix, token, p);
        Vector512<float> sigma = Vector512.Create(matrix.ReadNoise), unit = Vector512.Create(MathF.ScaleB(1, -Gaussian16.FractionBits));
        for (int i = 0; i < width; i += Lanes)
        {
            var spread = Vector512.Sqrt(Vector512.LoadAligned(variances + i)) * sigma;
            var (low16, high16) = Vector256.Widen(Vector256.Load(draws + i));
            var gaussian = Vector512.Create(low16, high16);
            var (low, high) = matrix.NoiseGrid > 0
                ? NoiseSteps(spread * Vector512.Create((float)(8 * matrix.NoiseGrid)), gaussian, matrix.NoiseGrid)
                : Vector512.Widen(spread * (Vector512.ConvertToSingle(gaussian) * unit));
            (Vector512.LoadAligned(values + i) + low).StoreAligned(values + i);
            (Vector512.LoadAligned(values + i + Lanes / 2) + high).StoreAligned(values + i + Lanes / 2);
        }
    }

    /// <summary>Variances whose whole steps single precision does not hold until they are summed.</summary>
    private static void SumWideSquares(ProgrammedMatrix matrix, Scratch scratch, PulseList pulses, int width, float* variances)
    {
        double* sums = scratch.WideSums.Pointer;
        SumPulses(scratch.WideSquares.Pointer, pulses.Offsets, pulses.WideSquaredDrives, pulses.Count, width, sums);
        for (int i = 0; i < width; i++) variances[i] = (float)sums[i] * (float)(1 / matrix.SquareGrid);
    }

    /// <summary>((gaussian round(spread) + 2^14) >> 15) / grid.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<double> Low, Vector512<double> High) NoiseSteps(Vector512<float> spread, Vector512<int> gaussian, double grid)
    {
        var (spreadLow, spreadHigh) = Vector512.Widen(Vector512.Round(spread, MidpointRounding.ToEven));
        var (low, high) = Vector512.Widen(gaussian);
        return (Round(spreadLow * Vector512.ConvertToDouble(low), grid), Round(spreadHigh * Vector512.ConvertToDouble(high), grid));

        static Vector512<double> Round(Vector512<double> product, double grid) =>
            Vector512.Floor(product * Vector512.Create(Math.ScaleB(1, -15)) + Vector512.Create(0.5)) / Vector512.Create(grid);
    }

    private static void Record(ProgrammedMatrix matrix, ReadStatistics statistics, int g, int column, double* values)
    {
        int valid = Math.Min(Lanes, matrix.Outputs - column);
        for (int sample = 0; sample < matrix.Samples; sample++)
            statistics.Record(matrix.Slice(sample), new(values + sample * Lanes, valid), matrix.Converters?[g].FullScales[sample]);
    }

    /// <summary>Adds the weighted codes (or values, where there are no codes) of one pass.</summary>
    private static void Convert(ProgrammedMatrix matrix, Scratch scratch, int g, int p, int column)
    {
        double* codes = scratch.Codes.Pointer, values = scratch.Values.Pointer;
        double weight = matrix.Passes[p].Weight;
        if (matrix.Curves is not null)
        {
            var transfers = matrix.Converters![g].Transfers!;
            if (transfers[0].Rounding == AdcRounding.HalfUp) AddCodesHalfUp(transfers, weight, values, codes);
            else AddCodesHalfEven(transfers, weight, values, codes);
            return;
        }
        if (matrix.Converters?[g] is { } converters) ConvertOneByOne(matrix, scratch, converters, g, p, column);
        var factor = Vector512.Create(weight);
        for (int i = 0; i < matrix.Samples * Lanes; i += Vector512<double>.Count)
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
        float* draws = scratch.AdcDraws.Pointer + p * matrix.Samples * Lanes;
        int valid = Math.Min(Lanes, matrix.Outputs - column), tile = matrix.Groups[g].Tile;
        for (int sample = 0; sample < matrix.Samples; sample++)
            for (int lane = 0; lane < valid; lane++)
            {
                int i = sample * Lanes + lane;
                values[i] = converters[sample].Convert(values[i], matrix.Converter(tile, sample, column + lane), draws[i]);
            }
    }

    /// <summary>Adds the codes of a group's samples to their curves, or its values to the output, 16 columns at once.</summary>
    private static void Accumulate(ProgrammedMatrix matrix, int g, double* codes, double* sums)
    {
        for (int sample = 0; sample < matrix.Samples; sample++, codes += Lanes)
        {
            double* sum = sums + (matrix.Curves?.Index[g][sample] ?? 0) * Lanes;
            var weight = Vector512.Create(matrix.SampleWeights[sample]);
            Vector512.FusedMultiplyAdd(weight, Vector512.LoadAligned(codes), Vector512.LoadAligned(sum)).StoreAligned(sum);
            Vector512.FusedMultiplyAdd(weight, Vector512.LoadAligned(codes + Lanes / 2), Vector512.LoadAligned(sum + Lanes / 2)).StoreAligned(sum + Lanes / 2);
        }
    }

    private static void StoreOutputs(ProgrammedMatrix matrix, double* sums, int block, int start, int tokens, Span<double> y)
    {
        int column = block * Lanes, valid = Math.Min(Lanes, matrix.Outputs - column);
        for (int token = start; token < start + tokens; token++)
        {
            var outputs = y.Slice(token * matrix.Outputs + column, valid);
            if (matrix.Curves is null) new ReadOnlySpan<double>(sums, valid).CopyTo(outputs);
            else
                for (int lane = 0; lane < valid; lane++)
                {
                    double value = 0;
                    for (int j = 0; j < matrix.Curves.All.Length; j++) value += matrix.Curves.All[j].Value(sums[j * Lanes + lane]);
                    outputs[lane] = value;
                }
            sums += matrix.Accumulators * Lanes;
        }
    }
}
