namespace Ohmformer.Tests;

/// <summary>Finds the project's folder and the shared reference data that may lie in a folder "shared" beside or above it.</summary>
internal static class SharedData
{
    /// <summary>The root of the project's checkout.</summary>
    public static string Project { get; } = Above(AppContext.BaseDirectory, d => File.Exists(Path.Combine(d, "Ohmformer.slnx")))
        ?? throw new DirectoryNotFoundException("The tests run outside a checkout: no Ohmformer.slnx above " + AppContext.BaseDirectory);

    private static readonly string? Shared = Above(Project, d => File.Exists(Path.Combine(d, "shared", "README.md")));

    /// <summary>The full path of shared data, or null when it is absent.</summary>
    public static string? Find(string relative)
    {
        if (Shared is null) return null;
        string path = Path.Combine(Shared, "shared", relative);
        return File.Exists(path) || Directory.Exists(path) ? path : null;
    }

    /// <summary>The full path of shared data that a <see cref="SharedFactAttribute"/> has asked for.</summary>
    public static string Get(string relative) => Find(relative) ?? throw new FileNotFoundException("needs shared/" + relative);

    private static string? Above(string start, Func<string, bool> found)
    {
        for (string? folder = Path.GetFullPath(start); folder is not null; folder = Path.GetDirectoryName(folder))
            if (found(folder)) return folder;
        return null;
    }
}

/// <summary>A test that needs files of the shared folder, all of which it names, and is skipped, saying so, where one is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute(params string[] needs)
    {
        string? missing = needs.FirstOrDefault(n => SharedData.Find(n) is null);
        if (missing is not null) Skip = "skipped: needs shared/" + missing;
    }
}

/// <summary>A <see cref="SharedFactAttribute"/> that loads a checkpoint from a shared model folder and may need other files.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedModelFactAttribute(string folder, params string[] others)
    : SharedFactAttribute([folder + "/config.json", folder + "/model.safetensors", folder + "/preprocessor_config.json", .. others]);
