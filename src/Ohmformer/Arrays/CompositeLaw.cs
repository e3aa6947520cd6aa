using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ohmformer.Devices;
using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>
/// What the composite conductance of a weight holds and how it is read (docs/theory/numeric-model.md, section 11). A weight of magnitude m is
/// mapped to g0 + m (1 - g0)/L, L being the largest magnitude, in the positive or the negative cell of a pair; the other stays at g0. Both are
/// given in whole steps of the weight, one step being (1 - g0)/L.
/// </summary>
internal sealed class CompositeLaw
{
    /// <summary>Magnitude of the numbers that are multiplied.</summary>
    public const int Largest = short.MaxValue;

    private const double LargestDraw = (double)Gaussian16.Largest / (1 << Gaussian16.FractionBits);

    private readonly IDevice _device;
    private readonly double _g0, _stepsPerConductance, _emptyPair;
    private readonly double[] _targets;
    private readonly float[] _written;
    private readonly double[]? _slopes;

    /// <summary>The law of a macro.</summary>
    public CompositeLaw(MacroSpec spec)
    {
        _device = spec.Device.Build();
        _g0 = spec.Device.NormalizedGMin;
        _targets = Targets(spec);
        _stepsPerConductance = (_targets.Length - 1) / (1 - _g0);
        _emptyPair = _device.Program(_g0, 0);
        PairHasNoise = _device.HasWriteNoise && new[] { -1.0, 1 }.Any(z => _device.Program(_g0, z) != _g0);
        double[] spreads = [.. _targets.Select(g => ReadSpread(spec.Device, g))];
        double largest = 1;
        for (int m = 0; m < _targets.Length; m++)
            foreach (double z in _device.HasWriteNoise ? [-LargestDraw, LargestDraw] : new[] { 0.0 })
                largest = Math.Max(largest, Math.Abs(Steps(m, z, -z)) + LargestDraw * spreads[m]);
        GridBits = (int)Math.Floor(Math.Log2(Largest / largest));
        Grid = Math.ScaleB(1, GridBits);
        _written = [.. Enumerable.Range(0, _targets.Length).Select(m => (float)(Steps(m, 0, 0) * Grid))];
        if (!PairHasNoise && _targets.All(g => _device.Slope(g) is not null)) _slopes = [.. _targets.Select(g => _device.Slope(g)!.Value)];
        ReadSpreads = spec.Device.ReadNoise == 0 ? null : [.. spreads.Select(s => (float)Math.ScaleB(s * Grid, -Gaussian16.FractionBits))];
    }

    /// <summary>Whether a write draws random numbers.</summary>
    public bool HasWriteNoise => _device.HasWriteNoise;

    /// <summary>Whether the cell of a pair that holds nothing is written with noise, too.</summary>
    public bool PairHasNoise { get; }

    /// <summary>The numbers that are multiplied are multiples of 2^-GridBits steps: as fine as 16 bits allow for the largest noise.</summary>
    public int GridBits { get; }

    /// <summary>2^<see cref="GridBits"/>.</summary>
    public double Grid { get; }

    /// <summary>Standard deviation of read noise in grid steps per unit of a draw, by magnitude; null without read noise.</summary>
    public float[]? ReadSpreads { get; }

    /// <summary>What is written without noise, in grid steps.</summary>
    public float Written(int weight) => weight < 0 ? -_written[-weight] : _written[weight];

    /// <summary>What is written, in grid steps.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="draw">Draw of the cell that holds it.</param>
    /// <param name="pairDraw">Draw of the other cell of the pair.</param>
    public float Written(int weight, short draw, short pairDraw)
    {
        float steps = (float)(Steps(Math.Abs(weight), Gaussian(draw), Gaussian(pairDraw)) * Grid);
        return weight < 0 ? -steps : steps;
    }

    /// <summary>What is written, in grid steps: the same as one by one, eight at once where the device follows a straight line.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="draws">At least as many draws of the cells that hold them.</param>
    /// <param name="pairDraws">At least as many draws of the other cells of the pairs.</param>
    /// <param name="written">As many numbers as weights.</param>
    public void Write(ReadOnlySpan<int> weights, ReadOnlySpan<short> draws, ReadOnlySpan<short> pairDraws, Span<float> written)
    {
        int i = 0, lanes = Vector256<int>.Count;
        if (_slopes is not null && Avx2.IsSupported)
            for (; i <= weights.Length - lanes; i += lanes)
                OnLine(Vector256.Create(weights[i..]), Vector128.Create(draws[i..])).CopyTo(written[i..]);
        for (; i < weights.Length; i++) written[i] = Written(weights[i], draws[i], pairDraws[i]);
    }

    /// <remarks>The operations of <see cref="Written(int, short, short)"/> with their roundings, so nothing is fused.</remarks>
    private Vector256<float> OnLine(Vector256<int> weights, Vector128<short> draws)
    {
        var magnitudes = Vector256.Abs(weights);
        var (low, high) = Vector128.Widen(draws);
        var steps = Vector256.Create(Four(magnitudes.GetLower(), low), Four(magnitudes.GetUpper(), high));
        return Vector256.ConditionalSelect(Vector256.LessThan(weights, Vector256<int>.Zero).AsSingle(), -steps, steps);
    }

    private unsafe Vector128<float> Four(Vector128<int> magnitudes, Vector128<int> draws)
    {
        fixed (double* targets = _targets, slopes = _slopes)
        {
            var z = Avx.ConvertToVector256Double(draws) * Vector256.Create(Math.ScaleB(1, -Gaussian16.FractionBits));
            var g = Avx2.GatherVector256(targets, magnitudes, sizeof(double)) + Avx2.GatherVector256(slopes, magnitudes, sizeof(double)) * z;
            return Avx.ConvertToVector128Single((g - Vector256.Create(_emptyPair)) * Vector256.Create(_stepsPerConductance) * Vector256.Create(Grid));
        }
    }

    /// <summary>The whole step nearest to the transformed conductance of each magnitude: what cells can hold digit by digit.</summary>
    public static int[] WholeSteps(MacroSpec spec)
    {
        double g0 = spec.Device.NormalizedGMin;
        double[] targets = Targets(spec);
        return [.. targets.Select(g => (int)Math.Round((g - g0) / (1 - g0) * (targets.Length - 1)))];
    }

    /// <summary>The conductances to write, by magnitude; those of the mapping itself are exact.</summary>
    private static double[] Targets(MacroSpec spec)
    {
        int largest = (1 << (spec.WeightBits - 1)) - 1;
        double g0 = spec.Device.NormalizedGMin;
        var transform = spec.Transform();
        return [.. Enumerable.Range(0, largest + 1).Select(m => transform.Transform(g0 + m * (1 - g0) / largest))];
    }

    /// <summary>The difference of the two cells of a pair.</summary>
    private double Steps(int magnitude, double gaussian, double pairGaussian) =>
        (_device.Program(_targets[magnitude], gaussian) - _device.Program(_g0, pairGaussian)) * _stepsPerConductance;

    /// <summary>Of the difference of both cells, from the conductances that they were to hold.</summary>
    private double ReadSpread(DeviceSpec device, double target) => _stepsPerConductance * device.ReadNoise
        * (device.ReadNoiseKind == ReadNoiseKind.Constant ? Math.Sqrt(2) : Math.Sqrt(target * target + _g0 * _g0));

    private static double Gaussian(short draw) => Math.ScaleB(draw, -Gaussian16.FractionBits);
}

/// <summary>Composite conductances of one matrix.</summary>
internal sealed class CompositeCells
{
    /// <summary>What was written in grid steps, [inputs, outputs].</summary>
    public required float[] Written { get; init; }

    /// <summary>Spread of read noise in grid steps per unit of a draw, the same shape; null without read noise.</summary>
    public required float[]? Spreads { get; init; }

    /// <summary>The matrix as every read sees it, where reads are free of noise.</summary>
    public IntegerMatrix? Fixed { get; set; }
}
