using Ohmformer.Files;
using Ohmformer.Models.Safetensors;

namespace Ohmformer.Models.Checkpoints;

/// <summary>Names of timm's vision transformers (timm, models/vision_transformer.py), also those of DeiT. Sizes follow from shapes.</summary>
internal static class TimmVit
{
    private const string PatchProjection = "patch_embed.proj", Positions = "pos_embed", ClassToken = "cls_token", FinalNorm = "norm", Head = "head";

    private const int MaxSize = 1 << 20, MaxLayers = 1000;

    /// <summary>Whether tensors have timm's names.</summary>
    public static bool Recognizes(TensorFolder tensors) => tensors.Find($"{PatchProjection}.weight") is not null;

    /// <summary>Reads a model folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="config">timm's config.json, or null.</param>
    /// <param name="tensors">The tensors.</param>
    /// <exception cref="InputException">The folder cannot be used.</exception>
    public static Checkpoint Load(string folder, JsonFile? config, TensorFolder tensors)
    {
        if (tensors.Find("dist_token") is not null)
            throw new InputException($"{folder}: has a distillation token (dist_token); only networks with a class token alone are supported");
        var spec = Checkpoint.Checked(folder, Spec(folder, config, tensors));
        return new Checkpoint(spec, Weights(spec, new WeightReader(folder, tensors)),
            [.. Enumerable.Range(0, spec.Classes).Select(i => $"{i}")], PreprocessingOf(folder, config, spec.Channels));
    }

    private static TransformerSpec Spec(string folder, JsonFile? config, TensorFolder tensors)
    {
        int[] patch = Shape(folder, tensors, $"{PatchProjection}.weight", 4), positions = Shape(folder, tensors, Positions, 3);
        int side = (int)Math.Round(Math.Sqrt(positions[1] - 1));
        if (patch[2] != patch[3] || side * side + 1 != positions[1])
            throw new InputException($"{folder}: {Positions} has {positions[1]} tokens for patches of {patch[2]} x {patch[3]}; expected a class token and a square of square patches");
        int classes = Shape(folder, tensors, $"{Head}.weight", 2)[0];
        return new TransformerSpec
        {
            Name = config?.Text("architecture") ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
            Layers = Math.Max(1, Enumerable.Range(0, MaxLayers).TakeWhile(l => tensors.Find($"blocks.{l}.attn.qkv.weight") is not null).Count()),
            Hidden = patch[0],
            Heads = Heads(folder, config, patch[0]),
            Intermediate = Shape(folder, tensors, "blocks.0.mlp.fc1.weight", 2)[0],
            ImageSize = side * patch[2],
            PatchSize = patch[2],
            Channels = patch[1],
            Classes = config?.Int("num_classes", 1, MaxSize, classes) ?? classes,
            NormEpsilon = 1e-6,
            QkvBias = tensors.Find("blocks.0.attn.qkv.bias") is not null,
        };
    }

    /// <summary>Shapes do not tell the heads; published networks up to a width of 1024 have heads of 64.</summary>
    private static int Heads(string folder, JsonFile? config, int hidden)
    {
        int known = hidden % 64 == 0 && hidden <= 1024 ? hidden / 64 : 0;
        int heads = config?.Object("model_args")?.Int("num_heads", 1, MaxSize, known) ?? known;
        return heads > 0 ? heads : throw new InputException(
            $"{folder}: the number of attention heads cannot be told from a width of {hidden}; write {{\"model_args\": {{\"num_heads\": ...}}}} into config.json");
    }

    private static int[] Shape(string folder, TensorFolder tensors, string name, int dimensions)
    {
        var entry = tensors.Find(name) ?? throw new InputException($"{folder}: tensor {name} is missing; the sizes of the network follow from it");
        return entry.Shape.Count == dimensions && entry.Shape.All(size => size is >= 1 and <= MaxSize)
            ? [.. entry.Shape.Select(size => (int)size)]
            : throw new InputException($"{folder}: {name} has shape [{string.Join(", ", entry.Shape)}]; expected {dimensions} sizes from 1 to {MaxSize}");
    }

    private static Preprocessing PreprocessingOf(string folder, JsonFile? config, int channels) =>
        Preprocessing.Find(folder, channels) ?? Preprocessing.OfTimm(folder, config?.Object("pretrained_cfg"), channels);

    private static TransformerWeights Weights(TransformerSpec spec, WeightReader reader)
    {
        int d = spec.Hidden;
        var weights = new TransformerWeights
        {
            PatchEmbedding = reader.Patches(PatchProjection, spec),
            ClassToken = reader.Take(ClassToken, 1, 1, d),
            Positions = reader.Take(Positions, 1, spec.Tokens, d),
            Encoders = [.. Enumerable.Range(0, spec.Layers).Select(l => Encoder(spec, $"blocks.{l}", reader))],
            FinalNorm = reader.Norm(FinalNorm, d),
            Head = reader.Linear(Head, d, spec.Classes),
        };
        reader.ThrowIfIncomplete();
        return weights;
    }

    private static EncoderWeights Encoder(TransformerSpec spec, string name, WeightReader reader)
    {
        int d = spec.Hidden;
        float[] weight = reader.Take($"{name}.attn.qkv.weight", 3 * d, d);
        float[]? bias = spec.QkvBias ? reader.Take($"{name}.attn.qkv.bias", 3 * d) : null;
        return new EncoderWeights
        {
            AttentionNorm = reader.Norm($"{name}.norm1", d),
            Query = Third(weight, bias, 0, d),
            Key = Third(weight, bias, 1, d),
            Value = Third(weight, bias, 2, d),
            Projection = reader.Linear($"{name}.attn.proj", d, d),
            MlpNorm = reader.Norm($"{name}.norm2", d),
            MlpIn = reader.Linear($"{name}.mlp.fc1", d, spec.Intermediate),
            MlpOut = reader.Linear($"{name}.mlp.fc2", spec.Intermediate, d),
        };
    }

    /// <summary>Query, key or value of the fused layer: its rows part * d to (part + 1) * d.</summary>
    private static Linear Third(float[] weight, float[]? bias, int part, int d) =>
        new(WeightReader.Transpose(Part(weight, part), d), bias is null ? null : Part(bias, part), d, d);

    private static float[] Part(float[] fused, int part) => fused[(fused.Length / 3 * part)..(fused.Length / 3 * (part + 1))];
}
