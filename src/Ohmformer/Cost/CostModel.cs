using Ohmformer.Arrays;
using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Physics;

namespace Ohmformer.Cost;

/// <summary>
/// Energy, latency and area of a workload on a design, in closed form: activity counts (<see cref="Placement"/>) times
/// component prices. Needs neither weights nor data. docs/theory/cost-model.md states every assumption.
/// </summary>
public static class CostModel
{
    /// <summary>Estimates one inference.</summary>
    /// <param name="design">The hardware.</param>
    /// <param name="workload">What is computed.</param>
    /// <param name="assumptions">What reads see on average; the defaults when null.</param>
    /// <exception cref="InputException">A converter has no published cost at its resolution, or inputs cannot be coded.</exception>
    public static CostReport Estimate(Design design, Workload workload, ReadAssumptions? assumptions = null)
    {
        var node = design.Technology.Node;
        var weights = new MacroCost(design.Weights, node, assumptions ?? new());
        var attention = new MacroCost(design.DynamicMacro, node, assumptions ?? new());
        var chip = new ChipCost(design.Chip, node);

        var steps = new List<StepCost>();
        var area = chip.DigitalArea(workload);
        foreach (var product in workload.Products)
        {
            var macro = product.Dynamic ? attention : weights;
            var placement = new Placement(product, product.Dynamic ? design.DynamicMacro : design.Weights, design.Chip.CrossbarsPerTile);
            steps.Add(Step(placement, macro, chip));
            area.Add(macro.CrossbarArea(), (double)placement.Tiles * design.Chip.CrossbarsPerTile);
            area.Add(chip.TileArea(), placement.Tiles);
        }

        foreach (var digital in workload.Digital) steps.Add(chip.Step(digital));
        steps.Add(chip.OffChip(workload));
        return Report(design, workload, steps, area);
    }

    /// <summary>Price of every component's action at the design's node.</summary>
    /// <exception cref="InputException">A converter has no published cost at its resolution.</exception>
    public static IReadOnlyList<ActionPrice> Prices(Design design, ReadAssumptions? assumptions = null)
    {
        var node = design.Technology.Node;
        var prices = new List<ActionPrice>(new MacroCost(design.Weights, node, assumptions ?? new()).Prices("weights"));
        if (design.Attention is { } attention) prices.AddRange(new MacroCost(attention, node, assumptions ?? new()).Prices("attention"));
        prices.AddRange(new ChipCost(design.Chip, node).Prices());
        return prices;
    }

    private static StepCost Step(Placement placement, MacroCost macro, ChipCost chip)
    {
        var product = placement.Product;
        Time read = Time.Max(macro.ReadTime(placement), chip.TransferTime(placement.Reads, placement.Tiles));
        Time write = product.Dynamic
            ? Time.Max(macro.WriteTime(placement), chip.TransferTime(placement.Writes, placement.Tiles))
            : Time.Zero;
        var energy = macro.Energy(placement);
        energy.Add(chip.TransferEnergy(placement.Inference));
        return new()
        {
            Name = product.Site.Name,
            Class = product.Site.Class.ToString(),
            Counts = placement.Inference,
            Energy = energy,
            Latency = read + write,
            WriteLatency = write,
            Crossbars = placement.Crossbars,
            Tiles = placement.Tiles,
            Utilization = placement.Utilization,
        };
    }

    private static CostReport Report(Design design, Workload workload, List<StepCost> steps, Breakdown<SquareMeter> area)
    {
        var energy = new Breakdown<Joule>();
        var counts = new ActivityCounts();
        Time latency = Time.Zero;
        foreach (var step in steps)
        {
            energy.Add(step.Energy);
            counts += step.Counts;
            latency += step.Latency;
        }

        Time interval = PipelineInterval(steps);
        double cells = 0, used = 0;
        foreach (var (product, step) in workload.Products.Zip(steps))
        {
            var macro = product.Dynamic ? design.DynamicMacro : design.Weights;
            double available = (double)step.Crossbars * macro.Rows * macro.BitLines;
            cells += available;
            used += available * step.Utilization;
        }

        return new()
        {
            Design = design.Name,
            Workload = workload.Name,
            Macs = workload.Macs,
            Steps = steps,
            EnergyByComponent = energy,
            AreaByComponent = area,
            ByClass = Classes(steps),
            Counts = counts,
            Latency = latency,
            PipelineInterval = interval,
            Crossbars = steps.Sum(s => s.Crossbars),
            Tiles = steps.Sum(s => s.Tiles),
            Utilization = cells > 0 ? used / cells : 0,
            Lifetime = workload.Products.Any(p => p.Dynamic)
                ? new(WritesPerCell: 1, design.DynamicMacro.Device.Endurance, energy[CostComponent.CellWrites], latency, interval)
                : null,
        };
    }

    private static List<ClassCost> Classes(List<StepCost> steps) => [.. steps.GroupBy(s => s.Class).Select(g => new ClassCost(
        g.Key,
        new(g.Sum(s => s.Energy.Total.Si)),
        new(g.Sum(s => s.Latency.Si)),
        g.Sum(s => s.Crossbars),
        g.Sum(s => s.Tiles)))];

    /// <summary>Products own their crossbars; all softmax steps share the softmax units, other digital steps the vector unit.</summary>
    private static Time PipelineInterval(List<StepCost> steps)
    {
        double product = steps.Where(s => s.Crossbars > 0).Select(s => s.Latency.Si).DefaultIfEmpty().Max();
        var shared = steps.Where(s => s.Crossbars == 0).GroupBy(s => s.Class is nameof(DigitalKind.Softmax) or ChipCost.OffChipClass ? s.Class : "");
        return new(shared.Select(g => g.Sum(s => s.Latency.Si)).Append(product).Max());
    }
}
