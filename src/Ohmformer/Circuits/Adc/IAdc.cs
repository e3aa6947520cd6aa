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
    /// <param name="column">Physical column, which selects the converter's fixed errors.</param>
    /// <param name="gaussian">A standard normal draw; read only when <see cref="HasNoise"/>.</param>
    /// <returns>Reported value in counts.</returns>
    double Convert(double value, int column, double gaussian);
}

/// <summary>
/// code = round((clip(P, Low, High) - Low) Q), value = code/Q + Low with Q = (Levels - 1)/(High - Low).
/// </summary>
public readonly record struct AdcTransfer(double Low, double High, double Q, AdcRounding Rounding);
