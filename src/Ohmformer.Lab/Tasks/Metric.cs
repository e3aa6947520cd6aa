using System.Globalization;
using Ohmformer.Models.Metrics;

namespace Ohmformer.Lab.Tasks;

/// <summary>What an evaluation measures.</summary>
public enum Metric
{
    /// <summary>Share of samples that are right.</summary>
    Accuracy,

    /// <summary>Matthews correlation coefficient, from -1 to 1.</summary>
    MatthewsCorrelation,

    /// <summary>Mean overlap of answers with true ones, from 0 to 1 (SQuAD).</summary>
    F1,

    /// <summary>Share of samples whose true class has one of the five largest logits.</summary>
    Top5Accuracy,

    /// <summary>Exponential of the mean negative log-likelihood of a token; less is better.</summary>
    Perplexity,
}

/// <summary>Values of metrics for people.</summary>
public static class MetricText
{
    /// <summary>The name, for example "perplexity".</summary>
    public static string Name(Metric metric) => metric switch
    {
        Metric.Accuracy => "top-1 accuracy",
        Metric.Top5Accuracy => "top-5 accuracy",
        Metric.MatthewsCorrelation => "Matthews correlation",
        Metric.F1 => "F1",
        _ => "perplexity",
    };

    /// <summary>Whether values are shares, written in percent.</summary>
    public static bool IsShare(Metric metric) => metric is Metric.Accuracy or Metric.Top5Accuracy or Metric.F1;

    /// <summary>A value with its unit, for example "97.63 %" or "5.2191".</summary>
    public static string Value(Metric metric, double value) => Number(metric, value) + (IsShare(metric) ? " %" : "");

    /// <summary>A value without its unit: a percentage with two digits, else four.</summary>
    public static string Number(Metric metric, double value) => IsShare(metric)
        ? string.Create(CultureInfo.InvariantCulture, $"{100 * value:F2}")
        : string.Create(CultureInfo.InvariantCulture, $"{value:F4}");

    /// <summary>An interval with its unit, for example "95.2 to 98.8 %".</summary>
    public static string Range(Metric metric, Interval interval) => IsShare(metric)
        ? string.Create(CultureInfo.InvariantCulture, $"{100 * interval.Low:F1} to {100 * interval.High:F1} %")
        : string.Create(CultureInfo.InvariantCulture, $"{interval.Low:F3} to {interval.High:F3}");
}
