using Ohmformer.Circuits.Adc;

namespace Ohmformer.Arrays;

/// <summary>
/// A straight converter over sums of whole grid steps in 16 bits that saturate: sum = Start + steps. Saturation is allowed only where
/// the code cannot change any more.
/// </summary>
/// <param name="Start">What a sum of nothing is written as.</param>
/// <param name="Offset">What must be added to the codes of the lanes.</param>
/// <param name="Smallest">The smallest code of a lane.</param>
/// <param name="Largest">The largest code of a lane.</param>
internal abstract record LookupCode(int Start, int Offset, int Smallest, int Largest)
{
    /// <summary>The least and the largest number of steps without noise for which all codes are the model's.</summary>
    public (int Least, int Most) Steps { get; private set; }

    /// <summary>The code of a transfer curve; null if none gives all of its codes.</summary>
    public static LookupCode? Of(LookupCodeKey key)
    {
        // Positive sums start at the smallest number, with room for negative noise below where the code is not clipped there.
        ReadOnlySpan<int> starts = key.Signed ? [0] : key.Noise == 0 ? [short.MinValue] : [short.MinValue, short.MinValue + key.Noise];
        foreach (int start in starts)
        {
            LookupCode? code = key.Shifts ? LookupShift.Of(key.Transfer, key.Grid, start) : LookupLine.Of(key.Transfer, key.Grid, start);
            if (code is null) continue;
            code.Steps = code.FindSteps(key);
            if (code.Steps.Least <= 0 && code.Steps.Most >= 0) return code;
        }
        return null;
    }

    /// <summary>Writes what the lanes of a line need.</summary>
    public abstract void Write(Span<short> constants);

    /// <summary>
    /// The steps for which no sum saturates, or only where that does no harm. The last addition, of the noise, may saturate at an end where the code
    /// is clipped. Where all cells are positive, a sum that saturates before stays at 32767, and that does no harm if the
    /// code is clipped even with the most negative noise.
    /// </summary>
    private (int Least, int Most) FindSteps(LookupCodeKey key)
    {
        var transfer = key.Transfer;
        double top = transfer.Code(transfer.High);
        bool clipsLow = transfer.Code((short.MinValue - Start) / key.Grid) == 0;
        bool clipsHigh = transfer.Code((short.MaxValue - Start) / key.Grid) == top;
        bool staysHigh = !key.Signed && transfer.Code((short.MaxValue - key.Noise - Start) / key.Grid) == top;
        return (short.MinValue - Start + (clipsLow ? 0 : key.Noise), staysHigh ? int.MaxValue : short.MaxValue - Start - (clipsHigh ? 0 : key.Noise));
    }
}

/// <summary>What a <see cref="LookupCode"/> follows from.</summary>
/// <param name="Transfer">The curve, over counts.</param>
/// <param name="Grid">Grid steps per count.</param>
/// <param name="Signed">Whether sums have both signs.</param>
/// <param name="Noise">The largest magnitude of read noise, in steps.</param>
/// <param name="Shifts">Whether codes are <see cref="LookupShift"/> or <see cref="LookupLine"/>.</param>
internal readonly record struct LookupCodeKey(AdcTransfer Transfer, double Grid, bool Signed, int Noise, bool Shifts);

/// <summary>Steps of a power of two of the grid: code = (sum >> Shift) + Offset, held to Smallest .. Largest before the offset.</summary>
internal sealed record LookupShift(int Start, int Offset, int Smallest, int Largest, int Shift) : LookupCode(Start, Offset, Smallest, Largest)
{
    private const double FarthestLow = 1 << 22;

    /// <summary>Whether some sum of 16 bits is below the smallest code.</summary>
    public bool CutsLow => short.MinValue >> Shift < Smallest;

    /// <summary>The shift that equals a curve; null if there is none.</summary>
    /// <param name="transfer">The curve, over counts.</param>
    /// <param name="grid">Grid steps per count.</param>
    /// <param name="least">The least start.</param>
    public static LookupShift? Of(in AdcTransfer transfer, double grid, int least)
    {
        double shift = Math.Log2(grid / transfer.Q), low = transfer.Low * grid;
        if (transfer.Rounding != AdcRounding.HalfUp || shift is < 0 or > 14) return null;
        int step = 1 << (int)shift;
        if (step != grid / transfer.Q || low != Math.Floor(low) || Math.Abs(low) > FarthestLow) return null;

        // code = (steps + bias) >> shift; a start that differs from the bias by whole codes leaves them to the offset.
        int bias = step / 2 - (int)low, start = least + ((bias - least) & (step - 1));
        int offset = (bias - start) / step, smallest = -offset, largest = (int)transfer.Code(transfer.High) - offset;
        if (smallest > short.MaxValue || largest < short.MinValue) return null;
        return new(start, offset, Math.Max(smallest, short.MinValue), Math.Min(largest, short.MaxValue), (int)shift);
    }

    public override void Write(Span<short> constants)
    {
        constants[..LookupSums.Lanes].Fill((short)Shift);
        constants.Slice(LookupSums.Lanes, LookupSums.Lanes).Fill((short)Largest);
        constants.Slice(2 * LookupSums.Lanes, LookupSums.Lanes).Fill((short)Smallest);
    }
}

/// <summary>
/// Any step: code = (floor(sum Slope / 2^16) + Intercept) >> Shift, held to 0 .. Largest. The line is laid between the sums at which the
/// model's code changes and checked at each of them, so it gives the model's code for every sum.
/// </summary>
internal sealed record LookupLine(int Start, int Largest, int Slope, int Intercept, int Shift) : LookupCode(Start, 0, 0, Largest)
{
    private const int MostBits = 31, TiltSteps = 60;

    private const double LargestSlope = 32000, LargestPosition = int.MaxValue - 65536, MostCodesPerStep = 64, FarthestChange = 1 << 22, LargestTilt = 0.1;

    /// <summary>The line of a curve; null if no line gives all of its codes.</summary>
    /// <param name="transfer">The curve, over counts.</param>
    /// <param name="grid">Grid steps per count.</param>
    /// <param name="start">What a sum of nothing is written as.</param>
    public static LookupLine? Of(in AdcTransfer transfer, double grid, int start)
    {
        double slope = transfer.Q / grid, exact = 0.5 - transfer.Low * transfer.Q - slope * start;
        if (!(slope is > 0 and < MostCodesPerStep) || Math.Abs(exact) > int.MaxValue / 4) return null;
        var changes = Changes(transfer, grid, start);
        var (low, high) = Intercepts(changes, slope);
        if (low >= high) (slope, low, high) = Tilt(changes, slope);
        double middle = double.IsFinite(low + high) ? (low + high) / 2 : exact;
        double room = Math.Min(LargestSlope / slope, LargestPosition / (32768 * slope + Math.Abs(middle)));
        int shift = (int)Math.Floor(Math.Min(Math.Log2(room), MostBits));
        int largest = (int)transfer.Code(transfer.High);
        if (shift < 0 || largest > short.MaxValue) return null;
        var line = new LookupLine(start, largest, (int)Math.Round(Math.ScaleB(slope, shift + 16)), (int)Math.Round(Math.ScaleB(middle, shift)), shift);
        return changes.TrueForAll(change => line.HasChange(change.Code, change.Sum)) ? line : null;
    }

    public override void Write(Span<short> constants)
    {
        // 65536 whole + fraction = slope, both in 16 bits with sign.
        short fraction = (short)Slope, whole = (short)((Slope - fraction) >> 16);
        for (int lane = 0; lane < LookupSums.Lanes; lane++)
        {
            bool odd = lane % 2 == 1;
            constants[lane] = fraction;
            constants[LookupSums.Lanes + lane] = odd ? (short)1 : whole;
            constants[2 * LookupSums.Lanes + lane] = (short)(odd ? Intercept >> 16 : Intercept);
            constants[3 * LookupSums.Lanes + lane] = (short)(odd ? 0 : Shift);
            constants[4 * LookupSums.Lanes + lane] = (short)Largest;
        }
    }

    /// <summary>The intercepts, without the last, with which a line of some slope has the changes that lie in 16 bits.</summary>
    private static (double Low, double High) Intercepts(List<(int Code, int Sum)> changes, double slope)
    {
        double low = double.NegativeInfinity, high = double.PositiveInfinity;
        foreach (var (code, sum) in changes)
        {
            if (sum <= short.MaxValue) low = Math.Max(low, code - slope * sum);
            if (sum > short.MinValue) high = Math.Min(high, code - slope * (sum - 1));
        }
        return (low, high);
    }

    /// <summary>
    /// The slope with the widest range of intercepts. Sums half way between two codes bind a line of the converter's slope exactly, and where
    /// some go up and others down, only a slightly different slope has room for both. The width is a concave function of the slope.
    /// </summary>
    private static (double Slope, double Low, double High) Tilt(List<(int Code, int Sum)> changes, double slope)
    {
        double least = slope * (1 - LargestTilt), most = slope * (1 + LargestTilt);
        for (int step = 0; step < TiltSteps; step++)
        {
            double third = (most - least) / 3;
            if (Width(least + third) < Width(most - third)) least += third;
            else most -= third;
        }
        slope = (least + most) / 2;
        var (low, high) = Intercepts(changes, slope);
        return (slope, low, high);

        double Width(double tilted)
        {
            var (from, to) = Intercepts(changes, tilted);
            return to - from;
        }
    }

    /// <summary>Whether a code begins at a sum, as far as sums reach.</summary>
    private bool HasChange(int code, int sum) => (sum > short.MaxValue || Code(Math.Max(sum, short.MinValue)) >= code) && (sum <= short.MinValue || Code(Math.Min(sum - 1, short.MaxValue)) < code);

    /// <summary>The code of a sum in 16 bits.</summary>
    public int Code(int sum) => Math.Clamp(((int)((long)sum * Slope >> 16) + Intercept) >> Shift, 0, Largest);

    /// <summary>Every code above 0 with the smallest sum that gets it.</summary>
    private static List<(int Code, int Sum)> Changes(in AdcTransfer transfer, double grid, int start)
    {
        var changes = new List<(int, int)>();
        int largest = (int)transfer.Code(transfer.High);
        for (int code = 1; code <= largest; code++)
        {
            double guess = Math.Round(((code - 0.5) / transfer.Q + transfer.Low) * grid) + start;
            if (Math.Abs(guess) >= FarthestChange) continue;
            int sum = (int)guess;
            while (transfer.Code((sum - 1 - start) / grid) >= code) sum--;
            while (transfer.Code((sum - start) / grid) < code) sum++;
            changes.Add((code, sum));
        }
        return changes;
    }
}
