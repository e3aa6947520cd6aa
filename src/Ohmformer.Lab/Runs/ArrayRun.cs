using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Lab.Designs;
using Ohmformer.Numerics;
using Ohmformer.Physics;

namespace Ohmformer.Lab.Runs;

/// <summary>What one matrix product on a macro did.</summary>
public sealed record ArrayResult
{
    /// <summary>Version of Ohmformer that made the result.</summary>
    public required string Version { get; init; }

    /// <summary>The hardware design.</summary>
    public required string Design { get; init; }

    /// <summary>Seed of the noise.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Vectors multiplied.</summary>
    public required int Tokens { get; init; }

    /// <summary>Inner size.</summary>
    public required int Inputs { get; init; }

    /// <summary>Columns of the result.</summary>
    public required int Outputs { get; init; }

    /// <summary>Share of conversions outside the converter's range.</summary>
    public required double ClippedShare { get; init; }

    /// <summary>Signal-to-noise ratio against the exact integer product, in dB; infinite when they are equal.</summary>
    public required double SnrDecibel { get; init; }

    /// <summary>How often each component acted, writes included.</summary>
    public required ActivityCounts Counts { get; init; }
}

/// <summary>One integer matrix product on the weight macro of a design, for other programs.</summary>
public static class ArrayRun
{
    /// <summary>y = x W on the arrays.</summary>
    /// <param name="weightsPath">.npy file of integers, shape [k, n].</param>
    /// <param name="inputsPath">.npy file of integers, shape [t, k].</param>
    /// <param name="designName">Name or file of the design.</param>
    /// <param name="output">.npy file to write, shape [t, n], float64, in integer units.</param>
    /// <param name="seed">Seed of the noise.</param>
    /// <exception cref="InputException">A file cannot be used, shapes do not fit, or an operand is out of range.</exception>
    public static ArrayResult Multiply(string weightsPath, string inputsPath, string designName, string output, ulong seed)
    {
        var design = DesignFile.Load(designName);
        var weights = Matrix(weightsPath, "[k, n]");
        var inputs = Matrix(inputsPath, "[t, k]");
        int k = weights.Shape[0], n = weights.Shape[1], tokens = inputs.Shape[0];
        if (inputs.Shape[1] != k)
        {
            throw new InputException(
                $"{inputsPath}: the shape is [{string.Join(", ", inputs.Shape)}], but {weightsPath} is [{k}, {n}]; the inputs need {k} columns.");
        }

        int[] w = weights.ToInts(), x = inputs.ToInts();
        var site = new MacroSite(0, UnsignedInputs: design.Weights.InputCoding == InputCoding.Unsigned);
        var macro = new Macro(design.Weights, seed, Calibration(design.Weights, site, w, k, n, x, tokens));
        var matrix = macro.Program(w, k, n, site);
        var statistics = new ReadStatistics(design.Weights, site.UnsignedInputs);
        double[] y = new double[tokens * n];
        var counts = macro.Multiply(matrix, image: 0, x, tokens, y, statistics);
        NpyArray.Of(y, tokens, n).Save(output);
        return new()
        {
            Version = Versions.Version,
            Design = design.Name,
            Seed = seed,
            Tokens = tokens,
            Inputs = k,
            Outputs = n,
            ClippedShare = statistics.ClippedShare,
            SnrDecibel = Snr(w, x, tokens, k, n, y),
            Counts = counts + matrix.Writes,
        };
    }

    /// <summary>Ranges of calibrated converters: what the same inputs put on the bit lines, with noise of seed 0.</summary>
    private static AdcCalibration? Calibration(MacroSpec spec, MacroSite site, int[] w, int k, int n, int[] x, int tokens)
    {
        if (spec.Adc is not { Range: { Kind: AdcRangeKind.Calibrated } range }) return null;
        var open = new Macro(spec with { Adc = null }, seed: 0);
        var statistics = new ReadStatistics(open.Spec, site.UnsignedInputs);
        open.Multiply(open.Program(w, k, n, site), image: 0, x, tokens, new double[tokens * n], statistics);
        var calibration = new AdcCalibration();
        calibration.Set(site.Id, statistics, range.Percentile);
        return calibration;
    }

    private static NpyArray Matrix(string path, string shape)
    {
        var array = NpyArray.Load(path);
        return array.Shape.Count == 2
            ? array
            : throw new InputException($"{path}: the array has {array.Shape.Count} axes; a matrix {shape} is needed.");
    }

    private static double Snr(int[] w, int[] x, int tokens, int k, int n, double[] y)
    {
        double signal = 0, error = 0;
        long[] exact = new long[n];
        for (int t = 0; t < tokens; t++)
        {
            Array.Clear(exact);
            for (int i = 0; i < k; i++)
                for (int j = 0; j < n; j++) exact[j] += (long)x[t * k + i] * w[i * n + j];
            for (int j = 0; j < n; j++)
            {
                double difference = y[t * n + j] - exact[j];
                signal += (double)exact[j] * exact[j];
                error += difference * difference;
            }
        }
        return 10 * Math.Log10(signal / error);
    }
}
