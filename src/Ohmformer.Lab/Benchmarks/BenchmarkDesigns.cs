using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Devices;
using Ohmformer.Mapping;
using Ohmformer.Physics;

namespace Ohmformer.Lab.Benchmarks;

/// <summary>
/// The hardware of the benchmarks: 8-bit weights in four slices of 2 bits, differential columns with converters of their own
/// (8 bits, a step of one count), 8-bit two's-complement inputs bit by bit. A product of two 8-bit integers is then 64 products
/// with a cell. Costs play no role.
/// </summary>
internal static class BenchmarkDesigns
{
    /// <summary>Rows of a crossbar where nothing else is said.</summary>
    public const int Rows = 128;

    private const string Source = "benchmark";
    private const double WriteNoise = 0.05, ReadNoise = 0.02;

    /// <summary>Steps of the device grid by crossbar height: the sum of a column stays below 2^16 of them.</summary>
    private static int GridBits(int rows) => rows switch { <= 64 => 8, <= 128 => 7, _ => 6 };

    private static readonly ComponentCost Cost = new() { Energy = new(1e-15), Node = new(32e-9), Source = Source };

    private static readonly IdealAdcSpec Converter = new() { Bits = 8, Range = new() { Kind = AdcRangeKind.Lsb }, Source = Source };

    /// <summary>Cells that hold what they are told.</summary>
    public static MacroSpec Ideal(int rows = Rows) => Macro(rows, new IdealDeviceSpec
    {
        GMin = new(0),
        GMax = new(1e-5),
        MaxBitsPerCell = 2,
        Endurance = 1e12,
        ReadVoltage = new(0.2),
        ReadTime = new(1e-8),
        WriteEnergy = new(1e-12),
        WriteTime = new(1e-8),
        CellArea = new(1e-14),
        Source = Source,
    });

    /// <summary>Cells with write noise of 5 % and, if asked for, read noise of 2 % of the conductance range in every read of every cell.</summary>
    public static MacroSpec Noisy(bool readNoise, int rows = Rows) => Macro(rows, new RramSpec
    {
        GMin = new(1e-7),
        GMax = new(1e-5),
        MaxBitsPerCell = 2,
        WriteNoise = WriteNoise,
        ReadNoise = readNoise ? ReadNoise : 0,
        ReadNoiseKind = ReadNoiseKind.Constant,
        Endurance = 1e6,
        ReadVoltage = new(0.2),
        ReadTime = new(1e-8),
        WriteEnergy = new(1e-12),
        WriteTime = new(1e-8),
        CellArea = new(1e-14),
        Source = Source,
    });

    /// <summary>A design with one kind of macro for weights and for attention.</summary>
    public static Design Of(MacroSpec macro) => new()
    {
        Name = "benchmark",
        Description = "Hardware of the benchmarks.",
        Technology = new() { Node = new(32e-9), Source = Source },
        Weights = macro,
        Chip = new() { CrossbarsPerTile = 96, Buffer = Cost, Link = Cost, Softmax = Cost, VectorLane = Cost, OffChip = Cost },
    };

    private static MacroSpec Macro(int rows, DeviceSpec device) => new()
    {
        Device = device,
        Rows = rows,
        Columns = 128,
        WeightBits = 8,
        BitsPerCell = 2,
        InputBits = 8,
        GridBits = GridBits(rows),
        Adc = Converter,
        Driver = Cost,
        ShiftAdd = Cost,
    };
}
