using System.Collections.Concurrent;
using System.Numerics.Tensors;
using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>
/// The gradient of the loss over a batch. A batch is cut into shards of a fixed number of images, each with its own sum of
/// gradients, and the sums are added in the order of the shards: the result has the same bits for every number of threads.
/// </summary>
internal sealed class BatchGradient
{
    // Four images of a small transformer fit a core's second-level cache, and fill the rows of a matrix product.
    private const int ShardImages = 4;

    // Parameters that are added up by one thread at a time.
    private const int Chunk = 16384;

    private readonly TransformerParameters _parameters;
    private readonly TrainableTransformer _network;
    private readonly ParallelOptions _parallel;
    private readonly float[][] _sums;
    private readonly double[] _losses;
    private readonly int[] _correct;
    private readonly ConcurrentBag<Tape> _tapes = [];

    public BatchGradient(TransformerParameters parameters, int batchSize, int threads)
    {
        _parameters = parameters;
        _network = new TrainableTransformer(parameters);
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = threads };
        int shards = (batchSize + ShardImages - 1) / ShardImages;
        _sums = [.. Enumerable.Range(0, shards).Select(_ => new float[parameters.Count])];
        _losses = new double[shards];
        _correct = new int[shards];
    }

    /// <summary>The gradient of the last batch, until the next.</summary>
    public Span<float> Gradient => _sums[0];

    /// <summary>Computes the gradient of the mean loss of a batch.</summary>
    /// <param name="values">All parameters.</param>
    /// <param name="task">Reads the samples.</param>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="samples">Training samples.</param>
    public BatchResult Compute(float[] values, ITrainingTask task, int epoch, ReadOnlyMemory<int> samples)
    {
        int shards = (samples.Length + ShardImages - 1) / ShardImages;
        Parallel.For(0, shards, _parallel, shard =>
        {
            Array.Clear(_sums[shard]);
            _losses[shard] = Shard(values, _sums[shard], task, DataPart.Train, epoch, samples, shard, out _correct[shard]);
        });
        AddShards(shards);
        return Total(samples.Length, shards);
    }

    /// <summary>Loss and accuracy of samples.</summary>
    /// <param name="values">All parameters.</param>
    /// <param name="task">Reads the samples.</param>
    /// <param name="part">Part of the data.</param>
    /// <param name="samples">Samples of the part.</param>
    public BatchResult Evaluate(float[] values, ITrainingTask task, DataPart part, ReadOnlyMemory<int> samples)
    {
        int shards = (samples.Length + ShardImages - 1) / ShardImages;
        var losses = new double[shards];
        var correct = new int[shards];
        Parallel.For(0, shards, _parallel, shard => losses[shard] = Shard(values, default, task, part, 0, samples, shard, out correct[shard]));
        return new(losses.Sum(), correct.Sum(), samples.Length);
    }

    private BatchResult Total(int rows, int shards) => new(_losses.AsSpan(0, shards).ToArray().Sum(), _correct.AsSpan(0, shards).ToArray().Sum(), rows);

    private double Shard(float[] values, Memory<float> gradients, ITrainingTask task, DataPart part, int epoch, ReadOnlyMemory<int> samples, int shard, out int correct)
    {
        int first = shard * ShardImages, count = Math.Min(ShardImages, samples.Length - first);
        var tape = _tapes.TryTake(out var used) ? used : new Tape();
        var batch = task.Read(part, epoch, samples.Span.Slice(first, count));
        var logits = _network.Forward(tape, values, gradients, batch.Values.Span, count);
        correct = Correct(logits, batch.Labels.Span);
        var loss = tape.CrossEntropy(logits, batch.Probabilities.IsEmpty ? LossOperations.SmoothLabels(batch.Labels.Span, logits.Columns, 0) : batch.Probabilities);
        double sum = (double)loss.Value[0] * count;
        if (!gradients.IsEmpty) tape.Backward(tape.Scale(loss, (float)count / samples.Length));
        tape.Reset();
        _tapes.Add(tape);
        return sum;
    }

    /// <summary>Shortens the gradient to a norm that it exceeds.</summary>
    /// <param name="largest">Largest Euclidean norm.</param>
    /// <returns>The norm before.</returns>
    public double Clip(double largest)
    {
        double square = 0;
        for (int i = 0; i < Gradient.Length; i += Chunk)
            square += LaneSum.OfSquares(Gradient.Slice(i, Math.Min(Chunk, Gradient.Length - i)));
        double norm = Math.Sqrt(square);
        if (norm > largest) TensorPrimitives.Multiply(Gradient, (float)(largest / norm), Gradient);
        return norm;
    }

    private static int Correct(Tensor logits, ReadOnlySpan<int> labels)
    {
        int correct = 0;
        for (int i = 0; i < labels.Length; i++)
            if (TensorPrimitives.IndexOfMax<float>(logits.Value.Slice(i * logits.Columns, logits.Columns)) == labels[i]) correct++;
        return correct;
    }

    private void AddShards(int shards) => Parallel.For(0, (_parameters.Count + Chunk - 1) / Chunk, _parallel, chunk =>
    {
        int start = chunk * Chunk, length = Math.Min(Chunk, _parameters.Count - start);
        var sum = _sums[0].AsSpan(start, length);
        for (int shard = 1; shard < shards; shard++) LinearOperations.AddTo(_sums[shard].AsSpan(start, length), sum);
    });
}

/// <summary>Loss and right answers of a few samples.</summary>
/// <param name="Loss">Sum of the losses of all scored rows, in nats.</param>
/// <param name="Correct">Rows whose largest logit is the label's.</param>
/// <param name="Rows">Scored rows.</param>
internal readonly record struct BatchResult(double Loss, int Correct, int Rows);
