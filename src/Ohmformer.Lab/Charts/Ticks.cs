using System.Globalization;

namespace Ohmformer.Lab.Charts;

/// <summary>A mark on an axis.</summary>
/// <param name="Value">Where.</param>
/// <param name="Label">What is written there.</param>
internal readonly record struct Tick(double Value, string Label);

/// <summary>Round numbers to write along an axis.</summary>
/// <param name="Marks">The numbers, ascending.</param>
/// <param name="Exponent">The power of ten that the labels leave to the title of the axis; 0 for none.</param>
internal sealed record Ticks(IReadOnlyList<Tick> Marks, int Exponent = 0)
{
    private const double Slack = 1e-9;
    private static readonly int[] Mantissas = [1, 2, 5];

    /// <summary>Multiples of 1, 2 or 5 times a power of ten, the smallest step that gives no more than <paramref name="most"/>.</summary>
    /// <param name="from">Smallest value of the axis.</param>
    /// <param name="to">Largest value, above <paramref name="from"/>.</param>
    /// <param name="most">Most ticks, two at least.</param>
    public static Ticks Linear(double from, double to, int most)
    {
        foreach (var (mantissa, power) in Steps(from, to))
        {
            double step = Times(mantissa, power);
            double first = Math.Ceiling((from / step) - Slack), last = Math.Floor((to / step) + Slack);
            if (last - first < most) return Labeled(first, last, mantissa, power);
        }
        throw new InvalidOperationException($"no ticks from {from} to {to}");
    }

    /// <summary>The tick at or below the start of an axis that shows no more than <paramref name="most"/> ticks.</summary>
    public static double Below(double from, double to, int most)
    {
        foreach (var (mantissa, power) in Steps(from, to))
        {
            double step = Times(mantissa, power), first = Math.Floor((from / step) + Slack);
            if (Math.Floor((to / step) + Slack) - first < most) return Scaled(first * mantissa, power);
        }
        throw new InvalidOperationException($"no ticks from {from} to {to}");
    }

    /// <summary>Powers of ten, every one or every few; below two decades also 2 and 5 times these; on less than that linear steps.</summary>
    public static Ticks Log(double from, double to, int most)
    {
        double low = Math.Log10(from), high = Math.Log10(to);
        int first = (int)Math.Ceiling(low - Slack), last = (int)Math.Floor(high + Slack);
        if (last - first < 2)
        {
            double[] fine = [.. Multiples(first - 1, last + 1, Mantissas).Where(v => Within(v, from, to))];
            if (fine.Length < 3) return Linear(from, to, most);
            if (fine.Length <= most) return new([.. fine.Select(v => new Tick(v, Power(v)))]);
        }
        int stride = 1 + (Math.Max(0, last - first) / most);
        return new([.. Enumerable.Range(first, last - first + 1).Where(p => p % stride == 0).Select(p => Times(1, p)).Select(v => new Tick(v, Power(v)))]);
    }

    /// <summary>2, 3, ... 9 times the powers of ten, where the ticks are all powers of ten.</summary>
    public static IReadOnlyList<double> Between(double from, double to, Ticks ticks)
    {
        bool decades = ticks.Marks.Count > 1 && Math.Abs((ticks.Marks[1].Value / ticks.Marks[0].Value) - 10) < Slack;
        return decades
            ? [.. Multiples((int)Math.Floor(Math.Log10(from)), (int)Math.Ceiling(Math.Log10(to)), [2, 3, 4, 5, 6, 7, 8, 9]).Where(v => Within(v, from, to))]
            : [];
    }

    /// <summary>The largest number that is 1, 2 or 5 times a power of ten and no more than a value.</summary>
    public static double BelowLog(double value)
    {
        int power = (int)Math.Floor(Math.Log10(value));
        return Multiples(power - 1, power + 1, Mantissas).Last(v => v <= value * (1 + Slack));
    }

    private static bool Within(double value, double from, double to) => value >= from * (1 - Slack) && value <= to * (1 + Slack);

    private static IEnumerable<double> Multiples(int firstPower, int lastPower, int[] mantissas) =>
        from power in Enumerable.Range(firstPower, lastPower - firstPower + 1)
        from mantissa in mantissas
        select Times(mantissa, power);

    private static IEnumerable<(int Mantissa, int Power)> Steps(double from, double to)
    {
        int power = (int)Math.Floor(Math.Log10(to - from)) - 2;
        for (int i = 0; i < 5; i++)
            foreach (int mantissa in Mantissas) yield return (mantissa, power + i);
    }

    private static Ticks Labeled(double first, double last, int mantissa, int power)
    {
        double largest = Scaled(Math.Max(Math.Abs(first), Math.Abs(last)) * mantissa, power);
        int exponent = largest is >= 1e6 or (> 0 and < 1e-2) ? 3 * (int)Math.Floor(Math.Log10(largest * (1 + Slack)) / 3) : 0;
        string format = "N" + Math.Max(0, exponent - power).ToString(CultureInfo.InvariantCulture);
        var marks = new List<Tick>();
        for (double i = first; i <= last; i++)
            marks.Add(new(Scaled(i * mantissa, power), Minus(Scaled(i * mantissa, power - exponent).ToString(format, CultureInfo.InvariantCulture))));
        return new(marks, exponent);
    }

    private static string Power(double value)
    {
        if (value is >= 1e-3 and < 1e6) return value.ToString("#,0.###", CultureInfo.InvariantCulture);
        int power = (int)Math.Floor(Math.Log10(value) + Slack);
        double mantissa = Math.Round(Scaled(value, -power));
        return (mantissa == 1 ? "" : mantissa.ToString("F0", CultureInfo.InvariantCulture) + "·") + TenTo(power);
    }

    /// <summary>A power of ten in the characters for exponents.</summary>
    public static string TenTo(int power) => "10" + string.Concat(power.ToString(CultureInfo.InvariantCulture).Select(c => c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c - '0']));

    private static string Minus(string number) => number.Replace('-', '−');

    private static double Times(int mantissa, int power) => Scaled(mantissa, power);

    /// <summary>Rounded once for whole numbers and small powers, so that 3 tenths are 0.3.</summary>
    private static double Scaled(double number, int power) => number == 0 ? 0 : power >= 0 ? number * Math.Pow(10, power) : number / Math.Pow(10, -power);
}
