using System.Globalization;
using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Models;

namespace Ohmformer.Techniques.Trex;

/// <summary>A figure of the hardware that reuse lowers.</summary>
public enum TrexMetric
{
    /// <summary>Duration of one inference, in s.</summary>
    Delay,

    /// <summary>Energy of one inference, in J.</summary>
    Energy,

    /// <summary>Area, in m2.</summary>
    Area,

    /// <summary>Energy-delay-area product, in mJ ms mm2.</summary>
    Edap,
}

/// <summary>What the encoders of a network may cost at most.</summary>
/// <param name="Metric">The figure.</param>
/// <param name="Limit">Its largest value, in the unit of the metric.</param>
public sealed record ReuseTarget(TrexMetric Metric, double Limit)
{
    /// <summary>N_reuse = min { r : cost(r) at most the limit } of TReX; the cost does not depend on which encoders reuse.</summary>
    /// <param name="design">The hardware.</param>
    /// <param name="spec">The network; a reuse that it has already is left out.</param>
    /// <param name="counting">What counts; everything when null.</param>
    /// <returns>Encoders that have to reuse attention; 0 when the network meets the target as it is.</returns>
    /// <exception cref="InputException">No number of reuses meets the target; the message names the lowest that can be met.</exception>
    public int SmallestReuse(Design design, TransformerSpec spec, TrexCounting? counting = null)
    {
        double value = double.PositiveInfinity;
        for (int reuses = 0; reuses < spec.Layers; reuses++)
        {
            var reuse = reuses == 0 ? null : new AttentionReuse(Enumerable.Range(1, reuses));
            value = Value(TrexSim.Estimate(design, spec with { Reuse = reuse }, counting));
            if (value <= Limit) return reuses;
        }
        throw new InputException(
            $"{spec.Name} cannot meet the target {Text(Limit)} of {Metric.ToString().ToLowerInvariant()} on {design.Name}: with {spec.Layers - 1} of its "
            + $"{spec.Layers} encoders reusing attention, the most that is possible, its encoders need {Text(value)}. Choose a target of at least {Text(RoundedUp(value))}.");
    }

    private double Value(TrexCost cost) => Metric switch
    {
        TrexMetric.Delay => cost.Delay.Si,
        TrexMetric.Energy => cost.Energy.Si,
        TrexMetric.Area => cost.Area.Si,
        _ => cost.EdapMilli,
    };

    private string Text(double value) => Metric switch
    {
        TrexMetric.Delay => new Time(value).ToString(),
        TrexMetric.Energy => new Energy(value).ToString(),
        TrexMetric.Area => new Area(value).ToString(),
        _ => $"{value.ToString("G4", CultureInfo.InvariantCulture)} mJ ms mm2",
    };

    /// <summary>The next number of four digits, so that what a message names can be met.</summary>
    private static double RoundedUp(double value)
    {
        double unit = Math.Pow(10, Math.Floor(Math.Log10(value)) - 3);
        return Math.Ceiling(value / unit) * unit;
    }
}
