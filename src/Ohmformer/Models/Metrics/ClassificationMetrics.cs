namespace Ohmformer.Models.Metrics;

/// <summary>How well predicted classes fit the true ones.</summary>
public static class ClassificationMetrics
{
    /// <summary>Whether the true class is among those with the k largest logits; of equal logits the lower class comes first.</summary>
    /// <param name="logits">Shape [classes].</param>
    /// <param name="label">The true class.</param>
    /// <param name="k">How many classes count, 1 or 5 as a rule.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class, or k is below 1.</exception>
    public static bool IsTop(ReadOnlySpan<float> logits, int label, int k)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)label, (uint)logits.Length, nameof(label));
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        int before = 0;
        for (int n = 0; n < logits.Length; n++)
            if (logits[n] > logits[label] || (logits[n] == logits[label] && n < label)) before++;
        return before < k && !float.IsNaN(logits[label]);
    }

    /// <summary>Share of samples whose class was predicted.</summary>
    /// <param name="predicted">Predicted classes, shape [samples].</param>
    /// <param name="actual">True classes, shape [samples].</param>
    /// <exception cref="ArgumentException">There are no samples, or the numbers differ.</exception>
    public static double Accuracy(ReadOnlySpan<int> predicted, ReadOnlySpan<int> actual)
    {
        Check(predicted, actual);
        int correct = 0;
        for (int i = 0; i < actual.Length; i++) correct += predicted[i] == actual[i] ? 1 : 0;
        return (double)correct / actual.Length;
    }

    /// <summary>
    /// Matthews correlation coefficient, for two classes (Matthews 1975) or more (R_K of Gorodkin, Computational Biology and Chemistry 28, 2004); the metric of CoLA.
    /// </summary>
    /// <param name="predicted">Predicted classes, shape [samples], 0 or more.</param>
    /// <param name="actual">True classes, shape [samples], 0 or more.</param>
    /// <returns>From -1 to 1; 0 where all samples are of one class or predicted as one.</returns>
    /// <exception cref="ArgumentException">There are no samples, or the numbers differ.</exception>
    public static double Matthews(ReadOnlySpan<int> predicted, ReadOnlySpan<int> actual)
    {
        Check(predicted, actual);
        int classes = 0, correct = 0, samples = actual.Length;
        for (int i = 0; i < samples; i++) classes = Math.Max(classes, Math.Max(predicted[i], actual[i]) + 1);
        double[] predictions = new double[classes], truths = new double[classes];
        for (int i = 0; i < samples; i++)
        {
            predictions[predicted[i]]++;
            truths[actual[i]]++;
            if (predicted[i] == actual[i]) correct++;
        }
        double product = 0, predictionSquares = 0, truthSquares = 0, square = (double)samples * samples;
        for (int n = 0; n < classes; n++)
        {
            product += predictions[n] * truths[n];
            predictionSquares += predictions[n] * predictions[n];
            truthSquares += truths[n] * truths[n];
        }
        double spread = Math.Sqrt((square - predictionSquares) * (square - truthSquares));
        return spread == 0 ? 0 : ((double)correct * samples - product) / spread;
    }

    /// <summary>F1 score of class 1, the harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN); the metric of MRPC and QQP.</summary>
    /// <param name="predicted">Predicted classes, shape [samples].</param>
    /// <param name="actual">True classes, shape [samples].</param>
    /// <returns>From 0 to 1; 0 where class 1 does not occur.</returns>
    /// <exception cref="ArgumentException">There are no samples, or the numbers differ.</exception>
    public static double F1(ReadOnlySpan<int> predicted, ReadOnlySpan<int> actual)
    {
        Check(predicted, actual);
        int both = 0, either = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            if (predicted[i] == 1 && actual[i] == 1) both++;
            either += (predicted[i] == 1 ? 1 : 0) + (actual[i] == 1 ? 1 : 0);
        }
        return either == 0 ? 0 : 2.0 * both / either;
    }

    private static void Check(ReadOnlySpan<int> predicted, ReadOnlySpan<int> actual)
    {
        if (actual.Length == 0 || predicted.Length != actual.Length)
            throw new ArgumentException($"{predicted.Length} predictions of {actual.Length} samples; the numbers must be equal and not 0", nameof(predicted));
    }
}
