using Ohmformer.Files;

namespace Ohmformer.Models.Safetensors;

/// <summary>The tensors of a model folder: one model.safetensors, or shards that model.safetensors.index.json lists.</summary>
public sealed class TensorFolder : IDisposable
{
    internal const string SingleFile = "model.safetensors";

    private const string IndexFile = "model.safetensors.index.json";

    private readonly Dictionary<string, SafetensorsFile> _fileOf = new(StringComparer.Ordinal);
    private readonly List<SafetensorsFile> _files = [];

    private TensorFolder()
    {
    }

    /// <summary>Names of all tensors.</summary>
    public IReadOnlyCollection<string> Names => _fileOf.Keys;

    /// <summary>Opens the tensors of a folder.</summary>
    /// <exception cref="InputException">There are none, or a file breaks a rule of its format.</exception>
    public static TensorFolder Open(string folder)
    {
        var tensors = new TensorFolder();
        try
        {
            tensors.AddAll(folder);
            return tensors;
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>Where a tensor lies and what shape it has, or null when there is none of that name.</summary>
    public TensorEntry? Find(string name) => _fileOf.TryGetValue(name, out var file) ? file.Tensors[name] : null;

    /// <summary>The elements of a tensor, row-major.</summary>
    /// <exception cref="InputException">As <see cref="SafetensorsFile.Read"/>.</exception>
    public float[] Read(string name) => _fileOf[name].Read(name);

    /// <inheritdoc/>
    public void Dispose() => _files.ForEach(f => f.Dispose());

    private void AddAll(string folder)
    {
        string single = Path.Combine(folder, SingleFile), index = Path.Combine(folder, IndexFile);
        if (File.Exists(single))
        {
            var file = Add(single);
            foreach (string name in file.Tensors.Keys) _fileOf.Add(name, file);
        }
        else if (File.Exists(index)) AddShards(folder, index);
        else throw new InputException($"{folder}: has neither {SingleFile} nor {IndexFile}");
    }

    private void AddShards(string folder, string index)
    {
        var map = JsonFile.Load(index).Object("weight_map") ?? throw new InputException($"{index}: weight_map is missing");
        var shards = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        foreach (var (name, shard) in map.Texts())
        {
            if (!shards.TryGetValue(shard, out var file)) shards.Add(shard, file = Add(ShardPath(folder, index, shard)));
            if (!file.Tensors.ContainsKey(name)) throw new InputException($"{index}: tensor \"{name}\" is not in {shard}");
            _fileOf.Add(name, file);
        }
    }

    private SafetensorsFile Add(string path)
    {
        var file = SafetensorsFile.Open(path);
        _files.Add(file);
        return file;
    }

    /// <summary>The path of a shard, which must be a file of the folder itself.</summary>
    private static string ShardPath(string folder, string index, string shard)
    {
        if (shard.Length == 0 || shard is "." or ".." || shard.AsSpan().ContainsAny('/', '\\', '\0') || Path.IsPathRooted(shard))
            throw new InputException($"{index}: shard \"{shard}\" leaves the model folder; it must be the plain name of a file in it");
        string home = Path.GetFullPath(folder), path = Path.Combine(home, shard);
        if (!File.Exists(path)) throw new InputException($"{index}: shard {shard} is missing from {folder}");
        string target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        if (Path.GetDirectoryName(target) != Path.TrimEndingDirectorySeparator(home))
            throw new InputException($"{index}: shard \"{shard}\" is a link that leaves the model folder");
        return path;
    }
}
