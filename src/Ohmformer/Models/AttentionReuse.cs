using Ohmformer.Files;

namespace Ohmformer.Models;

/// <summary>What an encoder has in place of attention of its own.</summary>
public enum AttentionStandIn
{
    /// <summary>GELU(W LayerNorm(C) + b), with C the heads' output of an earlier encoder.</summary>
    Transformation,

    /// <summary>The heads' output C of an earlier encoder as it is.</summary>
    Identity,

    /// <summary>Nothing: the encoder has neither attention nor an output projection.</summary>
    Nothing,
}

/// <summary>
/// Which encoders compute no attention of their own and take the concatenated output of the heads, [tokens, heads * head size]
/// before the output projection, from an earlier encoder (Moitra et al.: TReX, arXiv:2408.12742). Two are equal when they
/// describe the same network.
/// </summary>
public sealed class AttentionReuse : IEquatable<AttentionReuse>
{
    private readonly HashSet<int> _covered;

    /// <summary>Describes the reuse of a network.</summary>
    /// <param name="encoders">Encoders without attention of their own, numbered from 0, each once.</param>
    /// <param name="standIn">What they have in its place.</param>
    /// <param name="chained">Whether one that follows another takes that one's transformed output.</param>
    /// <exception cref="InputException">Encoder 0 or a negative number is among them, or one stands twice.</exception>
    public AttentionReuse(IEnumerable<int> encoders, AttentionStandIn standIn = AttentionStandIn.Transformation, bool chained = false)
    {
        (Encoders, StandIn, Chained) = ([.. encoders.Order()], standIn, chained);
        _covered = [.. Encoders];
        if (_covered.Count < Encoders.Count)
            throw new InputException($"the reuse of attention names an encoder twice: {string.Join(", ", Encoders)}. Name each encoder once.");
        if (Encoders is [<= 0, ..])
            throw new InputException($"encoder {Encoders[0]} cannot reuse attention: there is none before it. Choose encoders from 1 on.");
    }

    /// <summary>Encoders without attention of their own, in ascending order.</summary>
    public IReadOnlyList<int> Encoders { get; }

    /// <summary>What they have in its place.</summary>
    public AttentionStandIn StandIn { get; }

    /// <summary>Whether one that follows another takes that one's transformed output rather than that of the last attention.</summary>
    public bool Chained { get; }

    /// <summary>Whether an encoder computes no attention of its own.</summary>
    public bool Covers(int encoder) => _covered.Contains(encoder);

    /// <summary>The encoder whose output another takes: s(i) of TReX, the last before it that has attention; the one before it when chained.</summary>
    /// <param name="encoder">An encoder that reuses.</param>
    public int SourceOf(int encoder)
    {
        int source = encoder - 1;
        while (!Chained && Covers(source)) source--;
        return source;
    }

    /// <summary>Says whether a network can have this reuse.</summary>
    /// <param name="layers">Encoders of the network.</param>
    /// <exception cref="InputException">It has no such encoder.</exception>
    public void Check(int layers)
    {
        if (Encoders is [.., var last] && last >= layers)
            throw new InputException(layers < 2
                ? $"encoder {last} cannot reuse attention: the network has a single encoder, which computes it."
                : $"encoder {last} cannot reuse attention: the network has {layers} encoders. Choose encoders from 1 to {layers - 1}.");
    }

    /// <inheritdoc/>
    public bool Equals(AttentionReuse? other) =>
        other is not null && StandIn == other.StandIn && Chained == other.Chained && Encoders.SequenceEqual(other.Encoders);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AttentionReuse);

    /// <inheritdoc/>
    public override int GetHashCode() => Encoders.Aggregate(HashCode.Combine(StandIn, Chained), HashCode.Combine);

    /// <inheritdoc/>
    public override string ToString() => $"encoders {string.Join(", ", Encoders)} reuse attention ({StandIn}{(Chained ? ", chained" : "")})";
}
