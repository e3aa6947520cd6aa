using Ohmformer.Models;

namespace Ohmformer.Training;

/// <summary>Whether a batch is one that a network reads.</summary>
internal static class BatchCheck
{
    /// <summary>Checks sizes and indices; ids are checked where they are looked up.</summary>
    /// <exception cref="ArgumentException">The batch does not fit the network.</exception>
    public static void ThrowIfUnfit(TransformerSpec spec, TrainingBatch batch)
    {
        int longest = spec.Tokens - spec.Input.ClassTokens, tokens = 0;
        bool text = spec.Input is TokenInput, whole = !text && batch.Kept.IsEmpty;
        foreach (int length in batch.Lengths.Span)
        {
            if (length < 1 || length > longest || (whole && length != longest))
                throw new ArgumentException($"A sample has {length} tokens; {spec.Name} takes {(whole ? "" : "1 to ")}{longest}.", nameof(batch));
            tokens += length;
        }
        int values = spec.Input switch
        {
            ImageInput image => image.Values,
            FeatureInput features => features.Frames * features.Features,
            _ => 0,
        };
        Require(batch.Values.Length, batch.Lengths.Length * values, "values");
        Require(batch.Ids.Length, text ? tokens : 0, "ids");
        if (!batch.Segments.IsEmpty) Require(batch.Segments.Length, batch.Ids.Length, "segments");
        if (!batch.Kept.IsEmpty) CheckKept(batch, text ? 0 : longest, tokens);
    }

    private static void CheckKept(TrainingBatch batch, int longest, int tokens)
    {
        Require(batch.Kept.Length, tokens, "kept patches");
        foreach (var (start, length) in new Sequences(batch.Lengths))
            for (int i = start, last = -1; i < start + length; last = batch.Kept.Span[i++])
                if (batch.Kept.Span[i] <= last || batch.Kept.Span[i] >= longest)
                    throw new ArgumentException($"The kept patch {batch.Kept.Span[i]} of {longest} does not come behind {last}.", nameof(batch));
    }

    private static void Require(int found, int expected, string what)
    {
        if (found != expected) throw new ArgumentException($"The batch has {found} {what}, expected {expected}.");
    }
}
