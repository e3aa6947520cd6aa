using System.Globalization;
using Ohmformer.Lab.Charts;
using Ohmformer.Lab.Tasks;

namespace Ohmformer.Lab.Runs;

/// <summary>The designs of a comparison by their score and their energy.</summary>
internal static class ComparisonChart
{
    private const double MicroJoule = 1e-6;

    /// <summary>The chart: analog scores with their 95 % intervals over the energy of one inference.</summary>
    /// <param name="results">One for each design, of the same model and data.</param>
    public static Chart Of(IReadOnlyList<EvaluationResult> results)
    {
        var (first, metric) = (results[0], results[0].Metric);
        double scale = MetricText.IsShare(metric) ? 100 : 1;
        return new()
        {
            Title = $"{first.Model}: {MetricText.Name(metric)} and energy",
            Subtitle = string.Create(
                CultureInfo.InvariantCulture,
                $"{first.Samples:N0} samples of {first.Data}, 95 % intervals; float32 {MetricText.Value(metric, first.Headline.Float)}"),
            X = new("energy of one inference") { Unit = "uJ", Log = true },
            Y = new(MetricText.Name(metric)) { Unit = MetricText.IsShare(metric) ? "%" : null },
            Series = [new("designs", [.. results.Select(Point)]) { Style = SeriesStyle.Markers }],
        };

        ChartPoint Point(EvaluationResult result)
        {
            var analog = result.Headline.Analog;
            return new(result.Cost.EnergyJoule / MicroJoule, scale * analog.Mean) { Low = scale * analog.Interval.Low, High = scale * analog.Interval.High, Label = result.Design };
        }
    }
}
