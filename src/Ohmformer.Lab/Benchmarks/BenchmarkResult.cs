namespace Ohmformer.Lab.Benchmarks;

/// <summary>What is measured.</summary>
/// <param name="Quick">Fewer rounds, and no scaling over tokens, rows and threads.</param>
/// <param name="Threads">Largest number of threads.</param>
public sealed record BenchmarkRequest(bool Quick, int Threads);

/// <summary>What was measured.</summary>
public sealed record BenchmarkResult
{
    /// <summary>The processor.</summary>
    public required string Cpu { get; init; }

    /// <summary>Largest number of threads used.</summary>
    public required int Threads { get; init; }

    /// <summary>Clock rate measured in the same rounds, in Hz.</summary>
    public required double ClockHertz { get; init; }

    /// <summary>Matrix products on one thread.</summary>
    public required IReadOnlyList<PathResult> Paths { get; init; }

    /// <summary>Forward passes of DeiT-S.</summary>
    public required IReadOnlyList<ForwardResult> DeitSmall { get; init; }

    /// <summary>Rates over tokens, rows and threads; empty in quick mode.</summary>
    public required IReadOnlyList<ScalingResult> Scaling { get; init; }

    /// <summary>Updates in training.</summary>
    public required IReadOnlyList<TrainingRate> Training { get; init; }

    /// <summary>Largest memory of the process while DeiT-S ran, in bytes.</summary>
    public required long PeakBytes { get; init; }
}

/// <summary>One way to compute matrix products.</summary>
public sealed record PathResult
{
    /// <summary>Name of the path.</summary>
    public required string Name { get; init; }

    /// <summary>Sizes of the product.</summary>
    public required string Product { get; init; }

    /// <summary>10^9 multiply-accumulate operations (of 8-bit integers on arrays) per second, of the best round.</summary>
    public required double GmacPerSecond { get; init; }

    /// <summary>By how much the median round took longer than the best.</summary>
    public required double Spread { get; init; }

    /// <summary>Cells read per clock cycle; for the product of floats, MACs per clock cycle.</summary>
    public required double PerCycle { get; init; }

    /// <summary>What the limit repeats.</summary>
    public required string Limit { get; init; }

    /// <summary>The rate if nothing but the instructions of <see cref="Limit"/> took time, measured in the same rounds.</summary>
    public required double LimitGmacPerSecond { get; init; }

    /// <summary>Rate over limit.</summary>
    public double ShareOfLimit => GmacPerSecond / LimitGmacPerSecond;
}

/// <summary>Forward passes of a network with all matrix products on arrays, attention included.</summary>
public sealed record ForwardResult
{
    /// <summary>ideal, write (write noise), or write+read (write and read noise).</summary>
    public required string Mode { get; init; }

    /// <summary>Threads.</summary>
    public required int Threads { get; init; }

    /// <summary>Whether the threads share each image; else each computes images of its own.</summary>
    public required bool SharesImage { get; init; }

    /// <summary>Seconds per image, of the best round.</summary>
    public required double SecondsPerImage { get; init; }

    /// <summary>By how much the median round took longer than the best.</summary>
    public required double Spread { get; init; }
}

/// <summary>Training of one network: forward and backward pass, clipping and optimizer.</summary>
public sealed record TrainingRate
{
    /// <summary>The network.</summary>
    public required string Network { get; init; }

    /// <summary>Threads.</summary>
    public required int Threads { get; init; }

    /// <summary>Samples per second, of the best round.</summary>
    public required double SamplesPerSecond { get; init; }

    /// <summary>10^9 multiply-adds of matrix products per second.</summary>
    public required double GmacPerSecond { get; init; }

    /// <summary>The rate of a product of 512 x 512 x 512 on the same threads, measured in the same rounds.</summary>
    public required double GemmGmacPerSecond { get; init; }

    /// <summary>By how much the median round took longer than the best.</summary>
    public required double Spread { get; init; }

    /// <summary>Rate over that of the product.</summary>
    public double ShareOfGemm => GmacPerSecond / GemmGmacPerSecond;
}

/// <summary>Rates of some paths at one value of a size.</summary>
/// <param name="Axis">tokens, rows or threads.</param>
/// <param name="Value">Value of the size.</param>
/// <param name="Rates">10^9 MACs per second by path.</param>
public sealed record ScalingResult(string Axis, int Value, IReadOnlyList<(string Path, double GmacPerSecond)> Rates);
