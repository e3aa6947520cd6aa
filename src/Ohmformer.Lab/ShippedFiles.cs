namespace Ohmformer.Lab;

/// <summary>Files that ship with the program: models, data and the catalog lie beside it.</summary>
public static class ShippedFiles
{
    /// <summary>The full path of a shipped file or folder, or null.</summary>
    /// <param name="relative">For example "models/vit-digits".</param>
    public static string? Find(string relative)
    {
        string path = Path.Combine(AppContext.BaseDirectory, relative);
        return File.Exists(path) || Directory.Exists(path) ? path : null;
    }
}
