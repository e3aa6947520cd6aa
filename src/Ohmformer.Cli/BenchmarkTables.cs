using System.Globalization;
using Ohmformer.Lab;
using Ohmformer.Lab.Benchmarks;
using Spectre.Console;

namespace Ohmformer.Cli;

/// <summary>The results of a benchmark as tables.</summary>
internal static class BenchmarkTables
{
    private const string VectorKernel = "vector kernel";

    /// <summary>Prints all tables and how the figures were taken.</summary>
    public static void Print(Session session, BenchmarkResult result)
    {
        session.Print($"Ohmformer {Versions.Version} on {result.Cpu}, {Environment.Version}, {DateTime.UtcNow:yyyy-MM-dd}");
        session.Print($"");
        session.Print($"Matrix products on one thread at {result.ClockHertz / 1e9:F2} GHz, best of the rounds in which paths and limits take turns:");
        session.Print(Paths(result));
        foreach (var limit in result.Paths.GroupBy(p => p.Limit)) session.Print($"Limit of {string.Join(", ", limit.Select(p => p.Name))}: {limit.Key}");
        session.Print($"");
        session.Print($"DeiT-S, 197 tokens, all products on arrays, K and V written for every image, seconds per image (spread):");
        session.Print(Forward(result));
        session.Print($"");
        session.Print($"Training in single precision, vision transformers with 12 encoders, batches of 64, beside a float product of 512 x 512 x 512 in the same rounds:");
        session.Print(Training(result));
        session.Print($"Largest memory: {result.PeakBytes / 1e9:F2} GB");
        foreach (var axis in result.Scaling.GroupBy(s => s.Axis)) session.Print(Scaling(axis.Key, [.. axis]));
    }

    private static Table Paths(BenchmarkResult result)
    {
        double vector = result.Paths.Single(p => p.Name == VectorKernel).GmacPerSecond;
        var table = ResultTables.Plain("path", "tokens x inputs\nx outputs", "GMAC/s", "spread", "cells (MACs)\nper cycle", "limit\nGMAC/s", "share of\nlimit", "ratio to\nvectors");
        foreach (var path in result.Paths)
            table.AddRow(
                path.Name, path.Product, Number(path.GmacPerSecond), Spread(path.Spread), Number(path.PerCycle), Number(path.LimitGmacPerSecond),
                string.Create(CultureInfo.InvariantCulture, $"{100 * path.ShareOfLimit:F0} %"), Number(path.GmacPerSecond / vector));
        return table;
    }

    private static Table Forward(BenchmarkResult result)
    {
        var columns = result.DeitSmall.Select(f => (f.Threads, f.SharesImage)).Distinct().ToList();
        var table = ResultTables.Plain(["cells", .. columns.Select(c => c.Threads == 1 ? "1 thread" : $"{c.Threads} threads,\n{(c.SharesImage ? "one image" : "an image each")}")]);
        foreach (var mode in result.DeitSmall.GroupBy(f => f.Mode))
            table.AddRow([mode.Key, .. mode.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.SecondsPerImage:F3} ({Spread(f.Spread)})"))]);
        return table;
    }

    private static Table Training(BenchmarkResult result)
    {
        var table = ResultTables.Plain("network", "threads", "samples\nper second", "GMAC/s", "product\nGMAC/s", "share", "spread");
        foreach (var rate in result.Training)
            table.AddRow(
                rate.Network, rate.Threads.ToString(CultureInfo.InvariantCulture), Number(rate.SamplesPerSecond), Number(rate.GmacPerSecond),
                Number(rate.GemmGmacPerSecond), string.Create(CultureInfo.InvariantCulture, $"{100 * rate.ShareOfGemm:F0} %"), Spread(rate.Spread));
        return table;
    }

    private static Table Scaling(string axis, IReadOnlyList<ScalingResult> rows)
    {
        var table = ResultTables.Plain([$"{axis}, GMAC/s", .. rows[0].Rates.Select(r => r.Path)]);
        foreach (var row in rows) table.AddRow([row.Value.ToString(CultureInfo.InvariantCulture), .. row.Rates.Select(r => Number(r.GmacPerSecond))]);
        return table;
    }

    private static string Spread(double spread) => string.Create(CultureInfo.InvariantCulture, $"+{100 * spread:F0} %");

    /// <summary>Three significant digits.</summary>
    private static string Number(double value) => value >= 1000 ? value.ToString("F0", CultureInfo.InvariantCulture) : value.ToString("G3", CultureInfo.InvariantCulture);
}
