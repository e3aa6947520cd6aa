using Ohmformer.Mapping;
using Ohmformer.Numerics;

namespace Ohmformer.Models;

/// <summary>Activations of one image in flight. Every image in flight has its own; a forward pass allocates nothing.</summary>
/// <param name="spec">The network that it is for.</param>
/// <param name="workers">Threads for the attention heads and the steps between matrix products of this image; the caller's alone by default.</param>
public sealed class TransformerWorkspace(TransformerSpec spec, Workers? workers = null)
{
    /// <summary>Threads for one image.</summary>
    internal readonly Workers Workers = workers ?? Workers.One;

    /// <summary>Pixels by patch [patches, channels * patch * patch].</summary>
    internal readonly float[] Patches = new float[spec.Patches * spec.PatchInputs];

    /// <summary>Tokens between encoders, the residual stream [tokens, d].</summary>
    internal readonly float[] Stream = new float[spec.Tokens * spec.Hidden];

    /// <summary>Normalized tokens [tokens, d].</summary>
    internal readonly float[] Normalized = new float[spec.Tokens * spec.Hidden];

    /// <summary>What a block adds to the stream [tokens, d].</summary>
    internal readonly float[] Branch = new float[spec.Tokens * spec.Hidden];

    /// <summary>Feed-forward activations [tokens, intermediate].</summary>
    internal readonly float[] Intermediate = new float[spec.Tokens * spec.Intermediate];

    /// <summary>Queries, keys, values and attended values of all heads, each [tokens, d].</summary>
    internal readonly float[]
        Query = new float[spec.Tokens * spec.Hidden],
        Key = new float[spec.Tokens * spec.Hidden],
        Value = new float[spec.Tokens * spec.Hidden],
        Context = new float[spec.Tokens * spec.Hidden];

    /// <summary>Scratch of the attention heads, one for each thread.</summary>
    internal readonly HeadWorkspace[] Heads = [.. Enumerable.Range(0, workers?.MaxThreads ?? 1).Select(_ => new HeadWorkspace(spec))];

    private readonly long[] _elements = new long[Enum.GetValues<DigitalKind>().Length];

    /// <summary>Elements that digital steps of one kind have processed in the forward passes so far; <see cref="TransformerWorkload"/> predicts them.</summary>
    public long Elements(DigitalKind kind) => _elements[(int)kind];

    /// <summary>Counts a digital step where it happens.</summary>
    internal void Count(DigitalKind kind, long elements) => Interlocked.Add(ref _elements[(int)kind], elements);
}

/// <summary>Activations of one attention head in flight.</summary>
/// <param name="spec">The network that it is for.</param>
internal sealed class HeadWorkspace(TransformerSpec spec)
{
    /// <summary>Scores, then probabilities [tokens, tokens].</summary>
    public readonly float[] Scores = new float[spec.Tokens * spec.Tokens];

    /// <summary>Driven operand or result [tokens, head size] and programmed operand.</summary>
    public readonly float[]
        Driven = new float[spec.Tokens * spec.HeadSize],
        Programmed = new float[spec.Tokens * spec.HeadSize];
}
