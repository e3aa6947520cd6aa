using System.Runtime.Intrinsics;
using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>
/// What bit lines carried: per slice a histogram of the values in counts and of their place in the converter's range, clipped
/// conversions, and how many pulses were zero. Not thread-safe; <see cref="Add"/> joins the statistics of several threads.
/// </summary>
public sealed class ReadStatistics
{
    private const int Bins = 8192, Places = 1024;

    private readonly BitLineRange _possible;
    private readonly int _levels;
    private readonly long[][] _values, _places;
    private readonly double _gMin;
    private long _conversions, _clipped, _pulses, _zeroPulses;
    private readonly UnorderedSum _addedCurrent = new(), _addedGMinCurrent = new();
    private double _current, _gMinCurrent;

    /// <summary>Empty statistics for the reads of one operand.</summary>
    /// <param name="spec">The macro that is read.</param>
    /// <param name="unsignedInputs">Whether the driving operand is unsigned.</param>
    public ReadStatistics(MacroSpec spec, bool unsignedInputs)
    {
        _possible = BitLineRange.Of(spec, unsignedInputs, spec.RowsPerRead);
        _levels = spec.Adc?.Levels ?? 0;
        _gMin = spec.SubtractsCurrents() || _possible.Signed ? 0 : CellCounts.GMin(spec);
        _values = [.. Enumerable.Range(0, spec.Slices).Select(_ => new long[Bins])];
        _places = [.. Enumerable.Range(0, spec.Slices).Select(_ => new long[Places])];
    }

    /// <summary>Share of conversions whose value lay more than half an LSB outside the converter's range.</summary>
    public double ClippedShare => _conversions == 0 ? 0 : (double)_clipped / _conversions;

    /// <summary>Share of word-line pulses that were zero.</summary>
    public double ZeroPulseShare => _pulses == 0 ? 0 : (double)_zeroPulses / _pulses;

    /// <summary>Share of the converter's range between the 0.1 and the 99.9 percentile of the values, of the slice that uses most.</summary>
    public double UsedRangeShare => _places.Max(UsedShare);

    /// <summary>Share of the bit-line current that cells carry even when they hold zero; 0 where a pair cancels it before conversion.</summary>
    public double GMinCurrentShare => Current > 0 ? GMinCurrent / Current : 0;

    /// <summary>
    /// How far the code nearest to zero lies from zero, in LSB, where bit lines carry both signs; 0 where they do not. An even
    /// number of codes in a symmetric range leaves half an LSB: every empty read is then off by as much.
    /// </summary>
    public double ZeroError { get; private set; }

    /// <summary>Adds other statistics of the same macro and operand.</summary>
    public void Add(ReadStatistics other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (int slice = 0; slice < _values.Length; slice++)
        {
            for (int bin = 0; bin < Bins; bin++) _values[slice][bin] += other._values[slice][bin];
            for (int place = 0; place < Places; place++) _places[slice][place] += other._places[slice][place];
        }
        ZeroError = Math.Max(ZeroError, other.ZeroError);
        _conversions += other._conversions;
        _clipped += other._clipped;
        _pulses += other._pulses;
        _zeroPulses += other._zeroPulses;
        _addedCurrent.Add(other.Current);
        _addedGMinCurrent.Add(other.GMinCurrent);
    }

    private double Current => _current + _addedCurrent.Value;

    private double GMinCurrent => _gMinCurrent + _addedGMinCurrent.Value;

    internal int Slices => _values.Length;

    /// <summary>Records the pulses of one pass over one row group.</summary>
    /// <param name="x">Inputs of the group.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="samples">Samples that the pulses reach.</param>
    internal void AddInputs(ReadOnlySpan<int> x, InputPass pass, long samples)
    {
        _pulses += x.Length;
        long drives = 0;
        foreach (int input in x)
        {
            int drive = pass.Drive(input);
            drives += drive;
            if (drive == 0) _zeroPulses++;
        }
        _gMinCurrent += drives * _gMin * samples;
    }

    /// <summary>Records bit-line values of one slice that meet converters of one full scale; null without a converter.</summary>
    internal void Record(int slice, ReadOnlySpan<double> values, BitLineRange? fullScale)
    {
        Count(values, _possible, _values[slice]);
        foreach (double value in values) _current += value;
        if (fullScale is not { } scale) return;
        _conversions += values.Length;
        double margin = 0.5 * (scale.High - scale.Low) / (_levels - 1), low = scale.Low - margin, high = scale.High + margin;
        if (_possible.Signed)
        {
            double position = -scale.Low / (2 * margin);
            ZeroError = Math.Max(ZeroError, Math.Abs(position - Math.Round(position)));
        }
        foreach (double value in values)
            if (value < low || value > high) _clipped++;
        Count(values, scale, _places[slice]);
    }

    /// <summary>
    /// The range that holds a share of the recorded values of a slice: symmetric about zero where both signs occur, else from
    /// the smallest possible value, so that zero stays a code.
    /// </summary>
    internal BitLineRange Percentile(int slice, double percentile)
    {
        double width = (_possible.High - _possible.Low) / Bins;
        var histogram = _values[slice];
        long wanted = (long)Math.Ceiling(histogram.Sum() * percentile / 100), seen = 0;
        if (!_possible.Signed)
        {
            int bin = -1;
            while (bin < Bins - 1 && (bin < 0 || seen < wanted)) seen += histogram[++bin];
            return new(_possible.Low, _possible.Low + (bin + 1) * width);
        }
        int distance = 0;
        while (distance < Bins / 2 && (distance == 0 || seen < wanted))
        {
            seen += histogram[Bins / 2 + distance] + histogram[Bins / 2 - 1 - distance];
            distance++;
        }
        return new(-distance * width, distance * width);
    }

    private static double UsedShare(long[] places)
    {
        long total = places.Sum(), seen = 0;
        int low = -1, high = -1;
        for (int place = 0; place < Places && total > 0; place++)
        {
            seen += places[place];
            if (low < 0 && seen > total * 0.001) low = place;
            if (high < 0 && seen >= total * 0.999) high = place;
        }
        return total == 0 ? 0 : (double)(high - low + 1) / Places;
    }

    /// <summary>Counts each value in its bin of a range; those outside in the bins at the ends.</summary>
    private static void Count(ReadOnlySpan<double> values, BitLineRange range, long[] bins)
    {
        double low = range.Low, width = range.High - low, last = bins.Length - 1;
        Span<long> places = stackalloc long[Vector512<double>.Count];
        int i = 0;
        for (; i <= values.Length - places.Length; i += places.Length)
        {
            var place = (Vector512.Create(values[i..]) - Vector512.Create(low)) / Vector512.Create(width) * Vector512.Create((double)bins.Length);
            Vector512.ConvertToInt64(Vector512.Clamp(place, Vector512<double>.Zero, Vector512.Create(last))).CopyTo(places);
            foreach (long bin in places) bins[bin]++;
        }
        for (; i < values.Length; i++) bins[(long)Math.Clamp((values[i] - low) / width * bins.Length, 0, last)]++;
    }
}
