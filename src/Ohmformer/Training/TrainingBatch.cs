namespace Ohmformer.Training;

/// <summary>A few samples that a network is trained on at once, and what it should answer. Texts need no padding: every sample has its own length.</summary>
public sealed record TrainingBatch
{
    /// <summary>Pixels [samples, channels, size, size], normalized, or features [samples, frames, features]; empty for text.</summary>
    public ReadOnlyMemory<float> Values { get; init; }

    /// <summary>Token ids of all texts, one text behind the other; empty for images and features.</summary>
    public ReadOnlyMemory<int> Ids { get; init; }

    /// <summary>Segment of every token; all 0 when empty.</summary>
    public ReadOnlyMemory<int> Segments { get; init; }

    /// <summary>Tokens of every sample without class tokens: of a text, or the patches or frames that the network sees.</summary>
    public required ReadOnlyMemory<int> Lengths { get; init; }

    /// <summary>
    /// Which patches or frames the network sees, ascending within each sample, one sample behind the other; all when empty. Leaving some out
    /// saves time and regularizes (Liu et al.: PatchDropout, arXiv:2208.07220).
    /// </summary>
    public ReadOnlyMemory<int> Kept { get; init; }

    /// <summary>The class of every row of logits: of each sample, or of each token of a network that answers for every token; -1 for rows that are not scored.</summary>
    public required ReadOnlyMemory<int> Labels { get; init; }

    /// <summary>
    /// Wanted probabilities [rows of logits, classes], each row with sum 1, when they are more than a label: smoothed or mixed labels,
    /// another network's answers. Empty when the labels say it all.
    /// </summary>
    public ReadOnlyMemory<float> Probabilities { get; init; }
}
