using Ohmformer.Mapping;

namespace Ohmformer.Models;

/// <summary>
/// Names and noise keys of every matrix product of a transformer. The forward pass and the workload description take
/// them from here, so simulated and predicted activity meet under one name.
/// </summary>
public sealed class TransformerSites
{
    private const int ProductsPerEncoder = 8, StemProducts = 3;

    /// <summary>Names the products of a network.</summary>
    /// <param name="layers">Number of encoders.</param>
    public TransformerSites(int layers)
    {
        int head = 1 + ProductsPerEncoder * layers, stem = head + 3, gates = stem + StemProducts;
        Embedding = new("embedding", LayerClass.Embedding, 0);
        Encoders = [.. Enumerable.Range(0, layers).Select(l => new EncoderSites($"encoder.{l}", 1 + ProductsPerEncoder * l, gates + l, gates + layers + l))];
        Head = new("head", LayerClass.Head, head);
        SecondHead = new("head.second", LayerClass.Head, head + 1);
        Pooler = new("pooler", LayerClass.Head, head + 2);
        Stem = [.. Enumerable.Range(0, StemProducts).Select(i => new ProductSite($"stem.{i}", LayerClass.Embedding, stem + i))];
    }

    /// <summary>Convolutions before the patches.</summary>
    public IReadOnlyList<ProductSite> Stem { get; }

    /// <summary>Embedding of patches or frames.</summary>
    public ProductSite Embedding { get; }

    /// <summary>The encoders in order.</summary>
    public IReadOnlyList<EncoderSites> Encoders { get; }

    /// <summary>Layer before the head.</summary>
    public ProductSite Pooler { get; }

    /// <summary>Classifier or language-model head.</summary>
    public ProductSite Head { get; }

    /// <summary>Classifier on the distillation token, or on patches.</summary>
    public ProductSite SecondHead { get; }
}

/// <summary>Names and noise keys of the matrix products of one encoder.</summary>
/// <param name="Name">Name of the encoder, for example "encoder.3".</param>
/// <param name="FirstId">Noise key of its first product.</param>
/// <param name="GateId">Noise key of its gate.</param>
/// <param name="TransformationId">Noise key of its transformation block.</param>
public sealed record EncoderSites(string Name, int FirstId, int GateId, int TransformationId)
{
    /// <summary>Query projection.</summary>
    public ProductSite Query { get; } = new($"{Name}.query", LayerClass.QueryKeyValue, FirstId);

    /// <summary>Key projection.</summary>
    public ProductSite Key { get; } = new($"{Name}.key", LayerClass.QueryKeyValue, FirstId + 1);

    /// <summary>Value projection.</summary>
    public ProductSite Value { get; } = new($"{Name}.value", LayerClass.QueryKeyValue, FirstId + 2);

    /// <summary>Q K^T, all heads.</summary>
    public ProductSite Scores { get; } = new($"{Name}.scores", LayerClass.Scores, FirstId + 3);

    /// <summary>Probabilities times V, all heads.</summary>
    public ProductSite Context { get; } = new($"{Name}.context", LayerClass.Context, FirstId + 4);

    /// <summary>Transformation of an earlier encoder's attention.</summary>
    public ProductSite Transformation { get; } = new($"{Name}.transformation", LayerClass.Transformation, TransformationId);

    /// <summary>Output projection of attention.</summary>
    public ProductSite Projection { get; } = new($"{Name}.projection", LayerClass.Projection, FirstId + 5);

    /// <summary>The feed-forward layer whose activation multiplies the first.</summary>
    public ProductSite MlpGate { get; } = new($"{Name}.mlp.gate", LayerClass.Mlp, GateId);

    /// <summary>First feed-forward layer.</summary>
    public ProductSite MlpIn { get; } = new($"{Name}.mlp.in", LayerClass.Mlp, FirstId + 6);

    /// <summary>Second feed-forward layer.</summary>
    public ProductSite MlpOut { get; } = new($"{Name}.mlp.out", LayerClass.Mlp, FirstId + 7);
}
