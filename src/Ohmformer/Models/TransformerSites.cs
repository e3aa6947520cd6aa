using Ohmformer.Mapping;

namespace Ohmformer.Models;

/// <summary>
/// Names and noise keys of every matrix product of a vision transformer. The forward pass and the workload description take
/// them from here, so simulated and predicted activity meet under one name.
/// </summary>
public sealed class TransformerSites
{
    private const int ProductsPerEncoder = 8;

    /// <summary>Names the products of a network.</summary>
    /// <param name="layers">Number of encoders.</param>
    public TransformerSites(int layers)
    {
        PatchEmbedding = new("embedding", LayerClass.Embedding, 0);
        Encoders = [.. Enumerable.Range(0, layers).Select(l => new EncoderSites($"encoder.{l}", 1 + ProductsPerEncoder * l))];
        Head = new("head", LayerClass.Head, 1 + ProductsPerEncoder * layers);
    }

    /// <summary>Patch embedding.</summary>
    public ProductSite PatchEmbedding { get; }

    /// <summary>The encoders in order.</summary>
    public IReadOnlyList<EncoderSites> Encoders { get; }

    /// <summary>Classifier.</summary>
    public ProductSite Head { get; }
}

/// <summary>Names and noise keys of the matrix products of one encoder.</summary>
/// <param name="Name">Name of the encoder, for example "encoder.3".</param>
/// <param name="FirstId">Noise key of its first product.</param>
public sealed record EncoderSites(string Name, int FirstId)
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

    /// <summary>Output projection of attention.</summary>
    public ProductSite Projection { get; } = new($"{Name}.projection", LayerClass.Projection, FirstId + 5);

    /// <summary>First feed-forward layer.</summary>
    public ProductSite MlpIn { get; } = new($"{Name}.mlp.in", LayerClass.Mlp, FirstId + 6);

    /// <summary>Second feed-forward layer.</summary>
    public ProductSite MlpOut { get; } = new($"{Name}.mlp.out", LayerClass.Mlp, FirstId + 7);
}
