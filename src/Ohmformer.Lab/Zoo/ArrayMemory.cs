using Ohmformer.Arrays;
using Ohmformer.Files;
using Ohmformer.Lab.Runs;
using Ohmformer.Mapping;

namespace Ohmformer.Lab.Zoo;

/// <summary>What a model occupies on the arrays of a design.</summary>
public sealed record ArrayMemory
{
    /// <summary>Name of the design.</summary>
    public required string Design { get; init; }

    /// <summary>Crossbars in one tile.</summary>
    public required int CrossbarsPerTile { get; init; }

    /// <summary>Weights, which are written once.</summary>
    public required MemoryShare Static { get; init; }

    /// <summary>Operands of attention, which are written for every input.</summary>
    public required MemoryShare Dynamic { get; init; }

    /// <summary>The same by layer class, in order of execution.</summary>
    public required IReadOnlyList<MemoryShare> LayerClasses { get; init; }

    /// <summary>Places all matrix products of a workload.</summary>
    /// <exception cref="InputException">A macro of the design cannot code a product's inputs.</exception>
    public static ArrayMemory Of(Design design, Workload workload)
    {
        var placements = workload.Products.Select(p => new Placement(p, Macro(p.Dynamic), design.Chip.CrossbarsPerTile)).ToList();
        return new()
        {
            Design = design.Name,
            CrossbarsPerTile = design.Chip.CrossbarsPerTile,
            Static = Kind("static", dynamic: false),
            Dynamic = Kind("dynamic", dynamic: true),
            LayerClasses =
            [
                .. placements.GroupBy(p => (p.Product.Site.Class, p.Product.Dynamic))
                    .Select(g => Share(CostResults.SnakeCase(g.Key.Class.ToString()), Macro(g.Key.Dynamic), [.. g]) with { Dynamic = g.Key.Dynamic }),
            ],
        };

        MacroSpec Macro(bool dynamic) => dynamic ? design.DynamicMacro : design.Weights;
        MemoryShare Kind(string name, bool dynamic) => Share(name, Macro(dynamic), [.. placements.Where(p => p.Product.Dynamic == dynamic)]);
    }

    private static MemoryShare Share(string name, MacroSpec macro, IReadOnlyList<Placement> placements)
    {
        long crossbars = placements.Sum(p => (long)p.Crossbars), cells = placements.Sum(p => p.Cells);
        long values = placements.Sum(p => (long)p.Product.Inputs * p.Product.Outputs * p.Product.Heads);
        return new()
        {
            Name = name,
            Products = placements.Sum(p => p.Product.Heads),
            Values = values,
            Bytes = (values * macro.WeightBits + 7) / 8,
            Cells = cells,
            Crossbars = crossbars,
            Tiles = placements.Sum(p => (long)p.Tiles),
            Utilization = crossbars == 0 ? null : cells / ((double)crossbars * macro.Rows * macro.BitLines),
        };
    }
}

/// <summary>What some products occupy.</summary>
public sealed record MemoryShare
{
    /// <summary>Layer class, or "static" or "dynamic" for all of a kind.</summary>
    public required string Name { get; init; }

    /// <summary>Whether the operand is written for every input; null for a sum.</summary>
    public bool? Dynamic { get; init; }

    /// <summary>Matrix products, each head counted.</summary>
    public required int Products { get; init; }

    /// <summary>Values of the operands in the arrays.</summary>
    public required long Values { get; init; }

    /// <summary>The same in bytes, at the design's bits of a weight.</summary>
    public required long Bytes { get; init; }

    /// <summary>Cells that hold them.</summary>
    public required long Cells { get; init; }

    /// <summary>Crossbars in use, each with its periphery one macro.</summary>
    public required long Crossbars { get; init; }

    /// <summary>Tiles; a tile holds crossbars of one product only, the last one may be partly empty.</summary>
    public required long Tiles { get; init; }

    /// <summary>Cells in use as a share of the cells of the crossbars in use; null without crossbars.</summary>
    public double? Utilization { get; init; }
}
