using System.Text.Json;
using Ohmformer.Files;
using Ohmformer.Models.Safetensors;

namespace Ohmformer.Models.Checkpoints;

/// <summary>A trained vision transformer as it lies in a model folder.</summary>
/// <param name="Spec">Its sizes.</param>
/// <param name="Weights">Its weights.</param>
/// <param name="Labels">Names of its classes in order.</param>
/// <param name="Preprocessing">What happens to pixels before.</param>
public sealed record Checkpoint(TransformerSpec Spec, TransformerWeights Weights, IReadOnlyList<string> Labels, Preprocessing Preprocessing)
{
    /// <summary>Name of the description in a model folder.</summary>
    internal const string ConfigFile = "config.json";

    /// <summary>
    /// Reads a folder of Hugging Face's <c>ViTForImageClassification</c> (config.json, model.safetensors or shards,
    /// preprocessor_config.json) or a DeiT or ViT checkpoint with timm's names (config.json optional).
    /// </summary>
    /// <exception cref="InputException">The folder cannot be used; the message says which file and why.</exception>
    public static Checkpoint Load(string folder)
    {
        if (!Directory.Exists(folder)) throw new InputException($"{folder}: no such model folder");
        string path = Path.Combine(folder, ConfigFile);
        var config = File.Exists(path) ? JsonFile.Load(path) : null;
        using var tensors = TensorFolder.Open(folder);
        if (config?.Text("model_type") is { } type)
            return type == HuggingFaceVit.ModelType ? HuggingFaceVit.Load(folder, config, tensors) : throw config.Unknown("model_type", [HuggingFaceVit.ModelType]);
        if (TimmVit.Recognizes(tensors)) return TimmVit.Load(folder, config, tensors);
        throw new InputException($"{path}: {(config is null ? "is missing" : "model_type is missing")} and the tensors do not have timm's names; known model types: {HuggingFaceVit.ModelType}");
    }

    /// <summary>Writes the folder of a Hugging Face <c>ViTForImageClassification</c>; files that exist are replaced.</summary>
    /// <param name="folder">The model folder; made when absent.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void Save(string folder)
    {
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), HuggingFaceVit.Tensors(Spec, Weights), new Dictionary<string, string> { ["format"] = "pt" });
        Preprocessing.Save(folder, Spec.ImageSize);
        AtomicFile.Write(Path.Combine(folder, ConfigFile),
            stream => JsonSerializer.Serialize(stream, HuggingFaceVit.Config(Spec, Labels), Preprocessing.ModelJson));
    }

    /// <summary>The sizes, if the network they describe exists.</summary>
    /// <exception cref="InputException">Heads do not divide the width, patches not the image, or the epsilon is negative.</exception>
    internal static TransformerSpec Checked(string folder, TransformerSpec spec)
    {
        if (spec.Hidden % spec.Heads != 0)
            throw new InputException($"{folder}: hidden size {spec.Hidden} is not a multiple of the {spec.Heads} attention heads");
        if (spec.ImageSize % spec.PatchSize != 0)
            throw new InputException($"{folder}: image size {spec.ImageSize} is not a multiple of the patch size {spec.PatchSize}");
        if (spec.NormEpsilon < 0) throw new InputException($"{folder}: epsilon of layer normalization is {spec.NormEpsilon}; it must not be negative");
        return spec;
    }
}
