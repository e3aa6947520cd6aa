using Ohmformer.Devices;
using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>
/// Programs cells: from levels to conductances in counts, with programming error, drift, stuck cells and the device grid
/// (docs/theory/numeric-model.md, programming).
/// </summary>
internal sealed class CellCounts
{
    private readonly MacroSpec _spec;
    private readonly IDevice _device;
    private readonly double _g0, _countsPerConductance, _gridScale, _gridStep, _ageRatio;
    private readonly double[] _targets, _idealCounts;
    private readonly bool _writeNoise, _driftSpread, _stuck;

    public CellCounts(MacroSpec spec, bool aged)
    {
        _spec = spec;
        _device = spec.Device.Build();
        double levels = (1 << spec.BitsPerCell) - 1, idealGMin = IdealGMin(spec);
        _g0 = spec.Device.NormalizedGMin;
        _countsPerConductance = levels / (1 - _g0);
        _targets = [.. Enumerable.Range(0, 1 << spec.BitsPerCell).Select(digit => _g0 + digit / levels * (1 - _g0))];
        _idealCounts = [.. Enumerable.Range(0, 1 << spec.BitsPerCell).Select(digit => idealGMin + digit)];
        _gridScale = spec.GridBits is { } bits ? Math.ScaleB(1, bits) : 0;
        _gridStep = spec.GridBits is { } gridBits ? Math.ScaleB(1, -gridBits) : 0;
        double age = aged ? spec.Age / spec.Device.DriftReference : 0;
        _ageRatio = spec.Device is { DriftExponent: 0, DriftExponentSpread: 0 } ? 1 : Math.Max(age, 1);
        _writeNoise = _device.HasWriteNoise;
        _driftSpread = _ageRatio > 1 && spec.Device.DriftExponentSpread > 0;
        _stuck = spec.Device.StuckAtGMin + spec.Device.StuckAtGMax > 0;
        double gMin = GMin(spec);
        IsErrorFree = IsFresh && !_writeNoise && Enumerable.Range(0, Levels).All(digit => OnGrid(Fresh(digit, 0)) == gMin + digit);
        AreWholeSteps = spec.GridBits is not null || (IsErrorFree && gMin == 0);
    }

    /// <summary>The least conducting state in counts as the digital correction knows it: rounded to the grid if there is one.</summary>
    public static double GMin(MacroSpec spec)
    {
        double ideal = IdealGMin(spec);
        return spec.GridBits is { } bits ? Math.Floor(Math.ScaleB(ideal, bits) + 0.5) * Math.ScaleB(1, -bits) : ideal;
    }

    /// <summary>Whether a write draws random numbers.</summary>
    public bool HasWriteNoise => _writeNoise;

    /// <summary>Whether nothing but its own write decides what a cell holds: no drift, no stuck cells.</summary>
    public bool IsFresh => _ageRatio == 1 && !_stuck;

    /// <summary>Whether every cell holds exactly its level: <see cref="GMin"/> plus the digit.</summary>
    public bool IsErrorFree { get; }

    /// <summary>Whether all conductances are multiples of a grid step, or of one count without a grid.</summary>
    public bool AreWholeSteps { get; }

    /// <summary>Levels of a cell.</summary>
    public int Levels => _targets.Length;

    /// <summary>Programs a run of cells of one line.</summary>
    /// <param name="keys">Streams of drift and stuck cells.</param>
    /// <param name="start">Index of the first cell in these streams.</param>
    /// <param name="digits">Levels to write.</param>
    /// <param name="draws">Draws of the write noise, in units of 2^-<see cref="Gaussian16.FractionBits"/>; read only with write noise.</param>
    /// <param name="cells">Conductances in counts.</param>
    public void Program(in ColumnKeys keys, uint start, ReadOnlySpan<int> digits, ReadOnlySpan<short> draws, Span<double> cells)
    {
        for (int i = 0; i < digits.Length; i++)
        {
            double g = Written(digits[i], _writeNoise ? draws[i] : (short)0);
            if (_ageRatio > 1) g *= Math.Pow(_ageRatio, -(_spec.Device.DriftExponent + DriftSpread(keys.Drift, start + (uint)i)));
            if (_stuck) g = Stick(keys.Stuck.Word(start + (uint)i), g);
            cells[i] = OnGrid(Counts(digits[i], g));
        }
    }

    /// <summary>Conductance in counts of a cell that neither drifts nor sticks, before it is rounded to the grid.</summary>
    /// <param name="digit">Level.</param>
    /// <param name="draw">Draw of the write noise, in units of 2^-<see cref="Gaussian16.FractionBits"/>.</param>
    public double Fresh(int digit, short draw) => Counts(digit, Written(digit, draw));

    /// <summary>Counts rounded to the grid, if there is one.</summary>
    public double OnGrid(double counts) => _gridScale > 0 ? Math.Floor(counts * _gridScale + 0.5) * _gridStep : counts;

    private double Written(int digit, short draw) => _writeNoise
        ? Math.Max(_device.Program(_targets[digit], draw * Math.ScaleB(1, -Gaussian16.FractionBits)), 0)
        : _device.Program(_targets[digit], 0);

    /// <summary>The deviation from the target is exactly zero for an ideal cell, so its counts are exact too.</summary>
    private double Counts(int digit, double g) => Math.Max(_idealCounts[digit] + (g - _targets[digit]) * _countsPerConductance, 0);

    private double DriftSpread(in NoiseKey key, uint index) => _driftSpread ? _spec.Device.DriftExponentSpread * Gaussian.FromWord(key.Word(index)) : 0;

    private double Stick(uint word, double g)
    {
        double uniform = word * Math.ScaleB(1, -32);
        if (uniform < _spec.Device.StuckAtGMin) return _g0;
        return uniform < _spec.Device.StuckAtGMin + _spec.Device.StuckAtGMax ? 1 : g;
    }

    /// <summary>g0' = g0 (2^c - 1)/(1 - g0), held to 2^-32 counts so that sums of ideal cells are exact in double precision.</summary>
    private static double IdealGMin(MacroSpec spec)
    {
        double g0 = spec.Device.NormalizedGMin;
        return Math.ScaleB(Math.Round(Math.ScaleB(g0 * ((1 << spec.BitsPerCell) - 1) / (1 - g0), 32)), -32);
    }
}

/// <summary>The random words, one per cell, that belong to one physical column of one write.</summary>
/// <param name="Drift">Spread of the drift exponent.</param>
/// <param name="Stuck">Stuck cells: a property of the array, the same for every image.</param>
internal readonly record struct ColumnKeys(NoiseKey Drift, NoiseKey Stuck);
