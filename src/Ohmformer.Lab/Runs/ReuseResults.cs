using System.Globalization;
using Ohmformer.Cost;
using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Techniques.Trex;

namespace Ohmformer.Lab.Runs;

/// <summary>Cost of a network with or without reuse of attention, in SI units; one MAC is two operations.</summary>
public sealed record ReuseResult
{
    /// <summary>What is counted.</summary>
    public required string Name { get; init; }

    /// <summary>Energy of one inference.</summary>
    public required double EnergyJoule { get; init; }

    /// <summary>Duration of one inference.</summary>
    public required double LatencySecond { get; init; }

    /// <summary>Area.</summary>
    public required double AreaSquareMeter { get; init; }

    /// <summary>Energy-delay-area product in J s m2.</summary>
    public required double Edap { get; init; }

    /// <summary>EDAP without reuse divided by this one.</summary>
    public required double EdapGain { get; init; }

    /// <summary>Tera-operations per joule.</summary>
    public required double TopsPerWatt { get; init; }

    /// <summary>Tera-operations per second and square millimeter.</summary>
    public required double TopsPerSquareMillimeter { get; init; }
}

/// <summary>What the reuse of attention saves (TReX, arXiv:2408.12742): everything counted, and as the paper counts.</summary>
public static class ReuseResults
{
    /// <summary>The network and its encoders alone without and with reuse; last the encoders as the tables of TReX count them.</summary>
    /// <param name="design">The hardware.</param>
    /// <param name="spec">A network with reuse.</param>
    /// <param name="tokens">Tokens of the input.</param>
    public static IReadOnlyList<ReuseResult> Of(Design design, TransformerSpec spec, int tokens)
    {
        var without = spec with { Reuse = null };
        TrexCost network = Network(without), encoders = TrexSim.Estimate(design, without, tokens: tokens);
        return
        [
            Result("network without reuse", network, network),
            Result("network", Network(spec), network),
            Result("encoders without reuse", encoders, encoders),
            Result("encoders", TrexSim.Estimate(design, spec, TrexCounting.Honest, tokens), encoders),
            Result("encoders, counted as in TReX", TrexSim.Estimate(design, spec, TrexCounting.Published, tokens), encoders),
        ];

        TrexCost Network(TransformerSpec of)
        {
            var report = CostModel.Estimate(design, TransformerWorkload.Of(of, tokens));
            return new(report.Energy, report.Latency, report.Area, report.Macs, report.Macs);
        }
    }

    /// <summary>Reads encoders that reuse attention from a text such as "3,5,7".</summary>
    /// <exception cref="InputException">The text is not a list of whole numbers, or such encoders cannot reuse.</exception>
    public static AttentionReuse Parse(string text)
    {
        var encoders = new List<int>();
        foreach (string part in text.Split(','))
        {
            if (!int.TryParse(part, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int encoder))
                throw new InputException($"{Wording.Quote(text)} is not a list of encoders: {Wording.Quote(part)} is not a whole number. Write numbers from 1 on with commas between them, such as 3,5,7.");
            encoders.Add(encoder);
        }
        return new(encoders);
    }

    private static ReuseResult Result(string name, TrexCost cost, TrexCost baseline) => new()
    {
        Name = name,
        EnergyJoule = cost.Energy.Si,
        LatencySecond = cost.Delay.Si,
        AreaSquareMeter = cost.Area.Si,
        Edap = cost.EdapMilli * 1e-12,
        EdapGain = baseline.EdapMilli / cost.EdapMilli,
        TopsPerWatt = cost.TopsPerWatt,
        TopsPerSquareMillimeter = cost.TopsPerSquareMillimeter,
    };
}
