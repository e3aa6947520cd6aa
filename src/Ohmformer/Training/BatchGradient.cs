using System.Collections.Concurrent;
using System.Numerics.Tensors;
using Ohmformer.Models;
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

    /// <summary>Fills in one image of a batch: normalized pixels of shape [channels, size, size].</summary>
    public delegate void ImageSource(int index, Span<float> pixels);

    /// <summary>The gradient of the last batch, until the next.</summary>
    public Span<float> Gradient => _sums[0];

    /// <summary>Computes the gradient of the mean loss of a batch.</summary>
    /// <param name="values">All parameters.</param>
    /// <param name="images">The images of the batch.</param>
    /// <param name="labels">Their classes.</param>
    /// <param name="smoothing">Label smoothing.</param>
    /// <returns>The sum of the images' losses, and how many were classified correctly.</returns>
    public (double Loss, int Correct) Compute(float[] values, ImageSource images, ReadOnlyMemory<int> labels, double smoothing)
    {
        int shards = (labels.Length + ShardImages - 1) / ShardImages;
        Parallel.For(0, shards, _parallel, shard =>
        {
            int first = shard * ShardImages, count = Math.Min(ShardImages, labels.Length - first);
            var tape = _tapes.TryTake(out var used) ? used : new Tape();
            Array.Clear(_sums[shard]);
            var logits = Forward(tape, values, _sums[shard], images, first, count);
            var shardLabels = labels.Span.Slice(first, count);
            _correct[shard] = Correct(logits, shardLabels);
            var loss = tape.CrossEntropy(logits, LossOperations.SmoothLabels(shardLabels, logits.Columns, smoothing));
            _losses[shard] = (double)loss.Value[0] * count;
            tape.Backward(tape.Scale(loss, (float)count / labels.Length));
            tape.Reset();
            _tapes.Add(tape);
        });
        AddShards(shards);
        return (_losses.AsSpan(0, shards).ToArray().Sum(), _correct.AsSpan(0, shards).ToArray().Sum());
    }

    /// <summary>How many images are classified correctly.</summary>
    /// <param name="values">All parameters.</param>
    /// <param name="images">The images.</param>
    /// <param name="labels">Their classes.</param>
    public int CountCorrect(float[] values, ImageSource images, ReadOnlyMemory<int> labels)
    {
        int correct = 0;
        Parallel.For(0, (labels.Length + ShardImages - 1) / ShardImages, _parallel, shard =>
        {
            int first = shard * ShardImages, count = Math.Min(ShardImages, labels.Length - first);
            var tape = _tapes.TryTake(out var used) ? used : new Tape();
            var logits = Forward(tape, values, gradients: default, images, first, count);
            Interlocked.Add(ref correct, Correct(logits, labels.Span.Slice(first, count)));
            tape.Reset();
            _tapes.Add(tape);
        });
        return correct;
    }

    /// <summary>Shortens the gradient to a norm that it exceeds.</summary>
    /// <param name="largest">Largest Euclidean norm.</param>
    public void Clip(double largest)
    {
        double square = 0;
        for (int i = 0; i < Gradient.Length; i += Chunk)
            square += LaneSum.OfSquares(Gradient.Slice(i, Math.Min(Chunk, Gradient.Length - i)));
        double norm = Math.Sqrt(square);
        if (norm > largest) TensorPrimitives.Multiply(Gradient, (float)(largest / norm), Gradient);
    }

    private Tensor Forward(Tape tape, float[] values, Memory<float> gradients, ImageSource images, int first, int count)
    {
        var image = (ImageInput)_parameters.Spec.Input;
        int length = image.Values;
        var pixels = tape.Scratch(count * length);
        for (int i = 0; i < count; i++) images(first + i, pixels.Span.Slice(i * length, length));
        int[] lengths = [.. Enumerable.Repeat(image.Tokens - image.ClassTokens, count)];
        return _network.Forward(tape, values, gradients, new TrainingBatch { Values = pixels, Lengths = lengths, Labels = default });
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
