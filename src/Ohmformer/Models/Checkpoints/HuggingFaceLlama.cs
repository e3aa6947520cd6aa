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
            Head = spec.TiedHead ? new(WeightReader.Transpose(table, spec.Classes), null, d, spec.Classes) : reader.Linear(Head, d, spec.Classes, bias: false),
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
