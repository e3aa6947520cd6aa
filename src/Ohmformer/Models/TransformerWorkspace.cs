using Ohmformer.Mapping;

namespace Ohmformer.Models;

/// <summary>Activations of one image in flight. Every thread brings its own; a forward pass allocates nothing.</summary>
/// <param name="spec">The network that it is for.</param>
public sealed class TransformerWorkspace(TransformerSpec spec)
{
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

    /// <summary>Scores of one head, then its probabilities [tokens, tokens].</summary>
    internal readonly float[] Scores = new float[spec.Tokens * spec.Tokens];

    /// <summary>Driven operand or result [tokens, head size] and programmed operand of one head.</summary>
    internal readonly float[]
        HeadDriven = new float[spec.Tokens * spec.HeadSize],
        HeadProgrammed = new float[spec.Tokens * spec.HeadSize];

    private readonly long[] _elements = new long[Enum.GetValues<DigitalKind>().Length];

    /// <summary>Elements that digital steps of one kind have processed in the forward passes so far; <see cref="TransformerWorkload"/> predicts them.</summary>
    public long Elements(DigitalKind kind) => _elements[(int)kind];

    /// <summary>Counts a digital step where it happens.</summary>
    internal void Count(DigitalKind kind, long elements) => _elements[(int)kind] += elements;
}
