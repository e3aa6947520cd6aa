using Ohmformer.Circuits.Adc;

namespace Ohmformer.Arrays;

/// <summary>
/// A straight converter over whole grid steps: code = round(Slope sum + Intercept), held to 0 .. Largest. The line is fitted
/// between the sums at which the model's code changes, so it gives the model's code for every sum.
/// </summary>
/// <param name="Slope">Codes per grid step.</param>
/// <param name="Intercept">Position of the sum zero on the scale of codes.</param>
/// <param name="Largest">Largest code.</param>
internal sealed record CodeLine(double Slope, double Intercept, int Largest)
{
    /// <summary>Magnitude of the sums, in grid steps, up to which a line holds.</summary>
    public const int Reach = 1 << 22;

    private const double LargestSlope = 64;

    /// <summary>The line of a transfer curve; null if no line gives all of its codes.</summary>
    /// <param name="transfer">The curve, over counts.</param>
    /// <param name="grid">Grid steps per count.</param>
    /// <param name="origin">What a sum of zero counts is written as.</param>
    public static CodeLine? Fit(in AdcTransfer transfer, double grid, int origin)
    {
        double slope = transfer.Q / grid, exact = -transfer.Low * transfer.Q - slope * origin;
        if (slope > LargestSlope || Math.Abs(exact) > Reach * LargestSlope) return null;
        var changes = Changes(transfer, grid, origin);
        double low = double.NegativeInfinity, high = double.PositiveInfinity;
        foreach (var (code, sum) in changes)
        {
            low = Math.Max(low, code - 0.5 - slope * sum);
            high = Math.Min(high, code - 0.5 - slope * (sum - 1));
        }
        int largest = (int)transfer.Code(transfer.High);
        foreach (double intercept in new[] { double.IsFinite(low + high) ? (low + high) / 2 : exact, exact })
        {
            var line = new CodeLine(slope, intercept, largest);
            if (changes.TrueForAll(change => line.Code(change.Sum) >= change.Code && line.Code(change.Sum - 1) < change.Code)) return line;
        }
        return null;
    }

    /// <summary>The code of a sum.</summary>
    public double Code(int sum) => Math.Clamp(Math.Round(Math.FusedMultiplyAdd(sum, Slope, Intercept), MidpointRounding.ToEven), 0, Largest);

    /// <summary>Every code above 0 with the smallest sum that gets it, of those in reach.</summary>
    private static List<(int Code, int Sum)> Changes(in AdcTransfer transfer, double grid, int origin)
    {
        var changes = new List<(int, int)>();
        int largest = (int)transfer.Code(transfer.High);
        for (int code = 1; code <= largest; code++)
        {
            double guess = Math.Round(((code - 0.5) / transfer.Q + transfer.Low) * grid) + origin;
            if (Math.Abs(guess) >= Reach) continue;
            int sum = (int)guess;
            while (transfer.Code((sum - 1 - origin) / grid) >= code) sum--;
            while (transfer.Code((sum - origin) / grid) < code) sum++;
            changes.Add((code, sum));
        }
        return changes;
    }
}
