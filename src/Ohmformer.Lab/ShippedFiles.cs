namespace Ohmformer.Lab;

/// <summary>Files that ship with the program: models, data and the catalog lie beside it.</summary>
public static class ShippedFiles
{
    /// <summary>The full path of a shipped file or folder, or null.</summary>
    /// <param name="relative">For example "models/vit-digits".</param>
    public static string? Find(string relative)
    {
        string path = Path.Combine(AppContext.BaseDirectory, relative);
        return Path.Exists(path) ? path : null;
    }

    /// <summary>Where a file or folder lies that a recipe names: at its path, or else shipped; its path where there is neither.</summary>
    internal static string Locate(string path) => Path.Exists(path) ? path : Find(path) ?? path;
}
