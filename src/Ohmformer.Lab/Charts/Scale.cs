namespace Ohmformer.Lab.Charts;

/// <summary>What an axis shows and where: the range of its values, its ticks and the place of a value in pixels.</summary>
internal sealed class Scale
{
    private const double PaddedShare = 0.04;

    private readonly double _from, _to, _length;
    private readonly bool _log;

    private Scale(double from, double to, double length, bool log, Ticks ticks)
    {
        (_from, _to, _length, _log) = (log ? Math.Log10(from) : from, log ? Math.Log10(to) : to, length, log);
        Ticks = ticks;
        Minor = log ? Ticks.Between(from, to, ticks) : [];
    }

    /// <summary>What is written along the axis.</summary>
    public Ticks Ticks { get; }

    /// <summary>Marks without text.</summary>
    public IReadOnlyList<double> Minor { get; }

    /// <summary>How a range is widened beyond the values.</summary>
    public enum Margin
    {
        /// <summary>Not at all: lines start and end at the edge.</summary>
        None,

        /// <summary>By a few percent: markers stay off the edge.</summary>
        Padded,

        /// <summary>Down to the next tick and up by a few percent: heights are read from a round number.</summary>
        Upright,
    }

    /// <summary>A scale of numbers.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="values">What it must show; those that it cannot show are left out.</param>
    /// <param name="length">Length in pixels.</param>
    /// <param name="margin">How far it goes beyond the values.</param>
    /// <param name="room">Pixels along the axis that a label needs, free space included.</param>
    public static Scale OfNumbers(Axis axis, IEnumerable<double> values, double length, Margin margin, Func<string, double> room)
    {
        var range = Range(axis, [.. values.Where(v => double.IsFinite(v) && (v > 0 || !axis.Log))]);
        Scale scale;
        int most = Math.Max(2, (int)(length / room("0")));
        do scale = Of(axis, range, length, margin, most);
        while (most-- > 2 && !scale.Fits(room));
        return scale;
    }

    /// <summary>A scale of names: name i is at i + 1/2 of as many equal parts.</summary>
    public static Scale OfNames(IReadOnlyList<string> names, double length) =>
        new(-0.5, names.Count - 0.5, length, log: false, new([.. names.Select((name, i) => new Tick(i, name))]));

    /// <summary>Whether a value has a place on the scale, be it within its range or not.</summary>
    public bool Has(double value) => double.IsFinite(value) && (value > 0 || !_log);

    /// <summary>Distance of a value from the start of the axis in pixels.</summary>
    public double At(double value) => _length * ((_log ? Math.Log10(value) : value) - _from) / (_to - _from);

    /// <summary>Whether a value lies within the range.</summary>
    public bool Shows(double value) => Has(value) && At(value) >= -0.01 && At(value) <= _length + 0.01;

    private static (double From, double To) Range(Axis axis, double[] values)
    {
        double from = axis.Minimum ?? values.Append(axis.Maximum ?? double.PositiveInfinity).Min(), to = axis.Maximum ?? values.Append(from).Where(double.IsFinite).DefaultIfEmpty().Max();
        if (double.IsInfinity(from)) return axis.Log ? (1, 10) : (0, 1);
        if (to - from > 1e-12 * Math.Max(Math.Abs(from), Math.Abs(to))) return (from, to);
        if (axis.Log) return (axis.Minimum ?? (from / 2), axis.Maximum ?? (from * 2));
        double half = from == 0 ? 1 : Math.Abs(from) / 10;
        return (axis.Minimum ?? (from - half), axis.Maximum ?? (from + half));
    }

    private static Scale Of(Axis axis, (double From, double To) range, double length, Margin margin, int most)
    {
        var (from, to) = margin switch
        {
            Margin.None => range,
            Margin.Padded => Padded(axis.Log, range),
            _ => (axis.Log ? Ticks.BelowLog(range.From) : Ticks.Below(range.From, range.To, most), Padded(axis.Log, range).To),
        };
        (from, to) = (axis.Minimum ?? from, axis.Maximum ?? to);
        return new(from, to, length, axis.Log, axis.Log ? Ticks.Log(from, to, most) : Ticks.Linear(from, to, most));
    }

    private static (double From, double To) Padded(bool log, (double From, double To) range)
    {
        double more = log ? Math.Pow(range.To / range.From, PaddedShare) : PaddedShare * (range.To - range.From);
        return log ? (range.From / more, range.To * more) : (range.From - more, range.To + more);
    }

    private bool Fits(Func<string, double> room) => Ticks.Marks.Zip(Ticks.Marks.Skip(1)).All(
        pair => At(pair.Second.Value) - At(pair.First.Value) >= (room(pair.First.Label) + room(pair.Second.Label)) / 2);
}
