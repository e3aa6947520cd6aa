using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>From the 16-bit sums of one column and 8 tokens, [sample, token, pass], to outputs: noise, conversion, recombination.</summary>
internal static unsafe class LookupOutputs
{
    private const int Half = LookupSums.Lanes / 2, VectorLanes = LookupSums.Vectors * LookupSums.Lanes;

    /// <summary>Replaces sums by codes.</summary>
    public static void Convert(CodeLine[] lines, short* sums)
    {
        foreach (var line in lines)
        {
            Vector512<double> slope = Vector512.Create(line.Slope), intercept = Vector512.Create(line.Intercept);
            var largest = Vector256.Create((short)line.Largest);
            for (int i = 0; i < VectorLanes; i += LookupSums.Lanes)
            {
                // Stored as one vector, because that is how the codes are loaded again.
                var low = Codes(Avx512F.ConvertToVector512Int32(Vector256.LoadAligned(sums + i)), slope, intercept, largest);
                var high = Codes(Avx512F.ConvertToVector512Int32(Vector256.LoadAligned(sums + i + Half)), slope, intercept, largest);
                Vector512.Create(low, high).StoreAligned(sums + i);
            }
            sums += VectorLanes;
        }
    }

    /// <summary>Adds read noise to sums and replaces them by codes.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="read">The read.</param>
    /// <param name="g">Group.</param>
    /// <param name="column">Column.</param>
    /// <param name="token">The first of the tokens.</param>
    /// <param name="spreads">Sigma in grid steps of constant noise, shape [token, pass]; null for proportional noise.</param>
    /// <param name="squares">Summed squares of proportional noise, laid out as the sums and from the smallest number up.</param>
    /// <param name="sums">Sums in, codes out.</param>
    public static void ConvertNoisy(ProgrammedMatrix matrix, in MacroRead read, int g, int column, int token, float* spreads, short* squares, short* sums)
    {
        var lines = matrix.Lookup!.Lines[g];
        var key = matrix.Key(NoisePurpose.Read, read.Seed, read.Image, matrix.Groups[g].Tile, column);
        int quads = matrix.Samples / 4;
        var passes = Vector512<ulong>.Indices * (ulong)quads;
        float sigma = matrix.ReadNoise * (float)matrix.NoiseGrid, squareStep = (float)(1 / matrix.SquareGrid);
        for (int i = 0; i < VectorLanes; i += Half, token += 2)
        {
            var first = passes + Vector512.Create((ulong)(matrix.Draw(token, g, 0, 0) / 4));
            var second = passes + Vector512.Create((ulong)(matrix.Draw(token + 1, g, 0, 0) / 4));
            for (int quad = 0; quad < quads; quad++, first += Vector512<ulong>.One, second += Vector512<ulong>.One)
            {
                key.TwoRuns(first, second, out var x0, out var x1, out var x2, out var x3);
                int at = 4 * quad * VectorLanes + i;
                for (int j = 0; j < 4; j++, at += VectorLanes)
                {
                    var spread = squares is null ? Vector512.LoadAligned(spreads + i) : Spread(squares + at, squareStep, sigma);
                    var noise = spread * Gaussian.FromWords(x0);
                    (x0, x1, x2) = (x1, x2, x3);
                    var line = lines[4 * quad + j];
                    var sum = Avx512F.ConvertToVector512Int32(Vector256.LoadAligned(sums + at)) + Steps(noise);
                    Codes(sum, Vector512.Create(line.Slope), Vector512.Create(line.Intercept), Vector256.Create((short)line.Largest)).StoreAligned(sums + at);
                }
            }
        }
    }

    /// <summary>Sigma in grid steps of 16 reads with proportional noise.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Spread(short* squares, float squareStep, float sigma)
    {
        var steps = Avx512F.ConvertToVector512Int32(Vector256.LoadAligned(squares)) - Vector512.Create((int)short.MinValue);
        return Vector512.Sqrt(Vector512.ConvertToSingle(steps) * squareStep) * sigma;
    }

    /// <summary>Adds the weighted codes of all samples to the outputs as the model says, sample by sample.</summary>
    public static void Add(ProgrammedMatrix matrix, int g, short* laneWeights, short* codes, double* corrections, double* outputs)
    {
        var transfers = matrix.Converters![g].Transfers!;
        int perSlice = matrix.Samples / matrix.SliceWeights.Length;
        double passWeights = matrix.Lookup!.PassWeights;
        Vector512<double> output = Vector512.Load(outputs), correction = Vector512.Load(corrections);
        var weights = Vector512.LoadAligned(laneWeights);
        for (int slice = 0; slice < matrix.SliceWeights.Length; slice++)
        {
            int sample = slice * perSlice;
            var value = Counts(transfers[sample].Q, transfers[sample].Low * passWeights, weights, codes + sample * VectorLanes);
            var less = perSlice == 2 ? Counts(transfers[sample + 1].Q, transfers[sample + 1].Low * passWeights, weights, codes + (sample + 1) * VectorLanes) : correction;
            output = Vector512.FusedMultiplyAdd(Vector512.Create(matrix.SliceWeights[slice]), value - less, output);
        }
        output.Store(outputs);
    }

    /// <summary>Converts by shifts and adds all samples as integers; every step is exact.</summary>
    public static void AddShifted(CodeShift shift, int samples, short* sums, double* constants, double* outputs)
    {
        Vector512<short> bias = Vector512.Create(shift.Bias), low = Vector512.Create(shift.Low), high = Vector512.Create(shift.High);
        var bits = Vector128.CreateScalar((short)shift.Shift);
        Vector512<int> first = default, second = default;
        fixed (short* weights = shift.Weights)
            for (int sample = 0; sample < samples; sample++, sums += VectorLanes)
            {
                var weight = Vector512.Load(weights + sample * LookupSums.Lanes);
                var a = Avx512BW.ShiftRightArithmetic(Avx512BW.AddSaturate(Vector512.LoadAligned(sums), bias), bits);
                var b = Avx512BW.ShiftRightArithmetic(Avx512BW.AddSaturate(Vector512.LoadAligned(sums + LookupSums.Lanes), bias), bits);
                first += Avx512BW.MultiplyAddAdjacent(Vector512.Min(Vector512.Max(a, low), high), weight);
                second += Avx512BW.MultiplyAddAdjacent(Vector512.Min(Vector512.Max(b, low), high), weight);
            }
        var sum = Vector512.FusedMultiplyAdd(Avx512F.ConvertToVector512Double(PerToken(first, second)), Vector512.Create(shift.Step), Vector512.Load(constants));
        (Vector512.Load(outputs) + sum).Store(outputs);
    }

    /// <summary>Codes of 16 sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Codes(Vector512<int> sums, Vector512<double> slope, Vector512<double> intercept, Vector256<short> largest)
    {
        var low = Avx512F.ConvertToVector256Int32(Vector512.FusedMultiplyAdd(Avx512F.ConvertToVector512Double(sums.GetLower()), slope, intercept));
        var high = Avx512F.ConvertToVector256Int32(Vector512.FusedMultiplyAdd(Avx512F.ConvertToVector512Double(sums.GetUpper()), slope, intercept));
        var codes = Avx512F.ConvertToVector256Int16WithSaturation(Vector512.Create(low, high));
        return Vector256.Min(Vector256.Max(codes, default), largest);
    }

    /// <summary>floor(noise + 0.5): the sum is rounded down too, so that it cannot reach a whole number that the exact one does not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Steps(Vector512<float> noise) => Avx512F.ConvertToVector512Int32(
        Avx512F.Add(noise, Vector512.Create(0.5f), FloatRoundingMode.ToNegativeInfinity), FloatRoundingMode.ToNegativeInfinity);

    /// <summary>The weighted codes of one sample in counts, per token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Counts(double q, double low, Vector512<short> weights, short* codes)
    {
        var first = Avx512BW.MultiplyAddAdjacent(Vector512.LoadAligned(codes), weights);
        var second = Avx512BW.MultiplyAddAdjacent(Vector512.LoadAligned(codes + LookupSums.Lanes), weights);
        return Avx512F.ConvertToVector512Double(PerToken(first, second)) / Vector512.Create(q) + Vector512.Create(low);
    }

    /// <summary>Sums of the four pairs of passes of each token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> PerToken(Vector512<int> first, Vector512<int> second)
    {
        var sums = Avx512F.UnpackLow(first, second) + Avx512F.UnpackHigh(first, second);
        sums += Avx512F.Shuffle(sums, 0x4E);
        return Avx512F.PermuteVar16x32(sums, Vector512.Create(0, 4, 8, 12, 1, 5, 9, 13, 0, 0, 0, 0, 0, 0, 0, 0)).GetLower();
    }
}
