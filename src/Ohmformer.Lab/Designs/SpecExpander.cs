namespace Ohmformer.Lab.Designs;

/// <summary>
/// Replaces presets and bases by what they stand for, so that every mapping lists all its keys. Each value keeps the place
/// where it was written.
/// </summary>
internal sealed class SpecExpander(Catalog catalog, PresetFolder presets, Problems problems)
{
    public const string BaseKey = "base";
    public const string ReasonKey = "reason";
    public const string TypeKey = "type";
    private const string NameKey = "name";

    private readonly List<string> _open = [];
    private readonly Dictionary<(string Path, Type Type), YamlNode> _files = [];

    /// <summary>Reads a file and expands it.</summary>
    public YamlNode File(SourceFile file, Type type, Position referredFrom)
    {
        if (_open.Contains(file.Path))
        {
            problems.Add(referredFrom, $"{BaseKey} leads back to the file itself: {string.Join(" -> ", _open.Append(file.Path).Select(Path.GetFileName))}");
            return new YamlBroken(referredFrom);
        }
        if (_files.TryGetValue((file.Path, type), out var known)) return known;
        _open.Add(file.Path);
        var root = YamlText.ReadFile(file, problems);
        var expanded = root is null ? new YamlBroken(referredFrom) : Root(root, type);
        _open.RemoveAt(_open.Count - 1);
        return _files[(file.Path, type)] = expanded;
    }

    /// <summary>Expands the outermost node of a file, which must be a mapping.</summary>
    public YamlNode Root(YamlNode root, Type type)
    {
        if (root is YamlMapping) return Expand(root, type, inherited: null);
        problems.Add(root.At, "the file must be a mapping of keys to values");
        return new YamlBroken(root.At);
    }

    private YamlNode Expand(YamlNode node, Type type, YamlMapping? inherited) => node switch
    {
        YamlScalar { IsNull: false } scalar => Reference(scalar, type),
        YamlMapping mapping => Merge(mapping, type, inherited),
        _ => node,
    };

    private YamlMapping Merge(YamlMapping own, Type type, YamlMapping? inherited)
    {
        var basis = own.Find(BaseKey);
        if (basis is null && own.Find(ReasonKey) is { } reason && Shape(own, type)?.Find(ReasonKey) is null && inherited is null)
            problems.Add(reason.At, $"{ReasonKey} belongs to a mapping with {BaseKey}: it says why values differ from the base");

        var parent = basis is not null ? Basis(basis, type) : own.Find(TypeKey) is null ? inherited : null;
        bool incomplete = basis is not null && parent is null;
        if (basis is not null && parent is not null) CheckType(own, parent);

        var shape = Shape(own, type) ?? (parent is null ? null : Shape(parent, type));
        var entries = new List<YamlEntry>();
        foreach (var entry in parent?.Entries ?? [])
            if (own.Find(entry.Key) is null && !(basis is not null && entry.Key == NameKey)) entries.Add(entry);
        foreach (var entry in own.Entries)
        {
            if (entry.Key == BaseKey || (entry.Key == ReasonKey && shape?.Find(ReasonKey) is null)) continue;
            entries.Add(entry with { Value = Value(entry.Value, shape?.Find(entry.Key), parent?.Find(entry.Key)?.Value) });
        }
        return new(own.At, entries, incomplete || parent is { Incomplete: true });
    }

    private YamlNode Value(YamlNode node, SpecProperty? property, YamlNode? inherited)
    {
        if (property is null || property.Scalar is not null) return node;
        if (property.Element is null) return Expand(node, property.Type, inherited as YamlMapping);
        return node is YamlList list ? list with { Items = [.. list.Items.Select(i => Expand(i, property.Element, inherited: null))] } : node;
    }

    private YamlMapping? Basis(YamlEntry basis, Type type)
    {
        if (basis.Value is YamlScalar { IsNull: false } scalar) return Reference(scalar, type) as YamlMapping;
        problems.Add(basis.Value.At, $"{BaseKey} must be the name of a preset or the path of a file");
        return null;
    }

    private YamlNode Reference(YamlScalar reference, Type type)
    {
        var found = Locate(reference, type);
        return found is null ? new YamlBroken(reference.At) : File(found, type, reference.At);
    }

    private SourceFile? Locate(YamlScalar reference, Type type)
    {
        string text = reference.Text;
        if (PresetFolder.IsPath(text)) return FileBeside(reference);
        if (catalog.Presets.FirstOrDefault(k => k.Record == type) is not { } kind)
        {
            problems.Add(reference.At, $"{Wording.Quote(text)} is not a file; presets do not exist here, write a mapping or the path of a file, for example \"./{(Names.IsPresetName(text) ? text : "base")}.yaml\"");
            return null;
        }
        if (presets.Find(kind, text) is { } file) return file;
        problems.Add(reference.At, $"no preset {Wording.Quote(text)} in {kind.Folder}{Wording.Allowed(text, presets.Names(kind))}");
        return null;
    }

    private SourceFile? FileBeside(YamlScalar reference)
    {
        var from = reference.At.File;
        string folder = Path.GetDirectoryName(from.Path)!, shownFolder = Path.GetDirectoryName(from.Shown) ?? "";
        string path = Path.GetFullPath(Path.Combine(folder, reference.Text));
        if (System.IO.File.Exists(path)) return new(path, Path.Combine(shownFolder, reference.Text));
        problems.Add(reference.At, $"the file {Wording.Quote(reference.Text)} does not exist; paths count from the folder of {from.Shown}");
        return null;
    }

    private void CheckType(YamlMapping own, YamlMapping parent)
    {
        if (own.Find(TypeKey)?.Value is YamlScalar mine && parent.Find(TypeKey)?.Value is YamlScalar theirs && mine.Text != theirs.Text)
            problems.Add(mine.At, $"{TypeKey} {Wording.Quote(mine.Text)} differs from the base's {Wording.Quote(theirs.Text)}; leave {TypeKey} out or choose another base");
    }

    /// <summary>The parameters of a mapping; for a pluggable record those of its type, null while that is not known.</summary>
    private SpecShape? Shape(YamlMapping mapping, Type type)
    {
        if (!type.IsAbstract) return SpecShape.Of(type);
        string? name = (mapping.Find(TypeKey)?.Value as YamlScalar)?.Text;
        return catalog.Types.FirstOrDefault(t => t.Seam == type && t.Name == name) is { } found ? SpecShape.Of(found.Spec) : null;
    }
}
