using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.Intrinsics;
using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>
/// Writes and reads weights as composite conductances (docs/theory/numeric-model.md, section 11). A read draws the conductances once for
/// all vectors of an input, rounds them to 16 bits and multiplies exactly, so that plain and fast arithmetic give the same bits.
/// </summary>
/// <param name="spec">The macro.</param>
/// <param name="seed">Seed of all noise.</param>
/// <param name="plain">Whether to compute statement by statement.</param>
internal sealed class CompositeKernel(MacroSpec spec, ulong seed, bool plain) : IMacroKernel
{
    /// <summary>Rows that share a sequence of draws.</summary>
    private const int RowsPerSequence = 64;

    /// <summary>Sizes of matrices whose memory is kept: more than a network has for inputs of one length.</summary>
    private const int MostSizes = 32;

    private readonly CompositeLaw _law = new(spec);
    private readonly ConcurrentDictionary<(int Inputs, int Outputs), ConcurrentBag<Drawn>> _spare = new();

    /// <summary>Memory of one read.</summary>
    private sealed class Drawn(int count)
    {
        public int[] Weights { get; } = new int[count];

        public IntegerMatrix? Matrix { get; set; }
    }

    public void Prepare(ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
    {
        var cells = matrix.Composite ??= new() { Written = new float[weights.Length], Spreads = _law.ReadSpreads is null ? null : new float[weights.Length] };
        if (_law.HasWriteNoise) WriteNoisy(matrix, weights, cells.Written);
        else
            for (int i = 0; i < weights.Length; i++) cells.Written[i] = _law.Written(weights[i]);
        if (_law.ReadSpreads is { } spreads)
        {
            for (int i = 0; i < weights.Length; i++) cells.Spreads![i] = spreads[Math.Abs(weights[i])];
            return;
        }
        int[] rounded = ArrayPool<int>.Shared.Rent(weights.Length);
        Round(cells.Written, default, default, rounded.AsSpan(0, weights.Length));
        if (cells.Fixed?.TryReplace(rounded) != true) cells.Fixed = new(rounded, matrix.Inputs, matrix.Outputs);
        ArrayPool<int>.Shared.Return(rounded);
    }

    public ActivityCounts Multiply(ProgrammedMatrix matrix, in MacroRead read, Span<double> y)
    {
        if (read.Statistics is { } statistics) Record(matrix, read, statistics);
        if (matrix.Composite!.Fixed is { } same) same.Multiply(read.X, read.Tokens, read.Workers, y);
        else
        {
            var spare = SpareOf(matrix);
            if (!spare.TryTake(out var drawn)) drawn = new(matrix.Inputs * matrix.Outputs);
            Draw(matrix, read, drawn.Weights);
            if (plain) IntegerMatrix.Reference(read.X, drawn.Weights, read.Tokens, matrix.Inputs, matrix.Outputs, y);
            else
            {
                if (drawn.Matrix?.TryReplace(drawn.Weights) != true) drawn.Matrix = new(drawn.Weights, matrix.Inputs, matrix.Outputs);
                drawn.Matrix!.Multiply(read.X, read.Tokens, read.Workers, y);
            }
            spare.Add(drawn);
        }
        double step = 1 / _law.Grid;
        foreach (ref double sum in y) sum *= step;
        return matrix.Reads(read.Tokens);
    }

    /// <summary>Memory for matrices of a size. Texts of many lengths have many sizes, so from time to time all are forgotten.</summary>
    private ConcurrentBag<Drawn> SpareOf(ProgrammedMatrix matrix)
    {
        var size = (matrix.Inputs, matrix.Outputs);
        if (_spare.TryGetValue(size, out var spare)) return spare;
        if (_spare.Count >= MostSizes) _spare.Clear();
        return _spare.GetOrAdd(size, static _ => []);
    }

    private void WriteNoisy(ProgrammedMatrix matrix, ReadOnlySpan<int> weights, float[] written)
    {
        int stride = Padded(matrix.Outputs);
        short[] draws = ArrayPool<short>.Shared.Rent(stride), pairDraws = ArrayPool<short>.Shared.Rent(stride);
        Array.Clear(pairDraws);
        NoiseStream stream = default, pairStream = default;
        for (int k = 0; k < matrix.Inputs; k++)
        {
            if (k % RowsPerSequence == 0)
            {
                var key = Key(matrix, NoisePurpose.Write, matrix.Site.Image is { } image ? image + 1 : 0, k);
                stream = new(key);
                if (_law.PairHasNoise) pairStream = new(key, index: 1);
            }
            stream.FillNormal(draws.AsSpan(0, stride));
            if (_law.PairHasNoise) pairStream.FillNormal(pairDraws.AsSpan(0, stride));
            Write(weights.Slice(k * matrix.Outputs, matrix.Outputs), draws, pairDraws, written.AsSpan(k * matrix.Outputs, matrix.Outputs));
        }
        ArrayPool<short>.Shared.Return(draws);
        ArrayPool<short>.Shared.Return(pairDraws);
    }

    private void Write(ReadOnlySpan<int> weights, ReadOnlySpan<short> draws, ReadOnlySpan<short> pairDraws, Span<float> written)
    {
        if (!plain) _law.Write(weights, draws, pairDraws, written);
        else
            for (int n = 0; n < weights.Length; n++) written[n] = _law.Written(weights[n], draws[n], pairDraws[n]);
    }

    /// <summary>Draws the conductances that all vectors of an input see.</summary>
    private void Draw(ProgrammedMatrix matrix, in MacroRead read, int[] weights)
    {
        int stride = Padded(matrix.Outputs);
        short[] draws = ArrayPool<short>.Shared.Rent(stride);
        NoiseStream stream = default;
        for (int k = 0; k < matrix.Inputs; k++)
        {
            if (k % RowsPerSequence == 0) stream = new(Key(matrix, NoisePurpose.Read, read.Image + 1, k));
            stream.FillNormal(draws.AsSpan(0, stride));
            int start = k * matrix.Outputs, count = matrix.Outputs;
            Round(matrix.Composite!.Written.AsSpan(start, count), matrix.Composite.Spreads.AsSpan(start, count), draws, weights.AsSpan(start, count));
        }
        ArrayPool<short>.Shared.Return(draws);
    }

    /// <summary>Whole grid steps nearest to what was written plus noise, ties to even, confined to 16 bits.</summary>
    /// <param name="written">In grid steps.</param>
    /// <param name="spreads">Grid steps per unit of a draw; empty for no noise.</param>
    /// <param name="draws">At least as many draws.</param>
    /// <param name="weights">As many numbers.</param>
    private void Round(ReadOnlySpan<float> written, ReadOnlySpan<float> spreads, ReadOnlySpan<short> draws, Span<int> weights)
    {
        const float Most = CompositeLaw.Largest;
        int lanes = Vector256<float>.Count, i = 0;
        if (!plain && !spreads.IsEmpty)
        {
            for (; i <= weights.Length - lanes; i += lanes)
            {
                var (low, high) = Vector128.Widen(Vector128.Create(draws.Slice(i, lanes)));
                var sum = Vector256.FusedMultiplyAdd(Vector256.Create(spreads.Slice(i, lanes)), Vector256.ConvertToSingle(Vector256.Create(low, high)), Vector256.Create(written.Slice(i, lanes)));
                sum = Vector256.Round(Vector256.Min(Vector256.Max(sum, Vector256.Create(-Most)), Vector256.Create(Most)));
                Vector256.ConvertToInt32Native(sum).CopyTo(weights[i..]);
            }
        }
        for (; i < weights.Length; i++)
        {
            float sum = spreads.IsEmpty ? written[i] : MathF.FusedMultiplyAdd(spreads[i], draws[i], written[i]);
            weights[i] = (int)MathF.Round(Math.Clamp(sum, -Most, Most));
        }
    }

    private NoiseKey Key(ProgrammedMatrix matrix, NoisePurpose purpose, int image, int row) =>
        new(seed, purpose, matrix.Site.Id, image, row / RowsPerSequence, matrix.Site.Head);

    /// <summary>Draws of one row: whole steps of the sequence.</summary>
    private static int Padded(int outputs) => (outputs + NoiseStream.Words - 1) / NoiseStream.Words * NoiseStream.Words;

    /// <summary>Pulses are the same whatever the noise is drawn for.</summary>
    private static void Record(ProgrammedMatrix matrix, in MacroRead read, ReadStatistics statistics)
    {
        for (int t = 0; t < read.Tokens; t++)
            foreach (var pass in matrix.Passes) statistics.AddInputs(read.X.Slice(t * matrix.Inputs, matrix.Inputs), pass, 0);
    }
}
