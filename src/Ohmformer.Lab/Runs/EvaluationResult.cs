using System.Globalization;
using System.Text.Json.Serialization;
using Ohmformer.Arrays;
using Ohmformer.Models.Metrics;

namespace Ohmformer.Lab.Runs;

/// <summary>The result of evaluating one model on one design: the content of result.json. Numbers are in SI units.</summary>
public sealed record EvaluationResult
{
    /// <summary>Version of Ohmformer that made the result.</summary>
    public required string Version { get; init; }

    /// <summary>First noise seed; the analog accuracy uses Seed, Seed + 1, ...</summary>
    public required ulong Seed { get; init; }

    /// <summary>The model that was evaluated.</summary>
    public required string Model { get; init; }

    /// <summary>The data it was evaluated on.</summary>
    public required string Data { get; init; }

    /// <summary>The hardware design.</summary>
    public required string Design { get; init; }

    /// <summary>Samples evaluated.</summary>
    public required int Samples { get; init; }

    /// <summary>Accuracy in each arithmetic.</summary>
    public required AccuracyResult Accuracy { get; init; }

    /// <summary>The first design of a comparison against this one on the same samples; null outside comparisons and for the first.</summary>
    public PairedResult? VersusFirst { get; init; }

    /// <summary>Cost of one inference.</summary>
    public required CostResult Cost { get; init; }

    /// <summary>Health of every matrix product on the arrays.</summary>
    public required IReadOnlyList<SiteResult> Diagnostics { get; init; }

    /// <summary>What is wrong with the design, in sentences; empty when nothing is.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>How long the parts of the run took.</summary>
    public required TimingResult Timing { get; init; }
}

/// <summary>Top-1 accuracy as shares in [0, 1].</summary>
public sealed record AccuracyResult
{
    /// <summary>Float32 arithmetic.</summary>
    public required double Float { get; init; }

    /// <summary>8-bit integer arithmetic without analog effects.</summary>
    public required double Digital { get; init; }

    /// <summary>All matrix products on analog arrays.</summary>
    public required AnalogAccuracy Analog { get; init; }

    /// <summary>95 % confidence interval of <see cref="Float"/>, for other samples of the same kind (Wilson).</summary>
    public required Interval FloatInterval { get; init; }

    /// <summary>95 % confidence interval of <see cref="Digital"/>.</summary>
    public required Interval DigitalInterval { get; init; }

    /// <summary>The accuracies of a run with their intervals.</summary>
    public static AccuracyResult Of(double floating, double digital, IReadOnlyList<ulong> seeds, IReadOnlyList<double> analog, int samples) => new()
    {
        Float = floating,
        Digital = digital,
        Analog = AnalogAccuracy.Of(seeds, analog, samples),
        FloatInterval = Interval.Wilson(floating, samples),
        DigitalInterval = Interval.Wilson(digital, samples),
    };
}

/// <summary>Two designs on the same samples, with the first noise seed of each: McNemar's test.</summary>
public sealed record PairedResult
{
    /// <summary>The other design.</summary>
    public required string Design { get; init; }

    /// <summary>Accuracy of this design minus that of the other, with the first noise seed.</summary>
    public required double Difference { get; init; }

    /// <summary>Samples that only this design classifies correctly.</summary>
    public required int OnlyThis { get; init; }

    /// <summary>Samples that only the other design classifies correctly.</summary>
    public required int OnlyOther { get; init; }

    /// <summary>How probable a difference of this size or larger is when both are right equally often, two-sided.</summary>
    public required double PValue { get; init; }

    /// <summary>Compares a run with another one on the same samples.</summary>
    public static PairedResult Of(EvaluationRun other, EvaluationRun run)
    {
        var pairs = PairedComparison.Of(other.Correct, run.Correct);
        return new() { Design = other.Design.Name, Difference = pairs.Difference, OnlyThis = pairs.OnlySecond, OnlyOther = pairs.OnlyFirst, PValue = pairs.PValue };
    }
}

/// <summary>Accuracy over several noise seeds.</summary>
public sealed record AnalogAccuracy
{
    /// <summary>Mean over the seeds.</summary>
    public required double Mean { get; init; }

    /// <summary>Sample standard deviation over the seeds; 0 for one seed.</summary>
    public required double Std { get; init; }

    /// <summary>The seeds.</summary>
    public required IReadOnlyList<ulong> Seeds { get; init; }

    /// <summary>Accuracy with each seed.</summary>
    public required IReadOnlyList<double> Values { get; init; }

    /// <summary>95 % confidence interval of <see cref="Mean"/> for other samples of the same kind (Wilson). The seeds share the samples, so they count once.</summary>
    public required Interval Interval { get; init; }

    /// <summary>The statistics of per-seed accuracies.</summary>
    public static AnalogAccuracy Of(IReadOnlyList<ulong> seeds, IReadOnlyList<double> values, int samples)
    {
        double mean = values.Average();
        double std = values.Count < 2 ? 0 : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
        return new() { Mean = mean, Std = std, Seeds = seeds, Values = values, Interval = Interval.Wilson(Math.Clamp(mean, 0, 1), samples) };
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

/// <summary>Wall-clock seconds of the parts of a run.</summary>
public sealed record TimingResult
{
    /// <summary>Float evaluation.</summary>
    public required double FloatSecond { get; init; }

    /// <summary>Digital evaluation.</summary>
    public required double DigitalSecond { get; init; }

    /// <summary>Analog evaluation, all seeds, calibration included.</summary>
    public required double AnalogSecond { get; init; }

    /// <summary>Analog time per image and seed, on all threads.</summary>
    public required double AnalogSecondPerImage { get; init; }
}
