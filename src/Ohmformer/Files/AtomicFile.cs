namespace Ohmformer.Files;

/// <summary>Writes files that appear complete or not at all: a temporary file in the same folder, then a rename.</summary>
public static class AtomicFile
{
    /// <summary>Writes a text file.</summary>
    /// <exception cref="IOException">The file cannot be written; no partial file is left.</exception>
    public static void WriteAllText(string path, string text) => Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        writer.Write(text);
    });

    /// <summary>Writes a file through a callback.</summary>
    /// <param name="path">The file; its folder is made when absent. A device such as /dev/stdout is written straight.</param>
    /// <param name="write">Writes the whole content to the stream.</param>
    /// <exception cref="IOException">The file cannot be written; no partial file is left.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string full = Path.GetFullPath(path);
        if (full.StartsWith("/dev/", StringComparison.Ordinal))
        {
            using var device = new FileStream(full, FileMode.Open, FileAccess.Write);
            write(device);
            return;
        }
        string folder = Path.GetDirectoryName(full) ?? throw new IOException($"'{path}' names no file.");
        if (Directory.Exists(full)) throw new IOException($"'{path}' is a folder, not a file.");
        Directory.CreateDirectory(folder);
        string temporary = Path.Combine(folder, $".{Path.GetFileName(full)}.{Path.GetRandomFileName()}");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
