using Ohmformer.Lab.Tasks;
using Ohmformer.Models.Metrics;
using Ohmformer.Training;

namespace Ohmformer.Lab.Runs;

/// <summary>A finished training, as people want to read it.</summary>
public sealed record TrainingReport
{
    /// <summary>Describes a training.</summary>
    /// <param name="result">The training.</param>
    /// <param name="metric">Accuracy or perplexity.</param>
    public TrainingReport(TrainingResult result, Metric metric)
    {
        (Result, Metric) = (result, metric);
        if (metric == Metric.Accuracy) Interval = Models.Metrics.Interval.Wilson(result.Test.Accuracy, result.Test.Answers);
    }

    /// <summary>The training.</summary>
    public TrainingResult Result { get; }

    /// <summary>What the score measures.</summary>
    public Metric Metric { get; }

    /// <summary>The final network's score on the test samples.</summary>
    public double Score => Metric == Metric.Accuracy ? Result.Test.Accuracy : Math.Exp(Result.Test.Loss);

    /// <summary>The 95 % interval of an accuracy, or null.</summary>
    public Interval? Interval { get; }

    /// <summary>Time spent in hours, minutes and seconds.</summary>
    public string Duration => DurationText.Of(Result.Elapsed);

    /// <summary>For example "test accuracy 98.35 % (97.7 to 98.8 %) of 2000 after 50 epochs in 00:15:10".</summary>
    public string Summary
    {
        get
        {
            string score = Metric == Metric.Accuracy
                ? $"test accuracy {MetricText.Value(Metric, Score)} ({MetricText.Range(Metric, Interval!.Value)}) of {Result.Test.Answers}"
                : $"test perplexity {MetricText.Value(Metric, Score)} of {Result.Test.Answers} tokens";
            string kept = Result.BestEpoch < Result.Curve.Count ? $", the best of which is {Result.BestEpoch}," : "";
            return $"{score} after {Result.Curve.Count} epochs{kept} in {Duration}";
        }
    }
}
