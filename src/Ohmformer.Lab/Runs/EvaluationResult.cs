using System.Globalization;
using System.Text.Json.Serialization;
using Ohmformer.Arrays;
using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Tasks;
using Ohmformer.Models.Metrics;
using Ohmformer.Techniques.ClipFormer;

namespace Ohmformer.Lab.Runs;

/// <summary>The result of evaluating one model on one design: the content of result.json. Numbers are in SI units.</summary>
public sealed record EvaluationResult
{
    /// <summary>Version of Ohmformer that made the result.</summary>
    public required string Version { get; init; }

    /// <summary>First noise seed; the analog runs use Seed, Seed + 1, ...</summary>
    public required ulong Seed { get; init; }

    /// <summary>The model that was evaluated.</summary>
    public required string Model { get; init; }

    /// <summary>The data it was evaluated on.</summary>
    public required string Data { get; init; }

    /// <summary>The hardware design.</summary>
    public required string Design { get; init; }

    /// <summary>Parameters of the design that were changed.</summary>
    public IReadOnlyList<DesignSetting> Settings { get; init; } = [];

    /// <summary>How the design quantizes, where that differs from the defaults; null where it does not.</summary>
    public string? Quantization { get; init; }

    /// <summary>Samples evaluated.</summary>
    public required int Samples { get; init; }

    /// <summary>Tokens of the longest input, which the cost is of.</summary>
    public required int Tokens { get; init; }

    /// <summary>The kind of task.</summary>
    public required string Task { get; init; }

    /// <summary>The metric that is the headline of the task.</summary>
    public required Metric Metric { get; init; }

    /// <summary>Share of samples that are right, in each arithmetic; null where samples are not right or wrong.</summary>
    public required ScoreResult? Accuracy { get; init; }

    /// <summary>Share of samples whose true class has one of the five largest logits; null but for images of more than five classes.</summary>
    [JsonPropertyName("top5_accuracy")]
    public ScoreResult? Top5Accuracy { get; init; }

    /// <summary>The metric in each arithmetic; null where it is the accuracy.</summary>
    public required ScoreResult? Score { get; init; }

    /// <summary>The values of <see cref="Metric"/>.</summary>
    [JsonIgnore]
    public ScoreResult Headline => Score ?? Accuracy ?? throw new InvalidOperationException("a result without any score");

    /// <summary>This evaluation against the first of a comparison on the same samples; null outside comparisons and for the first.</summary>
    public PairedResult? VersusFirst { get; init; }

    /// <summary>Cost of one inference.</summary>
    public required CostResult Cost { get; init; }

    /// <summary>Health of every matrix product on the arrays.</summary>
    public required IReadOnlyList<SiteResult> Diagnostics { get; init; }

    /// <summary>How far the attention blocks are from ideal ones, with the first noise seed; null where they equal them.</summary>
    public required AttentionSnrResult? AttentionSnr { get; init; }

    /// <summary>What is wrong with the design, in sentences; empty when nothing is.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>How long the parts of the run took.</summary>
    public required TimingResult Timing { get; init; }
}

/// <summary>A metric in each arithmetic.</summary>
public sealed record ScoreResult
{
    /// <summary>Float32 arithmetic.</summary>
    public required double Float { get; init; }

    /// <summary>Integer arithmetic without analog effects: 8 bits, or what the design's quantization says.</summary>
    public required double Digital { get; init; }

    /// <summary>All matrix products on analog arrays.</summary>
    public required AnalogScore Analog { get; init; }

    /// <summary>95 % confidence interval of <see cref="Float"/>, for other samples of the same kind (accuracy: Wilson; else bootstrap).</summary>
    public required Interval FloatInterval { get; init; }

    /// <summary>95 % confidence interval of <see cref="Digital"/>.</summary>
    public required Interval DigitalInterval { get; init; }

    /// <summary>A metric with its intervals.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="floating">Scores of the samples in float.</param>
    /// <param name="digital">Scores of the samples in integers.</param>
    /// <param name="seeds">Noise seeds.</param>
    /// <param name="analog">Scores of the samples with each seed.</param>
    internal static ScoreResult Of(Metric metric, SampleScore[] floating, SampleScore[] digital, IReadOnlyList<ulong> seeds, IReadOnlyList<SampleScore[]> analog) => new()
    {
        Float = Scores.Of(metric, floating),
        Digital = Scores.Of(metric, digital),
        Analog = AnalogScore.Of(metric, seeds, analog),
        FloatInterval = Scores.IntervalOf(metric, [floating]),
        DigitalInterval = Scores.IntervalOf(metric, [digital]),
    };
}

/// <summary>Two evaluations on the same samples, with the first noise seed of each: McNemar's test.</summary>
public sealed record PairedResult
{
    /// <summary>The model of the other.</summary>
    public required string Model { get; init; }

    /// <summary>The design of the other.</summary>
    public required string Design { get; init; }

    /// <summary>Accuracy of this evaluation minus that of the other, with the first noise seed.</summary>
    public required double Difference { get; init; }

    /// <summary>Samples that only this one classifies correctly.</summary>
    public required int OnlyThis { get; init; }

    /// <summary>Samples that only the other classifies correctly.</summary>
    public required int OnlyOther { get; init; }

    /// <summary>How probable a difference of this size or larger is when both are right equally often, two-sided.</summary>
    public required double PValue { get; init; }

    /// <summary>Compares a run with another one on the same samples; null where these are not right or wrong.</summary>
    public static PairedResult? Of(EvaluationRun other, EvaluationRun run)
    {
        if (other.Correct is null || run.Correct is null) return null;
        var pairs = PairedComparison.Of(other.Correct, run.Correct);
        return new() { Model = other.Result.Model, Design = other.Result.Design, Difference = pairs.Difference, OnlyThis = pairs.OnlySecond, OnlyOther = pairs.OnlyFirst, PValue = pairs.PValue };
    }
}

/// <summary>A metric over several noise seeds.</summary>
public sealed record AnalogScore
{
    /// <summary>Mean over the seeds.</summary>
    public required double Mean { get; init; }

    /// <summary>Sample standard deviation over the seeds; 0 for one seed.</summary>
    public required double Std { get; init; }

    /// <summary>The seeds.</summary>
    public required IReadOnlyList<ulong> Seeds { get; init; }

    /// <summary>The metric with each seed.</summary>
    public required IReadOnlyList<double> Values { get; init; }

    /// <summary>95 % confidence interval of each of <see cref="Values"/> for other samples of the same kind.</summary>
    public required IReadOnlyList<Interval> Intervals { get; init; }

    /// <summary>95 % confidence interval of <see cref="Mean"/> for other samples of the same kind. The seeds share the samples, so they count once.</summary>
    public required Interval Interval { get; init; }

    /// <summary>The statistics of a metric over seeds.</summary>
    internal static AnalogScore Of(Metric metric, IReadOnlyList<ulong> seeds, IReadOnlyList<SampleScore[]> runs)
    {
        double[] values = [.. runs.Select(run => Scores.Of(metric, run))];
        double mean = values.Average();
        double std = values.Length < 2 ? 0 : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1));
        Interval[] intervals = [.. runs.Select(run => Scores.IntervalOf(metric, [run]))];
        return new()
        {
            Mean = mean,
            Std = std,
            Seeds = seeds,
            Values = values,
            Intervals = intervals,
            Interval = runs.Count == 1 ? intervals[0] : Scores.IntervalOf(metric, runs),
        };
    }
}

/// <summary>Cost of one inference on a design, in SI units.</summary>
public sealed record CostResult
{
    /// <summary>Energy of one inference.</summary>
    public required double EnergyJoule { get; init; }

    /// <summary>Time from input to output of one inference.</summary>
    public required double LatencySecond { get; init; }

    /// <summary>Area of the chip.</summary>
    [JsonPropertyName("area_square_metre")]
    public required double AreaSquareMeter { get; init; }

    /// <summary>Energy times delay times area, in J s m2.</summary>
    public required double Edap { get; init; }

    /// <summary>10^12 operations per second, one MAC being two operations.</summary>
    public required double Tops { get; init; }

    /// <summary>10^12 operations per second and watt.</summary>
    public required double TopsPerWatt { get; init; }

    /// <summary>10^12 operations per second and square millimeter.</summary>
    [JsonPropertyName("tops_per_square_millimetre")]
    public required double TopsPerSquareMillimeter { get; init; }

    /// <summary>Multiply-accumulate operations of one inference.</summary>
    public required long Macs { get; init; }

    /// <summary>Crossbars of the chip.</summary>
    public required long Crossbars { get; init; }

    /// <summary>Tiles of the chip.</summary>
    public required long Tiles { get; init; }

    /// <summary>Share of the cells of the crossbars in use that hold a weight.</summary>
    public required double Utilization { get; init; }

    /// <summary>Shortest time between two inferences when images are pipelined through the layers.</summary>
    public required double PipelineIntervalSecond { get; init; }

    /// <summary>Energy of writing dynamic operands, per inference; null when nothing is written.</summary>
    public double? WriteEnergyJoule { get; init; }

    /// <summary>Inferences until the most written dynamic cells fail; null when nothing is written.</summary>
    public double? LifetimeInferences { get; init; }

    /// <summary>The same as a time, at one inference after the other without a pause.</summary>
    public double? LifetimeSecond { get; init; }

    /// <summary>What makes the design unusable whatever its accuracy, in sentences; empty when nothing does.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Warnings => LifetimeSecond < 86400
        ? [string.Create(CultureInfo.InvariantCulture, $"the cells that hold K and V reach their write endurance after {LifetimeInferences:N0} inferences, {LifetimeSecond / 3600:G3} hours at full rate; use cells that endure more writes for attention, for example SRAM.")]
        : [];

    /// <summary>Energy and area by component.</summary>
    public required IReadOnlyList<CostShare> Components { get; init; }

    /// <summary>Energy and latency by layer class.</summary>
    public required IReadOnlyList<CostShare> LayerClasses { get; init; }

    /// <summary>How often each component acts in one inference.</summary>
    public required ActivityCounts Counts { get; init; }

    /// <summary>GPU roofline baselines.</summary>
    public IReadOnlyList<GpuResult> Gpus { get; init; } = [];
}

/// <summary>One row of a cost breakdown.</summary>
public sealed record CostShare
{
    /// <summary>Component or layer class.</summary>
    public required string Name { get; init; }

    /// <summary>Energy of one inference.</summary>
    public required double EnergyJoule { get; init; }

    /// <summary>Latency, for layer classes.</summary>
    public double? LatencySecond { get; init; }

    /// <summary>Area, for components.</summary>
    [JsonPropertyName("area_square_metre")]
    public double? AreaSquareMeter { get; init; }
}

/// <summary>A GPU on the same workload, by its roofline.</summary>
public sealed record GpuResult
{
    /// <summary>Name of the GPU.</summary>
    public required string Name { get; init; }

    /// <summary>What limits the latency: "compute" or "memory".</summary>
    public required string Bound { get; init; }

    /// <summary>Assumed share of the peak arithmetic.</summary>
    public required double Utilization { get; init; }

    /// <summary>Energy of one inference.</summary>
    public required double EnergyJoule { get; init; }

    /// <summary>Time of one inference.</summary>
    public required double LatencySecond { get; init; }
}

/// <summary>Health of one matrix product on the arrays.</summary>
public sealed record SiteResult
{
    /// <summary>The matrix product.</summary>
    public required string Site { get; init; }

    /// <summary>Its layer class.</summary>
    public required string LayerClass { get; init; }

    /// <summary>Share of conversions outside the converter's range; null without a converter.</summary>
    public double? ClippedShare { get; init; }

    /// <summary>Share of the converter's range that values used; null without a converter.</summary>
    public double? RangeUsed { get; init; }

    /// <summary>Share of zero input bits.</summary>
    public required double BitSparsity { get; init; }

    /// <summary>Share of the bit-line current that cells carry although they hold zero.</summary>
    public required double GminCurrentShare { get; init; }

    /// <summary>Signal-to-noise ratio against the exact integer product, in dB; null when there was no error.</summary>
    public double? SnrDecibel { get; init; }
}

/// <summary>Signal-to-noise ratio of softmax(Q K^T) V against an ideal block in single precision with the same Q, K and V, as in ClipFormer.</summary>
public sealed record AttentionSnrResult
{
    /// <summary>Mean over <see cref="Encoders"/>, in dB.</summary>
    public required double MeanDecibel { get; init; }

    /// <summary>The encoders with an error, in order.</summary>
    public required IReadOnlyList<EncoderSnr> Encoders { get; init; }

    /// <summary>Names of the encoders without an error, whose ratio is infinite, in order.</summary>
    public required IReadOnlyList<string> Exact { get; init; }

    /// <summary>The result of a measurement; null where nothing was measured or nothing differs.</summary>
    internal static AttentionSnrResult? Of(IReadOnlyList<EncoderSnr> encoders)
    {
        EncoderSnr[] finite = [.. encoders.Where(e => double.IsFinite(e.Decibel))];
        return finite.Length == 0 ? null : new()
        {
            MeanDecibel = finite.Average(e => e.Decibel),
            Encoders = finite,
            Exact = [.. encoders.Where(e => double.IsPositiveInfinity(e.Decibel)).Select(e => e.Encoder)],
        };
    }
}

/// <summary>Wall-clock seconds of the parts of a run.</summary>
public sealed record TimingResult
{
    /// <summary>Float evaluation.</summary>
    public required double FloatSecond { get; init; }

    /// <summary>Digital evaluation.</summary>
    public required double DigitalSecond { get; init; }

    /// <summary>Analog evaluation, all seeds, calibration included.</summary>
    public required double AnalogSecond { get; init; }

    /// <summary>Analog time per sample and seed, on all threads.</summary>
    public required double AnalogSecondPerImage { get; init; }
}
