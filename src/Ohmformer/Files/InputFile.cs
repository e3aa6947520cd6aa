
namespace Ohmformer.Files;

/// <summary>Opens files that a user names.</summary>
public static class InputFile
{
    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="InputException">The file is absent, a folder or not readable.</exception>
    public static FileStream Open(string path)
    {
        if (Directory.Exists(path)) throw new InputException($"{path}: is a folder, not a file");
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path}: no such file", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The content of a file that should be small.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">Largest size in bytes.</param>
    /// <exception cref="InputException">The file cannot be read or is larger.</exception>
    public static byte[] ReadAllBytes(string path, int limit)
    {
        using var stream = Open(path);
        if (stream.Length > limit) throw new InputException($"{path}: {stream.Length} bytes; at most {limit} are read");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
