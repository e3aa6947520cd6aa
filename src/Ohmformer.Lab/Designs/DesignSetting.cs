using Ohmformer.Files;
using Ohmformer.Mapping;

namespace Ohmformer.Lab.Designs;

/// <summary>One parameter of a design with a value in place of the design's own.</summary>
/// <param name="Key">Path of the parameter in the design file, such as "attention.device.writeNoiseFactor".</param>
/// <param name="Value">The value as it would stand in a design file; "null" removes one that is optional.</param>
public sealed record DesignSetting(string Key, string Value)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Key}={Value}";
}

/// <summary>Puts settings into a design.</summary>
internal static class DesignSettings
{
    // What names a design is no parameter of the hardware.
    private static readonly string[] Titles = ["name", "description"];

    /// <summary>A mapping that is based on a design, keeps its name and has the settings.</summary>
    /// <param name="nameOrPath">The design as the user named it.</param>
    /// <param name="design">The same design, read.</param>
    /// <param name="settings">Settings with different keys, one at least.</param>
    /// <exception cref="InputException">The design has no such key, or two keys contain each other.</exception>
    public static YamlMapping Differences(string nameOrPath, Design design, IReadOnlyList<DesignSetting> settings)
    {
        foreach (var setting in settings)
        {
            Check(design, setting);
            if (settings.FirstOrDefault(s => s != setting && (s.Key == setting.Key || s.Key.StartsWith(setting.Key + ".", StringComparison.Ordinal))) is { } other)
                throw new InputException($"{Source(other)}: changes what {Source(setting)} changes, too; remove one of them.");
        }
        var own = Mapping(settings[0], settings, depth: 0);
        YamlEntry Entry(string key, string text) => new(key, own.At, new YamlScalar(own.At, text, Quoted: false));
        string description = $"{design.Description} With {string.Join(", ", settings)}.";
        return own with { Entries = [Entry(SpecExpander.BaseKey, nameOrPath), Entry(Titles[0], design.Name), Entry(Titles[1], description), .. own.Entries] };
    }

    private static YamlMapping Mapping(DesignSetting first, IReadOnlyList<DesignSetting> settings, int depth) => new(At(first), [.. settings
        .GroupBy(s => s.Key.Split('.')[depth])
        .Select(group => new YamlEntry(group.Key, At(group.First()), group.First().Key.Split('.').Length == depth + 1
            ? new YamlScalar(At(group.First()), group.First().Value, Quoted: false)
            : Mapping(group.First(), [.. group], depth + 1)))]);

    private static void Check(Design design, DesignSetting setting)
    {
        (object? value, var type, string place) = (design, typeof(Design), $"the design {design.Name}");
        string[] path = setting.Key.Split('.');
        foreach (var (depth, key) in path.Index())
        {
            var shape = SpecShape.Of(value?.GetType() ?? type);
            var keys = shape.Properties.Where(p => depth > 0 || !Titles.Contains(p.Key)).ToList();
            var property = keys.Find(p => p.Key == key)
                ?? throw new InputException($"{Source(setting)}: {place} has no key {Wording.Quote(key)}{Allowed(design, path, key, keys.Select(p => p.Key))}");
            if (depth < path.Length - 1 && (property.Scalar is not null || property.Element is not null))
                throw new InputException($"{Source(setting)}: '{key}' of {place} is a value and has no keys; end the path there.");
            (value, type, place) = (value is null ? null : property.Get(value), property.Type, $"'{string.Join('.', path[..(depth + 1)])}' of {design.Name}");
            if (value is null && depth < path.Length - 1 && SpecShape.Of(type) is var absent && (type.IsAbstract || absent.Properties.Any(p => p.Required)))
                throw new InputException($"{Source(setting)}: {place} is absent, so nothing in it can be changed; name a design that has it.");
        }
    }

    /// <summary>The allowed keys, and where the design has a key of the wanted name if not here.</summary>
    private static string Allowed(Design design, string[] path, string key, IEnumerable<string> keys)
    {
        string[] all = [.. keys], elsewhere = [.. Paths(design, "").Where(p => p == path[^1] || p.EndsWith("." + path[^1], StringComparison.Ordinal))];
        return elsewhere.Length == 0
            ? Wording.Sentence(Wording.Allowed(key, all))
            : $"; allowed: {string.Join(", ", all)}; did you mean {string.Join(" or ", elsewhere.Select(p => $"'{p}'"))}?";
    }

    /// <summary>Paths of all values of a record that can be set.</summary>
    private static IEnumerable<string> Paths(object record, string prefix) => SpecShape.Of(record.GetType()).Properties
        .Where(p => p.Element is null && !Titles.Contains(prefix + p.Key))
        .SelectMany(p => p.Scalar is not null ? [prefix + p.Key] : p.Get(record) is { } part ? Paths(part, $"{prefix}{p.Key}.") : []);

    private static Position At(DesignSetting setting) => new(new(Path.GetFullPath("settings"), Source(setting)), 0, 0);

    private static string Source(DesignSetting setting) => $"--sweep {setting}";
}
