using Ohmformer.Mapping;

namespace Ohmformer.Models;

/// <summary>A function of one number between two layers.</summary>
public enum Activation
{
    /// <summary>x Phi(x) with the error function.</summary>
    Gelu,

    /// <summary>The tanh approximation of GELU.</summary>
    GeluTanh,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x / (1 + exp(-x)).</summary>
    Silu,

    /// <summary>tanh(x).</summary>
    Tanh,
}

/// <summary>How tokens are normalized.</summary>
public enum NormKind
{
    /// <summary>Mean and variance over the features (Ba et al., arXiv:1607.06450).</summary>
    Layer,

    /// <summary>Root mean square alone, without a bias (Zhang and Sennrich, arXiv:1910.07467).</summary>
    Rms,
}

/// <summary>Where tokens are normalized.</summary>
public enum NormPosition
{
    /// <summary>x + f(norm(x)), and once more after the last encoder.</summary>
    Pre,

    /// <summary>norm(x + f(x)).</summary>
    Post,
}

/// <summary>How tokens know their position.</summary>
public enum Positions
{
    /// <summary>A learned vector for every position is added to the embeddings.</summary>
    Learned,

    /// <summary>Queries and keys are rotated (Su et al.: RoFormer, arXiv:2104.09864); element i turns with element i + size/2.</summary>
    RotaryHalves,

    /// <summary>Queries and keys are rotated; element 2i turns with element 2i + 1.</summary>
    RotaryPairs,
}

/// <summary>From which tokens the logits come.</summary>
public enum Pooling
{
    /// <summary>A classifier on the first token.</summary>
    FirstToken,

    /// <summary>The mean of two classifiers, on class and distillation token (Touvron et al.: DeiT, arXiv:2012.12877, section 4).</summary>
    Distilled,

    /// <summary>
    /// A classifier on the class token plus half of the largest logit that a second classifier gives any patch (Jiang et al.: All
    /// tokens matter, arXiv:2104.10858).
    /// </summary>
    DenseMax,

    /// <summary>A classifier on the mean of all tokens but the class tokens, normalized after the mean.</summary>
    Mean,

    /// <summary>Logits of every token: a language model, or start and end of an answer.</summary>
    EveryToken,
}

/// <summary>Sizes and choices of a transformer. The defaults are those of a vision transformer (arXiv:2010.11929).</summary>
public sealed record TransformerSpec
{
    /// <summary>Name of the network.</summary>
    public required string Name { get; init; }

    /// <summary>What the network reads.</summary>
    public required InputSpec Input { get; init; }

    /// <summary>Number of encoders.</summary>
    public required int Layers { get; init; }

    /// <summary>Width d of a token.</summary>
    public required int Hidden { get; init; }

    /// <summary>Attention heads of the queries.</summary>
    public required int Heads { get; init; }

    /// <summary>
    /// Attention heads of keys and values (Ainslie et al.: Grouped-query attention, arXiv:2305.13245); divides
    /// <see cref="Heads"/>, which it is when not set.
    /// </summary>
    public int KeyValueHeads { get => field > 0 ? field : Heads; init; }

    /// <summary>Width of one head; <see cref="Hidden"/> divided by <see cref="Heads"/> when not set.</summary>
    public int HeadSize { get => field > 0 ? field : Hidden / Heads; init; }

    /// <summary>Width of the feed-forward layer.</summary>
    public required int Intermediate { get; init; }

    /// <summary>Outputs of the head: classes, the vocabulary of a language model, or 2 for start and end of an answer.</summary>
    public required int Classes { get; init; }

    /// <summary>How tokens are normalized.</summary>
    public NormKind Norm { get; init; }

    /// <summary>Where tokens are normalized.</summary>
    public NormPosition NormPosition { get; init; }

    /// <summary>Epsilon of normalization.</summary>
    public double NormEpsilon { get; init; } = 1e-12;

    /// <summary>Activation of the feed-forward layers.</summary>
    public Activation Activation { get; init; }

    /// <summary>Whether the activation multiplies a second layer beside it (Shazeer: GLU variants, arXiv:2002.05202, equation 5).</summary>
    public bool GatedMlp { get; init; }

    /// <summary>How tokens know their position.</summary>
    public Positions Positions { get; init; }

    /// <summary>Base of the rotation angles base^(-2i/size).</summary>
    public double RotaryBase { get; init; } = 10000;

    /// <summary>Whether a token attends only to itself and those before it.</summary>
    public bool Causal { get; init; }

    /// <summary>From which tokens the logits come.</summary>
    public Pooling Pooling { get; init; }

    /// <summary>Activation of a layer [d, d] before the head; null when there is no such layer.</summary>
    public Activation? Pooler { get; init; }

    /// <summary>Whether query, key and value projections have a bias.</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>Whether the output projection of attention has a bias.</summary>
    public bool ProjectionBias { get; init; } = true;

    /// <summary>Whether the feed-forward layers have a bias.</summary>
    public bool MlpBias { get; init; } = true;

    /// <summary>Whether the head has a bias.</summary>
    public bool HeadBias { get; init; } = true;

    /// <summary>Whether the head's weights are the token embeddings.</summary>
    public bool TiedHead { get; init; }

    /// <summary>Tokens that drop out between encoders; null for none.</summary>
    public TokenPruning? Pruning { get; init; }

    /// <summary>Encoders that take over the attention of an earlier one; null when every encoder computes its own.</summary>
    public AttentionReuse? Reuse { get; init; }

    /// <summary>Query heads that share one head of keys and values.</summary>
    public int HeadGroup => Heads / KeyValueHeads;

    /// <summary>Width of the queries of all heads.</summary>
    public int QueryWidth => Heads * HeadSize;

    /// <summary>Width of the keys, and of the values, of all heads.</summary>
    public int KeyValueWidth => KeyValueHeads * HeadSize;

    /// <summary>Tokens of the longest input, class tokens included.</summary>
    public int Tokens => Input.Tokens;

    /// <summary>Whether queries and keys are rotated.</summary>
    public bool IsRotary => Positions != Positions.Learned;

    /// <summary>Whether there is a second classifier.</summary>
    public bool HasSecondHead => Pooling is Pooling.Distilled or Pooling.DenseMax;

    /// <summary>Whether an encoder computes no attention of its own.</summary>
    /// <param name="layer">The encoder, from 0.</param>
    public bool Reuses(int layer) => Reuse?.Covers(layer) == true;

    /// <summary>Whether an encoder has a normalization of attention: one before attention goes with it, one behind it stays.</summary>
    /// <param name="layer">The encoder, from 0.</param>
    public bool HasAttentionNorm(int layer) => NormPosition == NormPosition.Post || !Reuses(layer);

    /// <summary>Whether an encoder has an output projection of attention, computed or reused.</summary>
    /// <param name="layer">The encoder, from 0.</param>
    public bool HasProjection(int layer) => !Reuses(layer) || Reuse!.StandIn != AttentionStandIn.Nothing;

    /// <summary>The encoder whose heads' output the encoder behind another one takes over, and which must therefore stay as long as the stream; null for none.</summary>
    /// <param name="layer">The encoder before, from 0.</param>
    internal int? ReusedBehind(int layer) => Reuses(layer + 1) && Reuse!.StandIn != AttentionStandIn.Nothing ? Reuse.SourceOf(layer + 1) : null;

    /// <summary>Pairs of tokens that one head attends to; masked pairs do not count.</summary>
    /// <param name="tokens">Tokens of the input.</param>
    public long AttendedPairs(int tokens) => Causal ? (long)tokens * (tokens + 1) / 2 : (long)tokens * tokens;

    /// <summary>Tokens behind an encoder.</summary>
    /// <param name="encoder">Its index.</param>
    /// <param name="tokens">Tokens in front of it.</param>
    public int TokensBehind(int encoder, int tokens) => Pruning?.TokensBehind(encoder, Layers, tokens, Input.ClassTokens) ?? tokens;

    /// <summary>Tokens behind the last encoder that the heads read, first ones first.</summary>
    /// <param name="tokens">Tokens of the input.</param>
    public int PooledTokens(int tokens) => Pooling switch
    {
        Pooling.EveryToken => tokens,
        Pooling.DenseMax => tokens - Input.ClassTokens + 1,
        Pooling.Distilled => 2,
        _ => 1,
    };

    /// <summary>Numbers that a forward pass writes.</summary>
    /// <param name="tokens">Tokens of the input.</param>
    public int Logits(int tokens) => Pooling == Pooling.EveryToken ? tokens * Classes : Classes;

    /// <summary>Trainable parameters of the network; batch normalizations of a stem count as folded into its layers.</summary>
    public long Parameters
    {
        get
        {
            long d = Hidden, perNorm = Norm == NormKind.Layer ? 2 : 1, norm = perNorm * d;
            long attention = Layer(d, QueryWidth, QkvBias) + 2 * Layer(d, KeyValueWidth, QkvBias), projection = Layer(QueryWidth, d, ProjectionBias);
            long mlp = (GatedMlp ? 2 : 1) * Layer(d, Intermediate, MlpBias) + Layer(Intermediate, d, MlpBias);
            long embedding = d * Input.ClassTokens + (IsRotary ? 0 : d * Tokens) + Input switch
            {
                ImageInput image => image.Stem.Append(image.Patching(Hidden)).Sum(c => Layer(c.Inputs, c.Outputs, true)),
                FeatureInput features => Layer(features.Features, d, true),
                TokenInput text => d * (text.Vocabulary + text.Segments) + (text.Normalized ? norm : 0),
                _ => 0,
            };
            long head = (HasSecondHead ? 2 : 1) * Layer(TiedHead ? 0 : d, Classes, HeadBias) + (Pooler is null ? 0 : Layer(d, d, true));
            long saved = attention + (NormPosition == NormPosition.Pre ? norm : 0) + Reuse?.StandIn switch
            {
                AttentionStandIn.Transformation => -Layer(QueryWidth, QueryWidth, true) - perNorm * QueryWidth,
                AttentionStandIn.Nothing => projection,
                _ => 0,
            };
            return embedding + Layers * (2 * norm + attention + projection + mlp) - (Reuse?.Encoders.Count ?? 0) * saved
                + (NormPosition == NormPosition.Pre ? norm : 0) + head;

            static long Layer(long inputs, long outputs, bool bias) => inputs * outputs + (bias ? outputs : 0);
        }
    }
}
