using Ohmformer.Files;
using Ohmformer.Models.Safetensors;

namespace Ohmformer.Models.Checkpoints;

/// <summary>Names and configuration of Hugging Face's <c>LlamaForCausalLM</c> (transformers, models/llama).</summary>
internal static class HuggingFaceLlama
{
    /// <summary>Its model_type.</summary>
    public const string ModelType = "llama";

    private const string Head = "lm_head", TokenTable = "model.embed_tokens.weight", FinalNorm = "model.norm";

    /// <summary>Reads a model folder.</summary>
    /// <exception cref="InputException">The folder cannot be used.</exception>
    public static Checkpoint Load(string folder, JsonFile config, TensorFolder tensors)
    {
        bool tied = config.Flag("tie_word_embeddings", false) || tensors.Find($"{Head}.weight") is null;
        var spec = Checkpoint.Checked(folder, config, Spec(folder, config, tied));
        return new Checkpoint(spec, Weights(spec, new WeightReader(folder, tensors)), [], null);
    }

    /// <summary>Whether a network is of this kind.</summary>
    public static bool Fits(TransformerSpec spec) => spec with { KeyValueHeads = spec.KeyValueHeads, HeadSize = spec.HeadSize } == new TransformerSpec
    {
        Name = spec.Name,
        Input = new TokenInput { Vocabulary = spec.Classes, Length = spec.Tokens },
        Layers = spec.Layers,
        Hidden = spec.Hidden,
        Heads = spec.Heads,
        KeyValueHeads = spec.KeyValueHeads,
        HeadSize = spec.HeadSize,
        Intermediate = spec.Intermediate,
        Classes = spec.Classes,
        Norm = NormKind.Rms,
        NormEpsilon = spec.NormEpsilon,
        Activation = spec.Activation,
        GatedMlp = true,
        Positions = spec.Positions == Positions.RotaryPairs ? Positions.RotaryPairs : Positions.RotaryHalves,
        RotaryBase = spec.RotaryBase,
        Causal = true,
        Pooling = Pooling.EveryToken,
        QkvBias = spec.QkvBias,
        ProjectionBias = spec.QkvBias,
        MlpBias = spec.MlpBias,
        HeadBias = false,
        TiedHead = spec.TiedHead,
        Reuse = spec.Reuse,
    };

    /// <summary>The weights by Hugging Face's names.</summary>
    public static IReadOnlyList<NamedTensor> Tensors(TransformerSpec spec, TransformerWeights weights)
    {
        var list = new WeightWriter();
        list.Add(TokenTable, weights.TokenTable!, spec.Classes, spec.Hidden);
        foreach (var (l, encoder) in weights.Encoders.Index())
        {
            string name = $"model.layers.{l}";
            list.Norm($"{name}.input_layernorm", encoder.AttentionNorm);
            list.Linear($"{name}.self_attn.q_proj", encoder.Query);
            list.Linear($"{name}.self_attn.k_proj", encoder.Key);
            list.Linear($"{name}.self_attn.v_proj", encoder.Value);
            list.Transformation(name, encoder.Transformation);
            list.Linear($"{name}.self_attn.o_proj", encoder.Projection);
            list.Norm($"{name}.post_attention_layernorm", encoder.MlpNorm);
            list.Linear($"{name}.mlp.gate_proj", encoder.MlpGate);
            list.Linear($"{name}.mlp.up_proj", encoder.MlpIn);
            list.Linear($"{name}.mlp.down_proj", encoder.MlpOut);
        }
        list.Norm(FinalNorm, weights.FinalNorm);
        if (!spec.TiedHead) list.Linear(Head, weights.Head);
        return list.Tensors;
    }

    /// <summary>The content of config.json.</summary>
    public static object Config(TransformerSpec spec) => new
    {
        architectures = new[] { "LlamaForCausalLM" },
        model_type = ModelType,
        vocab_size = spec.Classes,
        max_position_embeddings = spec.Tokens,
        hidden_size = spec.Hidden,
        num_hidden_layers = spec.Layers,
        num_attention_heads = spec.Heads,
        num_key_value_heads = spec.KeyValueHeads,
        head_dim = spec.HeadSize,
        intermediate_size = spec.Intermediate,
        hidden_act = HuggingFaceConfig.NameOf(spec.Activation),
        rms_norm_eps = spec.NormEpsilon,
        rope_theta = spec.RotaryBase,
        rope_interleave = spec.Positions == Positions.RotaryPairs,
        attention_bias = spec.QkvBias,
        attention_dropout = 0.0,
        mlp_bias = spec.MlpBias,
        tie_word_embeddings = spec.TiedHead,
        torch_dtype = "float32",
        attention_reuse = ReuseConfig.Write(spec.Reuse),
    };

    /// <summary>Absent keys have the defaults of transformers' LlamaConfig.</summary>
    private static TransformerSpec Spec(string folder, JsonFile config, bool tied)
    {
        int hidden = config.Int("hidden_size", 1, 1 << 16, 4096), heads = config.Int("num_attention_heads", 1, 1 << 16, 32);
        int vocabulary = config.Int("vocab_size", 1, HuggingFaceConfig.MaxSize, 32000);
        bool attentionBias = config.Flag("attention_bias", false);
        return new()
        {
            Name = HuggingFaceConfig.NameOf(folder),
            Input = new TokenInput { Vocabulary = vocabulary, Length = config.Int("max_position_embeddings", 1, HuggingFaceConfig.MaxSize, 2048) },
            Layers = config.Int("num_hidden_layers", 1, HuggingFaceConfig.MaxLayers, 32),
            Hidden = hidden,
            Heads = heads,
            KeyValueHeads = config.Int("num_key_value_heads", 1, 1 << 16, heads),
            HeadSize = config.Int("head_dim", 1, 1 << 16, 0),
            Intermediate = config.Int("intermediate_size", 1, HuggingFaceConfig.MaxSize, 11008),
            Classes = vocabulary,
            Norm = NormKind.Rms,
            NormEpsilon = config.Number("rms_norm_eps", 1e-6),
            Activation = HuggingFaceConfig.ActivationOf(config, "hidden_act", "silu"),
            GatedMlp = true,
            Positions = config.Flag("rope_interleave", false) ? Positions.RotaryPairs : Positions.RotaryHalves,
            RotaryBase = RotaryBase(config),
            Causal = true,
            Pooling = Pooling.EveryToken,
            QkvBias = attentionBias,
            ProjectionBias = attentionBias,
            MlpBias = config.Flag("mlp_bias", false),
            HeadBias = false,
            TiedHead = tied,
        };
    }

    /// <summary>The base of the angles, which newer files keep with the kind of the rotation; scaled angles are not supported.</summary>
    private static double RotaryBase(JsonFile config)
    {
        var rotation = config.Object("rope_parameters") ?? config.Object("rope_scaling");
        rotation?.Require("rope_type", "default");
        rotation?.Require("type", "default");
        double value = config.Object("rope_parameters")?.Number("rope_theta", 10000) ?? config.Number("rope_theta", 10000);
        return value > 0 ? value : throw config.Unknown("rope_theta", ["the positive numbers, such as 10000"]);
    }

    private static TransformerWeights Weights(TransformerSpec spec, WeightReader reader)
    {
        int d = spec.Hidden;
        float[] table = reader.Take(TokenTable, spec.Classes, d);
        var weights = new TransformerWeights
        {
            TokenTable = table,
            Encoders = [.. Enumerable.Range(0, spec.Layers).Select(l => Encoder(spec, l, $"model.layers.{l}", reader))],
            FinalNorm = new(reader.Take($"{FinalNorm}.weight", d), null),
            Head = reader.Head(spec, Head, table),
        };
        reader.ThrowIfIncomplete();
        return weights;
    }

    private static EncoderWeights Encoder(TransformerSpec spec, int layer, string name, WeightReader reader)
    {
        int d = spec.Hidden;
        bool reuses = spec.Reuses(layer);
        return new EncoderWeights
        {
            AttentionNorm = spec.HasAttentionNorm(layer) ? new(reader.Take($"{name}.input_layernorm.weight", d), null) : null,
            Query = reuses ? null : reader.Linear($"{name}.self_attn.q_proj", d, spec.QueryWidth, spec.QkvBias),
            Key = reuses ? null : reader.Linear($"{name}.self_attn.k_proj", d, spec.KeyValueWidth, spec.QkvBias),
            Value = reuses ? null : reader.Linear($"{name}.self_attn.v_proj", d, spec.KeyValueWidth, spec.QkvBias),
            Transformation = reader.Transformation(spec, layer, name),
            Projection = spec.HasProjection(layer) ? reader.Linear($"{name}.self_attn.o_proj", spec.QueryWidth, d, spec.ProjectionBias) : null,
            MlpNorm = new(reader.Take($"{name}.post_attention_layernorm.weight", d), null),
            MlpGate = reader.Linear($"{name}.mlp.gate_proj", d, spec.Intermediate, spec.MlpBias),
            MlpIn = reader.Linear($"{name}.mlp.up_proj", d, spec.Intermediate, spec.MlpBias),
            MlpOut = reader.Linear($"{name}.mlp.down_proj", spec.Intermediate, d, spec.MlpBias),
        };
    }
}
