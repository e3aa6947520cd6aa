using Ohmformer.Circuits.Adc;

namespace Ohmformer.Arrays;

/// <summary>
/// A straight converter over sums of whole grid steps: code = round(sum Slope + Intercept), held to 0 .. Largest. The line is laid between
/// the sums at which the model's code changes and checked at each of them, so it gives the model's code for every sum.
/// </summary>
/// <param name="Slope">Codes per step.</param>
/// <param name="Intercept">Position of a sum of zero on the scale of codes.</param>
/// <param name="Largest">Largest code.</param>
/// <param name="IsSingle">Whether single precision does.</param>
internal sealed record GatherCode(double Slope, double Intercept, int Largest, bool IsSingle)
{
    /// <summary>What a number is added to for its nearest integer to become the low bits of the sum: 1.5 times 2^52.</summary>
    public const double Magic = 6755399441055744;

    private const int Reach = 1 << 17;

    private const double FarthestLow = 1 << 22, MostCodesPerStep = 64;

    /// <summary>The line of a curve; null if no line gives all of its codes.</summary>
    /// <param name="transfer">The curve, over counts.</param>
    /// <param name="stepsPerCount">Steps per count.</param>
    /// <param name="origin">What a sum of zero counts is written as.</param>
    public static GatherCode? Of(in AdcTransfer transfer, double stepsPerCount, int origin)
    {
        double slope = transfer.Q / stepsPerCount, exact = -transfer.Low * transfer.Q - slope * origin;
        if (slope > MostCodesPerStep || Math.Abs(transfer.Low * stepsPerCount) > FarthestLow) return null;
        int largest = (int)transfer.Code(transfer.High);
        var changes = Changes(transfer, stepsPerCount, origin, largest);
        double low = double.NegativeInfinity, high = double.PositiveInfinity;
        foreach (var (code, sum) in changes)
        {
            low = Math.Max(low, code - 0.5 - slope * sum);
            high = Math.Min(high, code - 0.5 - slope * (sum - 1));
        }
        double middle = double.IsFinite(low + high) ? (low + high) / 2 : exact;
        return Array.Find([new GatherCode(slope, middle, largest, true), new GatherCode(slope, middle, largest, false)], line => line.Fits(changes));
    }

    /// <summary>The code of a sum.</summary>
    public int Code(int sum)
    {
        if (!IsSingle) return Math.Clamp((int)BitConverter.DoubleToInt64Bits(sum * Slope + Intercept + Magic), 0, Largest);
        float product = sum * (float)Slope, position = product + (float)(Intercept + 0.5);
        return Math.Clamp((int)position, 0, Largest);
    }

    /// <summary>Every code above 0 with the smallest sum that gets it, of those in reach.</summary>
    private static List<(int Code, int Sum)> Changes(in AdcTransfer transfer, double stepsPerCount, int origin, int largest)
    {
        var changes = new List<(int, int)>();
        for (int code = 1; code <= largest; code++)
        {
            double guess = Math.Round(((code - 0.5) / transfer.Q + transfer.Low) * stepsPerCount) + origin;
            if (Math.Abs(guess) >= Reach) continue;
            int sum = (int)guess;
            while (transfer.Code((sum - 1 - origin) / stepsPerCount) >= code) sum--;
            while (transfer.Code((sum - origin) / stepsPerCount) < code) sum++;
            changes.Add((code, sum));
        }
        return changes;
    }

    private bool Fits(List<(int Code, int Sum)> changes) => changes.TrueForAll(change => Code(change.Sum) >= change.Code && Code(change.Sum - 1) < change.Code);
}
