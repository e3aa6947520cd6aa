using System.Globalization;

namespace Ohmformer.Mapping;

/// <summary>What is wrong with a design at one product.</summary>
public enum DesignFault
{
    /// <summary>More than 1 % of the conversions clip.</summary>
    Clipping,

    /// <summary>The values use less than 1/8 of the converter's range.</summary>
    UnusedRange,

    /// <summary>Cells that hold zero carry more current than the signal.</summary>
    OnOffRatio,

    /// <summary>Zero lies between two codes of a converter for both signs.</summary>
    ZeroBetweenCodes,

    /// <summary>The product is less than 10 dB above its error.</summary>
    LowSnr,
}

/// <summary>A fault with a sentence that says what to do.</summary>
/// <param name="Fault">What is wrong.</param>
/// <param name="Site">Where.</param>
/// <param name="Message">What was found and what to do.</param>
public sealed record DesignWarning(DesignFault Fault, ProductSite Site, string Message);

/// <summary>What the arrays of one product did on the diagnosed inputs.</summary>
public sealed record SiteDiagnostics
{
    /// <summary>Limits beyond which a design counts as broken.</summary>
    public const double MaxClippedShare = 0.01, MinUsedRangeShare = 0.125, MaxGMinCurrentShare = 0.5, MaxZeroError = 0.25, MinSnrDecibel = 10;

    /// <summary>The product.</summary>
    public required ProductSite Site { get; init; }

    /// <summary>Share of conversions outside the converter's range; null without a converter.</summary>
    public required double? ClippedShare { get; init; }

    /// <summary>Share of the converter's range between the 0.1 and 99.9 percentile of the values; null without a converter.</summary>
    public required double? UsedRangeShare { get; init; }

    /// <summary>Share of word-line pulses that are zero.</summary>
    public required double ZeroPulseShare { get; init; }

    /// <summary>Share of the bit-line current that cells carry although they hold zero.</summary>
    public required double GMinCurrentShare { get; init; }

    /// <summary>How far the code nearest to zero lies from zero, in LSB, where bit lines carry both signs.</summary>
    public required double ZeroError { get; init; }

    /// <summary>Power of the exact integer product over the power of the error, in dB; infinite when there is no error.</summary>
    public required double SnrDecibel { get; init; }

    /// <summary>What is wrong here; empty when all is well.</summary>
    public IReadOnlyList<DesignWarning> Warnings
    {
        get
        {
            var warnings = new List<DesignWarning>();
            if (ClippedShare > MaxClippedShare)
                Add(DesignFault.Clipping, $"{Percent(ClippedShare.Value)} of the conversions clip (limit 1 %); widen adc.range, activate fewer rows, or calibrate with a higher percentile.");
            if (UsedRangeShare < MinUsedRangeShare)
                Add(DesignFault.UnusedRange, $"the values use {Percent(UsedRangeShare.Value)} of the converter's range (limit 12.5 %); choose a calibrated range, fewer bits, or activate more rows.");
            if (GMinCurrentShare > MaxGMinCurrentShare)
                Add(DesignFault.OnOffRatio, $"{Percent(GMinCurrentShare)} of the bit-line current flows through cells that hold zero (limit 50 %); use a device with a larger ON/OFF ratio, fewer active rows, or analog subtraction of differential pairs.");
            if (ZeroError > MaxZeroError)
                Add(DesignFault.ZeroBetweenCodes, $"zero lies {ZeroError.ToString("F2", CultureInfo.InvariantCulture)} LSB from the nearest code, so every empty read adds that error; set adc.signMagnitude, or choose the range lsb.");
            if (SnrDecibel < MinSnrDecibel)
                Add(DesignFault.LowSnr, $"the product is {SnrDecibel.ToString("F1", CultureInfo.InvariantCulture)} dB above its error (limit 10 dB); lower the device's noise, raise adc.bits, or use fewer bits per cell.");
            return warnings;

            void Add(DesignFault fault, string text) => warnings.Add(new(fault, Site, $"{Site.Name}: {text}"));
        }
    }

    private static string Percent(double share) => (100 * share).ToString("F1", CultureInfo.InvariantCulture) + " %";
}
