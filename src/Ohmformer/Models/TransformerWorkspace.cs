using Ohmformer.Mapping;
using Ohmformer.Numerics;

namespace Ohmformer.Models;

/// <summary>Activations of one input in flight. Every input in flight has its own; a forward pass allocates nothing.</summary>
public sealed class TransformerWorkspace
{
    private readonly long[] _elements = new long[Enum.GetValues<DigitalKind>().Length];

    /// <summary>Room for the longest input of a network.</summary>
    /// <param name="spec">The network that it is for.</param>
    /// <param name="workers">Threads that share the heads and tokens of an input; the caller's alone by default.</param>
    public TransformerWorkspace(TransformerSpec spec, Workers? workers = null)
        : this(spec, spec.Tokens, workers)
    {
    }

    /// <summary>Room for inputs of some length.</summary>
    /// <param name="spec">The network that it is for.</param>
    /// <param name="tokens">Tokens of the longest input, class tokens included.</param>
    /// <param name="workers">Threads that share the heads and tokens of an input; the caller's alone by default.</param>
    public TransformerWorkspace(TransformerSpec spec, int tokens, Workers? workers = null)
    {
        Workers = workers ?? Workers.One;
        int stream = tokens * spec.Hidden, inner = tokens * spec.Intermediate;
        Tokens = tokens;
        if (spec.Input is ImageInput image)
        {
            Windows = new float[image.Stem.Append(image.Patching(spec.Hidden)).Max(c => c.Windows * c.Inputs)];
            int map = image.Stem.Select(c => c.Windows * c.Outputs).FirstOrDefault();
            (StemRows, StemMap) = (new float[map], new float[map]);
        }
        (Stream, Normalized, Branch) = (new float[stream], new float[stream], new float[stream]);
        (Intermediate, Gate) = (new float[inner], new float[spec.GatedMlp ? inner : 0]);
        (Query, Context) = (new float[tokens * spec.QueryWidth], new float[tokens * spec.QueryWidth]);
        Transformed = new float[spec.Reuse is { StandIn: AttentionStandIn.Transformation } ? tokens * spec.QueryWidth : 0];
        (Key, Value) = (new float[tokens * spec.KeyValueWidth], new float[tokens * spec.KeyValueWidth]);
        Heads = [.. Enumerable.Range(0, Workers.MaxThreads).Select(_ => new HeadWorkspace(spec, tokens))];
        if (spec.Pruning is not null) (ClassAttention, Ranks) = (new float[spec.KeyValueHeads * tokens], new long[tokens]);
        Pooled = new float[spec.Hidden];
        SecondLogits = new float[spec.HasSecondHead ? tokens * spec.Classes : 0];
    }

    /// <summary>Tokens of the longest input that has room.</summary>
    public int Tokens { get; }

    /// <summary>Threads for one input.</summary>
    internal Workers Workers { get; }

    /// <summary>Unfolded windows of the image [windows, channels * kernel * kernel].</summary>
    internal float[] Windows { get; } = [];

    /// <summary>Result of a convolution [windows, channels], and the same as an image [channels, side, side].</summary>
    internal float[] StemRows { get; } = [];

    /// <inheritdoc cref="StemRows"/>
    internal float[] StemMap { get; } = [];

    /// <summary>Tokens between encoders, the residual stream [tokens, d].</summary>
    internal float[] Stream { get; }

    /// <summary>Normalized tokens [tokens, d].</summary>
    internal float[] Normalized { get; }

    /// <summary>What a block adds to the stream [tokens, d].</summary>
    internal float[] Branch { get; }

    /// <summary>Feed-forward activations [tokens, intermediate].</summary>
    internal float[] Intermediate { get; }

    /// <summary>Factors of the feed-forward activations [tokens, intermediate].</summary>
    internal float[] Gate { get; }

    /// <summary>Queries of all heads [tokens, heads * head size].</summary>
    internal float[] Query { get; }

    /// <summary>Keys of all heads [tokens, key and value heads * head size].</summary>
    internal float[] Key { get; }

    /// <summary>Values of all heads, shaped as the keys.</summary>
    internal float[] Value { get; }

    /// <summary>Largest magnitude of the keys, and of the values, of all heads.</summary>
    internal float LargestKey { get; set; }

    /// <inheritdoc cref="LargestKey"/>
    internal float LargestValue { get; set; }

    /// <summary>Attended values of all heads in the last encoder that computed attention, shaped as the queries.</summary>
    internal float[] Context { get; }

    /// <summary>Output of the last transformation block, shaped as the queries.</summary>
    internal float[] Transformed { get; }

    /// <summary>
    /// What the class tokens attend to in the last encoder that computed attention, summed over the query heads of each head [key and value heads, tokens], then in
    /// the first row over all; empty where no tokens drop out.
    /// </summary>
    internal float[] ClassAttention { get; } = [];

    /// <summary>Tokens by their rank, then those that go on [tokens]; empty where no tokens drop out.</summary>
    internal long[] Ranks { get; } = [];

    /// <summary>Scratch of the attention heads, one for each thread.</summary>
    internal HeadWorkspace[] Heads { get; }

    /// <summary>The token that the head reads [d].</summary>
    internal float[] Pooled { get; }

    /// <summary>Logits of the second classifier [tokens, classes].</summary>
    internal float[] SecondLogits { get; }

    /// <summary>Elements that digital steps of one kind have processed in the forward passes so far; <see cref="TransformerWorkload"/> predicts them.</summary>
    public long Elements(DigitalKind kind) => _elements[(int)kind];

    /// <summary>The heads' output of an encoder that the one behind it takes over.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="source">The encoder, from 0: the last that computed attention, or the last transformation block.</param>
    internal float[] HeadsOf(TransformerSpec spec, int source) =>
        spec.Reuse is { StandIn: AttentionStandIn.Transformation } reuse && reuse.Covers(source) ? Transformed : Context;

    /// <summary>Counts a digital step where it happens.</summary>
    internal void Count(DigitalKind kind, long elements) => Interlocked.Add(ref _elements[(int)kind], elements);
}

/// <summary>Activations of one head of keys and values, and of the query heads that share it, in flight.</summary>
/// <param name="spec">The network that it is for.</param>
/// <param name="tokens">Tokens of the longest input.</param>
internal sealed class HeadWorkspace(TransformerSpec spec, int tokens)
{
    /// <summary>Scores, then probabilities [head group * tokens, tokens].</summary>
    public float[] Scores { get; } = new float[spec.HeadGroup * tokens * tokens];

    /// <summary>Driven operand or result [head group * tokens, head size].</summary>
    public float[] Driven { get; } = new float[spec.HeadGroup * tokens * spec.HeadSize];

    /// <summary>Programmed operand [tokens, head size].</summary>
    public float[] Programmed { get; } = new float[tokens * spec.HeadSize];
}
