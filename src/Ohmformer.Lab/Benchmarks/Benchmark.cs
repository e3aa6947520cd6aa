using System.Diagnostics;
using Ohmformer.Models;
using Ohmformer.Numerics;

namespace Ohmformer.Lab.Benchmarks;

/// <summary>How fast this machine simulates: the paths of a matrix product in turn, whole forward passes, and training.</summary>
public sealed class Benchmark
{
    /// <summary>The feed-forward layer of DeiT-S, and one small enough for the scalar reference.</summary>
    private static readonly ProductSize Typical = new(197, 384, 1536), Small = new(1, 384, 64), Square = new(197, 384, 384);

    private static readonly int[] TokenCounts = [64, 128, 256, 512, 1024, 2048], RowCounts = [64, 128, 256];

    private readonly BenchmarkRequest _request;
    private readonly IProgress<PhaseProgress> _progress;
    private readonly CancellationToken _cancellation;

    private Benchmark(BenchmarkRequest request, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        _request = request;
        _progress = progress;
        _cancellation = cancellation;
    }

    private Rounds PathRounds => _request.Quick ? new(20, TimeSpan.FromSeconds(10)) : new(60, TimeSpan.FromSeconds(60));

    private Rounds ForwardRounds => _request.Quick ? new(5, TimeSpan.FromSeconds(5)) : new(20, TimeSpan.FromSeconds(60));

    private Rounds TrainingRounds => _request.Quick ? new(40, TimeSpan.FromSeconds(5)) : new(200, TimeSpan.FromSeconds(20));

    private static Rounds ScalingRounds => new(20, TimeSpan.FromSeconds(10));

    /// <summary>Measures everything that is asked for.</summary>
    /// <param name="request">What is measured.</param>
    /// <param name="progress">Is told about every round.</param>
    /// <param name="cancellation">Stops between rounds and between matrix products.</param>
    /// <exception cref="OperationCanceledException">The user interrupted.</exception>
    public static BenchmarkResult Run(BenchmarkRequest request, IProgress<PhaseProgress> progress, CancellationToken cancellation) =>
        new Benchmark(request, progress, cancellation).Run();

    private BenchmarkResult Run()
    {
        var (clock, paths) = Paths();
        var scaling = _request.Quick ? [] : Scaling();
        var forward = new ForwardBenchmark(KnownShapes.Get("deit-small"), _request.Threads, ForwardRounds, _progress, _cancellation);
        List<ForwardResult> passes = [.. ForwardBenchmark.Modes.SelectMany(m => forward.Run(m.Mode, m.Macro))];
        List<TrainingRate> training = [.. TrainingBenchmark.Networks.SelectMany(n => new TrainingBenchmark(n, _request.Threads, TrainingRounds, _progress, _cancellation).Run())];
        using var process = Process.GetCurrentProcess();
        return new()
        {
            Cpu = Processor.Name,
            Threads = _request.Threads,
            ClockHertz = clock,
            Paths = paths,
            DeitSmall = passes,
            Scaling = scaling,
            Training = training,
            PeakBytes = process.PeakWorkingSet64,
        };
    }

    /// <summary>The paths and their limits in turn.</summary>
    private (double Clock, IReadOnlyList<PathResult> Results) Paths()
    {
        KernelPath[] paths =
        [
            KernelPath.Float(Typical, Workers.One),
            KernelPath.Exact(Typical, Workers.One),
            KernelPath.Bytes(Typical, Workers.One),
            KernelPath.Lookup(Typical, Workers.One, readNoise: false),
            KernelPath.Lookup(Typical, Workers.One, readNoise: true),
            KernelPath.Vector(Typical, Workers.One),
            KernelPath.Reference(Small),
        ];
        PeakLoop[] loops = [PeakLoops.Clock, .. paths.Select(p => p.Limit).Distinct()];
        var timings = Measure("matrix products", PathRounds, [.. paths.Select(p => (Action)p.Run), .. loops.Select(l => l.Run)]);
        double[] peaks = [.. loops.Zip(timings.Skip(paths.Length), (loop, timing) => loop.Operations / timing.Best)];
        return (peaks[0], [.. paths.Zip(timings, (path, timing) => new PathResult
        {
            Name = path.Name,
            Product = $"{path.Size.Tokens} x {path.Size.Inputs} x {path.Size.Outputs}",
            GmacPerSecond = path.Macs / timing.Best / 1e9,
            Spread = timing.Spread,
            PerCycle = path.Macs * (path.ReadsCells ? KernelPath.CellsPerMac : 1) / timing.Best / peaks[0],
            Limit = path.Limit.Instruction,
            LimitGmacPerSecond = peaks[Array.IndexOf(loops, path.Limit)] / path.OperationsPerMac / 1e9,
        })]);
    }

    private List<ScalingResult> Scaling()
    {
        using var workers = new Workers(_request.Threads);
        return
        [
            .. TokenCounts.Select(tokens => Rates("tokens", tokens, Workers.One, Square with { Tokens = tokens }, BenchmarkDesigns.Rows)),
            .. RowCounts.Select(rows => Rates("rows", rows, Workers.One, Square, rows)),
            .. Enumerable.Range(1, _request.Threads).Where(t => _request.Threads <= 8 || t % 4 == 0 || t <= 4).Select(t => Rates("threads", t, workers, Typical, BenchmarkDesigns.Rows)),
        ];
    }

    private ScalingResult Rates(string axis, int value, Workers workers, ProductSize size, int rows)
    {
        if (axis == "threads") workers.Threads = value;
        KernelPath[] paths =
        [
            KernelPath.Float(size, workers),
            KernelPath.Exact(size, workers, rows),
            KernelPath.Bytes(size, workers, rows),
            KernelPath.Lookup(size, workers, readNoise: false, rows),
            KernelPath.Lookup(size, workers, readNoise: true, rows),
        ];
        var timings = Measure($"{value} {axis}", ScalingRounds, [.. paths.Select(p => (Action)p.Run)]);
        return new(axis, value, [.. paths.Zip(timings, (path, timing) => (path.Name, path.Macs / timing.Best / 1e9))]);
    }

    private Timing[] Measure(string phase, Rounds rounds, IReadOnlyList<Action> actions)
    {
        _progress.Report(new(phase, 0, rounds.Most));
        return rounds.Run(actions, done =>
        {
            _cancellation.ThrowIfCancellationRequested();
            _progress.Report(new(phase, done, rounds.Most));
        });
    }
}
