using Ohmformer.Arrays;
using Ohmformer.Lab.Runs;
using Ohmformer.Lab.Tasks;
using Ohmformer.Mapping;
using Ohmformer.Techniques.ClipFormer;

namespace Ohmformer.Lab.Experiments;

/// <summary>How a model did on a design.</summary>
/// <param name="Design">The design.</param>
/// <param name="Score">The task's metric with every noise seed.</param>
/// <param name="AttentionSnr">Signal-to-noise ratio of the attention blocks, in dB the mean over the seeds; null where nothing differs.</param>
public sealed record DesignScore(Design Design, AnalogScore Score, AttentionSnrResult? AttentionSnr);

/// <summary>The scores of one model on many designs that exist as code, for experiments: the model and the data are read once.</summary>
public static class DesignScores
{
    /// <summary>The score in single precision.</summary>
    /// <param name="request">Model, data and samples; its design and noise seeds are not used.</param>
    /// <param name="pruning">Tokens that drop out; null for none.</param>
    /// <param name="progress">Is told about every sample.</param>
    /// <param name="cancellation">Stops between matrix products.</param>
    /// <exception cref="Files.InputException">The model or the data cannot be used.</exception>
    public static double Float(EvaluationRequest request, TokenPruning? pruning, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        using var task = new TaskRun(request);
        return Scores.Of(task.Scope.Metric, task.Score(new FloatProduct(task.Workers), "float32", progress, cancellation, pruning));
    }

    /// <summary>Runs a model on designs, with every noise seed of the request.</summary>
    /// <param name="request">Model, data, samples and noise seeds; its design is not used.</param>
    /// <param name="designs">The designs; converters with calibrated ranges are calibrated on samples that are not scored.</param>
    /// <param name="measuredSamples">First samples whose attention blocks are compared with ideal ones.</param>
    /// <param name="progress">Is told about every sample.</param>
    /// <param name="cancellation">Stops between matrix products.</param>
    /// <exception cref="Files.InputException">The model, the data or a design cannot be used.</exception>
    public static IReadOnlyList<DesignScore> Run(
        EvaluationRequest request, IEnumerable<Design> designs, int measuredSamples, IProgress<PhaseProgress> progress, CancellationToken cancellation) =>
        [.. OneByOne(request, designs, measuredSamples, progress, cancellation)];

    /// <summary>As <see cref="Run"/>, with each score as soon as it is there.</summary>
    internal static IEnumerable<DesignScore> OneByOne(
        EvaluationRequest request, IEnumerable<Design> designs, int measuredSamples, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        using var task = new TaskRun(request);
        ulong[] seeds = [.. Enumerable.Range(0, request.NoiseSeeds).Select(i => request.Seed + (ulong)i)];
        foreach (var design in designs)
        {
            var calibration = AnalogProduct.NeedsCalibration(design)
                ? AnalogProduct.Calibrate(design, AdcCalibration.Seed, products => task.Calibrate(products, $"{design.Name}, calibration", progress, cancellation, design.TokenPruning), null)
                : null;
            var scores = new List<SampleScore[]>();
            var ratios = new List<EncoderSnr>();
            foreach (ulong seed in seeds)
            {
                var products = new AttentionSnr(new AnalogProduct(design, seed, new() { Calibration = calibration, Workers = task.Workers }), task.Spec, measuredSamples);
                scores.Add(task.Score(products, $"{design.Name}, seed {seed}", progress, cancellation, design.TokenPruning));
                ratios.AddRange(products.Encoders);
            }
            yield return new(design, AnalogScore.Of(task.Scope.Metric, seeds, scores), AttentionSnrResult.Of([.. ratios.GroupBy(r => r.Encoder).Select(MeanOf)]));
        }
    }

    /// <summary>The mean of dB over the seeds with an error; infinite where no seed has one.</summary>
    private static EncoderSnr MeanOf(IGrouping<string, EncoderSnr> seeds) =>
        new(seeds.Key, seeds.Select(s => s.Decibel).Where(double.IsFinite).DefaultIfEmpty(double.PositiveInfinity).Average());
}
