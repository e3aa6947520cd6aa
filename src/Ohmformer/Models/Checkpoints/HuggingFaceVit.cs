using Ohmformer.Files;
using Ohmformer.Models.Safetensors;

namespace Ohmformer.Models.Checkpoints;

/// <summary>Names and configuration of Hugging Face's <c>ViTForImageClassification</c> (transformers, models/vit).</summary>
internal static class HuggingFaceVit
{
    /// <summary>Its model_type.</summary>
    public const string ModelType = "vit";

    private const string Embeddings = "vit.embeddings", PatchProjection = Embeddings + ".patch_embeddings.projection",
        ClassToken = Embeddings + ".cls_token", Positions = Embeddings + ".position_embeddings", FinalNorm = "vit.layernorm", Head = "classifier";

    private static readonly Dictionary<string, Activation> Activations = new(StringComparer.Ordinal)
    {
        ["gelu"] = Activation.Gelu,
        ["gelu_new"] = Activation.GeluTanh,
        ["gelu_pytorch_tanh"] = Activation.GeluTanh,
    };

    /// <summary>Reads a model folder.</summary>
    /// <exception cref="InputException">The folder cannot be used.</exception>
    public static Checkpoint Load(string folder, JsonFile config, TensorFolder tensors)
    {
        var labels = Labels(folder, config, tensors);
        var spec = Checkpoint.Checked(folder, Spec(folder, config, labels.Count));
        var preprocessing = Preprocessing.Find(folder, spec.Channels) ?? Preprocessing.Centered(spec.Channels);
        return new Checkpoint(spec, Weights(spec, new WeightReader(folder, tensors)), labels, preprocessing);
    }

    /// <summary>The weights by Hugging Face's names and in PyTorch's layout.</summary>
    public static IReadOnlyList<NamedTensor> Tensors(TransformerSpec spec, TransformerWeights weights)
    {
        var list = new List<NamedTensor>();
        long d = spec.Hidden;
        void Linear(string name, Linear layer, params long[] shape)
        {
            list.Add(new($"{name}.weight", shape.Length > 0 ? shape : [layer.Outputs, layer.Inputs], WeightReader.Transpose(layer.Weight, layer.Inputs)));
            if (layer.Bias is not null) list.Add(new($"{name}.bias", [layer.Outputs], layer.Bias));
        }

        void Norm(string name, Norm norm)
        {
            list.Add(new($"{name}.weight", [d], norm.Gain));
            list.Add(new($"{name}.bias", [d], norm.Bias));
        }

        list.Add(new(ClassToken, [1, 1, d], weights.ClassToken));
        list.Add(new(Positions, [1, spec.Tokens, d], weights.Positions));
        Linear(PatchProjection, weights.PatchEmbedding, d, spec.Channels, spec.PatchSize, spec.PatchSize);
        for (int l = 0; l < spec.Layers; l++)
        {
            var (names, encoder) = (new EncoderNames(l), weights.Encoders[l]);
            Norm(names.AttentionNorm, encoder.AttentionNorm);
            Linear(names.Query, encoder.Query);
            Linear(names.Key, encoder.Key);
            Linear(names.Value, encoder.Value);
            Linear(names.Projection, encoder.Projection);
            Norm(names.MlpNorm, encoder.MlpNorm);
            Linear(names.MlpIn, encoder.MlpIn);
            Linear(names.MlpOut, encoder.MlpOut);
        }
        Norm(FinalNorm, weights.FinalNorm);
        Linear(Head, weights.Head);
        return list;
    }

    /// <summary>The content of config.json.</summary>
    public static object Config(TransformerSpec spec, IReadOnlyList<string> labels) => new
    {
        architectures = new[] { "ViTForImageClassification" },
        model_type = ModelType,
        hidden_size = spec.Hidden,
        num_hidden_layers = spec.Layers,
        num_attention_heads = spec.Heads,
        intermediate_size = spec.Intermediate,
        hidden_act = Activations.First(a => a.Value == spec.Activation).Key,
        layer_norm_eps = spec.NormEpsilon,
        image_size = spec.ImageSize,
        patch_size = spec.PatchSize,
        num_channels = spec.Channels,
        qkv_bias = spec.QkvBias,
        attention_probs_dropout_prob = 0.0,
        hidden_dropout_prob = 0.0,
        id2label = labels.Index().ToDictionary(l => $"{l.Index}", l => l.Item),
        label2id = labels.Index().DistinctBy(l => l.Item).ToDictionary(l => l.Item, l => l.Index),
        torch_dtype = "float32",
    };

    /// <summary>Absent keys have the defaults of transformers' ViTConfig.</summary>
    private static TransformerSpec Spec(string folder, JsonFile config, int classes)
    {
        string activation = config.Text("hidden_act") ?? "gelu";
        return new TransformerSpec
        {
            Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
            Layers = config.Int("num_hidden_layers", 1, 1000, 12),
            Hidden = config.Int("hidden_size", 1, 1 << 16, 768),
            Heads = config.Int("num_attention_heads", 1, 1 << 16, 12),
            Intermediate = config.Int("intermediate_size", 1, 1 << 20, 3072),
            ImageSize = config.Int("image_size", 1, 1 << 14, 224),
            PatchSize = config.Int("patch_size", 1, 1 << 14, 16),
            Channels = config.Int("num_channels", 1, 1 << 10, 3),
            Classes = classes,
            NormEpsilon = config.Number("layer_norm_eps", 1e-12),
            Activation = Activations.TryGetValue(activation, out var known) ? known : throw config.Unknown("hidden_act", Activations.Keys),
            QkvBias = config.Flag("qkv_bias", true),
        };
    }

    private static IReadOnlyList<string> Labels(string folder, JsonFile config, TensorFolder tensors)
    {
        if (config.Object("id2label") is { } map && map.Texts().ToDictionary(t => t.Key, t => t.Value) is { Count: > 0 } labels)
            return [.. Enumerable.Range(0, labels.Count).Select(i => labels.TryGetValue($"{i}", out string? label)
                ? label
                : throw new InputException($"{folder}: config.json: id2label has {labels.Count} entries, but none for class {i}"))];
        long found = tensors.Find($"{Head}.weight") is { Shape: [var outputs, _] } ? outputs : 2;
        int classes = config.Int("num_labels", 1, 1 << 20, (int)Math.Clamp(found, 1, 1 << 20));
        return [.. Enumerable.Range(0, classes).Select(i => $"{i}")];
    }

    private static TransformerWeights Weights(TransformerSpec spec, WeightReader reader)
    {
        int d = spec.Hidden;
        var weights = new TransformerWeights
        {
            PatchEmbedding = reader.Patches(PatchProjection, spec),
            ClassToken = reader.Take(ClassToken, 1, 1, d),
            Positions = reader.Take(Positions, 1, spec.Tokens, d),
            Encoders = [.. Enumerable.Range(0, spec.Layers).Select(l => Encoder(spec, new EncoderNames(l), reader))],
            FinalNorm = reader.Norm(FinalNorm, d),
            Head = reader.Linear(Head, d, spec.Classes),
        };
        reader.ThrowIfIncomplete();
        return weights;
    }

    private static EncoderWeights Encoder(TransformerSpec spec, EncoderNames names, WeightReader reader)
    {
        int d = spec.Hidden;
        return new EncoderWeights
        {
            AttentionNorm = reader.Norm(names.AttentionNorm, d),
            Query = reader.Linear(names.Query, d, d, spec.QkvBias),
            Key = reader.Linear(names.Key, d, d, spec.QkvBias),
            Value = reader.Linear(names.Value, d, d, spec.QkvBias),
            Projection = reader.Linear(names.Projection, d, d),
            MlpNorm = reader.Norm(names.MlpNorm, d),
            MlpIn = reader.Linear(names.MlpIn, d, spec.Intermediate),
            MlpOut = reader.Linear(names.MlpOut, spec.Intermediate, d),
        };
    }

    /// <summary>Names of one encoder's layers, without ".weight" and ".bias".</summary>
    private readonly record struct EncoderNames(int Layer)
    {
        public string AttentionNorm => $"vit.encoder.layer.{Layer}.layernorm_before";

        public string Query => $"vit.encoder.layer.{Layer}.attention.attention.query";

        public string Key => $"vit.encoder.layer.{Layer}.attention.attention.key";

        public string Value => $"vit.encoder.layer.{Layer}.attention.attention.value";

        public string Projection => $"vit.encoder.layer.{Layer}.attention.output.dense";

        public string MlpNorm => $"vit.encoder.layer.{Layer}.layernorm_after";

        public string MlpIn => $"vit.encoder.layer.{Layer}.intermediate.dense";

        public string MlpOut => $"vit.encoder.layer.{Layer}.output.dense";
    }
}
