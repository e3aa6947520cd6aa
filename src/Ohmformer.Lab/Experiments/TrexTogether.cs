using System.Globalization;
using Ohmformer.Arrays;
using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Runs;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Techniques.ClipFormer;
using Ohmformer.Techniques.Trex;

namespace Ohmformer.Lab.Experiments;

/// <summary>A network on a design with ClipFormer's transform or without.</summary>
/// <param name="Name">For people.</param>
/// <param name="Setting">Alpha and beta; (0, 1) is plain.</param>
/// <param name="Points">Accuracy of each seed in percent, by gamma.</param>
/// <param name="Cost">Cost of the encoders, everything counted.</param>
internal sealed record TrexCombination(string Name, (double Alpha, double Beta) Setting, IReadOnlyList<double[]> Points, TrexCost Cost);

/// <summary>ClipFormer on networks with and without reuse: TReX's system of RRAM cells with ClipFormer's noise, drawn per weight.</summary>
internal static class TrexTogether
{
    private static readonly (double Alpha, double Beta)[] Settings = [(0, 1), (2, 1), (2, 0.25)];

    /// <summary>The hardware.</summary>
    private static Design Hardware { get; } = WithWeightNoise(DesignFile.Load("trex-rram"));

    /// <summary>Measures one network.</summary>
    /// <param name="name">Name of the network for people.</param>
    /// <param name="spec">Its sizes.</param>
    /// <param name="request">The network, its data, samples and seeds.</param>
    /// <param name="progress">Is told about every sample.</param>
    /// <param name="cancellation">Stops between matrix products.</param>
    public static IEnumerable<TrexCombination> Of(string name, TransformerSpec spec, EvaluationRequest request, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        var designs = (from setting in Settings from gamma in ClipFormerDesigns.Gammas select Design(gamma, setting)).ToList();
        var scores = DesignScores.Run(request, designs, measuredSamples: 0, progress, cancellation);
        int gammas = ClipFormerDesigns.Gammas.Count;
        return [.. Settings.Select((setting, i) => new TrexCombination(
            name, setting, [.. scores.Skip(i * gammas).Take(gammas).Select(s => s.Score.Values.Select(v => 100 * v).ToArray())], TrexSim.Estimate(designs[i * gammas], spec)))];
    }

    /// <summary>The combinations as a table.</summary>
    public static ReportTable Table(IReadOnlyList<TrexCombination> combinations) => new(
        "together", "ClipFormer on TReX: vit-digits on trex-rram, noise per weight; accuracy in % (mean and 95 % interval over seeds), cost of the encoders with everything counted",
        ["network", "(alpha, beta)", .. ClipFormerDesigns.Gammas.Select(g => $"gamma {g}"), "energy uJ", "delay ms", "area mm2", "EDAP mJ ms mm2", "EDAP gain"],
        [.. combinations.Select(c => (IReadOnlyList<string>)
        [
            c.Name, ClipFormerCell.TextOf(c.Setting), .. c.Points.Select(Spread), N(c.Cost.Energy.Si * 1e6, "F3"), N(c.Cost.Delay.Si * 1e3, "F4"), N(c.Cost.Area.Si * 1e6, "F1"),
            N(c.Cost.EdapMilli, "G4"), N(combinations[0].Cost.EdapMilli / c.Cost.EdapMilli, "F2") + "x",
        ])]);

    private static Design Design(double gamma, (double Alpha, double Beta) setting) => ClipFormerDesigns.Of(Hardware, gamma, setting.Alpha, setting.Beta) with
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"gamma {gamma}, {ClipFormerCell.TextOf(setting)}"),
    };

    private static Design WithWeightNoise(Design design) => design with
    {
        Weights = design.Weights with { NoiseUnit = NoiseUnit.Weight },
        Attention = design.DynamicMacro with { NoiseUnit = NoiseUnit.Weight },
    };

    private static string Spread(double[] points)
    {
        var spread = new Comparison("", points);
        return double.IsFinite(spread.HalfWidth) ? $"{N(spread.Mean, "F1")} ± {N(spread.HalfWidth, "F1")}" : N(spread.Mean, "F1");
    }

    private static string N(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
