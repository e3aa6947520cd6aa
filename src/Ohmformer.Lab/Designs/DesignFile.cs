using Ohmformer.Files;
using Ohmformer.Mapping;

namespace Ohmformer.Lab.Designs;

/// <summary>Name and description of a shipped design.</summary>
public sealed record DesignSummary(string Name, string Description);

/// <summary>Reads and writes designs as files.</summary>
public static class DesignFile
{
    /// <summary>Loads a shipped design by its name, or a design file by its path.</summary>
    /// <param name="nameOrPath">A name such as "rram-default"; a text with a slash or ending in .yaml is a path.</param>
    /// <exception cref="InputException">There is no such design, or it is wrong; all problems are listed.</exception>
    public static Design Load(string nameOrPath) => SpecReader.Load<Design>(nameOrPath);

    /// <summary>Loads a design and changes some of its parameters; it keeps its name.</summary>
    /// <param name="nameOrPath">As for <see cref="Load(string)"/>.</param>
    /// <param name="settings">What is changed; none for the design as it is.</param>
    /// <exception cref="InputException">There is no such design, it has no such parameter, or a value is not allowed.</exception>
    public static Design Load(string nameOrPath, IReadOnlyList<DesignSetting> settings)
    {
        var design = Load(nameOrPath);
        return settings.Count == 0 ? design : SpecReader.Bind<Design>(DesignSettings.Differences(nameOrPath, design, settings));
    }

    /// <summary>
    /// The design as YAML text without bases or presets: every parameter with its value. Reading it gives an equal design, so
    /// a run can be repeated from it alone.
    /// </summary>
    public static string Resolved(Design design) => SpecWriter.Write(design, Catalog.Shipped);

    /// <summary>The shipped designs, sorted by name.</summary>
    public static IReadOnlyList<DesignSummary> List() =>
        [.. SpecReader.Presets<Design>().Select(Load).Select(d => new DesignSummary(d.Name, d.Description))];
}
