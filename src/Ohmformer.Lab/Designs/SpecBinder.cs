using System.Collections;
using Ohmformer.Physics;

namespace Ohmformer.Lab.Designs;

/// <summary>Turns expanded mappings into specification records and adds a problem for everything that does not fit.</summary>
internal sealed class SpecBinder(Catalog catalog, Problems problems)
{
    /// <summary>The record that a node describes, or null when a problem was added.</summary>
    public object? Bind(YamlNode node, Type type, string what)
    {
        if (node is not YamlMapping mapping)
        {
            if (node is not YamlBroken) problems.Add(node.At, $"{what} must be {Wanted(type)}");
            return null;
        }
        if (Concrete(mapping, type, what) is not { } concrete) return null;

        var shape = SpecShape.Of(concrete);
        object record = shape.Create();
        bool sound = !mapping.Incomplete && HasAllRequired(mapping, shape, what);
        foreach (var entry in mapping.Entries)
        {
            if (type.IsAbstract && entry.Key == SpecExpander.TypeKey) continue;
            if (shape.Find(entry.Key) is { } property)
            {
                sound &= Set(record, property, entry.Value);
                continue;
            }
            problems.Add(entry.At, $"unknown key {Wording.Quote(entry.Key)}{Wording.Allowed(entry.Key, shape.Properties.Select(p => p.Key))}");
            sound = false;
        }
        return sound && KeepsRules(record, mapping) ? record : null;
    }

    private bool Set(object record, SpecProperty property, YamlNode node)
    {
        if (node is YamlScalar { IsNull: true })
        {
            if (property.Nullable) property.Set(record, null);
            else problems.Add(node.At, $"'{property.Key}' has no value; write {Wanted(property)}");
            return property.Nullable;
        }
        object? value = property.Element is null ? Single(node, property, property.Key) : List(node, property);
        if (value is not null) property.Set(record, value);
        return value is not null;
    }

    private object? Single(YamlNode node, SpecProperty property, string what)
    {
        if (property.Scalar is not { } scalarType) return Bind(node, property.Element ?? property.Type, $"'{what}'");
        if (node is not YamlScalar scalar)
        {
            problems.Add(node.At, $"'{what}' must be a single value");
            return null;
        }
        object? value = scalarType.Read(scalar, out string problem);
        if (value is null) problems.Add(node.At, $"'{what}' {problem}");
        else if (scalarType.Magnitude(value) is { } magnitude && !(magnitude >= property.Parameter.Min && magnitude <= property.Parameter.Max))
            problems.Add(node.At, $"'{what}' is {scalar.Text}; allowed: {Range(scalarType, property.Parameter)}");
        else return value;
        return null;
    }

    private Array? List(YamlNode node, SpecProperty property)
    {
        if (node is not YamlList list)
        {
            problems.Add(node.At, $"'{property.Key}' must be a list; start each item with \"- \"");
            return null;
        }
        object?[] items = [.. list.Items.Select((n, i) => Single(n, property, $"{property.Key}[{i}]"))];
        if (items.Contains(null)) return null;
        var array = Array.CreateInstance(property.Element!, items.Length);
        ((ICollection)items).CopyTo(array, 0);
        return array;
    }

    private Type? Concrete(YamlMapping mapping, Type type, string what)
    {
        if (!type.IsAbstract) return type;
        var names = catalog.Types.Where(t => t.Seam == type).Select(t => t.Name);
        var entry = mapping.Find(SpecExpander.TypeKey);
        if (entry is null)
        {
            if (!mapping.Incomplete) problems.Add(mapping.At, $"{what} needs a {SpecExpander.TypeKey} or a {SpecExpander.BaseKey}; types: {string.Join(", ", names)}");
            return null;
        }
        string name = entry.Value is YamlScalar scalar ? scalar.Text : "";
        if (catalog.Types.FirstOrDefault(t => t.Seam == type && t.Name == name) is { } found) return found.Spec;
        problems.Add(entry.Value.At, $"unknown type {Wording.Quote(name)}{Wording.Allowed(name, names)}");
        return null;
    }

    private bool HasAllRequired(YamlMapping mapping, SpecShape shape, string what)
    {
        SpecProperty[] missing = [.. shape.Properties.Where(p => p.Required && mapping.Find(p.Key) is null)];
        foreach (var property in missing) problems.Add(mapping.At, $"{what} lacks the required key '{property.Key}': {property.Parameter.Description.TrimEnd('.')}");
        return missing.Length == 0;
    }

    private bool KeepsRules(object record, YamlMapping mapping)
    {
        Violation[] violations = record is ICheckedSpec spec ? [.. spec.Violations()] : [];
        foreach (var violation in violations)
        {
            string key = Names.Camel(violation.Property);
            problems.Add(mapping.Find(key)?.Value.At ?? mapping.At, $"'{key}' {violation.Message}");
        }
        return violations.Length == 0;
    }

    private string Wanted(SpecProperty property) => property switch
    {
        { Element: not null } => "a list",
        { Scalar: null } => Wanted(property.Type),
        _ => "a value",
    };

    private string Wanted(Type type) => catalog.Presets.Any(k => k.Record == type) ? "the name of a preset or a mapping" : "a mapping of keys to values";

    private static string Range(ScalarType type, ParameterAttribute parameter) => (double.IsFinite(parameter.Min), double.IsFinite(parameter.Max)) switch
    {
        (true, true) => $"{type.WriteBound(parameter.Min)} to {type.WriteBound(parameter.Max)}",
        (true, false) => $"{type.WriteBound(parameter.Min)} or more",
        (false, true) => $"{type.WriteBound(parameter.Max)} or less",
        _ => "any number",
    };
}
