namespace Ohmformer.Training.Tasks;

/// <summary>The wanted answers of a few samples of classes.</summary>
/// <param name="samples">Number of samples.</param>
/// <param name="classes">Number of classes.</param>
/// <param name="smoothing">
/// Share of the probability that is spread over all classes (Szegedy et al.: Rethinking the Inception architecture, arXiv:1512.00567, section 7).
/// </param>
internal sealed class ClassTargets(int samples, int classes, double smoothing)
{
    private readonly float[] _probabilities = new float[samples * classes];

    /// <summary>The class of each sample, the one with the larger share of a mixed one.</summary>
    public int[] Labels { get; } = new int[samples];

    /// <summary>Wanted probabilities [samples, classes]; empty when the labels say it all.</summary>
    public ReadOnlyMemory<float> Probabilities => _says ? _probabilities : default;

    private bool _says = smoothing > 0;

    /// <summary>Sets the answer of a sample.</summary>
    /// <param name="sample">Its place in the batch.</param>
    /// <param name="label">Its class.</param>
    public void Set(int sample, int label) => Set(sample, label, label, 1);

    /// <summary>Sets the answer of a sample that is mixed from two.</summary>
    /// <param name="sample">Its place in the batch.</param>
    /// <param name="label">Class of one.</param>
    /// <param name="other">Class of the other.</param>
    /// <param name="share">Share of the one.</param>
    public void Set(int sample, int label, int other, float share)
    {
        Labels[sample] = share >= 0.5f ? label : other;
        _says |= share < 1;
        var row = _probabilities.AsSpan(sample * classes, classes);
        row.Fill((float)(smoothing / classes));
        row[label] += (float)(1 - smoothing) * share;
        row[other] += (float)(1 - smoothing) * (1 - share);
    }
}
