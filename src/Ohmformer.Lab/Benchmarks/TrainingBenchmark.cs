using Ohmformer.Models;
using Ohmformer.Numerics;
using Ohmformer.Training;

namespace Ohmformer.Lab.Benchmarks;

/// <summary>The time of one update in training, forward and backward pass and optimizer, beside that of a large matrix product in the same rounds.</summary>
internal sealed class TrainingBenchmark(TransformerSpec spec, int threads, Rounds rounds, IProgress<PhaseProgress> progress, CancellationToken cancellation)
{
    private const int BatchSize = 64, Side = 512;

    /// <summary>Vision transformers of the size that the models of this project have.</summary>
    public static IReadOnlyList<TransformerSpec> Networks { get; } =
    [
        Vision("width 96, 65 tokens", hidden: 96, heads: 3, side: 32, channels: 3),
        Vision("width 64, 50 tokens", hidden: 64, heads: 4, side: 28, channels: 1),
    ];

    /// <summary>Measures updates on one thread and on all.</summary>
    public IEnumerable<TrainingRate> Run()
    {
        foreach (int used in new[] { 1, threads }.Distinct())
        {
            using var workers = new Workers(used);
            yield return Measure(workers);
        }
    }

    private TrainingRate Measure(Workers workers)
    {
        string phase = $"training, {spec.Name}, {workers.MaxThreads} threads";
        var parameters = new TransformerParameters(spec);
        var network = new TrainableTransformer(parameters);
        var gradient = new BatchGradient((tape, values, gradients, batch, _, _) => network.Forward(tape, values, gradients, batch), parameters.Count, spec.Tokens, workers);
        var optimizer = new AdamW(parameters.Count);
        float[] values = parameters.Initialize(1), a = new float[Side * Side], c = new float[Side * Side];
        Gaussian.Fill(new(1, NoisePurpose.Initialization, 0), 0, a);
        var task = new NoiseImages(spec);
        int[] samples = [.. Enumerable.Range(0, BatchSize)];
        long step = 0;
        var timings = rounds.Run([Update, () => Gemm.Multiply(a, a, Side, Side, Side, workers, c)], done =>
        {
            cancellation.ThrowIfCancellationRequested();
            progress.Report(new(phase, done, rounds.Most));
        });
        return new()
        {
            Network = spec.Name,
            Threads = workers.MaxThreads,
            SamplesPerSecond = BatchSize / timings[0].Best,
            GmacPerSecond = BatchSize * Macs / timings[0].Best / 1e9,
            GemmGmacPerSecond = Math.Pow(Side, 3) / timings[1].Best / 1e9,
            Spread = timings[0].Spread,
        };

        void Update()
        {
            gradient.Compute(values, task, 0, samples);
            gradient.Clip(1);
            step++;
            foreach (var block in parameters.Blocks)
                optimizer.Update(values, gradient.Gradient, block.Offset, block.Length, step, 1e-3, block.Decays ? 0.05 : 0);
        }
    }

    /// <summary>Multiply-adds of one sample: backward, every product has two of its size; pixels need no gradient.</summary>
    private double Macs
    {
        get
        {
            double tokens = spec.Tokens, d = spec.Hidden, image = (tokens - spec.Input.ClassTokens) * ((ImageInput)spec.Input).PatchInputs * d;
            double encoder = tokens * d * (4 * d + 2 * spec.Intermediate + 2 * tokens);
            return 2 * image + 3 * (spec.Layers * encoder + d * spec.Classes);
        }
    }

    private static TransformerSpec Vision(string name, int hidden, int heads, int side, int channels) => new()
    {
        Name = name,
        Input = new ImageInput { Size = side, PatchSize = 4, Channels = channels, ClassTokens = 1 },
        Layers = 12,
        Hidden = hidden,
        Heads = heads,
        Intermediate = 2 * hidden,
        Classes = 10,
    };

    /// <summary>Images of noise, drawn once, whose labels are their indices.</summary>
    private sealed class NoiseImages(TransformerSpec spec) : ITrainingTask
    {
        private readonly float[] _pixels = Enumerable.Repeat(RandomWeights.Image(spec), BatchSize).SelectMany(image => image).ToArray();

        public TransformerSpec Network => spec;

        public int Count(DataPart part) => BatchSize;

        public TrainingBatch Read(DataPart part, int epoch, ReadOnlySpan<int> samples)
        {
            int values = _pixels.Length / BatchSize;
            return new()
            {
                Values = _pixels.AsMemory(samples[0] * values, samples.Length * values),
                Lengths = Enumerable.Repeat(spec.Tokens - spec.Input.ClassTokens, samples.Length).ToArray(),
                Labels = samples.ToArray().Select(i => i % spec.Classes).ToArray(),
            };
        }

        public void Save(TransformerWeights weights, string folder) => throw new NotSupportedException();
    }
}
