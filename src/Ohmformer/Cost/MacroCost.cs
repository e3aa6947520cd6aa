using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Physics;

namespace Ohmformer.Cost;

/// <summary>The prices of one macro's actions at the design's node, and what a placed product costs at these prices.</summary>
internal sealed class MacroCost
{
    private readonly MacroSpec _macro;
    private readonly ComponentCost _driver, _shiftAdd;
    private readonly ComponentCost? _sampleHold, _converter;

    /// <summary>Prices a macro.</summary>
    /// <exception cref="InputException">The converter has no published cost at its resolution.</exception>
    public MacroCost(MacroSpec macro, Length node, ReadAssumptions assumptions)
    {
        _macro = macro;
        _driver = macro.Driver.At(node);
        _shiftAdd = macro.ShiftAdd.At(node);
        _sampleHold = macro.SampleHold?.At(node);
        _converter = macro.Totals is null && macro.Adc is not null ? Converter(macro.Adc).At(node) : null;
        CellRead = ReadEnergy(macro, assumptions);
    }

    /// <summary>Mean energy that one cell between a line of the active group and a bit line dissipates in one read, V^2 G t.</summary>
    public Energy CellRead { get; }

    /// <summary>
    /// One read of a crossbar: the longer of two overlapping stages. The first drives, settles and samples; the second converts
    /// the samples of the read before, one after the other per converter, each added up as the next is converted.
    /// </summary>
    public Time Cycle
    {
        get
        {
            Time read = _driver.Time + _macro.Device.ReadTime + (_sampleHold?.Time ?? Time.Zero);
            Time slot = Time.Max(_converter?.Time ?? Time.Zero, _shiftAdd.Time);
            return Time.Max(read, slot * ConversionsPerConverter);
        }
    }

    private int SharedBitLines => Math.Min(_macro.ColumnsPerAdc, _macro.BitLines);

    private int ConversionsPerConverter => Ceiling(SharedBitLines * _macro.SamplesPerOutput, _macro.BitLinesPerOutput);

    private int ConvertersPerCrossbar => Ceiling(_macro.BitLines, SharedBitLines);

    /// <summary>Unit prices for people and for plausibility tests.</summary>
    public IEnumerable<ActionPrice> Prices(string where)
    {
        if (_macro.Totals is { } totals)
        {
            yield return new(where, CostComponent.MacroTotals, totals.ReadEnergy, totals.ReadTime, totals.Area);
            yield return new(where, CostComponent.CellWrites, totals.WriteEnergy, totals.WriteTime, Area.Zero);
            yield break;
        }

        yield return new(where, CostComponent.Cells, CellRead, _macro.Device.ReadTime, _macro.Device.CellArea);
        yield return new(where, CostComponent.CellWrites, _macro.Device.WriteEnergy, _macro.Device.WriteTime, Area.Zero);
        yield return ActionPrice.Of(where, CostComponent.Drivers, _driver);
        if (_sampleHold is not null) yield return ActionPrice.Of(where, CostComponent.SampleHolds, _sampleHold);
        if (_converter is not null) yield return ActionPrice.Of(where, CostComponent.Converters, _converter);
        yield return ActionPrice.Of(where, CostComponent.ShiftAdds, _shiftAdd);
    }

    /// <summary>Energy of one inference inside the macros of a product.</summary>
    public Breakdown<Joule> Energy(Placement placement)
    {
        var energy = new Breakdown<Joule>();
        var counts = placement.Inference;
        if (_macro.Totals is { } totals)
        {
            energy.Add(CostComponent.MacroTotals, totals.ReadEnergy * ((double)placement.Product.Tokens * placement.Crossbars));
            if (placement.Product.Dynamic) energy.Add(CostComponent.CellWrites, totals.WriteEnergy * placement.Crossbars);
            return energy;
        }

        energy.Add(CostComponent.Cells, CellRead * counts.CellReads);
        energy.Add(CostComponent.CellWrites, _macro.Device.WriteEnergy * counts.CellWrites);
        energy.Add(CostComponent.Drivers, _driver.Energy * counts.DacEvents);
        if (_sampleHold is not null) energy.Add(CostComponent.SampleHolds, _sampleHold.Energy * counts.ShiftAdds);
        if (_converter is not null) energy.Add(CostComponent.Converters, _converter.Energy * counts.AdcEvents);
        energy.Add(CostComponent.ShiftAdds, _shiftAdd.Energy * counts.ShiftAdds);
        return energy;
    }

    /// <summary>Time to drive all vectors of one inference, one after the other, through crossbars that work in parallel.</summary>
    public Time ReadTime(Placement placement) => _macro.Totals is { } totals
        ? totals.ReadTime * placement.Product.Tokens
        : Cycle * ((double)placement.CyclesPerVector * placement.Product.Tokens);

    /// <summary>Time to write a dynamic operand: row after row, crossbars in parallel.</summary>
    public Time WriteTime(Placement placement) => _macro.Totals is { } totals
        ? totals.WriteTime
        : _macro.Device.WriteTime * Math.Min(placement.Product.Inputs, _macro.Rows);

    /// <summary>Area of one crossbar with its periphery.</summary>
    public Breakdown<SquareMeter> CrossbarArea()
    {
        var area = new Breakdown<SquareMeter>();
        if (_macro.Totals is { } totals)
        {
            area.Add(CostComponent.MacroTotals, totals.Area);
            return area;
        }

        area.Add(CostComponent.Cells, _macro.Device.CellArea * ((double)_macro.Rows * _macro.BitLines));
        area.Add(CostComponent.Drivers, _driver.Area * _macro.Rows);
        if (_sampleHold is not null) area.Add(CostComponent.SampleHolds, _sampleHold.Area * _macro.BitLines);
        if (_converter is not null) area.Add(CostComponent.Converters, _converter.Area * ConvertersPerCrossbar);
        area.Add(CostComponent.ShiftAdds, _shiftAdd.Area * ConvertersPerCrossbar);
        return area;
    }

    private static Energy ReadEnergy(MacroSpec macro, ReadAssumptions assumptions)
    {
        var device = macro.Device;
        double share = macro.Encoding == WeightEncodingKind.Differential ? assumptions.ConductanceShare / 2 : assumptions.ConductanceShare;
        double conductance = device.GMin.Si + share * (device.GMax.Si - device.GMin.Si);
        double voltage = device.ReadVoltage.Si;
        return new(assumptions.LineActivity * voltage * voltage * conductance * device.ReadTime.Si);
    }

    private static ComponentCost Converter(AdcSpec adc)
    {
        var row = adc.Costs.FirstOrDefault(c => c.Bits == adc.Bits) ?? throw new InputException(
            $"The converter has {adc.Bits} bits, but no published cost at that resolution; known are {Known(adc)}. "
            + "Choose one of these resolutions or add a row to the converter's costs.");
        return new() { Energy = row.Energy, Time = row.Time, Area = row.Area, Node = adc.Node, Source = adc.Source };
    }

    private static string Known(AdcSpec adc) => adc.Costs.Count == 0
        ? "none"
        : string.Join(", ", adc.Costs.Select(c => c.Bits).Order().Select(b => $"{b}")) + " bits";

    private static int Ceiling(int a, int b) => (a + b - 1) / b;
}
