using Ohmformer.Files;
using Ohmformer.Models.Safetensors;

namespace Ohmformer.Models.Checkpoints;

/// <summary>What the config.json files of all Hugging Face models share.</summary>
internal static class HuggingFaceConfig
{
    /// <summary>Largest width, length or vocabulary, and largest number of encoders that a file may claim.</summary>
    public const int MaxSize = 1 << 20, MaxLayers = 1000;

    private static readonly Dictionary<string, Activation> Activations = new(StringComparer.Ordinal)
    {
        ["gelu"] = Activation.Gelu,
        ["gelu_new"] = Activation.GeluTanh,
        ["gelu_pytorch_tanh"] = Activation.GeluTanh,
        ["relu"] = Activation.Relu,
        ["silu"] = Activation.Silu,
        ["swish"] = Activation.Silu,
    };

    /// <summary>Name of the network in a folder: that of the folder.</summary>
    public static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    /// <summary>An activation function by its name.</summary>
    /// <exception cref="InputException">The name is not known.</exception>
    public static Activation ActivationOf(JsonFile config, string key, string whenAbsent) =>
        Activations.TryGetValue(config.Text(key) ?? whenAbsent, out var known) ? known : throw config.Unknown(key, Activations.Keys);

    /// <summary>The name of an activation function.</summary>
    public static string NameOf(Activation activation) => Activations.First(a => a.Value == activation).Key;

    /// <summary>Says that a text has a value that is not supported.</summary>
    /// <exception cref="InputException">It has another value than the supported one.</exception>
    public static void Require(this JsonFile config, string key, string supported)
    {
        if ((config.Text(key) ?? supported) != supported) throw config.Unknown(key, [supported]);
    }

    /// <summary>Says that a flag has a value that is not supported.</summary>
    /// <exception cref="InputException">It has another value than the supported one.</exception>
    public static void Require(this JsonFile config, string key, bool supported)
    {
        if (config.Flag(key, supported) != supported) throw config.Unknown(key, [supported ? "true" : "false"]);
    }

    /// <summary>Names of the classes: <c>id2label</c>, or numbers as many as <c>num_labels</c> or the head's outputs.</summary>
    /// <param name="folder">The model folder, for messages.</param>
    /// <param name="config">Its config.json.</param>
    /// <param name="tensors">Its tensors.</param>
    /// <param name="head">Name of the head.</param>
    /// <exception cref="InputException">Classes are missing from the list.</exception>
    public static IReadOnlyList<string> Labels(string folder, JsonFile config, TensorFolder tensors, string head)
    {
        if (config.Object("id2label") is { } map && map.Texts().ToDictionary(t => t.Key, t => t.Value) is { Count: > 0 } labels)
            return [.. Enumerable.Range(0, labels.Count).Select(i => labels.TryGetValue($"{i}", out string? label)
                ? label
                : throw new InputException($"{folder}: config.json: id2label has {labels.Count} entries, but none for class {i}"))];
        long found = tensors.Find($"{head}.weight") is { Shape: [var outputs, _] } ? outputs : 2;
        return Numbered(config.Int("num_labels", 1, MaxSize, (int)Math.Clamp(found, 1, MaxSize)));
    }

    /// <summary>The value of <c>id2label</c>.</summary>
    public static Dictionary<string, string> ById(IReadOnlyList<string> labels) => labels.Index().ToDictionary(l => $"{l.Index}", l => l.Item);

    /// <summary>The value of <c>label2id</c>; of equal labels the first counts.</summary>
    public static Dictionary<string, int> ByLabel(IReadOnlyList<string> labels) => labels.Index().DistinctBy(l => l.Item).ToDictionary(l => l.Item, l => l.Index);

    /// <summary>Numbers as the names of classes.</summary>
    public static IReadOnlyList<string> Numbered(int classes) => [.. Enumerable.Range(0, classes).Select(i => $"{i}")];
}
