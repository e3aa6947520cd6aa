namespace Ohmformer.Models;

/// <summary>Activation function of the feed-forward layers.</summary>
public enum Activation
{
    /// <summary>x Phi(x) with the error function.</summary>
    Gelu,

    /// <summary>The tanh approximation of GELU.</summary>
    GeluTanh,
}

/// <summary>Sizes and choices of a pre-LN vision transformer with a class token.</summary>
public sealed record TransformerSpec
{
    /// <summary>Name of the network.</summary>
    public required string Name { get; init; }

    /// <summary>Number of encoders.</summary>
    public required int Layers { get; init; }

    /// <summary>Width d of a token.</summary>
    public required int Hidden { get; init; }

    /// <summary>Attention heads; divides <see cref="Hidden"/>.</summary>
    public required int Heads { get; init; }

    /// <summary>Width of the feed-forward layer.</summary>
    public required int Intermediate { get; init; }

    /// <summary>Side of the square input image in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Side of a patch in pixels; divides <see cref="ImageSize"/>.</summary>
    public required int PatchSize { get; init; }

    /// <summary>Color channels of the input.</summary>
    public required int Channels { get; init; }

    /// <summary>Classes of the head.</summary>
    public required int Classes { get; init; }

    /// <summary>Epsilon of layer normalization.</summary>
    public double NormEpsilon { get; init; } = 1e-12;

    /// <summary>Activation of the feed-forward layers.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>Whether query, key and value projections have a bias.</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>Width of one head.</summary>
    public int HeadSize => Hidden / Heads;

    /// <summary>Inputs of the patch embedding, channels times patch pixels.</summary>
    public int PatchInputs => Channels * PatchSize * PatchSize;

    /// <summary>Patches of an image.</summary>
    public int Patches => ImageSize / PatchSize * (ImageSize / PatchSize);

    /// <summary>Tokens: the class token and one per patch.</summary>
    public int Tokens => Patches + 1;

    /// <summary>Trainable parameters of the network.</summary>
    public long Parameters
    {
        get
        {
            long d = Hidden, norm = 2 * d, mlp = Intermediate;
            long attention = 4 * d * d + d + (QkvBias ? 3 * d : 0);
            long encoder = 2 * norm + attention + 2 * d * mlp + mlp + d;
            return PatchInputs * d + d + d + Tokens * d + Layers * encoder + norm + d * Classes + Classes;
        }
    }
}
