using System.Globalization;
using System.Text.Json;
using Ohmformer.Files;

namespace Ohmformer.Models.Images;

/// <summary>
/// Which label the images of a class folder have, from a file in the form of Keras' imagenet_class_index.json:
/// {"0": ["n01440764", "tench"], ...} or {"0": "n01440764", ...}. Without one, labels follow the sorted names.
/// </summary>
internal sealed class ClassIndex
{
    /// <summary>Its name; imagenet_class_index.json is read, too.</summary>
    public const string FileName = "class_index.json";

    private static readonly string[] FileNames = [FileName, "imagenet_class_index.json"];

    private readonly string _path;
    private readonly Dictionary<string, int> _labels = new(StringComparer.Ordinal);

    private ClassIndex(string path)
    {
        _path = path;
        foreach (var property in JsonFile.Load(path).Root.EnumerateObject())
        {
            if (!int.TryParse(property.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int label))
                throw new InputException($"{path}: the key \"{property.Name}\" is no label; write {{\"0\": \"first class folder\", \"1\": ...}}");
            if (FolderOf(property.Value) is not { Length: > 0 } folder)
                throw new InputException($"{path}: label {label} is {property.Value.GetRawText()}; it must be the name of a class folder, or a list that begins with it");
            if (_labels.ContainsValue(label)) throw new InputException($"{path}: label {label} belongs to two class folders, \"{_labels.First(other => other.Value == label).Key}\" and \"{folder}\"");
            if (!_labels.TryAdd(folder, label)) throw new InputException($"{path}: the class folder \"{folder}\" has the labels {_labels[folder]} and {label}");
        }
    }

    /// <summary>Reads the class index of a data set, if it has one.</summary>
    /// <exception cref="InputException">The file is there but cannot be used.</exception>
    public static ClassIndex? Find(string root) =>
        FileNames.Select(name => Path.Combine(root, name)).FirstOrDefault(File.Exists) is { } path ? new ClassIndex(path) : null;

    /// <summary>The label of every class folder.</summary>
    /// <exception cref="InputException">A class folder is not in the index.</exception>
    public int[] LabelsOf(string folder, string[] classes) => [.. classes.Select(name => _labels.TryGetValue(name, out int label)
        ? label
        : throw new InputException($"{Path.Combine(folder, name)}: this class folder has no label in {_path}; add it there or remove the folder"))];

    private static string? FolderOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Array when value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.String => value[0].GetString(),
        _ => null,
    };
}
