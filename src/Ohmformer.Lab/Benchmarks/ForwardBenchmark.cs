using Ohmformer.Arrays;
using Ohmformer.Lab.Runs;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Numerics;

namespace Ohmformer.Lab.Benchmarks;

/// <summary>
/// The time of forward passes with all matrix products on arrays. K and V are written for every image, with noise where the
/// mode has noise.
/// </summary>
internal sealed class ForwardBenchmark(TransformerSpec spec, int threads, Rounds rounds, IProgress<PhaseProgress> progress, CancellationToken cancellation)
{
    private readonly TransformerWeights _weights = RandomWeights.Of(spec);
    private readonly float[] _pixels = RandomWeights.Image(spec);

    /// <summary>Names of the modes and their cells.</summary>
    public static IReadOnlyList<(string Mode, MacroSpec Macro)> Modes { get; } =
    [
        ("ideal", BenchmarkDesigns.Ideal()),
        ("write", BenchmarkDesigns.Noisy(readNoise: false)),
        ("write+read", BenchmarkDesigns.Noisy(readNoise: true)),
    ];

    /// <summary>Measures one mode: one image on one thread, one image on all threads, and an image on each thread.</summary>
    public IEnumerable<ForwardResult> Run(string mode, MacroSpec macro)
    {
        string phase = $"{spec.Name}, {mode}";
        progress.Report(new(phase, 0, rounds.Most)); // Writing the weights to arrays takes seconds, too.
        GC.Collect(); // The arrays of the mode before make room.
        using var workers = new Workers(threads);
        var products = new AnalogProduct(BenchmarkDesigns.Of(macro), seed: 1, new() { Workers = workers });
        var network = new TransformerRun(spec, _weights, new InterruptibleProduct(products, cancellation));
        var workspace = new TransformerWorkspace(spec, workers);
        var logits = new float[spec.Classes];

        List<(int Threads, bool SharesImage, int Images, Action Action)> cases = [(1, true, 1, () => Shared(1))];
        if (threads > 1)
        {
            cases.Add((threads, true, 1, () => Shared(threads)));
            cases.Add((threads, false, threads, OneEach));
        }
        var timings = rounds.Run([.. cases.Select(c => c.Action)], done => progress.Report(new(phase, done, rounds.Most)));
        return cases.Zip(timings, (c, timing) => new ForwardResult
        {
            Mode = mode,
            Threads = c.Threads,
            SharesImage = c.SharesImage,
            SecondsPerImage = timing.Best / c.Images,
            Spread = timing.Spread,
        });

        void Shared(int used)
        {
            workers.Threads = used;
            network.Forward(0, _pixels, workspace, logits);
        }

        void OneEach()
        {
            workers.Threads = 1;
            new ImageLoop(spec, threads, Workers.One, new Progress<PhaseProgress>(), cancellation).Run(
                phase, threads, (image, own) => network.Forward(image, _pixels, own, new float[spec.Classes]));
        }
    }
}
