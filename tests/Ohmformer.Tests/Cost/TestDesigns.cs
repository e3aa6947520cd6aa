using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Devices;
using Ohmformer.Mapping;
using Ohmformer.Physics;

namespace Ohmformer.Tests.Cost;

/// <summary>Hardware and workloads for the tests of the cost model, independent of the catalog and the model code.</summary>
internal static class TestDesigns
{
    private static readonly Length Node32 = new(32e-9);

    /// <summary>128 x 128 RRAM of 2-bit cells, one 8-bit converter per crossbar, after ISAAC with PUMA's front end.</summary>
    public static Design IsaacLike { get; } = new()
    {
        Name = "isaac-like",
        Description = "ISAAC-like RRAM",
        Technology = new() { Node = Node32, Source = "test" },
        Weights = new()
        {
            Device = new RramSpec
            {
                GMin = new(1 / 1.7e6),
                GMax = new(1e-5),
                MaxBitsPerCell = 2,
                Endurance = 1e9,
                ReadVoltage = new(0.2),
                ReadTime = Time.Parse("100 ns"),
                WriteEnergy = Energy.Parse("1 pJ"),
                WriteTime = Time.Parse("50 ns"),
                CellArea = new(4 * 32e-9 * 32e-9),
                Source = "test",
            },
            Rows = 128,
            Columns = 128,
            BitsPerCell = 2,
            ColumnsPerAdc = 128,
            Adc = IsaacAdc(8),
            Driver = Component("0.39 pJ", "0 s", "0.167 um2"),
            SampleHold = Component("0.97 fJ", "0 s", "0 m2"),
            ShiftAdd = Component("0.05 pJ", "0 s", "60 um2"),
        },
        Chip = new()
        {
            CrossbarsPerTile = 96,
            Buffer = Component("0.639 pJ", "10 ps", "0.083 mm2"),
            Link = Component("0.648 pJ", "10 ps", "0.0375 mm2"),
            Softmax = Component("4.37 pJ", "333 ps", "5676 um2", "28 nm"),
            VectorLane = Component("0.9 pJ", "1 ns", "1000 um2", "45 nm"),
            OffChip = Component("31.2 pJ", "10 ps", "0 m2"),
        },
    };

    /// <summary>64 x 64 RRAM priced by the totals that ClipFormer's Table I publishes; the rest is free.</summary>
    public static Design ClipFormer { get; } = IsaacLike with
    {
        Name = "clipformer",
        Weights = IsaacLike.Weights with
        {
            Rows = 64,
            Columns = 64,
            SliceLayout = SliceLayout.Separate,
            Totals = new()
            {
                ReadEnergy = Energy.Parse("25 pJ"),
                ReadTime = Time.Parse("100 ns"),
                WriteEnergy = Energy.Parse("118 pJ"),
                WriteTime = Time.Parse("3.3 us"),
                Area = Area.Parse("0.03 mm2"),
                Source = "ClipFormer, arXiv 2402.02586, Table I",
            },
        },
        Chip = IsaacLike.Chip with
        {
            CrossbarsPerTile = 1,
            Buffer = Free,
            Link = Free,
            Softmax = Free,
            VectorLane = Free,
            OffChip = Free,
        },
    };

    /// <summary>
    /// The FeFET system of TReX, arXiv 2408.12742, Tables II and III: 64 crossbars per tile; delays per vector and per write are
    /// those of 8 crossbars that share a processing element.
    /// </summary>
    public static Design Trex { get; } = ClipFormer with
    {
        Name = "trex",
        Weights = ClipFormer.Weights with
        {
            Totals = ClipFormer.Weights.Totals! with
            {
                ReadEnergy = Energy.Parse("25.15 pJ"),
                ReadTime = Time.Parse("0.0192 us") * 8,
                WriteTime = Time.Parse("3.3 us") * 8,
                Area = Area.Parse("1.9 mm2") / 64,
            },
        },
        Chip = ClipFormer.Chip with { CrossbarsPerTile = 64, Softmax = Component("6.25 pJ", "15.86 ns", "0 m2") },
    };

    private static ComponentCost Free => Component("0 J", "0 s", "0 m2");

    public static ComponentCost Component(string energy, string time, string area, string node = "32 nm") => new()
    {
        Energy = Energy.Parse(energy),
        Time = Time.Parse(time),
        Area = Area.Parse(area),
        Node = Length.Parse(node),
        Source = "test",
    };

    /// <summary>The converters of the ISAAC family at 1.28 GS/s.</summary>
    public static AdcSpec IsaacAdc(int bits) => new IdealAdcSpec
    {
        Bits = bits,
        Node = Node32,
        Source = "hwcomponents-library isaac",
        Costs =
        [
            Row(4, 0.79, 361), Row(5, 0.99, 477), Row(6, 1.20, 627), Row(7, 1.42, 845), Row(8, 1.67, 1200), Row(9, 1.97, 1828), Row(10, 2.38, 3002),
        ],
    };

    private static AdcCost Row(int bits, double picojoule, double squareMicrometer) => new()
    {
        Bits = bits,
        Energy = new(picojoule * 1e-12),
        Time = new(1 / 1.28e9),
        Area = new(squareMicrometer * 1e-12),
    };
}
