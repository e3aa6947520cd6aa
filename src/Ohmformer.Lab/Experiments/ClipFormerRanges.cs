using System.Globalization;
using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Runs;
using Ohmformer.Mapping;
using Ohmformer.Techniques.ClipFormer;

namespace Ohmformer.Lab.Experiments;

/// <summary>How K and V fill their range: what the transform takes away, and how far the write noise, which grows with the root, stands above a typical value.</summary>
internal static class ClipFormerRanges
{
    private const int Samples = 16;
    private const double Alpha = 2, Beta = 0.25;

    /// <summary>Measures the models in single precision.</summary>
    /// <param name="models">The models.</param>
    /// <param name="request">Threads.</param>
    /// <param name="progress">Is told about every sample.</param>
    /// <param name="cancellation">Stops between matrix products.</param>
    /// <exception cref="Files.InputException">A model or its data cannot be used.</exception>
    public static ReportTable Table(IEnumerable<ExperimentModel> models, ExperimentRequest request, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        double ratio = DesignFile.Load("clipformer-rram").DynamicMacro.Device.OnOffRatio, lower = Alpha / (ratio - 1), upper = (Beta * ratio - 1) / (ratio - 1);
        return new(
            "ranges", string.Create(CultureInfo.InvariantCulture, $"How K and V fill the range up to wMax, over {Samples} samples: alpha {Alpha} sets to zero what lies below {100 * lower:F1} % of it, beta {Beta} clips what lies above {100 * upper:F1} %"),
            ["model", "K: mean of |W|/wMax", "K: set to zero", "K: clipped", "V: mean of |W|/wMax", "V: set to zero", "V: clipped"],
            [.. models.Select(model =>
            {
                using var task = new TaskRun(new() { Model = model.Model, Data = model.Data, Samples = Samples, NoiseSeeds = 1, Threads = request.Threads });
                var spread = new OperandSpread(new FloatProduct(task.Workers), lower, upper);
                task.Score(spread, $"{model.Name}: ranges of K and V", progress, cancellation);
                return (IReadOnlyList<string>)[model.Name, .. Cells(spread.Keys), .. Cells(spread.Values)];
            })]);
    }

    private static string[] Cells(RangeUse use) => [use.MeanMagnitude.ToString("F3", CultureInfo.InvariantCulture), Percent(use.Below), Percent(use.Above)];

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1} %");
}
