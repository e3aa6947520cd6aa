
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

    /// <summary>Checks that a file can be written, before the work whose result it will hold. Nothing is left behind.</summary>
    /// <exception cref="InputException">The path is a folder, leads through a file, or its folder may not be written to.</exception>
    /// <exception cref="IOException">The folder takes no files, for example because the disk is full.</exception>
    public static void CheckWritable(string path)
    {
        if (path.Length == 0) throw new InputException("a path of a file to write is empty; name a file");
        string full = Path.GetFullPath(path);
        if (IsDevice(full)) return;
        if (Directory.Exists(full)) throw new InputException($"{path}: is a folder; name a file to write");
        string? folder = Path.GetDirectoryName(full);
        while (folder is not null && !Directory.Exists(folder))
        {
            if (File.Exists(folder)) throw new InputException($"{path}: cannot be written, because {folder} is a file and not a folder; name another place");
            folder = Path.GetDirectoryName(folder);
        }
        try
        {
            string probe = Path.Combine(folder ?? full, Path.GetRandomFileName());
            using var stream = new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path}: {folder} may not be written to; name another place", e);
        }
    }

    /// <summary>Writes a file through a callback.</summary>
    /// <param name="path">The file; its folder is made when absent. A device such as /dev/stdout is written straight.</param>
    /// <param name="write">Writes the whole content to the stream.</param>
    /// <exception cref="IOException">The file cannot be written; no partial file is left.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string full = Path.GetFullPath(path);
        if (IsDevice(full))
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
        catch (Exception failure)
        {
            File.Delete(temporary);
            // .NET's name for a file that outgrows the file system or the user's limit (EFBIG).
            if (failure is ArgumentOutOfRangeException { ParamName: "value" }) throw new IOException($"'{path}' is larger than the file system or a limit allows.", failure);
            throw;
        }
    }

    /// <summary>Devices such as /dev/stdout or /dev/full are written straight; /dev/shm is a folder in memory.</summary>
    private static bool IsDevice(string full) =>
        full.StartsWith("/dev/", StringComparison.Ordinal) && !full.StartsWith("/dev/shm/", StringComparison.Ordinal);
}
