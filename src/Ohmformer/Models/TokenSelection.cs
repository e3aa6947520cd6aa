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

    /// <summary>Adds the notes of all heads, once all have been made.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="workspace">Holds the notes.</param>
    public static void AddNotes(TransformerSpec spec, int tokens, TransformerWorkspace workspace)
    {
        var sum = workspace.ClassAttention.AsSpan(0, tokens);
        for (int head = 1; head < spec.KeyValueHeads; head++)
            TensorPrimitives.Add(sum, workspace.ClassAttention.AsSpan(head * workspace.Tokens, tokens), sum);
    }

    /// <summary>The tokens that go on: class tokens, and those that they attend to most; of equal ones the first.</summary>
    /// <param name="attention">What the class tokens attend to, shape [tokens]; not negative.</param>
    /// <param name="classTokens">Tokens that always stay.</param>
    /// <param name="left">How many go on.</param>
    /// <param name="ranks">Scratch, shape [tokens].</param>
    /// <returns>Their indices, ascending, a part of <paramref name="ranks"/>.</returns>
    public static ReadOnlySpan<long> Kept(ReadOnlySpan<float> attention, int classTokens, int left, Span<long> ranks)
    {
        // Class tokens come before all others, then the largest. Bits of positive numbers rise with the numbers.
        for (int i = 0; i < attention.Length; i++)
            ranks[i] = (i < classTokens ? 0 : (long)(int.MaxValue - BitConverter.SingleToInt32Bits(attention[i])) << 32) | (uint)i;
        ranks[..attention.Length].Sort();
        var kept = ranks[..left];
        for (int i = 0; i < left; i++) kept[i] &= uint.MaxValue;
        kept.Sort();
        return kept;
    }

    /// <summary>Moves the tokens that go on to the front of the stream, and of what encoders behind this one reuse.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="encoder">Index of the encoder that has run.</param>
    /// <param name="tokens">Tokens in front of it.</param>
    /// <param name="workspace">Holds the stream, the notes and the heads' outputs.</param>
    /// <returns>Tokens behind it.</returns>
    public static int Keep(TransformerSpec spec, int encoder, int tokens, TransformerWorkspace workspace)
    {
        int left = spec.TokensBehind(encoder, tokens);
        if (left == tokens) return tokens;
        var kept = Kept(workspace.ClassAttention.AsSpan(0, tokens), spec.Input.ClassTokens, left, workspace.Ranks);
        MoveRows(kept, spec.Hidden, workspace.Stream);
        if (!spec.Reuses(encoder + 1)) return left;

        MoveRows(kept, 1, workspace.ClassAttention);
        if (spec.ReusedBehind(encoder) is { } source) MoveRows(kept, spec.QueryWidth, workspace.HeadsOf(spec, source));
        return left;
    }

    private static void MoveRows(ReadOnlySpan<long> kept, int columns, Span<float> rows)
    {
        for (int i = 0; i < kept.Length; i++) rows.Slice((int)kept[i] * columns, columns).CopyTo(rows[(i * columns)..]);
    }
}
