using Ohmformer.Files;
using Ohmformer.Models.Safetensors;

namespace Ohmformer.Models.Checkpoints;

/// <summary>
/// Names of timm's vision transformers (timm, models/vision_transformer.py), also those of DeiT with and without distillation
/// (models/deit.py), and of LV-ViT (Jiang et al.: All tokens matter, arXiv:2104.10858; package tlt). Sizes follow from shapes.
/// </summary>
internal static class TimmVit
{
    private const string PatchProjection = "patch_embed.proj", Positions = "pos_embed", ClassToken = "cls_token", DistillationToken = "dist_token",
        FinalNorm = "norm", MeanNorm = "fc_norm", Head = "head", DistillationHead = "head_dist", PatchHead = "aux_head", StemConvolution = "patch_embed.conv", StemNorm = "patch_embed.bn";

    /// <summary>Epsilon of batch normalization in PyTorch.</summary>
    private const double BatchNormEpsilon = 1e-5;

    /// <summary>Epsilon of layer normalization in LV-ViT.</summary>
    private const double StemNormEpsilon = 1e-5;

    private const int MaxSize = HuggingFaceConfig.MaxSize;

    /// <summary>Whether tensors have timm's names.</summary>
    public static bool Recognizes(TensorFolder tensors) => tensors.Find($"{PatchProjection}.weight") is not null;

    /// <summary>Reads a model folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="config">timm's config.json, or null.</param>
    /// <param name="tensors">The tensors.</param>
    /// <exception cref="InputException">The folder cannot be used.</exception>
    public static Checkpoint Load(string folder, JsonFile? config, TensorFolder tensors)
    {
        var spec = Checkpoint.Checked(folder, config, Spec(folder, config, tensors));
        return new Checkpoint(spec, Weights(spec, new WeightReader(folder, tensors), SkipScale(folder, config, tensors)),
            Labels(config, spec.Classes), PreprocessingOf(folder, config, ((ImageInput)spec.Input).Channels));
    }

    /// <summary>Whether a network is an LV-ViT, with or without answers of its patches.</summary>
    public static bool Fits(TransformerSpec spec) => spec is { Input: ImageInput { ClassTokens: 1, StemChannels: > 0 } input, Pooling: Pooling.DenseMax or Pooling.FirstToken } && spec == new TransformerSpec
    {
        Name = spec.Name,
        Input = input,
        Layers = spec.Layers,
        Hidden = spec.Hidden,
        Heads = spec.Heads,
        Intermediate = spec.Intermediate,
        Classes = spec.Classes,
        NormEpsilon = StemNormEpsilon,
        QkvBias = spec.QkvBias,
        Pooling = spec.Pooling,
        Reuse = spec.Reuse,
    };

    /// <summary>
    /// The weights of an LV-ViT by its names and in PyTorch's layout. What was folded when they were read stays folded: normalizations of the stem become the identity, and
    /// skip_lam becomes 1.
    /// </summary>
    public static IReadOnlyList<NamedTensor> Tensors(TransformerSpec spec, TransformerWeights weights)
    {
        var writer = new WeightWriter();
        int d = spec.Hidden;
        var image = (ImageInput)spec.Input;
        foreach (var (i, shape) in image.Stem.Index()) WriteStemLayer(writer, i + 1, weights.Stem[i], shape);
        writer.Convolution(PatchProjection, weights.Embedding!, image.Patching(d));
        writer.Add(ClassToken, weights.ClassTokens, 1, 1, d);
        writer.Add(Positions, weights.Positions!, 1, spec.Tokens, d);
        foreach (var (l, encoder) in weights.Encoders.Index())
        {
            string name = $"blocks.{l}";
            writer.Norm($"{name}.norm1", encoder.AttentionNorm);
            writer.Rows($"{name}.attn.qkv", encoder.Query, encoder.Key, encoder.Value);
            writer.Transformation(name, encoder.Transformation);
            writer.Linear($"{name}.attn.proj", encoder.Projection);
            writer.Norm($"{name}.norm2", encoder.MlpNorm);
            writer.Linear($"{name}.mlp.fc1", encoder.MlpIn);
            writer.Linear($"{name}.mlp.fc2", encoder.MlpOut);
        }
        writer.Norm(FinalNorm, weights.FinalNorm);
        writer.Linear(Head, weights.Head);
        writer.Linear(PatchHead, weights.SecondHead);
        return writer.Tensors;
    }

    /// <summary>The content of config.json, in timm's form.</summary>
    public static object Config(TransformerSpec spec, IReadOnlyList<string> labels) => new
    {
        architecture = spec.Name,
        num_classes = spec.Classes,
        label_names = labels,
        model_args = new { num_heads = spec.Heads, skip_lam = 1.0 },
        attention_reuse = ReuseConfig.Write(spec.Reuse),
    };

    private static bool HasStem(TensorFolder tensors) => tensors.Find($"{StemConvolution}1.weight") is not null;

    private static TransformerSpec Spec(string folder, JsonFile? config, TensorFolder tensors)
    {
        var input = Input(folder, tensors);
        int hidden = Shape(folder, tensors, $"{PatchProjection}.weight", 4)[0], classes = Shape(folder, tensors, $"{Head}.weight", 2)[0];
        return new TransformerSpec
        {
            Name = config?.Text("architecture") ?? HuggingFaceConfig.NameOf(folder),
            Input = input,
            Layers = Math.Max(1, Enumerable.Range(0, HuggingFaceConfig.MaxLayers).TakeWhile(l => tensors.Find($"blocks.{l}.norm2.weight") is not null).Count()),
            Hidden = hidden,
            Heads = Heads(folder, config, hidden),
            Intermediate = Shape(folder, tensors, "blocks.0.mlp.fc1.weight", 2)[0],
            Classes = config?.Int("num_classes", 1, MaxSize, classes) ?? classes,
            NormEpsilon = input.StemChannels > 0 ? StemNormEpsilon : 1e-6,
            QkvBias = tensors.Find("blocks.0.attn.qkv.bias") is not null,
            Pooling = tensors.Find($"{DistillationHead}.weight") is not null ? Pooling.Distilled
                : tensors.Find($"{PatchHead}.weight") is not null ? Pooling.DenseMax
                : tensors.Find($"{MeanNorm}.weight") is not null ? Pooling.Mean : Pooling.FirstToken,
        };
    }

    private static ImageInput Input(string folder, TensorFolder tensors)
    {
        int[] patch = Shape(folder, tensors, $"{PatchProjection}.weight", 4), positions = Shape(folder, tensors, Positions, 3);
        int classTokens = tensors.Find(DistillationToken) is null ? 1 : 2, side = (int)Math.Round(Math.Sqrt(Math.Max(0, positions[1] - classTokens)));
        if (patch[2] != patch[3] || side * side + classTokens != positions[1])
            throw new InputException($"{folder}: {Positions} has {positions[1]} tokens for patches of {patch[2]} x {patch[3]}; expected {(classTokens == 1 ? "a class token" : "a class and a distillation token")} and a square of square patches");
        if (!HasStem(tensors)) return new() { Size = side * patch[2], PatchSize = patch[2], Channels = patch[1], ClassTokens = classTokens };
        int patchSize = 2 * patch[2];
        return new() { Size = side * patchSize, PatchSize = patchSize, Channels = Shape(folder, tensors, $"{StemConvolution}1.weight", 4)[1], ClassTokens = classTokens, StemChannels = patch[1] };
    }

    /// <summary>Shapes do not tell the heads; published networks up to a width of 1024 have heads of 64.</summary>
    private static int Heads(string folder, JsonFile? config, int hidden)
    {
        int known = hidden % 64 == 0 && hidden <= 1024 ? hidden / 64 : 0;
        int heads = config?.Object("model_args")?.Int("num_heads", 1, MaxSize, known) ?? known;
        return heads > 0 ? heads : throw new InputException(
            $"{folder}: the number of attention heads cannot be told from a width of {hidden}; write {{\"model_args\": {{\"num_heads\": ...}}}} into config.json");
    }

    /// <summary>LV-ViT divides what a block adds to the stream by skip_lam; which, its tensors do not tell.</summary>
    private static float SkipScale(string folder, JsonFile? config, TensorFolder tensors)
    {
        var arguments = config?.Object("model_args");
        double skip = arguments?.Number("skip_lam", 0) ?? 0;
        if (skip < 0) throw arguments!.Unknown("skip_lam", ["the positive numbers, such as 2"]);
        if (skip == 0 && HasStem(tensors))
            throw new InputException($"{folder}: LV-ViT's factor of the residuals cannot be told from the tensors; write {{\"model_args\": {{\"skip_lam\": ...}}}} into config.json: 1 for LV-ViT-T, 2 for S and M, 3 for L");
        return skip == 0 ? 1 : (float)(1 / skip);
    }

    private static IReadOnlyList<string> Labels(JsonFile? config, int classes)
    {
        if (config?.TextList("label_names") is not { } names) return HuggingFaceConfig.Numbered(classes);
        return names.Length == classes ? names : throw config.Wrong("label_names", $"a list of {classes} names, one for each class");
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

    private static TransformerWeights Weights(TransformerSpec spec, WeightReader reader, float skipScale)
    {
        int d = spec.Hidden;
        var image = (ImageInput)spec.Input;
        var weights = new TransformerWeights
        {
            Stem = [.. image.Stem.Select((shape, i) => StemLayer(i + 1, shape, reader))],
            Embedding = reader.Convolution(PatchProjection, image.Patching(d)),
            ClassTokens = [.. reader.Take(ClassToken, 1, 1, d), .. image.ClassTokens == 2 ? reader.Take(DistillationToken, 1, 1, d) : []],
            Positions = reader.Take(Positions, 1, spec.Tokens, d),
            Encoders = [.. Enumerable.Range(0, spec.Layers).Select(l => Encoder(spec, l, $"blocks.{l}", reader, skipScale))],
            FinalNorm = reader.Norm(spec.Pooling == Pooling.Mean ? MeanNorm : FinalNorm, d),
            Head = reader.Linear(Head, d, spec.Classes),
            SecondHead = spec.HasSecondHead ? reader.Linear(spec.Pooling == Pooling.Distilled ? DistillationHead : PatchHead, d, spec.Classes) : null,
        };
        reader.ThrowIfIncomplete();
        return weights;
    }

    private static EncoderWeights Encoder(TransformerSpec spec, int layer, string name, WeightReader reader, float skipScale)
    {
        int d = spec.Hidden;
        var fused = spec.Reuses(layer) ? null : reader.Rows($"{name}.attn.qkv", d, d, parts: 3, spec.QkvBias);
        return new EncoderWeights
        {
            AttentionNorm = spec.HasAttentionNorm(layer) ? reader.Norm($"{name}.norm1", d) : null,
            Query = fused?[0],
            Key = fused?[1],
            Value = fused?[2],
            Transformation = reader.Transformation(spec, layer, name),
            Projection = spec.HasProjection(layer) ? Scaled(reader.Linear($"{name}.attn.proj", d, d), skipScale) : null,
            MlpNorm = reader.Norm($"{name}.norm2", d),
            MlpIn = reader.Linear($"{name}.mlp.fc1", d, spec.Intermediate),
            MlpOut = Scaled(reader.Linear($"{name}.mlp.fc2", spec.Intermediate, d), skipScale),
        };
    }

    /// <summary>A convolution without bias, with the batch normalization behind it folded into it.</summary>
    private static Linear StemLayer(int number, Convolution shape, WeightReader reader)
    {
        var layer = reader.Convolution($"{StemConvolution}{number}", shape, bias: false);
        var norm = reader.Norm($"{StemNorm}{number}", shape.Outputs);
        float[] mean = reader.Take($"{StemNorm}{number}.running_mean", shape.Outputs), variance = reader.Take($"{StemNorm}{number}.running_var", shape.Outputs);
        if (layer.Weight.Length == 0 || norm.Gain.Length == 0 || norm.Bias!.Length == 0 || mean.Length == 0 || variance.Length == 0) return layer;
        double[] scale = [.. norm.Gain.Select((gain, n) => gain / Math.Sqrt(variance[n] + BatchNormEpsilon))];
        return layer with
        {
            Weight = [.. layer.Weight.Select((w, i) => (float)(w * scale[i % shape.Outputs]))],
            Bias = [.. norm.Bias.Select((bias, n) => (float)(bias - mean[n] * scale[n]))],
        };
    }

    /// <summary>The layer as it is, before a normalization that changes no bit: the reader's factor 1 / sqrt(variance + epsilon) lies within 2^-26 of 1, less than half a step of any number.</summary>
    private static void WriteStemLayer(WeightWriter writer, int number, Linear layer, Convolution shape)
    {
        string norm = $"{StemNorm}{number}";
        int channels = shape.Outputs;
        writer.Convolution($"{StemConvolution}{number}", layer with { Bias = null }, shape);
        writer.Norm(norm, new(Filled(1), layer.Bias));
        writer.Add($"{norm}.running_mean", new float[channels], channels);
        writer.Add($"{norm}.running_var", Filled((float)(1 - BatchNormEpsilon)), channels);

        float[] Filled(float value) => [.. Enumerable.Repeat(value, channels)];
    }

    private static Linear Scaled(Linear layer, float scale) => scale == 1 ? layer : layer with
    {
        Weight = [.. layer.Weight.Select(w => w * scale)],
        Bias = [.. layer.Bias!.Select(b => b * scale)],
    };
}
