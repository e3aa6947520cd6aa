namespace Ohmformer.Tests.Training;

/// <summary>Smoothed labels as a matrix, to compare with.</summary>
internal static class SmoothedLabels
{
    /// <summary>
    /// Targets 1 - smoothing + smoothing / classes for the label and smoothing / classes elsewhere (Szegedy et al.: Rethinking
    /// the Inception architecture, arXiv:1512.00567, section 7).
    /// </summary>
    /// <param name="labels">One class per row.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="smoothing">From 0, no smoothing, to 1.</param>
    /// <returns>Shape [rows, classes].</returns>
    public static float[] Of(ReadOnlySpan<int> labels, int classes, double smoothing)
    {
        var targets = new float[labels.Length * classes];
        Array.Fill(targets, (float)(smoothing / classes));
        for (int i = 0; i < labels.Length; i++) targets[i * classes + labels[i]] = (float)(1 - smoothing + smoothing / classes);
        return targets;
    }
}
