using System.CommandLine;
using Ohmformer.Lab.Benchmarks;

namespace Ohmformer.Cli.Commands;

/// <summary>ohmformer bench: how fast this machine simulates.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var quick = new Option<bool>("--quick") { Description = "Less than a minute: fewer rounds, no scaling over tokens, rows and threads." };
        var command = new Command("bench", "Speed of the matrix products, of a DeiT-S forward pass and of training on this machine.") { quick };
        command.Does((parsed, session) =>
        {
            var request = new BenchmarkRequest(parsed.GetValue(quick), session.Threads);
            var result = session.WithProgress(progress => Benchmark.Run(request, progress, session.Cancellation));
            BenchmarkTables.Print(session, result);
            session.WriteJson(ForPrograms(result));
        });
        return ExampleHelp.WithExamples(
            command,
            "ohmformer bench --quick",
            "ohmformer bench --threads 2 --json bench.json > bench.txt");
    }

    /// <summary>What other programs may rely on (docs/guide/benchmarks.md).</summary>
    internal static object ForPrograms(BenchmarkResult result) => new
    {
        result.Cpu,
        result.Threads,
        Paths = result.Paths.Select(p => new { p.Name, p.GmacPerSecond, p.ShareOfLimit }),
        DeitSmall = result.DeitSmall.Where(f => f.SharesImage).Select(f => new { f.Mode, f.Threads, f.SecondsPerImage }),
        Training = result.Training.Select(t => new { t.Network, t.Threads, t.SamplesPerSecond, t.ShareOfGemm }),
    };
}
