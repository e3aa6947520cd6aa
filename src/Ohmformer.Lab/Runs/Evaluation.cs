using System.Diagnostics;
using System.Globalization;
using Ohmformer.Arrays;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Physics;

namespace Ohmformer.Lab.Runs;

/// <summary>A finished evaluation.</summary>
/// <param name="Design">The design, resolved.</param>
/// <param name="Result">What was found.</param>
/// <param name="Log">What happened, line by line.</param>
public sealed record EvaluationRun(Design Design, EvaluationResult Result, IReadOnlyList<string> Log);

/// <summary>
/// Accuracy of a model in float, 8-bit digital and analog arithmetic, and the cost of one inference, on one or several designs.
/// </summary>
public static class Evaluation
{
    /// <summary>Images that set calibrated converter ranges.</summary>
    private const int CalibrationImages = 8;

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
        var workload = TransformerWorkload.Of(ModelSource.Load(requests[0].Model).Spec);
        var costs = designs.Select(design => CostResults.Estimate(design, workload)).ToList();
        var classification = new ImageClassification(requests[0]);

        var clock = Stopwatch.StartNew();
        double floating = classification.Accuracy(new FloatProduct(), "float", progress, cancellation);
        double floatSeconds = clock.Elapsed.TotalSeconds;

        var runs = new List<EvaluationRun>();
        foreach (var (request, design, cost) in requests.Zip(designs, costs))
        {
            var evaluation = new DesignEvaluation(request, design, classification, progress, cancellation);
            runs.Add(evaluation.Run(cost, floating, floatSeconds));
        }
        return runs;
    }

    /// <summary>The part of an evaluation that depends on the design.</summary>
    private sealed class DesignEvaluation(
        EvaluationRequest request, Design design, ImageClassification classification, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        private readonly List<string> _log = [];

        public EvaluationRun Run(CostResult cost, double floating, double floatSeconds)
        {
            Log($"Ohmformer {Versions.Version}: {request.Model} on {design.Name}, {classification.Count} images of {classification.Data}, {request.Threads} threads");
            Log($"float32: {floating:P2} in {floatSeconds:F1} s");

            var clock = Stopwatch.StartNew();
            double digital = classification.Accuracy(new IntegerProduct(), "digital, 8 bit", progress, cancellation);
            double digitalSeconds = clock.Elapsed.TotalSeconds;
            Log($"digital, 8 bit: {digital:P2} in {digitalSeconds:F1} s");

            clock.Restart();
            var calibration = Calibrate();
            var seeds = Enumerable.Range(0, request.NoiseSeeds).Select(i => request.Seed + (ulong)i).ToArray();
            var accuracies = new double[seeds.Length];
            IReadOnlyList<SiteDiagnostics> diagnostics = [];
            for (int i = 0; i < seeds.Length; i++)
            {
                var analog = new AnalogProduct(design, seeds[i], new() { Calibration = calibration, DiagnosedImages = i == 0 ? DiagnosedImages : 0 });
                accuracies[i] = classification.Accuracy(analog, $"analog, seed {seeds[i]}", progress, cancellation);
                Log($"analog, seed {seeds[i]}: {accuracies[i]:P2} after {clock.Elapsed.TotalSeconds:F1} s");
                if (i == 0) diagnostics = analog.Diagnostics;
            }

            var warnings = Warnings(diagnostics);
            warnings.ForEach(w => Log($"warning: {w}"));
            double analogSeconds = clock.Elapsed.TotalSeconds;
            return new(design, new()
            {
                Version = Versions.Version,
                Seed = request.Seed,
                Model = request.Model,
                Data = classification.Data,
                Design = design.Name,
                Samples = classification.Count,
                Accuracy = new() { Float = floating, Digital = digital, Analog = AnalogAccuracy.Of(seeds, accuracies) },
                Cost = cost,
                Diagnostics = [.. diagnostics.Select(Site)],
                Warnings = warnings,
                Timing = new()
                {
                    FloatSecond = floatSeconds,
                    DigitalSecond = digitalSeconds,
                    AnalogSecond = analogSeconds,
                    AnalogSecondPerImage = analogSeconds / (seeds.Length * classification.Count),
                },
            }, _log);
        }

        private AdcCalibration? Calibrate()
        {
            if (!AnalogProduct.NeedsCalibration(design)) return null;
            var calibration = AnalogProduct.Calibrate(design, request.Seed, products =>
                classification.Accuracy(products, "calibration", progress, cancellation, CalibrationImages));
            Log($"converter ranges calibrated on the first {CalibrationImages} images");
            return calibration;
        }

        private void Log(FormattableString line) => _log.Add(
            string.Create(CultureInfo.InvariantCulture, $"{DateTime.Now:yyyy-MM-dd HH:mm:ss} {line.ToString(CultureInfo.InvariantCulture)}"));

        /// <summary>One sentence for each kind of fault: the worst site, and how many others share it.</summary>
        private static List<string> Warnings(IReadOnlyList<SiteDiagnostics> diagnostics) =>
        [
            .. diagnostics.OrderBy(d => d.SnrDecibel).SelectMany(d => d.Warnings).GroupBy(w => w.Fault)
                .Select(g => g.Count() == 1 ? g.First().Message : $"{g.First().Message} ({g.Count() - 1} more products have the same fault.)"),
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
