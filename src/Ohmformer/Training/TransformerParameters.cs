using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>One matrix or vector among the parameters.</summary>
/// <param name="Name">Such as <c>encoder.0.query.weight</c>.</param>
/// <param name="Rows">Rows; 1 for a vector.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Offset">Index of the first element among all parameters.</param>
/// <param name="Decays">Whether weight decay applies: to the weights of linear layers, not to biases, norms and embeddings.</param>
/// <param name="Deviation">Standard deviation of the initial values.</param>
/// <param name="Center">Mean of the initial values.</param>
/// <param name="Reading">Encoders before that read the same elements, where several share their weights.</param>
public sealed record ParameterBlock(string Name, int Rows, int Columns, int Offset, bool Decays, double Deviation, float Center, int Reading = 0)
{
    /// <summary>Number of elements.</summary>
    public int Length => Rows * Columns;
}

/// <summary>All parameters of a transformer as one array, so that optimizer, clipping and checkpoints see plain numbers.</summary>
public sealed class TransformerParameters
{
    private const double EmbeddingDeviation = 0.02;

    private readonly Dictionary<string, ParameterBlock> _byName = [];
    private readonly List<ParameterBlock> _blocks = [];

    /// <summary>Lays out the parameters of a network.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="sharedEncoders">
    /// Neighboring encoders that share all their weights (Zhang et al.: MiniViT, arXiv:2204.07154); the last group may have fewer. Their gradients
    /// add up, because they are the same parameters.
    /// </param>
    /// <exception cref="InputException">
    /// It has no encoder that is said to reuse attention, not as many encoders as are to share weights, shares weights and reuses attention, or has no class token to
    /// rank the tokens that are to drop out.
    /// </exception>
    public TransformerParameters(TransformerSpec spec, int sharedEncoders = 1)
    {
        spec.Reuse?.Check(spec.Layers);
        TokenSelection.Check(spec);
        CheckSharing(spec, sharedEncoders);
        (Spec, SharedEncoders) = (spec, sharedEncoders);
        DeclareInput();
        for (int layer = 0; layer < spec.Layers; layer++)
            if (layer % sharedEncoders == 0) DeclareEncoder(layer);
            else ShareEncoder(layer, layer % sharedEncoders);
        if (spec.NormPosition == NormPosition.Pre) DeclareNorm("finalNorm", spec.Hidden);
        if (spec.Pooler is not null) DeclareLinear("pooler", spec.Hidden, spec.Hidden);
        if (!spec.TiedHead) DeclareLinear("head", spec.Hidden, spec.Classes, spec.HeadBias);
        else if (spec.HeadBias) Declare("head.bias", 1, spec.Classes, deviation: 0);
        if (spec.HasSecondHead) DeclareLinear("secondHead", spec.Hidden, spec.Classes, spec.HeadBias);
    }

    /// <summary>The network.</summary>
    public TransformerSpec Spec { get; }

    /// <summary>Neighboring encoders that share all their weights; 1 where none do.</summary>
    public int SharedEncoders { get; }

    /// <summary>Number of parameters; those that encoders share count once.</summary>
    public int Count { get; private set; }

    /// <summary>The blocks in the order of their elements; those that encoders share stand once, under the name of the first.</summary>
    public IReadOnlyList<ParameterBlock> Blocks => _blocks;

    /// <summary>Whether there is a block of this name.</summary>
    public bool Has(string name) => _byName.ContainsKey(name);

    /// <summary>The block of a name.</summary>
    public ParameterBlock this[string name] => _byName[name];

    /// <summary>The first 16 hexadecimal digits of the SHA-256 of a model's parameters, to tell its weights from others.</summary>
    /// <param name="model">The model.</param>
    internal static string Fingerprint(Checkpoint model) =>
        Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<float>(new TransformerParameters(model.Spec).FromWeights(model.Weights))))[..16];

    /// <summary>
    /// Initial values: linear layers normal with variance 2 / (inputs + outputs) (Glorot and Bengio, AISTATS 2010), those that
    /// end on the residual stream divided by sqrt(2 layers) (Radford et al.: GPT-2, 2019), embeddings normal with deviation
    /// 0.02, biases 0, gains 1.
    /// </summary>
    /// <param name="seed">Seed of the training.</param>
    /// <param name="initialization">What attention and positions start from.</param>
    /// <exception cref="NotSupportedException">The initialization does not suit the network.</exception>
    public float[] Initialize(ulong seed, Initialization initialization = Initialization.Glorot)
    {
        var values = new float[Count];
        for (int b = 0; b < _blocks.Count; b++)
        {
            var block = _blocks[b];
            var random = new RandomStream(new NoiseKey(seed, NoisePurpose.Initialization, b));
            foreach (ref float value in values.AsSpan(block.Offset, block.Length))
                value = block.Deviation == 0 ? block.Center : block.Center + (float)(block.Deviation * random.NextNormal());
        }
        if (initialization == Initialization.Mimetic) new MimeticInitialization(this, seed).Apply(values);
        return values;
    }

    /// <summary>Copies the parameters into the form that inference and files use.</summary>
    /// <param name="values">All parameters.</param>
    public TransformerWeights ToWeights(ReadOnlySpan<float> values)
    {
        var encoders = new EncoderWeights[Spec.Layers];
        for (int layer = 0; layer < encoders.Length; layer++) encoders[layer] = EncoderOf(values, $"encoder.{layer}.");
        var stem = new Linear[Stem.Length];
        for (int i = 0; i < stem.Length; i++) stem[i] = LinearOf(values, StemName(i))!;
        return new TransformerWeights
        {
            Stem = stem,
            Embedding = LinearOf(values, "embedding"),
            TokenTable = Copy(values, "tokens"),
            SegmentTable = Copy(values, "segments"),
            ClassTokens = Copy(values, "classTokens") ?? [],
            Positions = Copy(values, "positions"),
            EmbeddingNorm = NormOf(values, "embeddingNorm"),
            Encoders = encoders,
            FinalNorm = NormOf(values, "finalNorm"),
            Pooler = LinearOf(values, "pooler"),
            Head = LinearOf(values, "head") ?? TiedHead(values),
            SecondHead = LinearOf(values, "secondHead"),
        };
    }

    /// <summary>The opposite of <see cref="ToWeights"/>: the parameters that a published or earlier network starts from. Encoders that share theirs take those of the first.</summary>
    /// <param name="weights">Weights of a network of this kind and size.</param>
    /// <exception cref="ArgumentException">The weights are those of another network.</exception>
    public float[] FromWeights(TransformerWeights weights)
    {
        var values = new float[Count];
        int stored = 0;
        foreach (var (i, layer) in weights.Stem.Index()) Store(StemName(i), layer);
        Store("embedding", weights.Embedding);
        StoreArray("tokens", weights.TokenTable);
        StoreArray("segments", weights.SegmentTable);
        StoreArray("classTokens", weights.ClassTokens is { Length: > 0 } tokens ? tokens : null);
        StoreArray("positions", weights.Positions);
        StoreNorm("embeddingNorm", weights.EmbeddingNorm);
        for (int layer = 0; layer < weights.Encoders.Count; layer++)
        {
            var (name, encoder) = ($"encoder.{layer}.", weights.Encoders[layer]);
            StoreNorm(name + "attentionNorm", encoder.AttentionNorm);
            Store(name + "query", encoder.Query);
            Store(name + "key", encoder.Key);
            Store(name + "value", encoder.Value);
            StoreNorm(name + "transformationNorm", encoder.Transformation?.Norm);
            Store(name + "transformation", encoder.Transformation?.Linear);
            Store(name + "projection", encoder.Projection);
            StoreNorm(name + "mlpNorm", encoder.MlpNorm);
            Store(name + "mlpGate", encoder.MlpGate);
            Store(name + "mlpIn", encoder.MlpIn);
            Store(name + "mlpOut", encoder.MlpOut);
        }
        StoreNorm("finalNorm", weights.FinalNorm);
        Store("pooler", weights.Pooler);
        if (Spec.TiedHead) StoreArray("head.bias", weights.Head.Bias);
        else Store("head", weights.Head);
        Store("secondHead", weights.SecondHead);
        if (stored != _byName.Count) throw new ArgumentException($"The weights have {stored} of the {_byName.Count} blocks of {Spec.Name}.", nameof(weights));
        return values;

        void Store(string name, Linear? layer)
        {
            StoreArray(name + ".weight", layer?.Weight);
            StoreArray(name + ".bias", layer?.Bias);
        }

        void StoreNorm(string name, Norm? norm)
        {
            StoreArray(name + ".gain", norm?.Gain);
            StoreArray(name + ".bias", norm?.Bias);
        }

        void StoreArray(string name, float[]? array)
        {
            if (array is null) return;
            if (!_byName.TryGetValue(name, out var block) || block.Length != array.Length)
                throw new ArgumentException($"{Spec.Name} has no {name} of {array.Length} elements.", nameof(weights));
            if (block.Reading == 0) array.CopyTo(values, block.Offset);
            stored++;
        }
    }

    private Convolution[] Stem => Spec.Input is ImageInput image ? image.Stem : [];

    /// <summary>Name of a convolution of the stem, without ".weight" and ".bias".</summary>
    internal static string StemName(int index) => $"stem.{index}";

    private static void CheckSharing(TransformerSpec spec, int sharedEncoders)
    {
        if (sharedEncoders < 1 || sharedEncoders > spec.Layers)
            throw new InputException($"sharedEncoders is {sharedEncoders}, but {spec.Name} has {spec.Layers} encoders; choose 1 to {spec.Layers}.");
        if (sharedEncoders > 1 && spec.Reuse is not null)
            throw new InputException($"sharedEncoders is {sharedEncoders}, but {spec.Name} reuses attention, so its encoders have different weights; leave it out, or start from the network that {spec.Name} was made of.");
    }

    private void DeclareInput()
    {
        int d = Spec.Hidden;
        switch (Spec.Input)
        {
            case ImageInput image:
                foreach (var (i, shape) in Stem.Index()) DeclareLinear(StemName(i), shape.Inputs, shape.Outputs);
                DeclareLinear("embedding", image.PatchInputs, d);
                break;
            case FeatureInput features: DeclareLinear("embedding", features.Features, d); break;
            case TokenInput text:
                Declare("tokens", text.Vocabulary, d, EmbeddingDeviation);
                if (text.Segments > 0) Declare("segments", text.Segments, d, EmbeddingDeviation);
                break;
            default: throw new NotSupportedException($"{Spec.Name} reads {Spec.Input.GetType().Name}, for which there is no training.");
        }
        if (Spec.Input.ClassTokens > 0) Declare("classTokens", Spec.Input.ClassTokens, d, EmbeddingDeviation);
        if (!Spec.IsRotary) Declare("positions", Spec.Tokens, d, EmbeddingDeviation);
        if (Spec.Input is TokenInput { Normalized: true }) DeclareNorm("embeddingNorm", d);
    }

    private void DeclareEncoder(int layer)
    {
        string name = $"encoder.{layer}.";
        int d = Spec.Hidden, inner = Spec.Intermediate;
        if (Spec.HasAttentionNorm(layer)) DeclareNorm(name + "attentionNorm", d);
        if (!Spec.Reuses(layer))
        {
            DeclareLinear(name + "query", d, Spec.QueryWidth, Spec.QkvBias);
            DeclareLinear(name + "key", d, Spec.KeyValueWidth, Spec.QkvBias);
            DeclareLinear(name + "value", d, Spec.KeyValueWidth, Spec.QkvBias);
        }
        else if (Spec.Reuse!.StandIn == AttentionStandIn.Transformation)
        {
            DeclareNorm(name + "transformationNorm", Spec.QueryWidth);
            DeclareLinear(name + "transformation", Spec.QueryWidth, Spec.QueryWidth);
        }
        if (Spec.HasProjection(layer)) DeclareLinear(name + "projection", Spec.QueryWidth, d, Spec.ProjectionBias, ontoResidual: true);
        DeclareNorm(name + "mlpNorm", d);
        if (Spec.GatedMlp) DeclareLinear(name + "mlpGate", d, inner, Spec.MlpBias);
        DeclareLinear(name + "mlpIn", d, inner, Spec.MlpBias);
        DeclareLinear(name + "mlpOut", inner, d, Spec.MlpBias, ontoResidual: true);
    }

    // The encoder reads what the first of its group has declared.
    private void ShareEncoder(int layer, int reading)
    {
        string first = $"encoder.{layer - reading}.";
        foreach (var block in _blocks.FindAll(b => b.Name.StartsWith(first, StringComparison.Ordinal)))
        {
            string name = $"encoder.{layer}.{block.Name[first.Length..]}";
            _byName.Add(name, block with { Name = name, Reading = reading });
        }
    }

    private void DeclareNorm(string name, int width)
    {
        Declare(name + ".gain", 1, width, deviation: 0, center: 1);
        if (Spec.Norm == NormKind.Layer) Declare(name + ".bias", 1, width, deviation: 0);
    }

    private void DeclareLinear(string name, int inputs, int outputs, bool bias = true, bool ontoResidual = false)
    {
        double deviation = Math.Sqrt(2.0 / (inputs + outputs)) / (ontoResidual ? Math.Sqrt(2 * Spec.Layers) : 1);
        Declare(name + ".weight", inputs, outputs, deviation, decays: true);
        if (bias) Declare(name + ".bias", 1, outputs, deviation: 0);
    }

    private void Declare(string name, int rows, int columns, double deviation, float center = 0, bool decays = false)
    {
        var block = new ParameterBlock(name, rows, columns, Count, decays, deviation, center);
        _blocks.Add(block);
        _byName.Add(name, block);
        Count = checked(Count + block.Length);
    }

    private EncoderWeights EncoderOf(ReadOnlySpan<float> values, string name) => new()
    {
        AttentionNorm = NormOf(values, name + "attentionNorm"),
        Query = LinearOf(values, name + "query"),
        Key = LinearOf(values, name + "key"),
        Value = LinearOf(values, name + "value"),
        Transformation = LinearOf(values, name + "transformation") is { } linear ? new(NormOf(values, name + "transformationNorm")!, linear) : null,
        Projection = LinearOf(values, name + "projection"),
        MlpNorm = NormOf(values, name + "mlpNorm")!,
        MlpGate = LinearOf(values, name + "mlpGate"),
        MlpIn = LinearOf(values, name + "mlpIn")!,
        MlpOut = LinearOf(values, name + "mlpOut")!,
    };

    private float[]? Copy(ReadOnlySpan<float> values, string name) =>
        _byName.TryGetValue(name, out var block) ? values.Slice(block.Offset, block.Length).ToArray() : null;

    private Norm? NormOf(ReadOnlySpan<float> values, string name) =>
        Copy(values, name + ".gain") is { } gain ? new Norm(gain, Copy(values, name + ".bias")) : null;

    private Linear? LinearOf(ReadOnlySpan<float> values, string name) => _byName.TryGetValue(name + ".weight", out var block)
        ? new Linear(Copy(values, block.Name)!, Copy(values, name + ".bias"), block.Rows, block.Columns)
        : null;

    // The embeddings of the tokens, transposed.
    private Linear TiedHead(ReadOnlySpan<float> values)
    {
        int d = Spec.Hidden, classes = Spec.Classes;
        var table = values.Slice(_byName["tokens"].Offset, classes * d);
        var weight = new float[d * classes];
        for (int n = 0; n < classes; n++)
            for (int k = 0; k < d; k++) weight[k * classes + n] = table[n * d + k];
        return new Linear(weight, Copy(values, "head.bias"), d, classes);
    }
}
