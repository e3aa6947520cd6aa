using System.Text.RegularExpressions;

namespace Ohmformer.Tests.Layers;

/// <summary>Enforces the picture of ARCHITECTURE.md: a layer uses layers below it, never one above or beside.</summary>
public sealed partial class LayerTests
{
    /// <summary>The layers of src/Ohmformer, bottom first; those in one row do not see each other.</summary>
    private static readonly string[][] Layers =
    [
        ["Files"],
        ["Physics"],
        ["Numerics"],
        ["Devices"],
        ["Circuits"],
        ["Arrays"],
        ["Mapping"],
        ["Models", "Cost"],
        ["Training"],
        ["Techniques"],
    ];

    private static readonly string Library = Path.Combine(SharedData.Project, "src", "Ohmformer");

    [Fact]
    public void Layers_use_only_layers_below()
    {
        var problems =
            from file in Directory.EnumerateFiles(Library, "*.cs", SearchOption.AllDirectories)
            let layer = LayerOf(file)
            where layer is not null
            from Match use in LayerUse().Matches(File.ReadAllText(file))
            let used = use.Groups[1].Value
            where used != layer && Level(used) is { } level && level >= Level(layer)
            select $"{Path.GetRelativePath(SharedData.Project, file)} uses {used}";
        Assert.Empty(problems.Distinct());
    }

    [Fact]
    public void Every_folder_of_the_library_is_a_known_layer()
    {
        var folders = Directory.EnumerateDirectories(Library).Select(Path.GetFileName).Where(f => f is not ("bin" or "obj"));
        Assert.Empty(folders.Except(Layers.SelectMany(l => l)));
    }

    [Fact]
    public void The_library_does_not_print_and_sees_neither_lab_nor_command_line()
    {
        var problems =
            from file in Directory.EnumerateFiles(Library, "*.cs", SearchOption.AllDirectories)
            where LayerOf(file) is not null
            let text = File.ReadAllText(file)
            where text.Contains("Console.", StringComparison.Ordinal) || text.Contains("Ohmformer.Lab", StringComparison.Ordinal)
                || text.Contains("Ohmformer.Cli", StringComparison.Ordinal) || text.Contains("Environment.Exit", StringComparison.Ordinal)
            select Path.GetRelativePath(SharedData.Project, file);
        Assert.Empty(problems);
    }

    private static string? LayerOf(string file)
    {
        string first = Path.GetRelativePath(Library, file).Split(Path.DirectorySeparatorChar)[0];
        return Level(first) is null ? null : first;
    }

    private static int? Level(string layer)
    {
        int level = Array.FindIndex(Layers, row => row.Contains(layer));
        return level < 0 ? null : level;
    }

    [GeneratedRegex(@"\bOhmformer\.([A-Z]\w*)")]
    private static partial Regex LayerUse();
}
