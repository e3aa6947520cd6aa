using Ohmformer.Arrays;
using Ohmformer.Mapping;
using Ohmformer.Physics;

namespace Ohmformer.Cost;

/// <summary>The prices of everything around the macros at the design's node. Off-chip memory is another chip and not scaled.</summary>
internal sealed class ChipCost(ChipSpec chip, Length node)
{
    /// <summary>Name and class of the step that moves the input and the output.</summary>
    public const string OffChipClass = "OffChip";

    private readonly ComponentCost _buffer = chip.Buffer.At(node);
    private readonly ComponentCost _link = chip.Link.At(node);
    private readonly ComponentCost _softmax = chip.Softmax.At(node);
    private readonly ComponentCost _lane = chip.VectorLane.At(node);

    /// <summary>
    /// Operations of the vector unit per element [choices of this project]: LayerNorm sums, subtracts, squares, sums, scales
    /// and shifts; an activation evaluates a polynomial; a residual adds; rescaling multiplies and adds the bias; a rotation
    /// multiplies twice and adds; a gate multiplies.
    /// </summary>
    public static int OperationsPerElement(DigitalKind kind) => kind switch
    {
        DigitalKind.Softmax => 0,
        DigitalKind.LayerNorm => 6,
        DigitalKind.Activation => 8,
        DigitalKind.Residual => 1,
        DigitalKind.Rescale => 2,
        DigitalKind.Rotation => 3,
        DigitalKind.Gate => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown digital step"),
    };

    /// <summary>Unit prices for people and for plausibility tests.</summary>
    public IEnumerable<ActionPrice> Prices() =>
    [
        ActionPrice.Of("chip", CostComponent.Buffers, _buffer),
        ActionPrice.Of("chip", CostComponent.Links, _link),
        ActionPrice.Of("chip", CostComponent.SoftmaxUnits, _softmax),
        ActionPrice.Of("chip", CostComponent.VectorUnit, _lane),
        ActionPrice.Of("chip", CostComponent.OffChip, chip.OffChip),
    ];

    /// <summary>Energy of moving a product's operands and results.</summary>
    public Breakdown<Joule> TransferEnergy(ActivityCounts counts)
    {
        var energy = new Breakdown<Joule>();
        energy.Add(CostComponent.Buffers, _buffer.Energy * counts.BufferBytes);
        energy.Add(CostComponent.Links, _link.Energy * counts.LinkBytes);
        return energy;
    }

    /// <summary>Time of the slower of buffer and link, each moving its bytes one after the other, evenly over the tiles.</summary>
    public Time TransferTime(ActivityCounts counts, int tiles) => tiles == 0
        ? Time.Zero
        : Time.Max(_buffer.Time * ((double)counts.BufferBytes / tiles), _link.Time * ((double)counts.LinkBytes / tiles));

    /// <summary>A digital step: softmax on one unit per head, everything else on the lanes of the vector unit.</summary>
    public StepCost Step(DigitalShape digital)
    {
        bool softmax = digital.Kind == DigitalKind.Softmax;
        long operations = digital.Elements * OperationsPerElement(digital.Kind);
        var energy = new Breakdown<Joule>();
        if (softmax) energy.Add(CostComponent.SoftmaxUnits, _softmax.Energy * digital.Elements);
        else energy.Add(CostComponent.VectorUnit, _lane.Energy * operations);
        return new()
        {
            Name = digital.Name,
            Class = digital.Kind.ToString(),
            Counts = new() { SoftmaxElements = softmax ? digital.Elements : 0, VectorOperations = operations },
            Energy = energy,
            Latency = softmax
                ? _softmax.Time * Ceiling(digital.Elements, digital.Units)
                : _lane.Time * Ceiling(operations, chip.VectorLanes),
        };
    }

    /// <summary>Reading the input and writing the output.</summary>
    public StepCost OffChip(Workload workload)
    {
        long bytes = workload.InputBytes + workload.OutputBytes;
        var energy = new Breakdown<Joule>();
        energy.Add(CostComponent.OffChip, chip.OffChip.Energy * bytes);
        return new()
        {
            Name = OffChipClass,
            Class = OffChipClass,
            Counts = new() { OffChipBytes = bytes },
            Energy = energy,
            Latency = chip.OffChip.Time * bytes,
        };
    }

    /// <summary>Area of one tile's buffer and link.</summary>
    public Breakdown<SquareMeter> TileArea()
    {
        var area = new Breakdown<SquareMeter>();
        area.Add(CostComponent.Buffers, _buffer.Area);
        area.Add(CostComponent.Links, _link.Area);
        return area;
    }

    /// <summary>Area of the digital units, which all layers share: one softmax unit per head and the vector unit.</summary>
    public Breakdown<SquareMeter> DigitalArea(Workload workload)
    {
        var area = new Breakdown<SquareMeter>();
        int units = workload.Digital.Where(d => d.Kind == DigitalKind.Softmax).Select(d => d.Units).DefaultIfEmpty().Max();
        area.Add(CostComponent.SoftmaxUnits, _softmax.Area * units);
        area.Add(CostComponent.VectorUnit, _lane.Area * chip.VectorLanes);
        return area;
    }

    private static long Ceiling(long a, long b) => (a + b - 1) / b;
}
