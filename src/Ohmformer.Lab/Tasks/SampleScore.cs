using System.Numerics.Tensors;
using Ohmformer.Models.Metrics;

namespace Ohmformer.Lab.Tasks;

/// <summary>How a model did on one sample.</summary>
internal readonly record struct SampleScore
{
    /// <summary>Whether it is right; null where samples are not right or wrong.</summary>
    public bool? Right { get; init; }

    /// <summary>Whether the true class has one of the five largest logits, of classifications.</summary>
    public bool AmongFive { get; init; }

    /// <summary>Predicted and true class, of classifications.</summary>
    public (int Predicted, int Actual) Class { get; init; }

    /// <summary>Overlap with the true answer, or sum of negative log-likelihoods in nats.</summary>
    public double Value { get; init; }

    /// <summary>Tokens that <see cref="Value"/> is a sum over.</summary>
    public int Tokens { get; init; }

    /// <summary>The score of a classification.</summary>
    /// <param name="logits">Shape [classes].</param>
    /// <param name="label">The true class.</param>
    public static SampleScore OfClass(ReadOnlySpan<float> logits, int label)
    {
        bool right = ClassificationMetrics.IsTop(logits, label, 1);
        return new() { Right = right, AmongFive = ClassificationMetrics.IsTop(logits, label, 5), Class = (right ? label : TensorPrimitives.IndexOfMax(logits), label) };
    }
}

/// <summary>Metrics of many samples.</summary>
internal static class Scores
{
    /// <summary>A metric over all samples.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="scores">Shape [samples], one at least.</param>
    public static double Of(Metric metric, IReadOnlyList<SampleScore> scores) => Of(metric, scores, [.. Enumerable.Range(0, scores.Count)]);

    /// <summary>
    /// The 95 % interval for other samples of the same kind of the mean of a metric over runs. Runs share the samples, so these count once:
    /// Wilson's interval of an accuracy, else by bootstrap.
    /// </summary>
    /// <param name="metric">The metric.</param>
    /// <param name="runs">The samples' scores of each run, shape [runs][samples].</param>
    public static Interval IntervalOf(Metric metric, IReadOnlyList<SampleScore[]> runs) => metric is Metric.Accuracy or Metric.Top5Accuracy
        ? Interval.Wilson(Math.Clamp(runs.Average(run => Of(metric, run)), 0, 1), runs[0].Length)
        : Bootstrap.Of(runs[0].Length, samples =>
        {
            double sum = 0;
            foreach (var run in runs) sum += Of(metric, run, samples);
            return sum / runs.Count;
        });

    private static double Of(Metric metric, IReadOnlyList<SampleScore> scores, ReadOnlySpan<int> samples)
    {
        if (metric == Metric.MatthewsCorrelation) return Matthews(scores, samples);
        double sum = 0, tokens = 0;
        int right = 0, amongFive = 0;
        foreach (int sample in samples)
        {
            var score = scores[sample];
            (sum, tokens) = (sum + score.Value, tokens + score.Tokens);
            if (score.Right == true) right++;
            if (score.AmongFive) amongFive++;
        }
        return metric switch
        {
            Metric.Accuracy => (double)right / samples.Length,
            Metric.Top5Accuracy => (double)amongFive / samples.Length,
            Metric.F1 => sum / samples.Length,
            _ => Math.Exp(sum / tokens),
        };
    }

    private static double Matthews(IReadOnlyList<SampleScore> scores, ReadOnlySpan<int> samples)
    {
        int[] predicted = new int[samples.Length], actual = new int[samples.Length];
        for (int i = 0; i < samples.Length; i++) (predicted[i], actual[i]) = scores[samples[i]].Class;
        return ClassificationMetrics.Matthews(predicted, actual);
    }
}
