using System.Numerics.Tensors;
using Ohmformer.Files;

namespace Ohmformer.Models;

/// <summary>Drops tokens from the stream as <see cref="TransformerSpec.Pruning"/> says.</summary>
internal static class TokenSelection
{
    /// <summary>Checks that a network has the class token that ranks the others, and no use for those that drop out.</summary>
    /// <exception cref="InputException">It has not.</exception>
    public static void Check(TransformerSpec spec)
    {
        if (spec.Pruning is null) return;
        if (spec.Input.ClassTokens == 0 || spec.Causal || spec.IsRotary || spec.Pooling == Pooling.EveryToken)
            throw new InputException($"tokenPruning ranks tokens by the attention of a class token, which {spec.Name} lacks; leave it out, or take a classifier with a class token, for example a vision transformer.");
        if (spec.Reuse is not null)
            throw new InputException($"tokenPruning changes how many tokens there are, but encoders of {spec.Name} reuse the attention of earlier ones; leave it out.");
    }

    /// <summary>Notes how much the first tokens of a head attend to all others.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="head">Head of keys and values.</param>
    /// <param name="probabilities">Shape [head group * tokens, tokens].</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="workspace">Keeps the notes.</param>
    public static void Note(TransformerSpec spec, int head, ReadOnlySpan<float> probabilities, int tokens, TransformerWorkspace workspace)
    {
        var notes = workspace.ClassAttention.AsSpan(head * workspace.Tokens, tokens);
        notes.Clear();
        for (int g = 0; g < spec.HeadGroup; g++)
            for (int t = 0; t < spec.Input.ClassTokens; t++)
                TensorPrimitives.Add(notes, probabilities.Slice((g * tokens + t) * tokens, tokens), notes);
    }

    /// <summary>Moves the tokens that go on to the front of the stream.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="encoder">Index of the encoder that has run.</param>
    /// <param name="tokens">Tokens in front of it.</param>
    /// <param name="workspace">Holds the stream and the notes.</param>
    /// <returns>Tokens behind it.</returns>
    public static int Keep(TransformerSpec spec, int encoder, int tokens, TransformerWorkspace workspace)
    {
        int left = spec.TokensBehind(encoder, tokens), first = spec.Input.ClassTokens;
        if (left == tokens) return tokens;

        var attention = workspace.ClassAttention.AsSpan(0, tokens);
        for (int head = 1; head < spec.KeyValueHeads; head++)
            TensorPrimitives.Add(attention, workspace.ClassAttention.AsSpan(head * workspace.Tokens, tokens), attention);

        // The largest first; among equal ones, the first token first. Bits of positive numbers rise with the numbers.
        var ranks = workspace.Ranks.AsSpan(0, tokens - first);
        for (int i = 0; i < ranks.Length; i++)
            ranks[i] = ((long)(uint.MaxValue - BitConverter.SingleToUInt32Bits(attention[first + i])) << 32) | (uint)(first + i);
        ranks.Sort();
        var kept = ranks[..(left - first)];
        for (int i = 0; i < kept.Length; i++) kept[i] &= uint.MaxValue;
        kept.Sort();
        int d = spec.Hidden;
        for (int i = 0; i < kept.Length; i++) workspace.Stream.AsSpan((int)kept[i] * d, d).CopyTo(workspace.Stream.AsSpan((first + i) * d));
        return left;
    }
}
