using System.Globalization;
using Ohmformer.Files;
using Ohmformer.Models.Safetensors;

namespace Ohmformer.Models.Checkpoints;

/// <summary>
/// Names and configuration of the post-LN Keyword Transformer (Berg et al.: Keyword transformer, arXiv:2104.00769): config.json
/// with <c>model_type</c> "kwt", layers, heads, dim, mlp, tokens, act, norm, qkv_bias and labels.
/// </summary>
internal static class KeywordTransformer
{
    /// <summary>Its model_type.</summary>
    public const string ModelType = "kwt";

    private const string NormPrefix = "post-LN eps ";

    private static readonly Dictionary<string, Activation> Activations = new(StringComparer.Ordinal)
    {
        ["gelu"] = Activation.Gelu,
        ["gelu-tanh"] = Activation.GeluTanh,
    };

    /// <summary>Reads a model folder.</summary>
    /// <exception cref="InputException">The folder cannot be used.</exception>
    public static Checkpoint Load(string folder, JsonFile config, TensorFolder tensors)
    {
        long[] head = tensors.Find("head.weight")?.Shape.ToArray() ?? [], embedding = tensors.Find("embed.weight")?.Shape.ToArray() ?? [];
        int classes = (int)Math.Clamp(head.FirstOrDefault(), 1, HuggingFaceConfig.MaxSize), features = (int)Math.Clamp(embedding.LastOrDefault(), 1, HuggingFaceConfig.MaxSize);
        var labels = config.TextList("labels") ?? HuggingFaceConfig.Numbered(classes);
        var spec = Checkpoint.Checked(folder, config, Spec(folder, config, labels.Count, features));
        return new Checkpoint(spec, Weights(spec, new WeightReader(folder, tensors)), labels, null);
    }

    /// <summary>Whether a network can be written in this form.</summary>
    public static bool Fits(TransformerSpec spec) => spec.Input is FeatureInput { ClassTokens: 1 } input && Activations.ContainsValue(spec.Activation) && spec == new TransformerSpec
    {
        Name = spec.Name,
        Input = input,
        Layers = spec.Layers,
        Hidden = spec.Hidden,
        Heads = spec.Heads,
        Intermediate = spec.Intermediate,
        Classes = spec.Classes,
        NormPosition = NormPosition.Post,
        NormEpsilon = spec.NormEpsilon,
        Activation = spec.Activation,
        QkvBias = spec.QkvBias,
        Reuse = spec.Reuse,
    };

    /// <summary>The weights by their names in this form.</summary>
    public static IReadOnlyList<NamedTensor> Tensors(TransformerWeights weights)
    {
        var writer = new WeightWriter();
        writer.Linear("embed", weights.Embedding);
        writer.Add("cls", weights.ClassTokens, weights.ClassTokens.Length);
        writer.Add("pos", weights.Positions!, weights.Positions!.Length / weights.ClassTokens.Length, weights.ClassTokens.Length);
        foreach (var (layer, encoder) in weights.Encoders.Index())
        {
            string name = $"block{layer}";
            Norm($"{name}.ln1", encoder.AttentionNorm!);
            writer.Linear($"{name}.q", encoder.Query);
            writer.Linear($"{name}.k", encoder.Key);
            writer.Linear($"{name}.v", encoder.Value);
            writer.Transformation(name, encoder.Transformation);
            writer.Linear($"{name}.o", encoder.Projection);
            Norm($"{name}.ln2", encoder.MlpNorm);
            writer.Linear($"{name}.fc1", encoder.MlpIn);
            writer.Linear($"{name}.fc2", encoder.MlpOut);
        }
        writer.Linear("head", weights.Head);
        return writer.Tensors;

        void Norm(string name, Norm norm)
        {
            writer.Add($"{name}.gamma", norm.Gain, norm.Gain.Length);
            writer.Add($"{name}.beta", norm.Bias!, norm.Bias!.Length);
        }
    }

    /// <summary>The content of config.json.</summary>
    public static object Config(TransformerSpec spec, IReadOnlyList<string> labels) => new
    {
        model_type = ModelType,
        layers = spec.Layers,
        heads = spec.Heads,
        dim = spec.Hidden,
        mlp = spec.Intermediate,
        tokens = spec.Tokens,
        act = Activations.First(a => a.Value == spec.Activation).Key,
        norm = string.Create(CultureInfo.InvariantCulture, $"{NormPrefix}{spec.NormEpsilon}"),
        qkv_bias = spec.QkvBias,
        labels,
        attention_reuse = ReuseConfig.Write(spec.Reuse),
    };

    private static TransformerSpec Spec(string folder, JsonFile config, int classes, int features) => new()
    {
        Name = HuggingFaceConfig.NameOf(folder),
        Input = new FeatureInput { Frames = config.Int("tokens", 2, HuggingFaceConfig.MaxSize) - 1, Features = features, ClassTokens = 1 },
        Layers = config.Int("layers", 1, HuggingFaceConfig.MaxLayers),
        Hidden = config.Int("dim", 1, 1 << 16),
        Heads = config.Int("heads", 1, 1 << 16),
        Intermediate = config.Int("mlp", 1, HuggingFaceConfig.MaxSize),
        Classes = classes,
        NormPosition = NormPosition.Post,
        NormEpsilon = NormEpsilon(config),
        Activation = Activations.TryGetValue(config.Text("act") ?? "", out var known) ? known : throw config.Unknown("act", Activations.Keys),
        QkvBias = config.Flag("qkv_bias", false),
    };

    private static double NormEpsilon(JsonFile config) =>
        config.Text("norm") is { } norm && norm.StartsWith(NormPrefix, StringComparison.Ordinal)
        && double.TryParse(norm[NormPrefix.Length..], NumberStyles.Float, CultureInfo.InvariantCulture, out double epsilon) && double.IsFinite(epsilon)
            ? epsilon
            : throw config.Unknown("norm", [$"\"{NormPrefix}\" followed by a number, such as {NormPrefix}1e-6"]);

    private static TransformerWeights Weights(TransformerSpec spec, WeightReader reader)
    {
        int d = spec.Hidden;
        var weights = new TransformerWeights
        {
            Embedding = reader.Linear("embed", ((FeatureInput)spec.Input).Features, d),
            ClassTokens = reader.Take("cls", d),
            Positions = reader.Take("pos", spec.Tokens, d),
            Encoders = [.. Enumerable.Range(0, spec.Layers).Select(l => Encoder(spec, l, $"block{l}", reader))],
            Head = reader.Linear("head", d, spec.Classes),
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
            AttentionNorm = new(reader.Take($"{name}.ln1.gamma", d), reader.Take($"{name}.ln1.beta", d)),
            Query = reuses ? null : reader.Linear($"{name}.q", d, d, spec.QkvBias),
            Key = reuses ? null : reader.Linear($"{name}.k", d, d, spec.QkvBias),
            Value = reuses ? null : reader.Linear($"{name}.v", d, d, spec.QkvBias),
            Transformation = reader.Transformation(spec, layer, name),
            Projection = spec.HasProjection(layer) ? reader.Linear($"{name}.o", d, d) : null,
            MlpNorm = new(reader.Take($"{name}.ln2.gamma", d), reader.Take($"{name}.ln2.beta", d)),
            MlpIn = reader.Linear($"{name}.fc1", d, spec.Intermediate),
            MlpOut = reader.Linear($"{name}.fc2", spec.Intermediate, d),
        };
    }
}
