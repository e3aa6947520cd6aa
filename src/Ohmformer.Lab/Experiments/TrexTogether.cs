using System.Globalization;
using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Runs;
using Ohmformer.Models;
using Ohmformer.Techniques.ClipFormer;
using Ohmformer.Techniques.Trex;

namespace Ohmformer.Lab.Experiments;

/// <summary>A network on a design with ClipFormer's transform or without.</summary>
/// <param name="Name">For people.</param>
/// <param name="Design">The design.</param>
/// <param name="Points">Accuracy of each seed in percent, by gamma.</param>
/// <param name="Cost">Cost of the encoders, everything counted.</param>
internal sealed record TrexCombination(string Name, string Design, IReadOnlyList<double[]> Points, TrexCost Cost);

/// <summary>ClipFormer on networks with and without reuse: TReX's system of RRAM cells with ClipFormer's noise, drawn per weight. docs/findings/together.md has more.</summary>
internal static class TrexTogether
{
    private const string Gamma = "attention.device.writeNoiseFactor";

    private static readonly string[] Designs = ["trex-clipformer", "trex-clipformer-2-1", "trex-clipformer-2-025"];

    /// <summary>Measures one network.</summary>
    /// <param name="name">Name of the network for people.</param>
    /// <param name="spec">Its sizes.</param>
    /// <param name="request">The network, its data, samples and seeds.</param>
    /// <param name="parts">Keeps accuracies.</param>
    /// <param name="progress">Is told about every sample.</param>
    /// <param name="cancellation">Stops between matrix products.</param>
    public static IEnumerable<TrexCombination> Of(string name, TransformerSpec spec, EvaluationRequest request, KeptParts parts, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        var gammas = new DesignSweep(Gamma, [.. ClipFormerDesigns.Gammas.Select(g => N(g, "R"))]);
        string model = Path.GetFileName(request.Model), identity = $"{model}, gamma {string.Join(" ", gammas.Values)}, {string.Join(", ", Designs)}, {request.Samples} samples, {request.NoiseSeeds} seeds from {request.Seed}";
        var points = parts.Get($"together-{model}", identity, () => ComparisonRun.Run(new() { Models = [request.Model], Designs = Designs, Sweeps = [gammas], Evaluation = request }, progress, cancellation)
            .GroupBy(r => r.Result.Design).ToDictionary(design => design.Key, design => design.Select(r => r.Result.Headline.Analog.Values.Select(v => 100 * v).ToArray()).ToArray()));
        return [.. points.Select(design => new TrexCombination(name, design.Key, design.Value, TrexSim.Estimate(DesignFile.Load(design.Key), spec)))];
    }

    /// <summary>The combinations as a table.</summary>
    public static ReportTable Table(IReadOnlyList<TrexCombination> combinations) => new(
        "together", "ClipFormer on TReX: vit-digits on TReX's system with ClipFormer's cells, noise per weight; accuracy in % (mean and 95 % interval over seeds), cost of the encoders with everything counted",
        ["network", "design", .. ClipFormerDesigns.Gammas.Select(g => $"gamma {g}"), "energy uJ", "delay ms", "area mm2", "EDAP mJ ms mm2", "EDAP gain"],
        [.. combinations.Select(c => (IReadOnlyList<string>)
        [
            c.Name, c.Design, .. c.Points.Select(Spread), N(c.Cost.Energy.Si * 1e6, "F3"), N(c.Cost.Delay.Si * 1e3, "F4"), N(c.Cost.Area.Si * 1e6, "F1"),
            N(c.Cost.EdapMilli, "G4"), N(combinations[0].Cost.EdapMilli / c.Cost.EdapMilli, "F2") + "x",
        ])]);

    private static string Spread(double[] points)
    {
        var spread = new Comparison("", points);
        return double.IsFinite(spread.HalfWidth) ? $"{N(spread.Mean, "F1")} ± {N(spread.HalfWidth, "F1")}" : N(spread.Mean, "F1");
    }

    private static string N(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
