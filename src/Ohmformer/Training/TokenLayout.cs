using Ohmformer.Models;

namespace Ohmformer.Training;

/// <summary>Where the tokens of a batch lie: the sequences one behind the other, in each the class tokens first.</summary>
internal sealed class TokenLayout
{
    private readonly int _special;
    private readonly int[] _inputs, _lengths, _firsts, _positions;

    /// <summary>Lays out a batch.</summary>
    /// <exception cref="ArgumentException">The batch does not fit the network.</exception>
    public TokenLayout(TransformerSpec spec, TrainingBatch batch)
    {
        _special = spec.Input.ClassTokens;
        _inputs = batch.Lengths.ToArray();
        _lengths = [.. _inputs.Select(length => length + _special)];
        _firsts = new int[_inputs.Length];
        _positions = new int[_lengths.Sum()];
        Check(spec, batch);
        for (int i = 0, row = 0, input = 0; i < _inputs.Length; i++)
        {
            _firsts[i] = row;
            for (int t = 0; t < _special; t++) _positions[row++] = t;
            for (int t = 0; t < _inputs[i]; t++, input++) _positions[row++] = _special + (batch.Kept.IsEmpty ? t : batch.Kept.Span[input]);
        }
    }

    /// <summary>Samples.</summary>
    public int Samples => _inputs.Length;

    /// <summary>Tokens of every sample without class tokens.</summary>
    public ReadOnlyMemory<int> Inputs => _inputs;

    /// <summary>Tokens of every sample.</summary>
    public ReadOnlyMemory<int> Lengths => _lengths;

    /// <summary>Row of every sample's first token.</summary>
    public ReadOnlyMemory<int> Firsts => _firsts;

    /// <summary>Position of every token.</summary>
    public ReadOnlyMemory<int> Positions => _positions;

    /// <summary>Positions of a sample's tokens behind the class tokens.</summary>
    public ReadOnlySpan<int> InputPositions(int sample) => _positions.AsSpan(_firsts[sample] + _special, _inputs[sample]);

    private static void Check(TransformerSpec spec, TrainingBatch batch)
    {
        int longest = spec.Tokens - spec.Input.ClassTokens;
        bool whole = batch.Kept.IsEmpty && spec.Input is not TokenInput;
        foreach (int length in batch.Lengths.Span)
            if (length < 1 || length > longest || (whole && length != longest))
                throw new ArgumentException($"A sample has {length} tokens; {spec.Name} takes {(whole ? "" : "1 to ")}{longest}.", nameof(batch));
        if (batch.Kept.IsEmpty) return;
        if (spec.Input is TokenInput) throw new ArgumentException("Tokens of a text are left out by leaving out their ids.", nameof(batch));
        if (batch.Kept.Length != batch.Lengths.Span.ToArray().Sum())
            throw new ArgumentException($"{batch.Kept.Length} kept patches for samples with {batch.Lengths.Span.ToArray().Sum()}", nameof(batch));
        foreach (int kept in batch.Kept.Span)
            if ((uint)kept >= (uint)longest) throw new ArgumentException($"There is no patch {kept} of {longest}.", nameof(batch));
    }
}
