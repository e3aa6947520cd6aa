namespace Ohmformer.Models;

/// <summary>A linear layer y = x W + b.</summary>
/// <param name="Weight">Shape [inputs, outputs], row-major.</param>
/// <param name="Bias">Shape [outputs], or null.</param>
/// <param name="Inputs">Rows of the weight.</param>
/// <param name="Outputs">Columns of the weight.</param>
public sealed record Linear(float[] Weight, float[]? Bias, int Inputs, int Outputs);

/// <summary>Gain and bias of a normalization over the last axis.</summary>
/// <param name="Gain">Shape [d].</param>
/// <param name="Bias">Shape [d]; null for <see cref="NormKind.Rms"/>.</param>
public sealed record Norm(float[] Gain, float[]? Bias);

/// <summary>The block that transforms the heads' output of an earlier encoder: GELU(W LayerNorm(C) + b).</summary>
/// <param name="Norm">Normalization over [heads * head size].</param>
/// <param name="Linear">Layer [heads * head size, heads * head size].</param>
public sealed record TransformationWeights(Norm Norm, Linear Linear);

/// <summary>Weights of one encoder. One that computes no attention of its own lacks what <see cref="AttentionReuse"/> says.</summary>
public sealed record EncoderWeights
{
    /// <summary>Normalization of attention: before it or, after the residual, behind it; null without attention to go before.</summary>
    public required Norm? AttentionNorm { get; init; }

    /// <summary>Query projection [d, heads * head size]; null where attention is not computed.</summary>
    public required Linear? Query { get; init; }

    /// <summary>Key projection [d, key and value heads * head size]; null where attention is not computed.</summary>
    public required Linear? Key { get; init; }

    /// <summary>Value projection [d, key and value heads * head size]; null where attention is not computed.</summary>
    public required Linear? Value { get; init; }

    /// <summary>What transforms the attention of an earlier encoder; null for every other encoder.</summary>
    public TransformationWeights? Transformation { get; init; }

    /// <summary>Output projection [heads * head size, d]; null where <see cref="AttentionStandIn.Nothing"/> stands for attention.</summary>
    public required Linear? Projection { get; init; }

    /// <summary>Normalization of the feed-forward layers: before them or, after the residual, behind them.</summary>
    public required Norm MlpNorm { get; init; }

    /// <summary>The layer [d, intermediate] whose activation multiplies <see cref="MlpIn"/>; null without a gate.</summary>
    public Linear? MlpGate { get; init; }

    /// <summary>First feed-forward layer [d, intermediate].</summary>
    public required Linear MlpIn { get; init; }

    /// <summary>Second feed-forward layer [intermediate, d].</summary>
    public required Linear MlpOut { get; init; }
}

/// <summary>All weights of a transformer.</summary>
public sealed record TransformerWeights
{
    /// <summary>Convolutions before the patches, each [channels * kernel * kernel, channels]; input order channel, row, column.</summary>
    public IReadOnlyList<Linear> Stem { get; init; } = [];

    /// <summary>Embedding of patches [channels * patch * patch, d], in the order channel, row, column, or of frames; null for text.</summary>
    public Linear? Embedding { get; init; }

    /// <summary>Embeddings of tokens [vocabulary, d]; null unless the network reads text.</summary>
    public float[]? TokenTable { get; init; }

    /// <summary>Embeddings of segments [segments, d]; null when there are none.</summary>
    public float[]? SegmentTable { get; init; }

    /// <summary>Class tokens [class tokens, d].</summary>
    public float[] ClassTokens { get; init; } = [];

    /// <summary>Position embeddings [tokens, d], class tokens first; null when positions are not learned.</summary>
    public float[]? Positions { get; init; }

    /// <summary>Normalization of the embeddings; null when there is none.</summary>
    public Norm? EmbeddingNorm { get; init; }

    /// <summary>The encoders in order.</summary>
    public required IReadOnlyList<EncoderWeights> Encoders { get; init; }

    /// <summary>Normalization after the last encoder; null when every encoder ends with one.</summary>
    public Norm? FinalNorm { get; init; }

    /// <summary>Layer before the head [d, d]; null when there is none.</summary>
    public Linear? Pooler { get; init; }

    /// <summary>Head [d, classes].</summary>
    public required Linear Head { get; init; }

    /// <summary>Classifier on the distillation token, or on patches [d, classes]; null when there is none.</summary>
    public Linear? SecondHead { get; init; }
}
