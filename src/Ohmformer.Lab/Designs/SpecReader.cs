using Ohmformer.Files;
using Ohmformer.Physics;

namespace Ohmformer.Lab.Designs;

/// <summary>
/// Reads specification records from YAML files: designs, recipes, GPUs, and every other record whose properties carry
/// <see cref="ParameterAttribute"/>. docs/guide/designs.md defines the format.
/// </summary>
public static class SpecReader
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="catalog">Types and presets that the file may name; what Ohmformer ships when null.</param>
    /// <exception cref="InputException">The file is wrong. The message has one line "file(line,col): what, allowed, nearest" for each problem.</exception>
    public static T Read<T>(string path, Catalog? catalog = null)
        where T : class => Read<T>(FileAt(path), catalog);

    /// <summary>Reads a text as if it stood in a file.</summary>
    /// <param name="text">YAML text.</param>
    /// <param name="path">Name of the text in messages; relative paths in the text count from its folder.</param>
    /// <param name="catalog">Types and presets that the text may name; what Ohmformer ships when null.</param>
    /// <exception cref="InputException">The text is wrong.</exception>
    public static T ReadText<T>(string text, string path, Catalog? catalog = null)
        where T : class
    {
        var problems = new Problems();
        var file = FileAt(path);
        var expander = new SpecExpander(catalog ?? Catalog.Shipped, PresetFolder.Shipped, problems);
        var root = YamlText.Read(file, text, problems);
        problems.ThrowIfAny();
        return Bind<T>(expander.Root(root!, typeof(T)), file, catalog, problems);
    }

    /// <summary>Reads a preset by its name, or a file by its path.</summary>
    /// <param name="nameOrPath">A preset's name such as "rram-isaac"; a text with a slash or ending in .yaml is a path.</param>
    /// <param name="catalog">Types and presets; what Ohmformer ships when null.</param>
    /// <exception cref="InputException">There is no such preset or file, or it is wrong.</exception>
    public static T Load<T>(string nameOrPath, Catalog? catalog = null)
        where T : class
    {
        if (PresetFolder.IsPath(nameOrPath)) return Read<T>(nameOrPath, catalog);
        var kind = Kind<T>(catalog);
        var file = PresetFolder.Shipped.Find(kind, nameOrPath) ?? throw new InputException(
            Wording.Sentence($"no preset {Wording.Quote(nameOrPath)} in {kind.Folder}{Wording.Allowed(nameOrPath, Presets<T>(catalog))}") + " A path contains a slash or ends in .yaml.");
        return Read<T>(file, catalog);
    }

    /// <summary>Names of the shipped presets that hold a record, sorted.</summary>
    public static IReadOnlyList<string> Presets<T>(Catalog? catalog = null)
        where T : class => PresetFolder.Shipped.Names(Kind<T>(catalog));

    /// <summary>The record of a mapping that was made and not read.</summary>
    /// <exception cref="InputException">The mapping is wrong.</exception>
    internal static T Bind<T>(YamlMapping root)
        where T : class
    {
        var problems = new Problems();
        var expander = new SpecExpander(Catalog.Shipped, PresetFolder.Shipped, problems);
        return Bind<T>(expander.Root(root, typeof(T)), root.At.File, null, problems);
    }

    private static PresetKind Kind<T>(Catalog? catalog) => (catalog ?? Catalog.Shipped).Presets.FirstOrDefault(k => k.Record == typeof(T))
        ?? throw new ArgumentException($"The catalog has no folder of presets for {typeof(T).Name}.");

    private static T Read<T>(SourceFile file, Catalog? catalog)
        where T : class
    {
        var problems = new Problems();
        var expander = new SpecExpander(catalog ?? Catalog.Shipped, PresetFolder.Shipped, problems);
        return Bind<T>(expander.File(file, typeof(T), new(file, 1, 1)), file, catalog, problems);
    }

    private static T Bind<T>(YamlNode root, SourceFile file, Catalog? catalog, Problems problems)
        where T : class
    {
        object? record = new SpecBinder(catalog ?? Catalog.Shipped, problems).Bind(root, typeof(T), $"the file {Path.GetFileName(file.Shown)}");
        problems.ThrowIfAny();
        return (T)record!;
    }

    private static SourceFile FileAt(string path)
    {
        try
        {
            return new(Path.GetFullPath(path), path);
        }
        catch (ArgumentException)
        {
            throw new InputException($"{Wording.Quote(path)} is not a path of a file.");
        }
    }
}
