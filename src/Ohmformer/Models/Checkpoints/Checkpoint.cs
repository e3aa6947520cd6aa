using System.Text.Json;
using Ohmformer.Files;
using Ohmformer.Models.Safetensors;

namespace Ohmformer.Models.Checkpoints;

/// <summary>A trained transformer as it lies in a model folder.</summary>
/// <param name="Spec">Its sizes.</param>
/// <param name="Weights">Its weights.</param>
/// <param name="Labels">Names of its classes in order; empty for language models.</param>
/// <param name="Preprocessing">What happens to pixels before; null for networks that do not read images.</param>
public sealed record Checkpoint(TransformerSpec Spec, TransformerWeights Weights, IReadOnlyList<string> Labels, Preprocessing? Preprocessing)
{
    /// <summary>Name of the description in a model folder.</summary>
    internal const string ConfigFile = "config.json";

    /// <summary>Name of the file with the weights of a saved network.</summary>
    public const string WeightsFile = TensorFolder.SingleFile;

    /// <summary>The networks that <see cref="Save"/> has a form for, in words.</summary>
    public const string Savable = "a ViT or DeiT with class tokens, an LV-ViT, a BERT, RoBERTa or DistilBERT with a classifier, a GPT-2, a Llama or a Keyword Transformer";

    private static readonly Dictionary<string, Func<string, JsonFile, TensorFolder, Checkpoint>> Readers = new(
    [
        new(HuggingFaceVit.ModelType, HuggingFaceVit.Load),
        new(HuggingFaceVit.DistilledType, HuggingFaceVit.Load),
        .. HuggingFaceBert.ModelTypes.Select(type => KeyValuePair.Create<string, Func<string, JsonFile, TensorFolder, Checkpoint>>(type, HuggingFaceBert.Load)),
        new(HuggingFaceGpt2.ModelType, HuggingFaceGpt2.Load),
        new(HuggingFaceLlama.ModelType, HuggingFaceLlama.Load),
        new(KeywordTransformer.ModelType, KeywordTransformer.Load),
    ], StringComparer.Ordinal);

    /// <summary>
    /// Reads a folder of Hugging Face (config.json with a known model_type, model.safetensors or shards, and for vision
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
            return Readers.TryGetValue(type, out var load) ? load(folder, config, tensors) : throw config.Unknown("model_type", Readers.Keys);
        if (TimmVit.Recognizes(tensors)) return TimmVit.Load(folder, config, tensors);
        throw new InputException($"{path}: {(config is null ? "is missing" : "model_type is missing")} and the tensors do not have timm's names; known model types: {string.Join(", ", Readers.Keys)}");
    }

    /// <summary>Whether <see cref="Save"/> has a form for a network.</summary>
    public static bool CanSave(TransformerSpec spec) => spec.Input switch
    {
        ImageInput => HuggingFaceVit.Fits(spec) || TimmVit.Fits(spec),
        TokenInput => HuggingFaceBert.Fits(spec) || HuggingFaceGpt2.Fits(spec) || HuggingFaceLlama.Fits(spec),
        FeatureInput => KeywordTransformer.Fits(spec),
        _ => false,
    };

    /// <summary>
    /// Writes the folder of a Hugging Face <c>ViTForImageClassification</c>, <c>DeiTForImageClassification</c> (also <c>WithTeacher</c>),
    /// <c>BertForSequenceClassification</c>, <c>RobertaForSequenceClassification</c>, <c>DistilBertForSequenceClassification</c>, <c>GPT2LMHeadModel</c> or
    /// <c>LlamaForCausalLM</c>, but for the tokenizer of those that read text, or of an LV-ViT or a Keyword Transformer; files that exist are replaced.
    /// </summary>
    /// <param name="folder">The model folder; made when absent.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="NotSupportedException">The network is none of these.</exception>
    public void Save(string folder)
    {
        var (tensors, config) = Spec switch
        {
            { Input: ImageInput } when HuggingFaceVit.Fits(Spec) && Preprocessing is not null => (HuggingFaceVit.Tensors(Spec, Weights), HuggingFaceVit.Config(Spec, Labels)),
            { Input: ImageInput } when TimmVit.Fits(Spec) && Preprocessing is not null => (TimmVit.Tensors(Spec, Weights), TimmVit.Config(Spec, Labels)),
            { Input: TokenInput } when HuggingFaceBert.Fits(Spec) => (HuggingFaceBert.Tensors(Spec, Weights), HuggingFaceBert.Config(Spec, Labels)),
            { Input: TokenInput } when HuggingFaceGpt2.Fits(Spec) => (HuggingFaceGpt2.Tensors(Spec, Weights), HuggingFaceGpt2.Config(Spec)),
            { Input: TokenInput } when HuggingFaceLlama.Fits(Spec) => (HuggingFaceLlama.Tensors(Spec, Weights), HuggingFaceLlama.Config(Spec)),
            { Input: FeatureInput } when KeywordTransformer.Fits(Spec) => (KeywordTransformer.Tensors(Weights), KeywordTransformer.Config(Spec, Labels)),
            _ => throw new NotSupportedException($"{Spec.Name} cannot be saved; what can is {Savable}."),
        };
        SafetensorsWriter.Write(Path.Combine(folder, WeightsFile), tensors, new Dictionary<string, string> { ["format"] = "pt" });
        if (Spec.Input is ImageInput image) Preprocessing!.Save(folder, image.Size);
        AtomicFile.Write(Path.Combine(folder, ConfigFile), stream => JsonSerializer.Serialize(stream, config, Preprocessing.ModelJson));
    }

    /// <summary>The sizes with the reuse of attention that a configuration asks for, if the network they describe exists.</summary>
    /// <exception cref="InputException">
    /// Heads do not divide the width or each other, a rotated head has an odd width, patches do not divide the image, the
    /// epsilon is negative, or encoders that reuse attention do not exist.
    /// </exception>
    internal static TransformerSpec Checked(string folder, JsonFile? config, TransformerSpec spec)
    {
        if (spec.HeadSize == spec.Hidden / spec.Heads && spec.Hidden % spec.Heads != 0)
            throw new InputException($"{folder}: hidden size {spec.Hidden} is not a multiple of the {spec.Heads} attention heads");
        if (spec.Heads % spec.KeyValueHeads != 0)
            throw new InputException($"{folder}: the {spec.Heads} attention heads are not a multiple of the {spec.KeyValueHeads} heads of keys and values");
        if (spec.IsRotary && spec.HeadSize % 2 != 0)
            throw new InputException($"{folder}: heads have an odd width of {spec.HeadSize}; rotary positions need an even one");
        if (spec.Input is ImageInput image && image.Size % image.PatchSize != 0)
            throw new InputException($"{folder}: image size {image.Size} is not a multiple of the patch size {image.PatchSize}");
        if (spec.NormEpsilon < 0) throw new InputException($"{folder}: epsilon of layer normalization is {spec.NormEpsilon}; it must not be negative");
        return spec with { Reuse = ReuseConfig.Read(config, spec.Layers) };
    }
}
