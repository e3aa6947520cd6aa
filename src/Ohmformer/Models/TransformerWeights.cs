namespace Ohmformer.Models;

/// <summary>A linear layer y = x W + b.</summary>
/// <param name="Weight">Shape [inputs, outputs], row-major.</param>
/// <param name="Bias">Shape [outputs], or null.</param>
/// <param name="Inputs">Rows of the weight.</param>
/// <param name="Outputs">Columns of the weight.</param>
public sealed record Linear(float[] Weight, float[]? Bias, int Inputs, int Outputs);

/// <summary>Layer normalization y = (x - mean)/std * gain + bias over the last axis.</summary>
/// <param name="Gain">Shape [d].</param>
/// <param name="Bias">Shape [d].</param>
public sealed record Norm(float[] Gain, float[] Bias);

/// <summary>Weights of one pre-LN encoder.</summary>
public sealed record EncoderWeights
{
    /// <summary>Normalization before attention.</summary>
    public required Norm AttentionNorm { get; init; }

    /// <summary>Query projection [d, d].</summary>
    public required Linear Query { get; init; }

    /// <summary>Key projection [d, d].</summary>
    public required Linear Key { get; init; }

    /// <summary>Value projection [d, d].</summary>
    public required Linear Value { get; init; }

    /// <summary>Output projection [d, d].</summary>
    public required Linear Projection { get; init; }

    /// <summary>Normalization before the feed-forward layers.</summary>
    public required Norm MlpNorm { get; init; }

    /// <summary>First feed-forward layer [d, intermediate].</summary>
    public required Linear MlpIn { get; init; }

    /// <summary>Second feed-forward layer [intermediate, d].</summary>
    public required Linear MlpOut { get; init; }
}

/// <summary>All weights of a vision transformer.</summary>
public sealed record TransformerWeights
{
    /// <summary>Patch embedding [channels * patch * patch, d]; input order channel, row, column.</summary>
    public required Linear PatchEmbedding { get; init; }

    /// <summary>Class token [d].</summary>
    public required float[] ClassToken { get; init; }

    /// <summary>Position embeddings [tokens, d], class token first.</summary>
    public required float[] Positions { get; init; }

    /// <summary>The encoders in order.</summary>
    public required IReadOnlyList<EncoderWeights> Encoders { get; init; }

    /// <summary>Normalization after the last encoder.</summary>
    public required Norm FinalNorm { get; init; }

    /// <summary>Classifier on the class token [d, classes].</summary>
    public required Linear Head { get; init; }
}
