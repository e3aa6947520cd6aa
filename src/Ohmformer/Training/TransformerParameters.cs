using Ohmformer.Models;
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
public sealed record ParameterBlock(string Name, int Rows, int Columns, int Offset, bool Decays, double Deviation, float Center)
{
    /// <summary>Number of elements.</summary>
    public int Length => Rows * Columns;
}

/// <summary>All parameters of a vision transformer as one array, so that optimizer, clipping and checkpoints see plain numbers.</summary>
public sealed class TransformerParameters
{
    private const double EmbeddingDeviation = 0.02;

    private readonly Dictionary<string, ParameterBlock> _byName = [];
    private readonly List<ParameterBlock> _blocks = [];

    /// <summary>Lays out the parameters of a network.</summary>
    /// <exception cref="NotSupportedException">It is not a pre-LN vision transformer with a class token, GELU and a classifier on that token.</exception>
    public TransformerParameters(TransformerSpec spec)
    {
        Spec = spec;
        Image = spec.Input as ImageInput ?? throw new NotSupportedException("Only vision transformers can be trained.");
        if (spec != Trainable(spec)) throw new NotSupportedException($"Training of this kind of transformer is not supported: {spec}");
        int d = spec.Hidden;
        DeclareLinear("patches", Image.PatchInputs, d);
        Declare("classToken", 1, d, EmbeddingDeviation);
        Declare("positions", spec.Tokens, d, EmbeddingDeviation);
        for (int layer = 0; layer < spec.Layers; layer++)
        {
            string encoder = $"encoder.{layer}.";
            DeclareNorm(encoder + "attentionNorm");
            foreach (string name in (string[])["query", "key", "value"]) DeclareLinear(encoder + name, d, d, bias: spec.QkvBias);
            DeclareLinear(encoder + "projection", d, d, ontoResidual: true);
            DeclareNorm(encoder + "mlpNorm");
            DeclareLinear(encoder + "mlpIn", d, spec.Intermediate);
            DeclareLinear(encoder + "mlpOut", spec.Intermediate, d, ontoResidual: true);
        }
        DeclareNorm("finalNorm");
        DeclareLinear("head", d, spec.Classes);
    }

    /// <summary>The network.</summary>
    public TransformerSpec Spec { get; }

    /// <summary>What it reads.</summary>
    internal ImageInput Image { get; }

    /// <summary>Number of parameters.</summary>
    public int Count { get; private set; }

    /// <summary>The blocks in the order of their elements.</summary>
    public IReadOnlyList<ParameterBlock> Blocks => _blocks;

    /// <summary>Whether there is a block of this name.</summary>
    public bool Has(string name) => _byName.ContainsKey(name);

    /// <summary>The block of a name.</summary>
    public ParameterBlock this[string name] => _byName[name];

    /// <summary>
    /// Initial values: linear layers normal with variance 2 / (inputs + outputs) (Glorot and Bengio, AISTATS 2010), those that
    /// end on the residual stream divided by sqrt(2 layers) (Radford et al.: GPT-2, 2019), embeddings normal with deviation
    /// 0.02, biases 0, gains 1.
    /// </summary>
    /// <param name="seed">Seed of the training.</param>
    public float[] Initialize(ulong seed)
    {
        var values = new float[Count];
        for (int b = 0; b < _blocks.Count; b++)
        {
            var block = _blocks[b];
            var random = new RandomStream(new NoiseKey(seed, NoisePurpose.Initialization, b));
            foreach (ref float value in values.AsSpan(block.Offset, block.Length))
                value = block.Deviation == 0 ? block.Center : block.Center + (float)(block.Deviation * random.NextNormal());
        }
        return values;
    }

    /// <summary>Copies the parameters into the form that inference and files use.</summary>
    /// <param name="values">All parameters.</param>
    public TransformerWeights ToWeights(ReadOnlySpan<float> values)
    {
        var encoders = new EncoderWeights[Spec.Layers];
        for (int layer = 0; layer < encoders.Length; layer++)
        {
            string encoder = $"encoder.{layer}.";
            encoders[layer] = new EncoderWeights
            {
                AttentionNorm = NormOf(values, encoder + "attentionNorm"),
                Query = LinearOf(values, encoder + "query"),
                Key = LinearOf(values, encoder + "key"),
                Value = LinearOf(values, encoder + "value"),
                Projection = LinearOf(values, encoder + "projection"),
                MlpNorm = NormOf(values, encoder + "mlpNorm"),
                MlpIn = LinearOf(values, encoder + "mlpIn"),
                MlpOut = LinearOf(values, encoder + "mlpOut"),
            };
        }
        return new TransformerWeights
        {
            Embedding = LinearOf(values, "patches"),
            ClassTokens = Copy(values, "classToken"),
            Positions = Copy(values, "positions"),
            Encoders = encoders,
            FinalNorm = NormOf(values, "finalNorm"),
            Head = LinearOf(values, "head"),
        };
    }

    /// <summary>The network of these sizes that can be trained.</summary>
    private static TransformerSpec Trainable(TransformerSpec spec) => new()
    {
        Name = spec.Name,
        Input = (ImageInput)spec.Input with { ClassTokens = 1, StemChannels = 0 },
        Layers = spec.Layers,
        Hidden = spec.Hidden,
        Heads = spec.Heads,
        Intermediate = spec.Intermediate,
        Classes = spec.Classes,
        NormEpsilon = spec.NormEpsilon,
        QkvBias = spec.QkvBias,
    };

    private float[] Copy(ReadOnlySpan<float> values, string name) => values.Slice(_byName[name].Offset, _byName[name].Length).ToArray();

    private Norm NormOf(ReadOnlySpan<float> values, string name) => new(Copy(values, name + ".gain"), Copy(values, name + ".bias"));

    private Linear LinearOf(ReadOnlySpan<float> values, string name)
    {
        var weight = _byName[name + ".weight"];
        return new Linear(Copy(values, weight.Name), Has(name + ".bias") ? Copy(values, name + ".bias") : null, weight.Rows, weight.Columns);
    }

    private void DeclareNorm(string name)
    {
        Declare(name + ".gain", 1, Spec.Hidden, deviation: 0, center: 1);
        Declare(name + ".bias", 1, Spec.Hidden, deviation: 0);
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
}
