using System.Text.Json;
using Ohmformer.Cli.Commands;
using Ohmformer.Lab;
using Ohmformer.Lab.Benchmarks;
using Ohmformer.Numerics;
using Ohmformer.Tests.Models;

namespace Ohmformer.Tests.Benchmarks;

public sealed class BenchmarkTests
{
    [Fact]
    public void Json_has_the_promised_form()
    {
        var result = new BenchmarkResult
        {
            Cpu = "a processor",
            Threads = 2,
            ClockHertz = 4e9,
            Paths = [new() { Name = "float GEMM", Product = "1 x 2 x 3", GmacPerSecond = 50, Spread = 0.1, PerCycle = 12, Limit = "adds", LimitGmacPerSecond = 100 }],
            DeitSmall =
            [
                new() { Mode = "write+read", Threads = 2, SharesImage = true, SecondsPerImage = 0.25, Spread = 0 },
                new() { Mode = "write+read", Threads = 2, SharesImage = false, SecondsPerImage = 0.2, Spread = 0 },
            ],
            Scaling = [],
            Training = [new() { Network = "a network", Threads = 2, SamplesPerSecond = 300, GmacPerSecond = 60, GemmGmacPerSecond = 120, Spread = 0 }],
            PeakBytes = 1,
        };
        using var json = JsonDocument.Parse(ResultJson.Text(BenchCommand.ForPrograms(result)));
        var root = json.RootElement;
        Assert.Equal(["cpu", "threads", "paths", "deit_small", "training"], root.EnumerateObject().Select(p => p.Name));
        var path = root.GetProperty("paths")[0];
        Assert.Equal(["name", "gmac_per_second", "share_of_limit"], path.EnumerateObject().Select(p => p.Name));
        Assert.Equal(0.5, path.GetProperty("share_of_limit").GetDouble());
        Assert.Equal(1, root.GetProperty("deit_small").GetArrayLength()); // One image on all threads; images side by side are in the table only.
        Assert.Equal(["network", "threads", "samples_per_second", "share_of_gemm"], root.GetProperty("training")[0].EnumerateObject().Select(p => p.Name));
        Assert.Equal(["mode", "threads", "seconds_per_image"], root.GetProperty("deit_small")[0].EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public void Updates_in_training_are_timed_on_one_and_all_threads()
    {
        var results = new TrainingBenchmark(RandomTransformer.Tiny, 2, new(2, TimeSpan.Zero), new Progress<PhaseProgress>(), default).Run().ToList();
        Assert.Equal([1, 2], results.Select(r => r.Threads));
        Assert.All(results, r => Assert.True(r.SamplesPerSecond > 0 && r.ShareOfGemm > 0 && r.Spread >= 0));
    }

    [Fact]
    public void Forward_passes_are_timed_on_one_and_all_threads_and_side_by_side()
    {
        var benchmark = new ForwardBenchmark(RandomTransformer.Tiny, 2, new(2, TimeSpan.Zero), new Progress<PhaseProgress>(), default);
        foreach (var (mode, macro) in ForwardBenchmark.Modes)
        {
            var results = benchmark.Run(mode, macro).ToList();
            Assert.Equal([(1, true), (2, true), (2, false)], results.Select(r => (r.Threads, r.SharesImage)));
            Assert.All(results, r => Assert.True(r.SecondsPerImage > 0 && r.Spread >= 0 && r.Mode == mode));
        }
    }

    [Fact]
    public void Every_path_runs_its_product()
    {
        var size = new ProductSize(3, 130, 17);
        KernelPath[] paths =
        [
            KernelPath.Float(size, Workers.One), KernelPath.Exact(size, Workers.One), KernelPath.Bytes(size, Workers.One),
            KernelPath.Lookup(size, Workers.One, readNoise: false), KernelPath.Lookup(size, Workers.One, readNoise: true), KernelPath.Vector(size, Workers.One), KernelPath.Reference(size),
        ];
        Assert.Equal(paths.Length, paths.Select(p => p.Name).Distinct().Count());
        foreach (var path in paths)
        {
            path.Run();
            Assert.True(path.Macs >= size.Macs && path.OperationsPerMac >= 1 && path.Limit.Operations > 0, path.Name);
        }
    }

    [Fact]
    public void The_shortest_time_is_that_of_the_fastest_round()
    {
        int calls = 0;
        var done = new List<int>();
        var clock = new ManualClock();
        var timings = new Rounds(3, TimeSpan.MaxValue) { Clock = clock }.Run([() => clock.Ticks += calls++ == 2 ? 1 : 20], done.Add);
        Assert.Equal(4, calls); // The first is not timed.
        Assert.Equal([1, 2, 3], done);
        Assert.Equal(new Timing(1, 20), timings[0]);
        Assert.Equal(19, timings[0].Spread);
        var stopped = new List<int>();
        new Rounds(100, TimeSpan.Zero).Run([() => { }], stopped.Add);
        Assert.Equal([1, 2], stopped);
    }

    [Fact]
    public void The_processor_has_a_name()
    {
        Assert.False(string.IsNullOrWhiteSpace(Processor.Name));
        Assert.DoesNotContain('\0', Processor.Name);
    }

    /// <summary>A clock of one tick per second that moves when it is told to.</summary>
    private sealed class ManualClock : TimeProvider
    {
        public long Ticks { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Ticks;
    }
}
