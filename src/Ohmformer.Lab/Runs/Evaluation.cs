using System.Diagnostics;
using Ohmformer.Arrays;
using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;
using Ohmformer.Models;

namespace Ohmformer.Lab.Runs;

/// <summary>A finished evaluation.</summary>
/// <param name="Design">The design, resolved.</param>
/// <param name="Result">What was found.</param>
/// <param name="Log">What happened, line by line.</param>
/// <param name="Correct">Which samples the design classified correctly with the first noise seed, shape [samples].</param>
public sealed record EvaluationRun(Design Design, EvaluationResult Result, IReadOnlyList<string> Log, IReadOnlyList<bool> Correct);

/// <summary>
/// Accuracy of a model in float, 8-bit digital and analog arithmetic, and the cost of one inference, on one or several designs.
/// </summary>
public static class Evaluation
{
    /// <summary>Images whose products are compared with the exact integer product.</summary>
    private const int DiagnosedImages = 8;

    /// <summary>Evaluates one design.</summary>
    /// <exception cref="InputException">The model, the data or the design cannot be used.</exception>
    /// <exception cref="OperationCanceledException">The user interrupted.</exception>
    public static EvaluationRun Run(EvaluationRequest request, IProgress<PhaseProgress> progress, CancellationToken cancellation) =>
        Run([request], progress, cancellation)[0];

    /// <summary>Evaluates several designs; all requests name the same model, data and samples.</summary>
    /// <exception cref="InputException">The model, the data or a design cannot be used; found before anything runs.</exception>
    /// <exception cref="OperationCanceledException">The user interrupted.</exception>
    public static IReadOnlyList<EvaluationRun> Run(IReadOnlyList<EvaluationRequest> requests, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        var designs = requests.Select(r => DesignFile.Load(r.Design)).ToList();
        using var classification = new ImageClassification(requests[0]);
        var workload = TransformerWorkload.Of(classification.Spec);
        var costs = designs.Select(design => CostResults.Estimate(design, workload)).ToList();

        var common = new RunLog();
        common.Add($"Ohmformer {Versions.Version}: {requests[0].Model}, {classification.Count} images of {classification.Data}, {requests[0].Threads} threads");
        if (classification.Notice is { } notice) common.Add($"notice: {notice}");
        var floating = Timed(new FloatProduct(classification.Workers), "float32");
        var digital = Timed(new IntegerProduct(workers: classification.Workers), "digital, 8 bit");
        var runs = requests.Zip(designs, costs).Select(r =>
        {
            string prefix = requests.Count == 1 ? "" : $"{r.Second.Name}: ";
            return new DesignEvaluation(r.First, r.Second, classification, new(common), prefix, progress, cancellation).Run(r.Third, floating, digital);
        }).ToList();
        return [runs[0], .. runs.Skip(1).Select(run => run with { Result = run.Result with { VersusFirst = PairedResult.Of(runs[0], run) } })];

        TimedAccuracy Timed(IMatrixProduct products, string name)
        {
            var clock = Stopwatch.StartNew();
            double accuracy = Share(classification.Correct(products, name, progress, cancellation));
            common.Add($"{name}: {accuracy:P2} in {clock.Elapsed.TotalSeconds:F1} s");
            return new(accuracy, clock.Elapsed.TotalSeconds);
        }
    }

    private static double Share(bool[] correct) => (double)correct.Count(c => c) / correct.Length;

    private readonly record struct TimedAccuracy(double Accuracy, double Seconds);

    /// <summary>The part of an evaluation that depends on the design.</summary>
    private sealed class DesignEvaluation(
        EvaluationRequest request, Design design, ImageClassification classification, RunLog log, string prefix, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        public EvaluationRun Run(CostResult cost, TimedAccuracy floating, TimedAccuracy digital)
        {
            log.Add($"design {design.Name}");
            var clock = Stopwatch.StartNew();
            var calibration = Calibrate();
            var seeds = Enumerable.Range(0, request.NoiseSeeds).Select(i => request.Seed + (ulong)i).ToArray();
            var accuracies = new double[seeds.Length];
            IReadOnlyList<SiteDiagnostics> diagnostics = [];
            bool[] withFirstSeed = [];
            for (int i = 0; i < seeds.Length; i++)
            {
                var analog = new AnalogProduct(
                    design, seeds[i], new() { Calibration = calibration, DiagnosedImages = i == 0 ? DiagnosedImages : 0, Workers = classification.Workers });
                bool[] correct = classification.Correct(analog, $"{prefix}analog, seed {seeds[i]}", progress, cancellation);
                accuracies[i] = Share(correct);
                log.Add($"analog, seed {seeds[i]}: {accuracies[i]:P2} after {clock.Elapsed.TotalSeconds:F1} s");
                if (i == 0) (diagnostics, withFirstSeed) = (analog.Diagnostics, correct);
            }

            List<string> warnings = [.. classification.Notice is { } notice ? [notice] : (string[])[], .. cost.Warnings, .. Warnings(diagnostics)];
            warnings.ForEach(w => log.Add($"warning: {w}"));
            double analogSeconds = clock.Elapsed.TotalSeconds;
            return new(design, new()
            {
                Version = Versions.Version,
                Seed = request.Seed,
                Model = request.Model,
                Data = classification.Data,
                Design = design.Name,
                Samples = classification.Count,
                Accuracy = AccuracyResult.Of(floating.Accuracy, digital.Accuracy, seeds, accuracies, classification.Count),
                Cost = cost,
                Diagnostics = [.. diagnostics.Select(Site)],
                Warnings = warnings,
                Timing = new()
                {
                    FloatSecond = floating.Seconds,
                    DigitalSecond = digital.Seconds,
                    AnalogSecond = analogSeconds,
                    AnalogSecondPerImage = analogSeconds / (seeds.Length * classification.Count),
                },
            }, log.Lines, withFirstSeed);
        }

        private AdcCalibration? Calibrate()
        {
            if (!AnalogProduct.NeedsCalibration(design)) return null;
            string images = "";
            var calibration = AnalogProduct.Calibrate(design, AdcCalibration.Seed, products =>
                images = classification.Calibrate(products, prefix + "calibration", progress, cancellation));
            log.Add($"converter ranges calibrated on {images}");
            return calibration;
        }

        /// <summary>One sentence for each kind of fault: the worst site, and how many others share it.</summary>
        private static List<string> Warnings(IReadOnlyList<SiteDiagnostics> diagnostics) =>
        [
            .. diagnostics.OrderBy(d => d.SnrDecibel).SelectMany(d => d.Warnings).GroupBy(w => w.Fault)
                .Select(g => (Worst: g.First().Message, Others: g.Count() - 1))
                .Select(w => w.Worst + (w.Others == 0 ? "" : w.Others == 1 ? " (One more product has the same fault.)" : $" ({w.Others} more products have the same fault.)")),
        ];

        private static SiteResult Site(SiteDiagnostics d) => new()
        {
            Site = d.Site.Name,
            LayerClass = CostResults.SnakeCase(d.Site.Class.ToString()),
            ClippedShare = d.ClippedShare,
            RangeUsed = d.UsedRangeShare,
            BitSparsity = d.ZeroPulseShare,
            GminCurrentShare = d.GMinCurrentShare,
            SnrDecibel = double.IsFinite(d.SnrDecibel) ? d.SnrDecibel : null,
        };
    }
}
