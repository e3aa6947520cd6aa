using System.Reflection;
using Ohmformer.Lab.Designs;
using Ohmformer.Physics;

namespace Ohmformer.Tests.Contracts;

/// <summary>The parameters of a pluggable type that switch its errors on: numbers of its own that may be 0.</summary>
internal static class ErrorParameters
{
    /// <summary>Every shipped preset of every type that fits a seam: name of the type, name of the preset.</summary>
    public static TheoryData<string, string> Presets<TSpec>()
        where TSpec : class
    {
        var presets = new TheoryData<string, string>();
        var kind = Catalog.Shipped.Presets.Single(k => k.Record == typeof(TSpec));
        foreach (var type in Catalog.Shipped.Types.Where(t => t.Seam == typeof(TSpec)))
            foreach (string preset in PresetFolder.Shipped.Names(kind).Where(p => SpecReader.Load<TSpec>(p).GetType() == type.Spec)) presets.Add(type.Name, preset);
        return presets;
    }

    /// <summary>The error parameters that the type of a specification declares itself.</summary>
    public static IReadOnlyList<PropertyInfo> Of(object spec) =>
        [.. spec.GetType()
            .GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(p => p.PropertyType == typeof(double) && p.GetCustomAttribute<ParameterAttribute>() is { Min: 0 })];

    /// <summary>A copy whose error parameters all have one value, or the largest that is allowed.</summary>
    public static TSpec With<TSpec>(TSpec spec, double value)
        where TSpec : class
    {
        // What a "with" expression does, for a type that is not known here.
        object copy = spec.GetType().GetMethod("<Clone>$")!.Invoke(spec, null)!;
        foreach (var property in Of(spec)) property.SetValue(copy, Math.Min(value, property.GetCustomAttribute<ParameterAttribute>()!.Max));
        return (TSpec)copy;
    }
}
