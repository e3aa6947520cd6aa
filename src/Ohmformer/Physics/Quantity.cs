using System.Globalization;
using System.Numerics;

namespace Ohmformer.Physics;

/// <summary>A unit of measurement. Implemented by empty marker types such as <see cref="Joule"/>.</summary>
public interface IUnit
{
    /// <summary>The symbol written after a number, for example "J".</summary>
    static abstract string Symbol { get; }

    /// <summary>How often an SI prefix applies to the unit: 1, or 2 for an area (1 mm2 = 1e-6 m2).</summary>
    static virtual int Power => 1;
}

/// <summary>
/// A number with a unit, held in SI units. The projects name the closed types <c>Energy</c>, <c>Time</c>, <c>Area</c>,
/// <c>Power</c>, <c>Voltage</c>, <c>Conductance</c>, <c>Length</c> and <c>Frequency</c> (Directory.Build.props).
/// </summary>
/// <param name="Si">The value in the SI unit, for example joule.</param>
public readonly record struct Quantity<TUnit>(double Si) :
    IComparable<Quantity<TUnit>>,
    IAdditionOperators<Quantity<TUnit>, Quantity<TUnit>, Quantity<TUnit>>,
    ISubtractionOperators<Quantity<TUnit>, Quantity<TUnit>, Quantity<TUnit>>,
    IMultiplyOperators<Quantity<TUnit>, double, Quantity<TUnit>>
    where TUnit : IUnit
{
    /// <summary>The zero of this quantity.</summary>
    public static Quantity<TUnit> Zero => default;

    /// <summary>Sum of two quantities of one unit.</summary>
    public static Quantity<TUnit> operator +(Quantity<TUnit> left, Quantity<TUnit> right) => new(left.Si + right.Si);

    /// <summary>Difference of two quantities of one unit.</summary>
    public static Quantity<TUnit> operator -(Quantity<TUnit> left, Quantity<TUnit> right) => new(left.Si - right.Si);

    /// <summary>A quantity scaled by a pure number.</summary>
    public static Quantity<TUnit> operator *(Quantity<TUnit> left, double right) => new(left.Si * right);

    /// <summary>A quantity scaled by a pure number.</summary>
    public static Quantity<TUnit> operator *(double left, Quantity<TUnit> right) => new(left * right.Si);

    /// <summary>A quantity divided by a pure number.</summary>
    public static Quantity<TUnit> operator /(Quantity<TUnit> left, double right) => new(left.Si / right);

    /// <summary>The ratio of two quantities of one unit.</summary>
    public static double operator /(Quantity<TUnit> left, Quantity<TUnit> right) => left.Si / right.Si;

    /// <summary>Order of two quantities.</summary>
    public static bool operator <(Quantity<TUnit> left, Quantity<TUnit> right) => left.Si < right.Si;

    /// <summary>Order of two quantities.</summary>
    public static bool operator >(Quantity<TUnit> left, Quantity<TUnit> right) => left.Si > right.Si;

    /// <summary>Order of two quantities.</summary>
    public static bool operator <=(Quantity<TUnit> left, Quantity<TUnit> right) => left.Si <= right.Si;

    /// <summary>Order of two quantities.</summary>
    public static bool operator >=(Quantity<TUnit> left, Quantity<TUnit> right) => left.Si >= right.Si;

    /// <summary>The larger of two quantities.</summary>
    public static Quantity<TUnit> Max(Quantity<TUnit> left, Quantity<TUnit> right) => left > right ? left : right;

    /// <inheritdoc/>
    public int CompareTo(Quantity<TUnit> other) => Si.CompareTo(other.Si);

    /// <summary>
    /// Four significant digits with the SI prefix that keeps the number between 1 and 1000, an area between 0.01 and 10000: "1.67 pJ",
    /// "0.03 mm2", "1200 um2".
    /// </summary>
    public override string ToString() => QuantityText.Format(Si, TUnit.Symbol, TUnit.Power);

    /// <summary>Reads a number with its unit, for example "0.2 V", "25 um2", "100 ns".</summary>
    /// <returns>False when the number or the unit cannot be read; a bare number is not a quantity.</returns>
    public static bool TryParse(string? text, out Quantity<TUnit> quantity)
    {
        bool ok = QuantityText.TryParse(text, TUnit.Symbol, TUnit.Power, out double si);
        quantity = new(si);
        return ok;
    }

    /// <summary>Reads a number with its unit.</summary>
    /// <exception cref="FormatException">The text is not a number followed by this unit.</exception>
    public static Quantity<TUnit> Parse(string text) => TryParse(text, out var quantity)
        ? quantity
        : throw new FormatException($"'{text}' is not a quantity in {TUnit.Symbol}; write a number and a unit, for example \"1 {TUnit.Symbol}\".");
}

/// <summary>Text form of numbers with SI prefixes.</summary>
internal static class QuantityText
{
    private static readonly (string Prefix, int Exponent)[] Prefixes =
    [
        ("T", 12), ("G", 9), ("M", 6), ("k", 3), ("", 0), ("m", -3), ("u", -6), ("n", -9), ("p", -12), ("f", -15), ("a", -18), ("z", -21), ("y", -24),
    ];

    public static string Format(double si, string symbol, int power)
    {
        if (si == 0 || !double.IsFinite(si)) return $"{si.ToString("G4", CultureInfo.InvariantCulture)} {symbol}";
        double magnitude = Math.Abs(si);
        double smallest = 0.99995 * Math.Pow(10, -2 * (power - 1));
        foreach (var (prefix, exponent) in Prefixes)
        {
            double scale = Math.Pow(10, exponent * power);
            if (magnitude >= scale * smallest) return $"{(si / scale).ToString("G4", CultureInfo.InvariantCulture)} {prefix}{symbol}";
        }
        return $"{si.ToString("G4", CultureInfo.InvariantCulture)} {symbol}";
    }

    public static bool TryParse(string? text, string symbol, int power, out double si)
    {
        si = 0;
        if (string.IsNullOrWhiteSpace(text)) return false;
        string trimmed = text.Trim();
        if (!trimmed.EndsWith(symbol, StringComparison.Ordinal)) return false;
        string rest = trimmed[..^symbol.Length];
        foreach (var (prefix, exponent) in Prefixes)
        {
            string? number = prefix.Length == 0 ? rest
                : rest.EndsWith(prefix, StringComparison.Ordinal) || (prefix == "u" && (rest.EndsWith('µ') || rest.EndsWith('μ'))) ? rest[..^1]
                : null;
            if (number is null) continue;
            if (TryScale(number, exponent * power, out si)) return double.IsFinite(si);
        }
        return false;
    }

    /// <summary>Reads number 10^scale and rounds once, so that "0.1 uS" and "100 nS" are the same number.</summary>
    private static bool TryScale(string number, int scale, out double si)
    {
        si = 0;
        if (!double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !double.IsFinite(value)) return false;
        string[] parts = number.Trim().Split('e', 'E');
        int exponent = parts.Length == 1 ? 0 : int.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int read) ? read : int.MinValue;
        return exponent is > -1000 and < 1000
            && double.TryParse($"{parts[0]}E{exponent + scale}", NumberStyles.Float, CultureInfo.InvariantCulture, out si);
    }
}
