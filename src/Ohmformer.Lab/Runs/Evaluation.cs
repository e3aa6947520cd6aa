using System.Diagnostics;
using Ohmformer.Arrays;
using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Tasks;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Techniques.ClipFormer;

namespace Ohmformer.Lab.Runs;

/// <summary>A finished evaluation.</summary>
/// <param name="Design">The design, resolved.</param>
/// <param name="Result">What was found.</param>
/// <param name="Log">What happened, line by line.</param>
/// <param name="Correct">Which samples the design had right with the first noise seed, shape [samples]; null where samples are not right or wrong.</param>
public sealed record EvaluationRun(Design Design, EvaluationResult Result, IReadOnlyList<string> Log, IReadOnlyList<bool>? Correct);

/// <summary>A design of an evaluation and what one inference costs on it.</summary>
internal sealed record PricedDesign(EvaluationRequest Request, Design Design, CostResult Cost);

/// <summary>
/// The score of a model on its task in float, digital (8 bits, or what the design's quantization says) and analog arithmetic, and the cost of one inference, on one or several designs.
/// </summary>
public static class Evaluation
{
    /// <summary>In the names of the phases that take most of the time.</summary>
    internal const string AnalogPhase = "analog, seed ";

    /// <summary>Evaluates one design.</summary>
    /// <exception cref="InputException">The model, the data or the design cannot be used; found before anything runs.</exception>
    /// <exception cref="OperationCanceledException">The user interrupted.</exception>
    public static EvaluationRun Run(EvaluationRequest request, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        using var task = new TaskRun(request);
        return Run(task, [Price(task, request)], _ => "", progress, cancellation)[0];
    }

    /// <summary>Reads the design of a request and prices it.</summary>
    /// <exception cref="InputException">The design cannot be used for the model.</exception>
    internal static PricedDesign Price(TaskRun task, EvaluationRequest request)
    {
        var design = DesignFile.Load(request.Design, request.Settings);
        return new(request, design, CostResults.Estimate(design, TransformerWorkload.Of(task.Spec with { Pruning = design.TokenPruning }, task.Scope.Tokens)));
    }

    /// <summary>Evaluates several designs.</summary>
    /// <param name="task">Model and data of all requests.</param>
    /// <param name="priced">The designs.</param>
    /// <param name="prefix">What the names of a request's phases begin with.</param>
    /// <param name="progress">Is told about every sample.</param>
    /// <param name="cancellation">Stops between matrix products.</param>
    internal static IReadOnlyList<EvaluationRun> Run(
        TaskRun task, IReadOnlyList<PricedDesign> priced, Func<EvaluationRequest, string> prefix, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        var (first, scope) = (priced[0].Request, task.Scope);
        var common = new RunLog();
        common.Add($"Ohmformer {Versions.Version}: {first.Model}, {scope.Count} {task.Kind.Samples} of {task.Data}, {first.Threads} threads");
        common.Add($"{task.Kind.Name}: {MetricText.Name(scope.Metric)}");
        if (scope.Notice is { } notice) common.Add($"notice: {notice}");
        var floating = Timed(new FloatProduct(task.Workers), "float32");
        var digital = priced.Select(p => p.Design).GroupBy(DigitalKey.Of).ToDictionary(g => g.Key, g => Digital(g.Key, g.First().Name));
        return [.. priced.Select(p => new DesignEvaluation(p.Request, p.Design, task, new(common), prefix(p.Request), progress, cancellation)
            .Run(p.Cost, floating, digital[DigitalKey.Of(p.Design)]))];

        DigitalRun Digital(DigitalKey key, string design)
        {
            var (quantization, pruning) = key;
            string name = quantization.Words.Length == 0 && pruning is null ? "digital, 8 bit" : $"digital, {design}", inputs = "";
            var ranges = quantization.NeedsCalibration
                ? QuantizationRanges.Calibrate(quantization, products => inputs = task.Calibrate(products, $"{name}: ranges", progress, cancellation, pruning), new FloatProduct(task.Workers))
                : null;
            if (ranges is not null) common.Add($"{name}: ranges of operands calibrated on {inputs}");
            return new(Timed(new IntegerProduct(quantization: quantization, ranges: ranges, workers: task.Workers), name, pruning), ranges);
        }

        TimedScores Timed(IMatrixProduct products, string name, TokenPruning? pruning = null)
        {
            var clock = Stopwatch.StartNew();
            var scores = task.Score(products, name, progress, cancellation, pruning);
            common.Add($"{name}: {Headline(scope.Metric, scores)} in {clock.Elapsed.TotalSeconds:F1} s");
            return new(scores, clock.Elapsed.TotalSeconds);
        }
    }

    private static string Headline(Metric metric, SampleScore[] scores) => MetricText.Value(metric, Scores.Of(metric, scores));

    private static QuantizationSpec QuantizationOf(Design design) => design.Quantization ?? new();

    private readonly record struct TimedScores(SampleScore[] Scores, double Seconds);

    /// <summary>What decides a digital run.</summary>
    private sealed record DigitalKey(QuantizationSpec Quantization, TokenPruning? Pruning)
    {
        public static DigitalKey Of(Design design) => new(QuantizationOf(design), design.TokenPruning);
    }

    /// <summary>What the designs of one <see cref="DigitalKey"/> share.</summary>
    private sealed record DigitalRun(TimedScores Timed, QuantizationRanges? Ranges);

    /// <summary>The part of an evaluation that depends on the design.</summary>
    private sealed class DesignEvaluation(
        EvaluationRequest request, Design design, TaskRun task, RunLog log, string prefix, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        public EvaluationRun Run(CostResult cost, TimedScores floating, DigitalRun digital)
        {
            log.Add($"design {design.Name}");
            var clock = Stopwatch.StartNew();
            var (scope, calibration) = (task.Scope, Calibrate(digital.Ranges));
            var seeds = Enumerable.Range(0, request.NoiseSeeds).Select(i => request.Seed + (ulong)i).ToArray();
            var scores = new SampleScore[seeds.Length][];
            IReadOnlyList<SiteDiagnostics> diagnostics = [];
            IReadOnlyList<EncoderSnr> attention = [];
            for (int i = 0; i < seeds.Length; i++)
            {
                var analog = new AnalogProduct(
                    design, seeds[i], new() { Calibration = calibration, Ranges = digital.Ranges, DiagnosedImages = i == 0 ? scope.Probes : 0, Workers = task.Workers });
                var measured = new AttentionSnr(analog, task.Spec, i == 0 ? scope.Probes : 0);
                scores[i] = task.Score(measured, $"{prefix}{AnalogPhase}{seeds[i]}", progress, cancellation, design.TokenPruning);
                log.Add($"analog, seed {seeds[i]}: {Headline(scope.Metric, scores[i])} after {clock.Elapsed.TotalSeconds:F1} s");
                if (i == 0) (diagnostics, attention) = (analog.Diagnostics, measured.Encoders);
            }

            List<string> warnings = [.. scope.Notice is { } notice ? [notice] : (string[])[], .. cost.Warnings, .. Warnings(diagnostics)];
            warnings.ForEach(w => log.Add($"warning: {w}"));
            double analogSeconds = clock.Elapsed.TotalSeconds;
            return new(design, new()
            {
                Version = Versions.Version,
                Seed = request.Seed,
                Model = request.Model,
                Data = task.Data,
                Design = design.Name,
                Settings = request.Settings,
                Quantization = QuantizationOf(design).Words is { Length: > 0 } words ? words : null,
                Samples = scope.Count,
                Tokens = scope.Tokens,
                Task = task.Kind.Name,
                Metric = scope.Metric,
                Accuracy = floating.Scores[0].Right is null ? null : Result(Metric.Accuracy),
                Top5Accuracy = scope.TopFive ? Result(Metric.Top5Accuracy) : null,
                Score = scope.Metric == Metric.Accuracy ? null : Result(scope.Metric),
                Cost = cost,
                Diagnostics = [.. diagnostics.Select(Site)],
                AttentionSnr = AttentionSnrResult.Of(attention),
                Warnings = warnings,
                Timing = new()
                {
                    FloatSecond = floating.Seconds,
                    DigitalSecond = digital.Timed.Seconds,
                    AnalogSecond = analogSeconds,
                    AnalogSecondPerImage = analogSeconds / (seeds.Length * scope.Count),
                },
            }, log.Lines, scores[0][0].Right is null ? null : [.. scores[0].Select(s => s.Right == true)]);

            ScoreResult Result(Metric metric) => ScoreResult.Of(metric, floating.Scores, digital.Timed.Scores, seeds, scores);
        }

        private AdcCalibration? Calibrate(QuantizationRanges? ranges)
        {
            if (!AnalogProduct.NeedsCalibration(design)) return null;
            string inputs = "";
            var calibration = AnalogProduct.Calibrate(
                design, AdcCalibration.Seed, products => inputs = task.Calibrate(products, prefix + "calibration", progress, cancellation, design.TokenPruning), ranges);
            log.Add($"converter ranges calibrated on {inputs}");
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
