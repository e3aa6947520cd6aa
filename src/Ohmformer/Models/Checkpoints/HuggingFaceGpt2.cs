using Ohmformer.Files;
using Ohmformer.Models.Safetensors;

namespace Ohmformer.Models.Checkpoints;

/// <summary>
/// Names and configuration of Hugging Face's <c>GPT2LMHeadModel</c> (transformers, models/gpt2), whose linear layers lie as
/// [inputs, outputs]. Buffers with masks are ignored.
/// </summary>
internal static class HuggingFaceGpt2
{
    /// <summary>Its model_type.</summary>
    public const string ModelType = "gpt2";

    private const string Head = "lm_head";

    /// <summary>Reads a model folder; the names of OpenAI's checkpoints, without "transformer.", are known too.</summary>
    /// <exception cref="InputException">The folder cannot be used.</exception>
    public static Checkpoint Load(string folder, JsonFile config, TensorFolder tensors)
    {
        string prefix = tensors.Find("wte.weight") is null ? "transformer." : "";
        config.Require("scale_attn_weights", true);
        config.Require("scale_attn_by_inverse_layer_idx", false);
        bool tied = config.Flag("tie_word_embeddings", true) || tensors.Find($"{Head}.weight") is null;
        var spec = Checkpoint.Checked(folder, config, Spec(folder, config, tied, tensors.Find($"{prefix}h.0.attn.c_attn.bias") is not null));
        return new Checkpoint(spec, Weights(spec, prefix, new WeightReader(folder, tensors)), [], null);
    }

    /// <summary>Whether a network is of this kind.</summary>
    public static bool Fits(TransformerSpec spec) => spec == new TransformerSpec
    {
        Name = spec.Name,
        Input = new TokenInput { Vocabulary = spec.Classes, Length = spec.Tokens },
        Layers = spec.Layers,
        Hidden = spec.Hidden,
        Heads = spec.Heads,
        Intermediate = spec.Intermediate,
        Classes = spec.Classes,
        NormEpsilon = spec.NormEpsilon,
        Activation = spec.Activation,
        Causal = true,
        Pooling = Pooling.EveryToken,
        QkvBias = spec.QkvBias,
        HeadBias = false,
        TiedHead = spec.TiedHead,
        Reuse = spec.Reuse,
    };

    /// <summary>The weights by Hugging Face's names.</summary>
    public static IReadOnlyList<NamedTensor> Tensors(TransformerSpec spec, TransformerWeights weights)
    {
        var list = new WeightWriter();
        int d = spec.Hidden;
        list.Add("transformer.wte.weight", weights.TokenTable!, spec.Classes, d);
        list.Add("transformer.wpe.weight", weights.Positions!, spec.Tokens, d);
        foreach (var (l, encoder) in weights.Encoders.Index())
        {
            string name = $"transformer.h.{l}";
            list.Norm($"{name}.ln_1", encoder.AttentionNorm);
            if (encoder is { Query: { } query, Key: { } key, Value: { } value }) list.Columns($"{name}.attn.c_attn", query, key, value);
            list.Transformation(name, encoder.Transformation);
            if (encoder.Projection is { } projection) list.Columns($"{name}.attn.c_proj", projection);
            list.Norm($"{name}.ln_2", encoder.MlpNorm);
            list.Columns($"{name}.mlp.c_fc", encoder.MlpIn);
            list.Columns($"{name}.mlp.c_proj", encoder.MlpOut);
        }
        list.Norm("transformer.ln_f", weights.FinalNorm!);
        if (!spec.TiedHead) list.Linear(Head, weights.Head);
        return list.Tensors;
    }

    /// <summary>The content of config.json.</summary>
    public static object Config(TransformerSpec spec) => new
    {
        architectures = new[] { "GPT2LMHeadModel" },
        model_type = ModelType,
        vocab_size = spec.Classes,
        n_positions = spec.Tokens,
        n_embd = spec.Hidden,
        n_layer = spec.Layers,
        n_head = spec.Heads,
        n_inner = spec.Intermediate,
        activation_function = HuggingFaceConfig.NameOf(spec.Activation),
        layer_norm_epsilon = spec.NormEpsilon,
        tie_word_embeddings = spec.TiedHead,
        embd_pdrop = 0.0,
        attn_pdrop = 0.0,
        resid_pdrop = 0.0,
        torch_dtype = "float32",
        attention_reuse = ReuseConfig.Write(spec.Reuse),
    };

    /// <summary>Absent keys have the defaults of transformers' GPT2Config.</summary>
    private static TransformerSpec Spec(string folder, JsonFile config, bool tied, bool qkvBias)
    {
        int hidden = config.Int("n_embd", 1, 1 << 16, 768), vocabulary = config.Int("vocab_size", 1, HuggingFaceConfig.MaxSize, 50257);
        return new()
        {
            Name = HuggingFaceConfig.NameOf(folder),
            Input = new TokenInput { Vocabulary = vocabulary, Length = config.Int("n_positions", 1, HuggingFaceConfig.MaxSize, 1024) },
            Layers = config.Int("n_layer", 1, HuggingFaceConfig.MaxLayers, 12),
            Hidden = hidden,
            Heads = config.Int("n_head", 1, 1 << 16, 12),
            Intermediate = config.Int("n_inner", 1, HuggingFaceConfig.MaxSize, 4 * hidden),
            Classes = vocabulary,
            NormEpsilon = config.Number("layer_norm_epsilon", 1e-5),
            Activation = HuggingFaceConfig.ActivationOf(config, "activation_function", "gelu_new"),
            Causal = true,
            Pooling = Pooling.EveryToken,
            QkvBias = qkvBias,
            HeadBias = false,
            TiedHead = tied,
        };
    }

    private static TransformerWeights Weights(TransformerSpec spec, string prefix, WeightReader reader)
    {
        int d = spec.Hidden;
        float[] table = reader.Take($"{prefix}wte.weight", spec.Classes, d);
        var weights = new TransformerWeights
        {
            TokenTable = table,
            Positions = reader.Take($"{prefix}wpe.weight", spec.Tokens, d),
            Encoders = [.. Enumerable.Range(0, spec.Layers).Select(l => Encoder(spec, l, $"{prefix}h.{l}", reader))],
            FinalNorm = reader.Norm($"{prefix}ln_f", d),
            Head = reader.Head(spec, Head, table),
        };
        reader.ThrowIfIncomplete();
        return weights;
    }

    private static EncoderWeights Encoder(TransformerSpec spec, int layer, string name, WeightReader reader)
    {
        int d = spec.Hidden;
        var fused = spec.Reuses(layer) ? null : reader.Columns($"{name}.attn.c_attn", d, d, parts: 3, spec.QkvBias);
        return new EncoderWeights
        {
            AttentionNorm = spec.HasAttentionNorm(layer) ? reader.Norm($"{name}.ln_1", d) : null,
            Query = fused?[0],
            Key = fused?[1],
            Value = fused?[2],
            Transformation = reader.Transformation(spec, layer, name),
            Projection = spec.HasProjection(layer) ? reader.Columns($"{name}.attn.c_proj", d, d, parts: 1)[0] : null,
            MlpNorm = reader.Norm($"{name}.ln_2", d),
            MlpIn = reader.Columns($"{name}.mlp.c_fc", d, spec.Intermediate, parts: 1)[0],
            MlpOut = reader.Columns($"{name}.mlp.c_proj", spec.Intermediate, d, parts: 1)[0],
        };
    }
}
