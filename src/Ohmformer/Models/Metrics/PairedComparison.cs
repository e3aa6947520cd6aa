using MathNet.Numerics;
using MathNet.Numerics.Distributions;

namespace Ohmformer.Models.Metrics;

/// <summary>
/// Two classifiers on the same samples: McNemar's test of whether they are right equally often (McNemar, Psychometrika 12, 1947), which
/// looks only at the samples where one is right and the other wrong.
/// </summary>
public sealed record PairedComparison
{
    /// <summary>With fewer discordant samples than this the exact binomial test is used, else chi-square with Edwards' continuity correction.</summary>
    private const int ExactBelow = 25;

    /// <summary>Samples that both have right.</summary>
    public required int Both { get; init; }

    /// <summary>Samples that only the first has right.</summary>
    public required int OnlyFirst { get; init; }

    /// <summary>Samples that only the second has right.</summary>
    public required int OnlySecond { get; init; }

    /// <summary>Samples that neither has right.</summary>
    public required int Neither { get; init; }

    /// <summary>Accuracy of the second minus that of the first.</summary>
    public double Difference => (double)(OnlySecond - OnlyFirst) / (Both + OnlyFirst + OnlySecond + Neither);

    /// <summary>Two-sided p value: how probable a difference of this size or larger is when both are right equally often.</summary>
    public double PValue
    {
        get
        {
            int discordant = OnlyFirst + OnlySecond, difference = Math.Abs(OnlyFirst - OnlySecond);
            if (difference == 0) return 1;
            return discordant < ExactBelow
                ? Math.Min(1, 2 * Binomial.CDF(0.5, discordant, Math.Min(OnlyFirst, OnlySecond)))
                : SpecialFunctions.Erfc((difference - 1) / Math.Sqrt(2.0 * discordant)); // Chi-square of one degree of freedom at (|b - c| - 1)^2 / (b + c).
        }
    }

    /// <summary>Counts the four kinds of samples.</summary>
    /// <param name="first">Whether the first classifier has each sample right, shape [samples].</param>
    /// <param name="second">The same of the second.</param>
    /// <exception cref="ArgumentException">There are no samples, or the numbers differ.</exception>
    public static PairedComparison Of(IReadOnlyList<bool> first, IReadOnlyList<bool> second)
    {
        if (first.Count == 0 || first.Count != second.Count) throw new ArgumentException($"{first.Count} and {second.Count} samples; the numbers must be equal and not 0", nameof(second));
        int Count(bool a, bool b) => first.Zip(second).Count(s => s == (a, b));
        return new() { Both = Count(true, true), OnlyFirst = Count(true, false), OnlySecond = Count(false, true), Neither = Count(false, false) };
    }
}
