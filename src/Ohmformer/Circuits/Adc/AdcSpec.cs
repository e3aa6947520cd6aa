using Ohmformer.Files;
using Ohmformer.Physics;

namespace Ohmformer.Circuits.Adc;

/// <summary>How a converter rounds between two codes.</summary>
public enum AdcRounding
{
    /// <summary>A tie goes to the larger code: a comparator fires at its threshold.</summary>
    HalfUp,

    /// <summary>A tie goes to the even code, as in CrossSim.</summary>
    HalfEven,
}

/// <summary>How the full scale of a converter is chosen.</summary>
public enum AdcRangeKind
{
    /// <summary>From the smallest to the largest value the tile can produce.</summary>
    Full,

    /// <summary>A percentile of the values seen on calibration inputs, per layer and slice.</summary>
    Calibrated,

    /// <summary>From low to high, in counts.</summary>
    Explicit,

    /// <summary>From the smallest possible value in steps of a given number of counts.</summary>
    Lsb,
}

/// <summary>The full scale of a converter. One count is the conductance difference of two neighboring cell levels.</summary>
public sealed record AdcRange : ICheckedSpec
{
    /// <summary>How the range is chosen.</summary>
    [Parameter("How the full scale is chosen.")]
    public AdcRangeKind Kind { get; init; } = AdcRangeKind.Full;

    /// <summary>Percentile for a calibrated range.</summary>
    [Parameter("Percentile of the calibration values inside a calibrated range.", Min = 50, Max = 100)]
    public double Percentile { get; init; } = 99.9;

    /// <summary>Lower end of an explicit range, in counts.</summary>
    [Parameter("Lower end of an explicit range, in counts.")]
    public double Low { get; init; }

    /// <summary>Upper end of an explicit range, in counts.</summary>
    [Parameter("Upper end of an explicit range, in counts.")]
    public double High { get; init; }

    /// <summary>Step of one code in counts, for a range given by its LSB.</summary>
    [Parameter("Step of one code in counts, for a range given by its LSB.", Min = 1e-6, Max = 1e6)]
    public double LsbCounts { get; init; } = 1;

    /// <inheritdoc/>
    public IEnumerable<Violation> Violations()
    {
        if (Kind == AdcRangeKind.Explicit && Low >= High)
            yield return new(nameof(High), $"is {High:G6}; the upper end of an explicit range must be above low, {Low:G6}");
    }
}

/// <summary>Published cost of one converter at one resolution.</summary>
public sealed record AdcCost
{
    /// <summary>Resolution the cost belongs to.</summary>
    [Parameter("Resolution in bits that this row belongs to.", Min = 1, Max = 18)]
    public required int Bits { get; init; }

    /// <summary>Energy of one conversion.</summary>
    [Parameter("Energy of one conversion.", Min = 1e-18, Max = 1e-3)]
    public required Energy Energy { get; init; }

    /// <summary>Duration of one conversion.</summary>
    [Parameter("Duration of one conversion.", Min = 1e-12, Max = 1e-3)]
    public required Time Time { get; init; }

    /// <summary>Area of the converter.</summary>
    [Parameter("Area of the converter.", Min = 0, Max = 1)]
    public required Area Area { get; init; }
}

/// <summary>An analog-to-digital converter at the bit lines: its transfer curve and its cost by resolution.</summary>
public abstract record AdcSpec : ICheckedSpec
{
    /// <summary>Resolution.</summary>
    [Parameter("Resolution in bits.", Min = 1, Max = 16)]
    public required int Bits { get; init; }

    /// <summary>Full scale.</summary>
    [Parameter("Full scale of the converter.")]
    public AdcRange Range { get; init; } = new();

    /// <summary>Rounding between codes.</summary>
    [Parameter("Rounding of a value half way between two codes.")]
    public AdcRounding Rounding { get; init; } = AdcRounding.HalfUp;

    /// <summary>Whether the converter codes sign and magnitude and so has 2^Bits - 1 levels.</summary>
    [Parameter("Whether codes are sign and magnitude: 2^bits - 1 levels instead of 2^bits.")]
    public bool SignMagnitude { get; init; }

    /// <summary>Published costs by resolution.</summary>
    [Parameter("Published cost of the converter by resolution.")]
    public IReadOnlyList<AdcCost> Costs { get; init; } = [];

    /// <summary>Technology node of the costs.</summary>
    [Parameter("Technology node that the costs were published for.", Min = 1e-9, Max = 1e-6)]
    public Length Node { get; init; } = new(32e-9);

    /// <summary>Where the numbers come from.</summary>
    [Parameter("Published source of the numbers.")]
    public required string Source { get; init; }

    /// <summary>Number of codes.</summary>
    public int Levels => SignMagnitude ? (1 << Bits) - 1 : 1 << Bits;

    /// <summary>The converter with a given full scale.</summary>
    /// <param name="low">Lower end of the range, in counts.</param>
    /// <param name="high">Upper end of the range, in counts; larger than <paramref name="low"/>.</param>
    /// <param name="seed">Keys the fixed errors of the converters: which chip.</param>
    /// <param name="site">Keys the fixed errors of the converters: which product of the network they serve.</param>
    public abstract IAdc Build(double low, double high, ulong seed = 0, int site = 0);

    /// <summary>The straight transfer curve over a full scale.</summary>
    /// <param name="low">Lower end of the range, in counts.</param>
    /// <param name="high">Upper end of the range, in counts.</param>
    /// <exception cref="InputException">The range is empty or not finite.</exception>
    protected AdcTransfer TransferOver(double low, double high) => high > low && double.IsFinite(high - low)
        ? new(low, high, (Levels - 1) / (high - low), Rounding)
        : throw new InputException($"adc.range goes from {low:G6} to {high:G6} counts; the upper end must be above the lower one.");

    /// <inheritdoc/>
    public virtual IEnumerable<Violation> Violations()
    {
        if (SignMagnitude && Bits < 2) yield return new(nameof(Bits), $"is {Bits}; a sign-magnitude converter needs at least 2");
        foreach (var twice in Costs.GroupBy(c => c.Bits).Where(g => g.Count() > 1))
            yield return new(nameof(Costs), $"lists {twice.Key} bits {twice.Count()} times; one row per resolution is allowed");
        if (Costs.Count > 0 && Costs.All(c => c.Bits != Bits))
            yield return new(nameof(Bits), $"is {Bits}, but costs has no row for it; it has {string.Join(", ", Costs.Select(c => c.Bits).Order())} bits");
    }
}
