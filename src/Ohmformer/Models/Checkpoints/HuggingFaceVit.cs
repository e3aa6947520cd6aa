using Ohmformer.Files;
using Ohmformer.Models.Safetensors;

namespace Ohmformer.Models.Checkpoints;

/// <summary>
/// Names and configuration of Hugging Face's <c>ViTForImageClassification</c>, <c>DeiTForImageClassification</c> and
/// <c>DeiTForImageClassificationWithTeacher</c> (transformers, models/vit and models/deit).
/// </summary>
internal static class HuggingFaceVit
{
    /// <summary>The model_type of ViT and of DeiT, which has a distillation token.</summary>
    public const string ModelType = "vit", DistilledType = "deit";

    private const string Head = "classifier", ClassHead = "cls_classifier", DistillationHead = "distillation_classifier";

    /// <summary>Reads a model folder.</summary>
    /// <exception cref="InputException">The folder cannot be used.</exception>
    public static Checkpoint Load(string folder, JsonFile config, TensorFolder tensors)
    {
        bool teacher = tensors.Find($"{ClassHead}.weight") is not null;
        var labels = HuggingFaceConfig.Labels(folder, config, tensors, teacher ? ClassHead : Head);
        var names = new Names(config.Text("model_type") == DistilledType ? DistilledType : ModelType);
        var spec = Checkpoint.Checked(folder, config, Spec(folder, config, labels.Count, teacher, classTokens: names.Prefix == DistilledType ? 2 : 1));
        int channels = ((ImageInput)spec.Input).Channels;
        var preprocessing = Preprocessing.Find(folder, channels) ?? Preprocessing.Centered(channels);
        return new Checkpoint(spec, Weights(spec, names, new WeightReader(folder, tensors)), labels, preprocessing);
    }

    /// <summary>Whether a network is a <c>ViTForImageClassification</c>, <c>DeiTForImageClassification</c> or <c>DeiTForImageClassificationWithTeacher</c>.</summary>
    public static bool Fits(TransformerSpec spec) => spec is { Input: ImageInput { StemChannels: 0 }, NormPosition: NormPosition.Pre }
        && (spec.Input.ClassTokens, spec.Pooling) is (1 or 2, Pooling.FirstToken) or (2, Pooling.Distilled);

    /// <summary>The weights of a network that <see cref="Fits"/> by Hugging Face's names and in PyTorch's layout.</summary>
    public static IReadOnlyList<NamedTensor> Tensors(TransformerSpec spec, TransformerWeights weights)
    {
        var list = new WeightWriter();
        var names = new Names(TypeOf(spec));
        int d = spec.Hidden;
        var image = (ImageInput)spec.Input;
        list.Add(names.ClassToken, weights.ClassTokens[..d], 1, 1, d);
        if (image.ClassTokens == 2) list.Add(names.DistillationToken, weights.ClassTokens[d..], 1, 1, d);
        list.Add(names.Positions, weights.Positions!, 1, spec.Tokens, d);
        list.Convolution(names.PatchProjection, weights.Embedding!, image.Patching(d));
        for (int l = 0; l < spec.Layers; l++)
        {
            var (encoderNames, encoder) = (names.Encoder(l), weights.Encoders[l]);
            list.Norm(encoderNames.AttentionNorm, encoder.AttentionNorm);
            list.Linear(encoderNames.Query, encoder.Query);
            list.Linear(encoderNames.Key, encoder.Key);
            list.Linear(encoderNames.Value, encoder.Value);
            list.Transformation(encoderNames.Prefix, encoder.Transformation);
            list.Linear(encoderNames.Projection, encoder.Projection);
            list.Norm(encoderNames.MlpNorm, encoder.MlpNorm);
            list.Linear(encoderNames.MlpIn, encoder.MlpIn);
            list.Linear(encoderNames.MlpOut, encoder.MlpOut);
        }
        list.Norm(names.FinalNorm, weights.FinalNorm!);
        list.Linear(weights.SecondHead is null ? Head : ClassHead, weights.Head);
        list.Linear(DistillationHead, weights.SecondHead);
        return list.Tensors;
    }

    /// <summary>The content of config.json.</summary>
    public static object Config(TransformerSpec spec, IReadOnlyList<string> labels) => new
    {
        architectures = new[] { spec.Input.ClassTokens == 1 ? "ViTForImageClassification" : spec.HasSecondHead ? "DeiTForImageClassificationWithTeacher" : "DeiTForImageClassification" },
        model_type = TypeOf(spec),
        hidden_size = spec.Hidden,
        num_hidden_layers = spec.Layers,
        num_attention_heads = spec.Heads,
        intermediate_size = spec.Intermediate,
        hidden_act = HuggingFaceConfig.NameOf(spec.Activation),
        layer_norm_eps = spec.NormEpsilon,
        image_size = ((ImageInput)spec.Input).Size,
        patch_size = ((ImageInput)spec.Input).PatchSize,
        num_channels = ((ImageInput)spec.Input).Channels,
        qkv_bias = spec.QkvBias,
        attention_probs_dropout_prob = 0.0,
        hidden_dropout_prob = 0.0,
        id2label = HuggingFaceConfig.ById(labels),
        label2id = HuggingFaceConfig.ByLabel(labels),
        torch_dtype = "float32",
        attention_reuse = ReuseConfig.Write(spec.Reuse),
    };

    private static string TypeOf(TransformerSpec spec) => spec.Input.ClassTokens == 2 ? DistilledType : ModelType;

    /// <summary>Absent keys have the defaults of transformers' ViTConfig, which are those of DeiTConfig.</summary>
    private static TransformerSpec Spec(string folder, JsonFile config, int classes, bool teacher, int classTokens) => new()
    {
        Name = HuggingFaceConfig.NameOf(folder),
        Input = new ImageInput
        {
            Size = config.Int("image_size", 1, 1 << 14, 224),
            PatchSize = config.Int("patch_size", 1, 1 << 14, 16),
            Channels = config.Int("num_channels", 1, 1 << 10, 3),
            ClassTokens = classTokens,
        },
        Layers = config.Int("num_hidden_layers", 1, HuggingFaceConfig.MaxLayers, 12),
        Hidden = config.Int("hidden_size", 1, 1 << 16, 768),
        Heads = config.Int("num_attention_heads", 1, 1 << 16, 12),
        Intermediate = config.Int("intermediate_size", 1, HuggingFaceConfig.MaxSize, 3072),
        Classes = classes,
        NormEpsilon = config.Number("layer_norm_eps", 1e-12),
        Activation = HuggingFaceConfig.ActivationOf(config, "hidden_act", "gelu"),
        QkvBias = config.Flag("qkv_bias", true),
        Pooling = teacher ? Pooling.Distilled : Pooling.FirstToken,
    };

    private static TransformerWeights Weights(TransformerSpec spec, Names names, WeightReader reader)
    {
        int d = spec.Hidden;
        bool teacher = spec.Pooling == Pooling.Distilled;
        var weights = new TransformerWeights
        {
            Embedding = reader.Convolution(names.PatchProjection, ((ImageInput)spec.Input).Patching(d)),
            ClassTokens = [.. reader.Take(names.ClassToken, 1, 1, d), .. spec.Input.ClassTokens == 2 ? reader.Take(names.DistillationToken, 1, 1, d) : []],
            Positions = reader.Take(names.Positions, 1, spec.Tokens, d),
            Encoders = [.. Enumerable.Range(0, spec.Layers).Select(l => Encoder(spec, l, names.Encoder(l), reader))],
            FinalNorm = reader.Norm(names.FinalNorm, d),
            Head = reader.Linear(teacher ? ClassHead : Head, d, spec.Classes),
            SecondHead = teacher ? reader.Linear(DistillationHead, d, spec.Classes) : null,
        };
        reader.ThrowIfIncomplete();
        return weights;
    }

    private static EncoderWeights Encoder(TransformerSpec spec, int layer, EncoderNames names, WeightReader reader)
    {
        int d = spec.Hidden;
        bool reuses = spec.Reuses(layer);
        return new EncoderWeights
        {
            AttentionNorm = spec.HasAttentionNorm(layer) ? reader.Norm(names.AttentionNorm, d) : null,
            Query = reuses ? null : reader.Linear(names.Query, d, d, spec.QkvBias),
            Key = reuses ? null : reader.Linear(names.Key, d, d, spec.QkvBias),
            Value = reuses ? null : reader.Linear(names.Value, d, d, spec.QkvBias),
            Transformation = reader.Transformation(spec, layer, names.Prefix),
            Projection = spec.HasProjection(layer) ? reader.Linear(names.Projection, d, d) : null,
            MlpNorm = reader.Norm(names.MlpNorm, d),
            MlpIn = reader.Linear(names.MlpIn, d, spec.Intermediate),
            MlpOut = reader.Linear(names.MlpOut, spec.Intermediate, d),
        };
    }

    /// <summary>Names of the tensors; those of linear layers and norms without ".weight" and ".bias".</summary>
    /// <param name="Prefix">The model_type, before every name.</param>
    private readonly record struct Names(string Prefix)
    {
        public string PatchProjection => $"{Prefix}.embeddings.patch_embeddings.projection";

        public string ClassToken => $"{Prefix}.embeddings.cls_token";

        public string DistillationToken => $"{Prefix}.embeddings.distillation_token";

        public string Positions => $"{Prefix}.embeddings.position_embeddings";

        public string FinalNorm => $"{Prefix}.layernorm";

        public EncoderNames Encoder(int layer) => new($"{Prefix}.encoder.layer.{layer}");
    }

    /// <summary>Names of one encoder's layers.</summary>
    private readonly record struct EncoderNames(string Prefix)
    {
        public string AttentionNorm => $"{Prefix}.layernorm_before";

        public string Query => $"{Prefix}.attention.attention.query";

        public string Key => $"{Prefix}.attention.attention.key";

        public string Value => $"{Prefix}.attention.attention.value";

        public string Projection => $"{Prefix}.attention.output.dense";

        public string MlpNorm => $"{Prefix}.layernorm_after";

        public string MlpIn => $"{Prefix}.intermediate.dense";

        public string MlpOut => $"{Prefix}.output.dense";
    }
}
