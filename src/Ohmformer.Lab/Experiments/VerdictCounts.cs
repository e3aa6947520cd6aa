namespace Ohmformer.Lab.Experiments;

/// <summary>How many claims of a paper have which verdict.</summary>
/// <param name="Reproduced">Claims reproduced.</param>
/// <param name="Trend">Claims of which the trend holds.</param>
/// <param name="NotReproduced">Claims that did not hold.</param>
/// <param name="NotRun">Claims that were not looked at.</param>
public sealed record VerdictCounts(int Reproduced, int Trend, int NotReproduced, int NotRun)
{
    /// <summary>Counts verdicts.</summary>
    public static VerdictCounts Of(IReadOnlyList<ClaimResult> claims)
    {
        return new(Count(Verdict.Reproduced), Count(Verdict.Trend), Count(Verdict.NotReproduced), Count(Verdict.NotRun));

        int Count(Verdict verdict) => claims.Count(c => c.Finding.Verdict == verdict);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Reproduced} reproduced, {Trend} trend, {NotReproduced} not reproduced, {NotRun} not run";
}
