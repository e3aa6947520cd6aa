namespace Ohmformer.Circuits.Adc;

/// <summary>The converter seam: which value a converter reports for a bit-line value, both in counts.</summary>
public interface IAdc
{
    /// <summary>The straight transfer curve when the converter has no other errors; null when <see cref="Convert"/> must be asked.</summary>
    AdcTransfer? Transfer { get; }

    /// <summary>Whether a conversion draws a random number (comparator noise).</summary>
    bool HasNoise { get; }

    /// <summary>One conversion.</summary>
    /// <param name="value">Bit-line value in counts.</param>
    /// <param name="converter">Which converter of the product's crossbars, which selects its fixed errors.</param>
    /// <param name="gaussian">A standard normal draw; read only when <see cref="HasNoise"/>.</param>
    /// <returns>Reported value in counts.</returns>
    double Convert(double value, int converter, double gaussian);
}

/// <summary>
/// code = round((clip(P, Low, High) - Low) Q), value = code/Q + Low with Q = (Levels - 1)/(High - Low).
/// </summary>
/// <param name="Low">Value of code 0, in counts.</param>
/// <param name="High">Value of the largest code, in counts.</param>
/// <param name="Q">Codes per count.</param>
/// <param name="Rounding">What happens half way between two codes.</param>
public readonly record struct AdcTransfer(double Low, double High, double Q, AdcRounding Rounding)
{
    /// <summary>Position of a value on the scale of codes, before rounding.</summary>
    public double Position(double value) => (Math.Min(Math.Max(value, Low), High) - Low) * Q;

    /// <summary>The code of a value.</summary>
    public double Code(double value) => Rounding == AdcRounding.HalfUp
        ? Math.Floor(Position(value) + 0.5)
        : Math.Round(Position(value), MidpointRounding.ToEven);

    /// <summary>The value that a code stands for, in counts.</summary>
    public double Value(double code) => code / Q + Low;
}
