using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Devices;
using Ohmformer.Mapping;
using Ohmformer.Physics;

namespace Ohmformer.Tests;

/// <summary>Small specifications for tests; the costs are placeholders.</summary>
internal static class Specs
{
    private const string Source = "test";

    public static ComponentCost Cost { get; } = new() { Energy = new(1e-15), Node = new(32e-9), Source = Source };

    public static IdealDeviceSpec Ideal(double onOff = double.PositiveInfinity) => new()
    {
        GMin = new(10e-6 / onOff),
        GMax = new(10e-6),
        MaxBitsPerCell = 8,
        Endurance = 1e12,
        ReadVoltage = new(0.2),
        ReadTime = new(1e-8),
        WriteEnergy = new(1e-12),
        WriteTime = new(1e-8),
        CellArea = new(1e-14),
        Source = Source,
    };

    public static RramSpec Rram(double writeNoise = 0, double factor = 3, double onOff = 100) => new()
    {
        GMin = new(10e-6 / onOff),
        GMax = new(10e-6),
        MaxBitsPerCell = 8,
        WriteNoise = writeNoise,
        WriteNoiseFactor = factor,
        Endurance = 1e6,
        ReadVoltage = new(0.2),
        ReadTime = new(1e-8),
        WriteEnergy = new(1e-12),
        WriteTime = new(1e-8),
        CellArea = new(1e-14),
        Source = Source,
    };

    /// <summary>A device by a short name, with noise.</summary>
    public static DeviceSpec All(string name)
    {
        var like = Rram(0.1);
        return name switch
        {
            "ideal" => Ideal(),
            "rram" => like,
            "rram0" => Rram(),
            "fefet" => new FeFetSpec { WriteNoise = 0.2, GMin = like.GMin, GMax = like.GMax, MaxBitsPerCell = 8, Endurance = 1e9, ReadVoltage = like.ReadVoltage, ReadTime = like.ReadTime, WriteEnergy = like.WriteEnergy, WriteTime = like.WriteTime, CellArea = like.CellArea, Source = Source },
            "pcm" => new PcmSpec { GMin = like.GMin, GMax = like.GMax, MaxBitsPerCell = 8, Endurance = 1e9, ReadVoltage = like.ReadVoltage, ReadTime = like.ReadTime, WriteEnergy = like.WriteEnergy, WriteTime = like.WriteTime, CellArea = like.CellArea, Source = Source },
            "mram" => new SttMramSpec { ResistanceSpread = 0.05, GMin = like.GMin, GMax = like.GMax, MaxBitsPerCell = 1, Endurance = 1e12, ReadVoltage = like.ReadVoltage, ReadTime = like.ReadTime, WriteEnergy = like.WriteEnergy, WriteTime = like.WriteTime, CellArea = like.CellArea, Source = Source },
            "sram" => new SramSpec { CurrentMismatch = 0.08, GMin = like.GMin, GMax = like.GMax, MaxBitsPerCell = 1, Endurance = 1e15, ReadVoltage = like.ReadVoltage, ReadTime = like.ReadTime, WriteEnergy = like.WriteEnergy, WriteTime = like.WriteTime, CellArea = like.CellArea, Source = Source },
            _ => throw new ArgumentException(name),
        };
    }

    public static IdealAdcSpec Adc(int bits, AdcRangeKind range = AdcRangeKind.Full, bool signMagnitude = false, double lsb = 1) => new()
    {
        Bits = bits,
        Range = new() { Kind = range, LsbCounts = lsb },
        SignMagnitude = signMagnitude,
        Source = Source,
    };

    public static MacroSpec Macro(DeviceSpec? device = null, int rows = 128, AdcSpec? adc = null, int cellBits = 2) => new()
    {
        Device = device ?? Ideal(),
        Rows = rows,
        Columns = 128,
        BitsPerCell = cellBits,
        Adc = adc,
        Driver = Cost,
        ShiftAdd = Cost,
    };

    public static Design Design(MacroSpec weights, MacroSpec? attention = null) => new()
    {
        Name = "test",
        Description = "test",
        Technology = new() { Node = new(32e-9), Source = Source },
        Weights = weights,
        Attention = attention,
        Chip = new() { CrossbarsPerTile = 8, Buffer = Cost, Link = Cost, Softmax = Cost, VectorLane = Cost, OffChip = Cost },
    };
}
