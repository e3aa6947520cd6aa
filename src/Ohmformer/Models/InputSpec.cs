using System.Text.Json.Serialization;

namespace Ohmformer.Models;

/// <summary>What a transformer reads: an image, the ids of a text's tokens, or frames of features.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ImageInput), "image")]
[JsonDerivedType(typeof(TokenInput), "tokens")]
[JsonDerivedType(typeof(FeatureInput), "features")]
public abstract record InputSpec
{
    /// <summary>Tokens of the longest input, class tokens included.</summary>
    public abstract int Tokens { get; }

    /// <summary>Learned tokens before those of the input: a class token, and a distillation token behind it.</summary>
    public int ClassTokens { get; init; }
}

/// <summary>A square image, cut into square patches that a linear layer embeds.</summary>
public sealed record ImageInput : InputSpec
{
    /// <summary>Side of the image in pixels.</summary>
    public required int Size { get; init; }

    /// <summary>Side of a patch in pixels; divides <see cref="Size"/>.</summary>
    public required int PatchSize { get; init; }

    /// <summary>Color channels.</summary>
    public required int Channels { get; init; }

    /// <summary>
    /// Channels of LV-ViT's convolutional stem (Jiang et al.: All tokens matter, arXiv:2104.10858): 7 x 7 with stride 2, then
    /// twice 3 x 3, each with ReLU, before the patches are cut. 0 for none.
    /// </summary>
    public int StemChannels { get; init; }

    /// <summary>Numbers of one image.</summary>
    public int Values => Channels * Size * Size;

    /// <summary>Numbers of one patch that are embedded.</summary>
    public int PatchInputs => Patching(width: 0).Inputs;

    /// <summary>The convolutions of the stem in order; empty without one.</summary>
    internal Convolution[] Stem => StemChannels == 0 ? [] :
    [
        new(Channels, Size, StemChannels, Kernel: 7, Stride: 2, Padding: 3),
        new(StemChannels, StemSize, StemChannels, Kernel: 3, Stride: 1, Padding: 1),
        new(StemChannels, StemSize, StemChannels, Kernel: 3, Stride: 1, Padding: 1),
    ];

    /// <summary>The patch embedding of a network of some width.</summary>
    internal Convolution Patching(int width) => StemChannels == 0
        ? new(Channels, Size, width, PatchSize, PatchSize, Padding: 0)
        : new(StemChannels, StemSize, width, PatchSize / 2, PatchSize / 2, Padding: 0);

    /// <inheritdoc/>
    public override int Tokens => ClassTokens + Size / PatchSize * (Size / PatchSize);

    private int StemSize => (Size + 1) / 2;
}

/// <summary>The ids of a text's tokens; embeddings are looked up in a table. Padding is left out: shorter texts are shorter inputs.</summary>
public sealed record TokenInput : InputSpec
{
    /// <summary>Number of token ids.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Tokens of the longest text.</summary>
    public required int Length { get; init; }

    /// <summary>Segments with embeddings of their own, such as question and context; 0 for none.</summary>
    public int Segments { get; init; }

    /// <summary>Whether embeddings are normalized before the first encoder.</summary>
    public bool Normalized { get; init; }

    /// <summary>
    /// Row of the first token in the table of positions as files have it: above 0 in those of RoBERTa, where it follows the row of the padding token. It changes
    /// nothing but how a network is written.
    /// </summary>
    public int FirstPosition { get; init; }

    /// <inheritdoc/>
    public override int Tokens => ClassTokens + Length;
}

/// <summary>Frames of features, such as mel coefficients, that a linear layer embeds.</summary>
public sealed record FeatureInput : InputSpec
{
    /// <summary>Frames of one input.</summary>
    public required int Frames { get; init; }

    /// <summary>Numbers of one frame.</summary>
    public required int Features { get; init; }

    /// <inheritdoc/>
    public override int Tokens => ClassTokens + Frames;
}
