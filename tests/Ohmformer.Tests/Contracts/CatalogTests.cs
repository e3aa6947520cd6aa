using System.Reflection;
using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Cost;
using Ohmformer.Devices;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;
using Ohmformer.Physics;
using Ohmformer.Training;
using Ohmformer.Training.Tasks;

namespace Ohmformer.Tests.Contracts;

/// <summary>What holds for everything the catalog lists; a newcomer is tested without a new test.</summary>
public sealed class CatalogTests
{
    public static TheoryData<string, string> Presets
    {
        get
        {
            var presets = new TheoryData<string, string>();
            foreach (var kind in Catalog.Shipped.Presets)
                foreach (string name in PresetFolder.Shipped.Names(kind)) presets.Add(kind.Folder, name);
            return presets;
        }
    }

    public static TheoryData<string, string> Types
    {
        get
        {
            var types = new TheoryData<string, string>();
            foreach (var type in Catalog.Shipped.Types.Where(t => Catalog.Shipped.Presets.Any(k => k.Record == t.Seam))) types.Add(type.Seam.Name, type.Name);
            return types;
        }
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void Preset_round_trips_through_its_resolved_text(string folder, string name)
    {
        object record = Load(folder, name);
        string text = SpecWriter.Write(record, Catalog.Shipped);
        object again = ReadText(record, folder, text);
        Assert.Equal(text, SpecWriter.Write(again, Catalog.Shipped));
        AssertSame(record, again);
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void Preset_names_its_sources(string folder, string name)
    {
        foreach (object record in Inside(Load(folder, name)))
        {
            if (record.GetType().GetProperty("Source")?.GetValue(record) is string source) Assert.True(source.Length > 15, $"{folder}/{name}: {source}");
            if (record is Design design)
            {
                Assert.Equal(name, design.Name);
                Assert.InRange(design.Description.Length, 40, 600);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void Preset_says_why_it_differs_from_its_base(string folder, string name)
    {
        var file = PresetFolder.Shipped.Find(Catalog.Shipped.Presets.Single(k => k.Folder == folder), name)!;
        var problems = new Problems();
        AssertReasons(YamlText.ReadFile(file, problems)!);
        problems.ThrowIfAny();
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Type_has_a_preset(string seam, string name)
    {
        var type = Catalog.Shipped.Types.Single(t => t.Seam.Name == seam && t.Name == name);
        var kind = Catalog.Shipped.Presets.Single(k => k.Record == type.Seam);
        Assert.Contains(PresetFolder.Shipped.Names(kind), preset => Load(kind.Folder, preset).GetType() == type.Spec);
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void Preset_builds_and_costs_plausibly(string folder, string name)
    {
        switch (Load(folder, name))
        {
            case DeviceSpec device:
                Assert.Same(device, device.Build().Spec);
                Plausible(device.WriteEnergy, device.ReadTime, device.WriteTime);
                break;
            case AdcSpec adc:
                Assert.Equal(0, adc.Build(0, adc.Levels - 1).Convert(0, 0, 0));
                Assert.All(adc.Costs, cost => Plausible(cost.Energy, cost.Time));
                Assert.All(adc.Costs.OrderBy(c => c.Bits).Zip(adc.Costs.OrderBy(c => c.Bits).Skip(1)), pair => Assert.True(pair.First.Energy < pair.Second.Energy));
                break;
            case ComponentCost component:
                Plausible(component.Energy, component.Time);
                break;
            case Design design:
                Assert.All(CostModel.Prices(design), price => Plausible(price.Energy, price.Time));
                break;
        }

        // Zero stands for "not priced" or, of a time, for "part of another".
        static void Plausible(Energy energy, params Time[] times)
        {
            Assert.True(energy.Si is 0 or (>= 1e-18 and <= 1e-3), $"{energy}");
            Assert.All(times, time => Assert.True(time.Si is 0 or (>= 1e-12 and <= 1e-3), $"{time}"));
        }
    }

    /// <summary>Every member that a user can set is a documented parameter with one sentence.</summary>
    [Fact]
    public void Every_settable_property_of_a_specification_is_a_parameter()
    {
        var records = Catalog.Shipped.Types.Select(t => t.Spec).Concat([typeof(Design), typeof(GpuSpec), typeof(Technology), typeof(MacroSpec), typeof(MacroTotals), typeof(ChipSpec), typeof(ComponentCost), typeof(AdcCost), typeof(AdcRange), typeof(QuantizationSpec), typeof(OperandQuantization), typeof(TrainingRecipe), typeof(NetworkSpec), typeof(RegularizationSpec), typeof(OptimizationSpec), typeof(AugmentationSpec)]);
        foreach (var property in records.SelectMany(r => r.GetProperties().Where(p => p.CanWrite)))
        {
            var parameter = property.GetCustomAttribute<ParameterAttribute>();
            Assert.True(parameter is not null, $"{property.DeclaringType!.Name}.{property.Name} has no [Parameter].");
            Assert.EndsWith(".", parameter.Description, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Catalog_rejects_duplicate_names_and_foreign_types()
    {
        Assert.Throws<ArgumentException>(() => new Catalog([], [new(typeof(DeviceSpec), "a", typeof(RramSpec)), new(typeof(DeviceSpec), "a", typeof(PcmSpec))]));
        Assert.Throws<ArgumentException>(() => new Catalog([], [new(typeof(AdcSpec), "a", typeof(RramSpec))]));
        Assert.Throws<ArgumentException>(() => new Catalog([new("a", typeof(Design)), new("a", typeof(ChipSpec))], []));
    }

    private static object Load(string folder, string name) => Call(nameof(SpecReader.Load), Catalog.Shipped.Presets.Single(k => k.Folder == folder).Record, name, null);

    private static object ReadText(object record, string folder, string text) =>
        Call(nameof(SpecReader.ReadText), Catalog.Shipped.Presets.Single(k => k.Folder == folder).Record, text, record.GetType().Name + ".yaml", null);

    private static object Call(string method, Type type, params object?[] arguments) =>
        typeof(SpecReader).GetMethod(method)!.MakeGenericMethod(type).Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null)!;

    /// <summary>A record and all records in it.</summary>
    private static IEnumerable<object> Inside(object record) => SpecShape.Of(record.GetType()).Properties
        .Where(p => p.Scalar is null)
        .Select(p => p.Get(record))
        .SelectMany(v => v is System.Collections.IEnumerable list ? list.Cast<object>() : v is null ? [] : [v])
        .SelectMany(Inside)
        .Prepend(record);

    private static void AssertSame(object expected, object actual)
    {
        Assert.Equal(expected.GetType(), actual.GetType());
        foreach (var property in SpecShape.Of(expected.GetType()).Properties)
        {
            object? left = property.Get(expected), right = property.Get(actual);
            if (property.Element is not null) AssertList((System.Collections.IEnumerable)left!, (System.Collections.IEnumerable)right!);
            else if (property.Scalar is null && left is not null) AssertSame(left, right!);
            else Assert.Equal(left, right);
        }
    }

    private static void AssertList(System.Collections.IEnumerable expected, System.Collections.IEnumerable actual)
    {
        object[] left = [.. expected.Cast<object>()], right = [.. actual.Cast<object>()];
        Assert.Equal(left.Length, right.Length);
        foreach (var (a, b) in left.Zip(right)) AssertSame(a, b);
    }

    private static void AssertReasons(YamlNode node)
    {
        if (node is not YamlMapping mapping) return;
        if (mapping.Find(SpecExpander.BaseKey) is { } basis) Assert.True(mapping.Find(SpecExpander.ReasonKey)?.Value is YamlScalar { Text.Length: > 15 }, $"{basis.At}: a base without a reason");
        foreach (var entry in mapping.Entries) AssertReasons(entry.Value);
    }
}
