using System.Buffers;
using System.Runtime.Intrinsics;
using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>
/// Reads without a converter: y = x W with the recombined conductances of <see cref="LinearPlan"/>, in double precision over
/// increasing rows, and one draw of read noise per output with the summed variance of all its reads.
/// </summary>
internal static unsafe class LinearKernel
{
    private const int Lanes = LinearPlan.Lanes, Half = Lanes / 2, Rows = 4;

    /// <summary>Overwrites y by the product before the digital corrections.</summary>
    public static void Multiply(ProgrammedMatrix matrix, in MacroRead read, Span<double> y)
    {
        var plan = matrix.Linear!;
        int count = read.Tokens * matrix.Inputs;
        double[] x = ArrayPool<double>.Shared.Rent(count);
        for (int i = 0; i < count; i++) x[i] = read.X[i];
        Product(x, plan.Weights, matrix, read.Tokens, y);
        if (matrix.ReadNoise > 0) AddNoise(matrix, read, plan, x, y);
        ArrayPool<double>.Shared.Return(x);
    }

    /// <summary>y[t, n] = sum_k x[t, k] packed[n / 16, k, n % 16] over increasing k.</summary>
    private static void Product(double[] x, AlignedBuffer<double> packed, ProgrammedMatrix matrix, int tokens, Span<double> y)
    {
        int inputs = matrix.Inputs, outputs = matrix.Outputs;
        double* sums = stackalloc double[Rows * Lanes];
        fixed (double* rows = x)
            for (int block = 0; block < matrix.Blocks; block++)
            {
                int column = block * Lanes, valid = Math.Min(Lanes, outputs - column);
                for (int t = 0; t < tokens; t += Rows)
                {
                    int last = tokens - 1;
                    SumFour(
                        rows + t * inputs, rows + Math.Min(t + 1, last) * inputs, rows + Math.Min(t + 2, last) * inputs, rows + Math.Min(t + 3, last) * inputs,
                        packed.Pointer + (long)block * inputs * Lanes, inputs, sums);
                    for (int i = 0; i < Math.Min(Rows, tokens - t); i++)
                        new ReadOnlySpan<double>(sums + i * Lanes, valid).CopyTo(y[((t + i) * outputs + column)..]);
                }
            }
        GC.KeepAlive(packed);
    }

    private static void SumFour(double* x0, double* x1, double* x2, double* x3, double* weights, int count, double* sums)
    {
        Vector512<double> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        for (int k = 0; k < count; k++, weights += Lanes)
        {
            Vector512<double> low = Vector512.LoadAligned(weights), high = Vector512.LoadAligned(weights + Half);
            var x = Vector512.Create(x0[k]);
            a0 = Vector512.FusedMultiplyAdd(x, low, a0);
            a1 = Vector512.FusedMultiplyAdd(x, high, a1);
            x = Vector512.Create(x1[k]);
            b0 = Vector512.FusedMultiplyAdd(x, low, b0);
            b1 = Vector512.FusedMultiplyAdd(x, high, b1);
            x = Vector512.Create(x2[k]);
            c0 = Vector512.FusedMultiplyAdd(x, low, c0);
            c1 = Vector512.FusedMultiplyAdd(x, high, c1);
            x = Vector512.Create(x3[k]);
            d0 = Vector512.FusedMultiplyAdd(x, low, d0);
            d1 = Vector512.FusedMultiplyAdd(x, high, d1);
        }
        a0.Store(sums);
        a1.Store(sums + Half);
        b0.Store(sums + Lanes);
        b1.Store(sums + Lanes + Half);
        c0.Store(sums + 2 * Lanes);
        c1.Store(sums + 2 * Lanes + Half);
        d0.Store(sums + 3 * Lanes);
        d1.Store(sums + 3 * Lanes + Half);
    }

    private static void AddNoise(ProgrammedMatrix matrix, in MacroRead read, LinearPlan plan, double[] drives, Span<double> y)
    {
        int count = read.Tokens * matrix.Inputs, outputs = matrix.Outputs;
        for (int i = 0; i < count; i++) drives[i] = SquaredDrive(matrix.Passes, read.X[i]);
        double[] variances = ArrayPool<double>.Shared.Rent(read.Tokens * outputs);
        if (plan.Squares is { } squares) Product(drives, squares, matrix, read.Tokens, variances);
        else
            for (int t = 0; t < read.Tokens; t++)
            {
                double sum = 0;
                foreach (double drive in drives.AsSpan(t * matrix.Inputs, matrix.Inputs)) sum = Math.FusedMultiplyAdd(drive, plan.ConstantSquare, sum);
                variances.AsSpan(t * outputs, outputs).Fill(sum);
            }
        int padded = (read.Tokens + NoiseStream.Words - 1) / NoiseStream.Words * NoiseStream.Words;
        short[] draws = ArrayPool<short>.Shared.Rent(padded);
        for (int n = 0; n < outputs; n++)
        {
            var stream = new NoiseStream(matrix.Key(NoisePurpose.Read, read.Seed, read.Image, 0, n));
            stream.FillNormal(draws.AsSpan(0, padded));
            for (int t = 0; t < read.Tokens; t++)
                y[t * outputs + n] += Math.Sqrt(variances[t * outputs + n]) * matrix.ReadNoise * Math.ScaleB(draws[t], -Gaussian16.FractionBits);
        }
        ArrayPool<short>.Shared.Return(draws);
        ArrayPool<double>.Shared.Return(variances);
    }

    /// <summary>Sum over passes of (weight * pulse)^2.</summary>
    private static double SquaredDrive(InputPass[] passes, int x)
    {
        double sum = 0;
        foreach (var pass in passes)
        {
            double drive = pass.Weight * pass.Drive(x);
            sum += drive * drive;
        }
        return sum;
    }
}
