using Ohmformer.Circuits.Adc;
using Ohmformer.Files;

namespace Ohmformer.Arrays;

/// <summary>Smallest and largest value a bit line can carry with error-free cells, in counts.</summary>
/// <param name="Low">Smallest value.</param>
/// <param name="High">Largest value.</param>
internal readonly record struct BitLineRange(double Low, double High)
{
    /// <summary>Whether values of both signs occur.</summary>
    public bool Signed => Low < 0;

    /// <summary>The range of one read of some rows: every cell anywhere between its least and its most conducting state.</summary>
    public static BitLineRange Of(MacroSpec spec, bool unsigned, int rows)
    {
        var passes = InputPass.Of(spec, unsigned);
        double drive = (double)rows * passes.Max(p => p.Mask);
        bool bipolar = passes.Any(p => p.Kind == DriveKind.Signed);
        double levels = (1 << spec.BitsPerCell) - 1;
        bool pair = spec.SubtractsCurrents();
        double high = drive * (pair ? levels : levels + CellCounts.GMin(spec));
        return new(pair || bipolar ? -high : 0, high);
    }

    /// <summary>The converter's full scale.</summary>
    /// <param name="adc">The converter.</param>
    /// <param name="calibrated">The range found by calibration, for <see cref="AdcRangeKind.Calibrated"/>.</param>
    /// <param name="whole">Whether bit lines carry whole counts, so that steps of a count lose nothing and finer ones gain nothing.</param>
    /// <exception cref="InputException">The range is calibrated and has not been found.</exception>
    public BitLineRange FullScale(AdcSpec adc, BitLineRange? calibrated, bool whole) => adc.Range.Kind switch
    {
        AdcRangeKind.Full => this,
        AdcRangeKind.Explicit => new(adc.Range.Low, adc.Range.High),
        AdcRangeKind.Lsb => InSteps(adc, adc.Range.LsbCounts),
        _ when calibrated is { } found => whole && found.High - found.Low < adc.Levels - 1 ? InSteps(adc, 1) : found,
        _ => throw new InputException("adc.range is calibrated, but this product has not been calibrated; run calibration inputs first, or choose the range full, lsb or explicit."),
    };

    /// <summary>Where both signs occur, zero is a code: one code more lies below it than above when their number is even.</summary>
    private BitLineRange InSteps(AdcSpec adc, double step)
    {
        double low = Signed ? -step * (adc.Levels / 2) : Low;
        return new(low, low + step * (adc.Levels - 1));
    }
}
