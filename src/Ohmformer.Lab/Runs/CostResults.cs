using System.Text.Json;
using Ohmformer.Cost;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;

namespace Ohmformer.Lab.Runs;

/// <summary>Cost estimates as results: plain numbers in SI units, with the GPU baselines of the catalog beside them.</summary>
public static class CostResults
{
    /// <summary>Prices one inference of a workload on a design.</summary>
    public static CostResult Estimate(Design design, Workload workload)
    {
        var report = CostModel.Estimate(design, workload);
        return new()
        {
            EnergyJoule = report.Energy.Si,
            LatencySecond = report.Latency.Si,
            AreaSquareMeter = report.Area.Si,
            Edap = report.Edap,
            Tops = report.Tops,
            TopsPerWatt = report.TopsPerWatt,
            TopsPerSquareMillimeter = report.TopsPerSquareMillimeter,
            Macs = report.Macs,
            Crossbars = report.Crossbars,
            Tiles = report.Tiles,
            Utilization = report.Utilization,
            PipelineIntervalSecond = report.PipelineInterval.Si,
            WriteEnergyJoule = report.Lifetime?.WriteEnergy.Si,
            LifetimeInferences = report.Lifetime?.Inferences,
            LifetimeSecond = report.Lifetime?.AtFullRate.Si,
            Components = [.. Components(report)],
            LayerClasses = [.. report.ByClass.Select(c => new CostShare { Name = SnakeCase(c.Class), EnergyJoule = c.Energy.Si, LatencySecond = c.Latency.Si })],
            Counts = report.Counts,
            Gpus = [.. Gpus().Select(gpu => Baseline(gpu, workload))],
        };
    }

    private static IEnumerable<CostShare> Components(CostReport report) =>
        from component in Enum.GetValues<CostComponent>()
        let energy = report.EnergyByComponent[component]
        let area = report.AreaByComponent[component]
        where energy.Si != 0 || area.Si != 0
        select new CostShare { Name = SnakeCase(component.ToString()), EnergyJoule = energy.Si, AreaSquareMeter = area.Si > 0 ? area.Si : null };

    /// <summary>Names of components and classes as they stand in result files.</summary>
    internal static string SnakeCase(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    private static IEnumerable<GpuSpec> Gpus() => SpecReader.Presets<GpuSpec>().Select(name => SpecReader.Load<GpuSpec>(name));

    private static GpuResult Baseline(GpuSpec gpu, Workload workload)
    {
        var roofline = GpuRoofline.Estimate(gpu, workload);
        return new() { Name = gpu.Name, Bound = roofline.MemoryBound ? "memory" : "compute", Utilization = roofline.Utilization, EnergyJoule = roofline.Energy.Si, LatencySecond = roofline.Latency.Si };
    }
}
