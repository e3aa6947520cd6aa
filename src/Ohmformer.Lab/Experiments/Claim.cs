namespace Ohmformer.Lab.Experiments;

/// <summary>What became of a claim of a paper.</summary>
public enum Verdict
{
    /// <summary>The figure lies within its tolerance, or the ordering holds beyond its intervals.</summary>
    Reproduced,

    /// <summary>The figure is near, or the ordering holds in the mean.</summary>
    Trend,

    /// <summary>Neither.</summary>
    NotReproduced,

    /// <summary>Nothing was measured. Other programs are told "not reproduced", and why.</summary>
    NotRun,
}

/// <summary>Verdicts as words.</summary>
public static class VerdictText
{
    /// <summary>The verdict for people: reproduced, trend, not reproduced or not run.</summary>
    public static string Words(this Verdict verdict) => verdict switch
    {
        Verdict.Reproduced => "reproduced",
        Verdict.Trend => "trend",
        Verdict.NotReproduced => "not reproduced",
        _ => "not run",
    };
}

/// <summary>Something that a paper says.</summary>
/// <param name="Id">Name, for example "C9".</param>
/// <param name="Text">What it says.</param>
/// <param name="Paper">Its numbers.</param>
public sealed record Claim(string Id, string Text, string Paper);

/// <summary>What an experiment found of a claim.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Ours">Our numbers, and by how much they differ.</param>
public sealed record Finding(Verdict Verdict, string Ours)
{
    /// <summary>A claim that was not looked at.</summary>
    /// <param name="reason">What it would need.</param>
    public static Finding NotRun(string reason) => new(Verdict.NotRun, $"not run: {reason}");
}

/// <summary>A claim with what was found.</summary>
/// <param name="Claim">The claim.</param>
/// <param name="Finding">What was found.</param>
public sealed record ClaimResult(Claim Claim, Finding Finding)
{
    /// <summary>The results of claims for other programs: verdicts are reproduced, trend or not reproduced, the last also for what was not run.</summary>
    public static object ForPrograms(IEnumerable<ClaimResult> results) => new
    {
        Claims = results.Select(r => new
        {
            r.Claim.Id,
            Claim = r.Claim.Text,
            r.Claim.Paper,
            r.Finding.Ours,
            Verdict = (r.Finding.Verdict == Verdict.NotRun ? Verdict.NotReproduced : r.Finding.Verdict).Words(),
        }),
    };
}
