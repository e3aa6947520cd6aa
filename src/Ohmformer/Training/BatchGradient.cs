using System.Numerics;
using System.Numerics.Tensors;
using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>A network: anything that builds logits on a tape.</summary>
/// <param name="tape">Records the operations.</param>
/// <param name="values">All parameters.</param>
/// <param name="gradients">As long as the values; <see cref="Tape.Backward"/> adds to it. Empty for evaluation: nothing is recorded.</param>
/// <param name="batch">What the network reads.</param>
/// <param name="epoch">Epoch of the training, for what is drawn at random.</param>
/// <param name="samples">Which samples of the data these are.</param>
/// <returns>Logits, and what is added to their loss.</returns>
public delegate NetworkOutput Network(Tape tape, Memory<float> values, Memory<float> gradients, TrainingBatch batch, int epoch, ReadOnlyMemory<int> samples);

/// <summary>What a network answers.</summary>
/// <param name="Logits">A row for every label of the batch.</param>
/// <param name="Penalty">What training adds to the sum of the losses of all rows, shape [1, 1]; null for nothing.</param>
public readonly record struct NetworkOutput(Tensor Logits, Tensor? Penalty = null)
{
    /// <summary>Logits alone.</summary>
    public static implicit operator NetworkOutput(Tensor logits) => new(logits);
}

/// <summary>Loss and right answers of some samples.</summary>
/// <param name="Loss">Sum of the losses of all scored rows, in nats.</param>
/// <param name="Correct">Scored rows whose largest logit is that of the label.</param>
/// <param name="Rows">Rows of logits that are scored.</param>
public readonly record struct BatchResult(double Loss, int Correct, int Rows)
{
    /// <summary>Both together.</summary>
    public static BatchResult operator +(BatchResult x, BatchResult y) => new(x.Loss + y.Loss, x.Correct + y.Correct, x.Rows + y.Rows);
}

/// <summary>
/// The gradient of the mean loss over a batch. A batch is cut into shards, each with its own sum of gradients, and the sums are added
/// in the order of the shards. How it is cut depends on the batch only: the result has the same bits for every number of threads.
/// </summary>
public sealed class BatchGradient
{
    // Rows that are computed together: enough to fill matrix products, few enough for the second-level cache.
    private const int RowsAtOnce = 512;

    // More shards serve more threads, but each costs a pass over all parameters. A power of two, as most numbers of threads are.
    private const int MostShards = 8;

    // Parameters that are added up by one thread at a time, and of which squares are added in single precision.
    private const int Chunk = 16384, SquaresChunk = 512;

    private readonly Network _network;
    private readonly Workers _workers;
    private readonly int _samplesAtOnce;
    private readonly float[][] _sums = new float[MostShards][];
    private readonly BatchResult[] _results = new BatchResult[MostShards];
    private readonly double[] _squares;
    private readonly Tape[] _tapes;
    private readonly int _parameters;
    private double _norm;

    /// <summary>Prepares batches.</summary>
    /// <param name="network">The network.</param>
    /// <param name="parameters">Number of its parameters.</param>
    /// <param name="tokens">Tokens of a sample, or of the longest.</param>
    /// <param name="workers">The threads.</param>
    public BatchGradient(Network network, int parameters, int tokens, Workers workers)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokens);
        (_network, _parameters, _workers) = (network, parameters, workers);
        _samplesAtOnce = Math.Max(1, (RowsAtOnce + tokens / 2) / tokens);
        _squares = new double[(parameters + Chunk - 1) / Chunk];
        _tapes = [.. Enumerable.Range(0, workers.MaxThreads).Select(_ => new Tape())];
    }

    /// <summary>The gradient of the last batch, until the next.</summary>
    public Span<float> Gradient => _sums[0];

    /// <summary>Computes the gradient of the mean loss over all scored rows of a batch of training samples.</summary>
    /// <param name="values">All parameters.</param>
    /// <param name="task">Where the samples come from; it is read by several threads.</param>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="samples">Indices of training samples.</param>
    public BatchResult Compute(float[] values, ITrainingTask task, int epoch, ReadOnlyMemory<int> samples)
    {
        ArgumentOutOfRangeException.ThrowIfZero(samples.Length, nameof(samples));
        int shards = Math.Min((int)BitOperations.RoundUpToPowerOf2((uint)((samples.Length + _samplesAtOnce - 1) / _samplesAtOnce)), MostShards);
        for (int shard = 0; shard < shards; shard++) _sums[shard] ??= new float[_parameters];
        _workers.Run(shards, 1, new Shards(this, values, task, epoch, samples, shards));
        var result = Sum(_results.AsSpan(0, shards));
        float factor = result.Rows == 0 ? 0 : 1f / result.Rows;
        _workers.Run(_squares.Length, 1, new Sums(this, shards, factor));
        double square = 0;
        foreach (double part in _squares) square += part;
        _norm = Math.Sqrt(square);
        return result;
    }

    /// <summary>Scores samples without gradients.</summary>
    /// <param name="values">All parameters.</param>
    /// <param name="task">Where the samples come from.</param>
    /// <param name="part">Part of the data.</param>
    /// <param name="samples">Samples of the part.</param>
    public BatchResult Evaluate(float[] values, ITrainingTask task, DataPart part, ReadOnlyMemory<int> samples)
    {
        var results = new BatchResult[(samples.Length + _samplesAtOnce - 1) / _samplesAtOnce];
        _workers.Run(results.Length, 1, new Evaluation(this, values, task, part, samples, results));
        return Sum(results);
    }

    /// <summary>Shortens the gradient to a norm that it exceeds.</summary>
    /// <param name="largest">Largest Euclidean norm.</param>
    /// <returns>The norm before.</returns>
    public double Clip(double largest)
    {
        if (_norm > largest) TensorPrimitives.Multiply(Gradient, (float)(largest / _norm), Gradient);
        return _norm;
    }

    private static BatchResult Sum(ReadOnlySpan<BatchResult> parts)
    {
        var sum = default(BatchResult);
        foreach (var part in parts) sum += part;
        return sum;
    }

    private static BatchResult Score(Tensor logits, ReadOnlySpan<int> labels, double loss)
    {
        int scored = 0, correct = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] == LossOperations.NotScored) continue;
            scored++;
            if (TensorPrimitives.IndexOfMax<float>(logits.Value.Slice(i * logits.Columns, logits.Columns)) == labels[i]) correct++;
        }
        return new(loss, correct, scored);
    }

    /// <summary>The gradient of the sum of the losses of each shard.</summary>
    private readonly struct Shards(BatchGradient own, float[] values, ITrainingTask task, int epoch, ReadOnlyMemory<int> samples, int shards) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            for (int shard = first; shard < limit; shard++)
            {
                int from = (int)((long)samples.Length * shard / shards), to = (int)((long)samples.Length * (shard + 1) / shards);
                int parts = (to - from + own._samplesAtOnce - 1) / own._samplesAtOnce;
                Array.Clear(own._sums[shard]);
                own._results[shard] = default;
                for (int part = 0; part < parts; part++)
                {
                    int start = from + (to - from) * part / parts, end = from + (to - from) * (part + 1) / parts;
                    own._results[shard] += AddGradient(own._tapes[slot], own._sums[shard], samples[start..end]);
                }
            }
        }

        private BatchResult AddGradient(Tape tape, float[] sum, ReadOnlyMemory<int> part)
        {
            var batch = task.Read(DataPart.Train, epoch, part.Span);
            tape.Reset();
            var (logits, penalty) = own._network(tape, values, sum, batch, epoch, part);
            var loss = tape.CrossEntropy(logits, batch.Labels, batch.Probabilities);
            if (penalty is not null) loss = tape.Add(loss, penalty);
            var score = Score(logits, batch.Labels.Span, loss.Value[0]);
            tape.Backward(loss);
            return score;
        }
    }

    /// <summary>The sum of the shards' gradients, times a factor, and its squares.</summary>
    private readonly struct Sums(BatchGradient own, int shards, float factor) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            for (int chunk = first; chunk < limit; chunk++)
            {
                int start = chunk * Chunk, length = Math.Min(Chunk, own._parameters - start);
                var sum = own._sums[0].AsSpan(start, length);
                for (int shard = 1; shard < shards; shard++) LinearOperations.AddTo(own._sums[shard].AsSpan(start, length), sum);
                TensorPrimitives.Multiply(sum, factor, sum);
                double square = 0;
                for (int i = 0; i < length; i += SquaresChunk) square += LaneSum.OfSquares(sum.Slice(i, Math.Min(SquaresChunk, length - i)));
                own._squares[chunk] = square;
            }
        }
    }

    /// <summary>Results of groups of samples.</summary>
    private readonly struct Evaluation(
        BatchGradient own, float[] values, ITrainingTask task, DataPart part, ReadOnlyMemory<int> samples, BatchResult[] results) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            for (int group = first; group < limit; group++)
            {
                var some = samples[(group * own._samplesAtOnce)..Math.Min((group + 1) * own._samplesAtOnce, samples.Length)];
                var batch = task.Read(part, 0, some.Span);
                var tape = own._tapes[slot];
                tape.Reset();
                var logits = own._network(tape, values, default, batch, 0, some).Logits;
                results[group] = Score(logits, batch.Labels.Span, tape.CrossEntropy(logits, batch.Labels, batch.Probabilities).Value[0]);
            }
        }
    }
}
