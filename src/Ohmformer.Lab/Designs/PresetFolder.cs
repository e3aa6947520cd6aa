using Ohmformer.Files;

namespace Ohmformer.Lab.Designs;

/// <summary>The folder catalog/ with its presets: catalog/devices/rram-isaac.yaml is the device "rram-isaac".</summary>
internal sealed class PresetFolder(string path, string shown)
{
    private const string Extension = ".yaml";

    /// <summary>The presets that are installed beside the program.</summary>
    public static PresetFolder Shipped { get; } = new(Path.Combine(AppContext.BaseDirectory, "catalog"), "catalog");

    /// <summary>Names of the presets of one kind, sorted.</summary>
    /// <exception cref="InputException">The folder is missing.</exception>
    public IReadOnlyList<string> Names(PresetKind kind)
    {
        string folder = Path.Combine(path, kind.Folder);
        if (!Directory.Exists(folder)) throw new InputException($"The presets in {folder} are missing. Install Ohmformer again, with its folder catalog beside the program.");
        return [.. Directory.EnumerateFiles(folder, "*" + Extension).Select(f => Path.GetFileNameWithoutExtension(f)).Where(Designs.Names.IsPresetName).Order(StringComparer.Ordinal)];
    }

    /// <summary>The file of a preset, or null when there is none of that name.</summary>
    public SourceFile? Find(PresetKind kind, string name) => Names(kind).Contains(name)
        ? new(Path.GetFullPath(Path.Combine(path, kind.Folder, name + Extension)), $"{shown}/{kind.Folder}/{name}{Extension}")
        : null;

    /// <summary>Whether a reference is the path of a file rather than the name of a preset.</summary>
    public static bool IsPath(string reference) =>
        reference.AsSpan().ContainsAny('/', '\\') || reference.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || reference.EndsWith(".yml", StringComparison.OrdinalIgnoreCase);
}
