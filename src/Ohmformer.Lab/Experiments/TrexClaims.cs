namespace Ohmformer.Lab.Experiments;

/// <summary>The findings on the claims of TReX that need models.</summary>
internal static class TrexClaims
{
    private const string Trained = "needs networks fine-tuned with reuse, of which this version's experiment trains none";

    /// <summary>The findings on T3 to T9 and T13.</summary>
    /// <param name="similarities">Likeness of attention outputs, one for each model; empty for the exact part alone.</param>
    /// <param name="noise">Accuracies on devices, one for each model.</param>
    public static Dictionary<string, Finding> Of(IReadOnlyList<TrexSimilarity> similarities, IReadOnlyList<TrexNoiseStudy> noise)
    {
        var findings = ((string[])["T3", "T4", "T5", "T7", "T9", "T13"]).ToDictionary(id => id, _ => Finding.NotRun(Trained));
        var unmeasured = Finding.NotRun("needs --quick or --full");
        findings["T6"] = similarities.Count > 0 ? Rules.SameRanks([.. similarities.Select(Distances)]) : unmeasured;
        findings["T8"] = noise.Count > 0 ? Rules.Order([.. noise.SelectMany(Devices)]) : unmeasured;
        return findings;
    }

    /// <summary>T6: mean likeness at each distance, and minus the distance.</summary>
    private static (string What, double[] First, double[] Second) Distances(TrexSimilarity similarity)
    {
        int layers = similarity.Alignment.GetLength(0);
        int[] distances = [.. Enumerable.Range(1, layers - 1)];
        return (similarity.Model, [.. distances.Select(d => -(double)d)], [.. distances.Select(d => Enumerable.Range(0, layers - d).Average(i => similarity.Alignment[i, i + d]))]);
    }

    /// <summary>T8: FeFET below hybrid, and hybrid not above SRAM.</summary>
    private static IEnumerable<Comparison> Devices(TrexNoiseStudy study)
    {
        var (feFet, hybrid, sram) = (study.Points[TrexStudy.DesignNames[0]], study.Points[TrexStudy.DesignNames[1]], study.Points[TrexStudy.DesignNames[2]]);
        yield return new($"{study.Model}, hybrid less FeFET", [.. hybrid.Zip(feFet, (a, b) => a - b)]);
        yield return new($"{study.Model}, SRAM less hybrid", [.. sram.Zip(hybrid, (a, b) => a - b)], OrEqual: true);
    }
}
