using Ohmformer.Lab.Charts;
using Ohmformer.Lab.Tasks;
using Ohmformer.Training;

namespace Ohmformer.Lab.Runs;

/// <summary>Draws learning curves.</summary>
internal static class TrainingCurve
{
    /// <summary>Name of the drawing in a training's folder.</summary>
    public const string FileName = "curve.svg";

    /// <summary>Accuracy, or perplexity, of training and validation over the epochs.</summary>
    /// <param name="name">Name of the network.</param>
    /// <param name="metric">Accuracy or perplexity.</param>
    /// <param name="curve">The epochs, one at least.</param>
    /// <returns>SVG text.</returns>
    public static string Draw(string name, Metric metric, IReadOnlyList<EpochResult> curve)
    {
        bool accuracy = metric == Metric.Accuracy;
        double[] epochs = [.. curve.Select(e => (double)e.Epoch)];
        double[] training = [.. curve.Select(e => accuracy ? 100 * e.Accuracy : Math.Exp(e.Loss))];
        double[] validation = [.. curve.Select(e => accuracy ? 100 * e.ValidationAccuracy : Math.Exp(e.ValidationLoss))];
        var series = new List<Series> { Series.Line("training", epochs, training) };
        if (!double.IsNaN(validation[^1])) series.Insert(0, Series.Line("validation", epochs, validation));
        return Svg.Of(new Chart
        {
            Title = $"Training of {name}",
            X = new("epoch"),
            Y = accuracy ? new("accuracy") { Unit = "%" } : new("perplexity") { Log = true },
            Series = series,
        });
    }
}
