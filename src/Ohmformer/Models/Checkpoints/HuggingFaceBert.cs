using Ohmformer.Files;
using Ohmformer.Models.Safetensors;

namespace Ohmformer.Models.Checkpoints;

/// <summary>
/// Names and configuration of Hugging Face's BERT, RoBERTa and DistilBERT for sequence classification and question answering
/// (transformers, models/bert, models/roberta, models/distilbert). Which task it is, the tensors tell.
/// </summary>
internal static class HuggingFaceBert
{
    private const string SpanHead = "qa_outputs";

    /// <summary>The model types and what is peculiar to each.</summary>
    private static readonly Family[] Families =
    [
        new("bert", "BertForSequenceClassification", "bert.pooler.dense", "classifier", FirstPosition: _ => 0),
        // The position of the first token follows that of padding.
        new("roberta", "RobertaForSequenceClassification", "classifier.dense", "classifier.out_proj", FirstPosition: config => 1 + config.Int("pad_token_id", 0, HuggingFaceConfig.MaxSize, 1)),
        new("distilbert", "DistilBertForSequenceClassification", "pre_classifier", "classifier", FirstPosition: _ => 0),
    ];

    /// <summary>The model_types.</summary>
    public static IEnumerable<string> ModelTypes => Families.Select(f => f.Type);

    /// <summary>Reads a model folder.</summary>
    /// <exception cref="InputException">The folder cannot be used.</exception>
    public static Checkpoint Load(string folder, JsonFile config, TensorFolder tensors)
    {
        var family = Families.Single(f => f.Type == config.Text("model_type"));
        bool span = tensors.Find($"{SpanHead}.weight") is not null;
        if (!span && tensors.Find($"{family.Classifier}.weight") is null)
            throw new InputException($"{folder}: has neither {family.Classifier}.weight nor {SpanHead}.weight; only models for sequence classification and question answering can be used. Export the model with its head.");
        config.Require("position_embedding_type", "absolute");
        var labels = span ? ["start", "end"] : HuggingFaceConfig.Labels(folder, config, tensors, family.Classifier);
        int first = family.FirstPosition(config);
        var spec = Checkpoint.Checked(folder, config, Spec(folder, config, family, span, labels.Count, first));
        return new Checkpoint(spec, Weights(spec, family, first, new WeightReader(folder, tensors)), labels, null);
    }

    /// <summary>Whether a network is a <c>BertForSequenceClassification</c>, <c>RobertaForSequenceClassification</c> or <c>DistilBertForSequenceClassification</c>.</summary>
    public static bool Fits(TransformerSpec spec) => spec.Input is TokenInput { Segments: > 0 } or TokenInput { FirstPosition: 0 } && spec == new TransformerSpec
    {
        Name = spec.Name,
        Input = (TokenInput)spec.Input with { ClassTokens = 0, Normalized = true },
        Layers = spec.Layers,
        Hidden = spec.Hidden,
        Heads = spec.Heads,
        Intermediate = spec.Intermediate,
        Classes = spec.Classes,
        NormPosition = NormPosition.Post,
        NormEpsilon = spec.NormEpsilon,
        Activation = spec.Activation,
        Pooling = Pooling.FirstToken,
        Pooler = FamilyOf(spec).Pooling,
        Reuse = spec.Reuse,
    };

    /// <summary>The weights of a network that <see cref="Fits"/> by Hugging Face's names.</summary>
    public static IReadOnlyList<NamedTensor> Tensors(TransformerSpec spec, TransformerWeights weights)
    {
        var list = new WeightWriter();
        var family = FamilyOf(spec);
        var text = (TokenInput)spec.Input;
        int d = spec.Hidden;
        list.Add($"{family.Embeddings}.word_embeddings.weight", weights.TokenTable!, text.Vocabulary, d);
        if (text.Segments > 0) list.Add($"{family.Embeddings}.token_type_embeddings.weight", weights.SegmentTable!, text.Segments, d);
        // No token has the positions before the first.
        list.Add($"{family.Embeddings}.position_embeddings.weight", [.. new float[text.FirstPosition * d], .. weights.Positions!], text.FirstPosition + text.Length, d);
        list.Norm($"{family.Embeddings}.LayerNorm", weights.EmbeddingNorm!);
        foreach (var (l, encoder) in weights.Encoders.Index())
        {
            var names = family.Encoder(l);
            list.Linear(names.Query, encoder.Query);
            list.Linear(names.Key, encoder.Key);
            list.Linear(names.Value, encoder.Value);
            list.Transformation(names.Encoder, encoder.Transformation);
            list.Linear(names.Projection, encoder.Projection);
            list.Norm(names.AttentionNorm, encoder.AttentionNorm);
            list.Linear(names.MlpIn, encoder.MlpIn);
            list.Linear(names.MlpOut, encoder.MlpOut);
            list.Norm(names.MlpNorm, encoder.MlpNorm);
        }
        list.Linear(family.Pooler, weights.Pooler!);
        list.Linear(family.Classifier, weights.Head);
        return list.Tensors;
    }

    /// <summary>The content of config.json of a network that <see cref="Fits"/>.</summary>
    public static object Config(TransformerSpec spec, IReadOnlyList<string> labels) => FamilyOf(spec) is { IsDistilled: false } family
        ? Config(spec, labels, family)
        : DistilledConfig(spec, labels);

    private static object Config(TransformerSpec spec, IReadOnlyList<string> labels, Family family) => new
    {
        architectures = new[] { family.Architecture },
        model_type = family.Type,
        vocab_size = ((TokenInput)spec.Input).Vocabulary,
        max_position_embeddings = spec.Tokens + ((TokenInput)spec.Input).FirstPosition,
        type_vocab_size = ((TokenInput)spec.Input).Segments,
        hidden_size = spec.Hidden,
        num_hidden_layers = spec.Layers,
        num_attention_heads = spec.Heads,
        intermediate_size = spec.Intermediate,
        hidden_act = HuggingFaceConfig.NameOf(spec.Activation),
        layer_norm_eps = spec.NormEpsilon,
        position_embedding_type = "absolute",
        pad_token_id = Math.Max(0, ((TokenInput)spec.Input).FirstPosition - 1),
        attention_probs_dropout_prob = 0.0,
        hidden_dropout_prob = 0.0,
        id2label = HuggingFaceConfig.ById(labels),
        label2id = HuggingFaceConfig.ByLabel(labels),
        torch_dtype = "float32",
        attention_reuse = ReuseConfig.Write(spec.Reuse),
    };

    private static object DistilledConfig(TransformerSpec spec, IReadOnlyList<string> labels) => new
    {
        architectures = new[] { FamilyOf(spec).Architecture },
        model_type = FamilyOf(spec).Type,
        vocab_size = ((TokenInput)spec.Input).Vocabulary,
        max_position_embeddings = spec.Tokens,
        dim = spec.Hidden,
        n_layers = spec.Layers,
        n_heads = spec.Heads,
        hidden_dim = spec.Intermediate,
        activation = HuggingFaceConfig.NameOf(spec.Activation),
        layer_norm_eps = spec.NormEpsilon,
        sinusoidal_pos_embds = false,
        pad_token_id = 0,
        attention_dropout = 0.0,
        dropout = 0.0,
        seq_classif_dropout = 0.0,
        id2label = HuggingFaceConfig.ById(labels),
        label2id = HuggingFaceConfig.ByLabel(labels),
        torch_dtype = "float32",
        attention_reuse = ReuseConfig.Write(spec.Reuse),
    };

    /// <summary>The family that writes a network: they differ in segments and positions.</summary>
    private static Family FamilyOf(TransformerSpec spec)
    {
        string type = spec.Input switch { TokenInput { Segments: 0 } => "distilbert", TokenInput { FirstPosition: > 0 } => "roberta", _ => "bert" };
        return Families.Single(f => f.Type == type);
    }

    /// <summary>Absent keys have the defaults of transformers' BertConfig and DistilBertConfig.</summary>
    private static TransformerSpec Spec(string folder, JsonFile config, Family family, bool span, int classes, int firstPosition)
    {
        bool distilled = family.IsDistilled;
        int positions = config.Int("max_position_embeddings", firstPosition + 1, HuggingFaceConfig.MaxSize, 512);
        return new()
        {
            Name = HuggingFaceConfig.NameOf(folder),
            Input = new TokenInput
            {
                Vocabulary = config.Int("vocab_size", 1, HuggingFaceConfig.MaxSize, 30522),
                Length = positions - firstPosition,
                Segments = distilled ? 0 : config.Int("type_vocab_size", 1, HuggingFaceConfig.MaxSize, 2),
                Normalized = true,
                FirstPosition = firstPosition,
            },
            Layers = config.Int(distilled ? "n_layers" : "num_hidden_layers", 1, HuggingFaceConfig.MaxLayers, distilled ? 6 : 12),
            Hidden = config.Int(distilled ? "dim" : "hidden_size", 1, 1 << 16, 768),
            Heads = config.Int(distilled ? "n_heads" : "num_attention_heads", 1, 1 << 16, 12),
            Intermediate = config.Int(distilled ? "hidden_dim" : "intermediate_size", 1, HuggingFaceConfig.MaxSize, 3072),
            Classes = classes,
            NormPosition = NormPosition.Post,
            NormEpsilon = config.Number("layer_norm_eps", 1e-12),
            Activation = HuggingFaceConfig.ActivationOf(config, distilled ? "activation" : "hidden_act", "gelu"),
            Pooling = span ? Pooling.EveryToken : Pooling.FirstToken,
            Pooler = span ? null : family.Pooling,
        };
    }

    private static TransformerWeights Weights(TransformerSpec spec, Family family, int firstPosition, WeightReader reader)
    {
        int d = spec.Hidden;
        var text = (TokenInput)spec.Input;
        float[] positions = reader.Take($"{family.Embeddings}.position_embeddings.weight", firstPosition + text.Length, d);
        var weights = new TransformerWeights
        {
            TokenTable = reader.Take($"{family.Embeddings}.word_embeddings.weight", text.Vocabulary, d),
            SegmentTable = text.Segments == 0 ? null : reader.Take($"{family.Embeddings}.token_type_embeddings.weight", text.Segments, d),
            Positions = positions.Length == 0 ? positions : positions[(firstPosition * d)..],
            EmbeddingNorm = reader.Norm($"{family.Embeddings}.LayerNorm", d),
            Encoders = [.. Enumerable.Range(0, spec.Layers).Select(l => Encoder(spec, l, family.Encoder(l), reader))],
            Pooler = spec.Pooler is null ? null : reader.Linear(family.Pooler, d, d),
            Head = reader.Linear(spec.Pooler is null ? SpanHead : family.Classifier, d, spec.Classes),
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
            Query = reuses ? null : reader.Linear(names.Query, d, d),
            Key = reuses ? null : reader.Linear(names.Key, d, d),
            Value = reuses ? null : reader.Linear(names.Value, d, d),
            Transformation = reader.Transformation(spec, layer, names.Encoder),
            Projection = spec.HasProjection(layer) ? reader.Linear(names.Projection, d, d) : null,
            AttentionNorm = reader.Norm(names.AttentionNorm, d),
            MlpIn = reader.Linear(names.MlpIn, d, spec.Intermediate),
            MlpOut = reader.Linear(names.MlpOut, spec.Intermediate, d),
            MlpNorm = reader.Norm(names.MlpNorm, d),
        };
    }

    /// <summary>What is peculiar to one model type.</summary>
    /// <param name="Type">The model_type, which every name begins with.</param>
    /// <param name="Architecture">Hugging Face's class for the classification of sequences.</param>
    /// <param name="Pooler">The layer before the classifier.</param>
    /// <param name="Classifier">The classifier of sequences.</param>
    /// <param name="FirstPosition">Row of the first token in the table of positions.</param>
    private sealed record Family(string Type, string Architecture, string Pooler, string Classifier, Func<JsonFile, int> FirstPosition)
    {
        public bool IsDistilled => Type == "distilbert";

        /// <summary>Activation of <see cref="Pooler"/>.</summary>
        public Activation Pooling => IsDistilled ? Activation.Relu : Activation.Tanh;

        public string Embeddings => $"{Type}.embeddings";

        public EncoderNames Encoder(int layer)
        {
            string name = $"{Type}.{(IsDistilled ? "transformer" : "encoder")}.layer.{layer}", self = $"{name}.attention.self";
            return IsDistilled
                ? new(name, $"{name}.attention.q_lin", $"{name}.attention.k_lin", $"{name}.attention.v_lin", $"{name}.attention.out_lin", $"{name}.sa_layer_norm",
                    $"{name}.ffn.lin1", $"{name}.ffn.lin2", $"{name}.output_layer_norm")
                : new(name, $"{self}.query", $"{self}.key", $"{self}.value", $"{name}.attention.output.dense", $"{name}.attention.output.LayerNorm",
                    $"{name}.intermediate.dense", $"{name}.output.dense", $"{name}.output.LayerNorm");
        }
    }

    /// <summary>Names of one encoder and its layers, without ".weight" and ".bias".</summary>
    private sealed record EncoderNames(string Encoder, string Query, string Key, string Value, string Projection, string AttentionNorm, string MlpIn, string MlpOut, string MlpNorm);
}
