using Ohmformer.Mapping;
using Ohmformer.Physics;

namespace Ohmformer.Cost;

/// <summary>Published peaks of a GPU.</summary>
public sealed record GpuSpec
{
    /// <summary>Name of the product.</summary>
    [Parameter("Name of the product.")]
    public required string Name { get; init; }

    /// <summary>Dense INT8 peak in tera-operations per second.</summary>
    [Parameter("Dense INT8 peak in tera-operations per second.", Min = 1e-3, Max = 1e6)]
    public required double Int8Tops { get; init; }

    /// <summary>Dense FP16 tensor peak in tera-operations per second.</summary>
    [Parameter("Dense FP16 tensor peak in tera-operations per second.", Min = 1e-3, Max = 1e6)]
    public required double Fp16Tflops { get; init; }

    /// <summary>Memory bandwidth in gigabytes per second.</summary>
    [Parameter("Memory bandwidth in gigabytes per second.", Min = 1e-3, Max = 1e6)]
    public required double GigabytesPerSecond { get; init; }

    /// <summary>Thermal design power.</summary>
    [Parameter("Thermal design power.", Min = 0.1, Max = 1e5)]
    public required Power ThermalDesignPower { get; init; }

    /// <summary>Share of the peak that a transformer's products reach.</summary>
    [Parameter("Share of the peak that a transformer's products reach.", Min = 1e-3, Max = 1)]
    public double Utilization { get; init; } = 0.3;

    /// <summary>Where the numbers come from.</summary>
    [Parameter("Published source of the numbers.")]
    public required string Source { get; init; }
}

/// <summary>Number format of a GPU's tensor operations.</summary>
public enum GpuPrecision
{
    /// <summary>8-bit integers, one byte per operand.</summary>
    Int8,

    /// <summary>16-bit floats, two bytes per operand.</summary>
    Fp16,
}

/// <summary>
/// Roofline estimate of one inference on a GPU: t = max(operations / (utilization peak), bytes / bandwidth), energy = t TDP.
/// Always state the utilization beside the result.
/// </summary>
/// <param name="Gpu">Name of the GPU.</param>
/// <param name="Utilization">Share of the peak assumed.</param>
/// <param name="ComputeTime">Operations at the share of the peak.</param>
/// <param name="MemoryTime">Bytes at the full bandwidth.</param>
/// <param name="Energy">Energy at thermal design power.</param>
public sealed record GpuRoofline(string Gpu, double Utilization, Time ComputeTime, Time MemoryTime, Energy Energy)
{
    /// <summary>Latency of one inference.</summary>
    public Time Latency => Time.Max(ComputeTime, MemoryTime);

    /// <summary>Whether memory rather than arithmetic limits the latency.</summary>
    public bool MemoryBound => MemoryTime > ComputeTime;

    /// <summary>Estimates one inference at batch size 1.</summary>
    /// <param name="gpu">The GPU.</param>
    /// <param name="workload">What is computed; only its matrix products count.</param>
    /// <param name="precision">Number format.</param>
    public static GpuRoofline Estimate(GpuSpec gpu, Workload workload, GpuPrecision precision = GpuPrecision.Int8)
    {
        double peak = 1e12 * (precision == GpuPrecision.Int8 ? gpu.Int8Tops : gpu.Fp16Tflops);
        double bytes = (double)Operands(workload) * (precision == GpuPrecision.Int8 ? 1 : 2);
        var compute = new Time(2.0 * workload.Macs / (gpu.Utilization * peak));
        var memory = new Time(bytes / (1e9 * gpu.GigabytesPerSecond));
        return new(gpu.Name, gpu.Utilization, compute, memory, new(Time.Max(compute, memory).Si * gpu.ThermalDesignPower.Si));
    }

    /// <summary>Numbers moved: both operands and the result of every product once.</summary>
    public static long Operands(Workload workload) => workload.Products.Sum(p =>
        p.Heads * ((long)p.Tokens * p.Inputs + (long)p.Inputs * p.Outputs + (long)p.Tokens * p.Outputs));
}
