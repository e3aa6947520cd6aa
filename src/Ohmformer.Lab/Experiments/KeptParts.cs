using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Ohmformer.Lab.Experiments;

/// <summary>
/// What a run of an experiment keeps, so that one that was interrupted goes on: results as JSON, and folders. Each is named by what it is and by a digest of
/// everything that decides it, so that what was made in another way is made again.
/// </summary>
/// <param name="folder">The folder of all.</param>
internal sealed class KeptParts(string folder)
{
    private const int DigestLetters = 10;

    /// <summary>A result: what was kept, or else what is made now and kept.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="identity">Everything that decides it.</param>
    /// <param name="make">Makes it.</param>
    public T Get<T>(string name, string identity, Func<T> make)
    {
        string path = FolderOf(name, identity) + ".json";
        if (File.Exists(path)) return JsonSerializer.Deserialize<Kept<T>>(File.ReadAllText(path), Options)!.Value;
        var value = make();
        Directory.CreateDirectory(folder);
        Files.AtomicFile.WriteAllText(path, JsonSerializer.Serialize(new Kept<T>(identity, value), Options));
        return value;
    }

    /// <summary>Where something lies or will lie.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="identity">Everything that decides it.</param>
    public string FolderOf(string name, string identity) =>
        Path.Combine(folder, $"{name}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..DigestLetters]}");

    private static JsonSerializerOptions Options { get; } = new() { WriteIndented = true };

    private sealed record Kept<T>(string Identity, T Value);
}
