using System.Buffers;
using System.Collections.Concurrent;
using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Files;
using Ohmformer.Numerics;

namespace Ohmformer.Mapping;

/// <summary>How a design is simulated; the results of a run depend on none of it but what was calibrated.</summary>
public sealed record AnalogOptions
{
    /// <summary>Converter ranges from <see cref="AnalogProduct.Calibrate"/>; needed by designs with calibrated ranges.</summary>
    public AdcCalibration? Calibration { get; init; }

    /// <summary>Inputs with an index below this number are diagnosed: <see cref="AnalogProduct.Diagnostics"/>.</summary>
    public int DiagnosedImages { get; init; }

    /// <summary>Which arithmetic reads the arrays.</summary>
    public KernelKind Kernel { get; init; } = KernelKind.Auto;

    /// <summary>Threads that share one product; the caller's alone by default.</summary>
    public Workers Workers { get; init; } = Workers.One;

    /// <summary>Ranges from <see cref="QuantizationRanges.Calibrate"/>; needed by designs that quantize by percentiles.</summary>
    public QuantizationRanges? Ranges { get; init; }
}

/// <summary>
/// Matrix products on the analog macros of a design. Static weights are written once, in <see cref="Program"/>; K and V are
/// written for every input and head, with fresh write noise, and read with read noise. Operands are quantized as in
/// <see cref="IntegerProduct"/>, whose results an ideal device with lossless converters repeats exactly. Thread-safe.
/// </summary>
public sealed class AnalogProduct : IMatrixProduct
{
    private readonly Macro _weights, _attention;
    private readonly OperandQuantizer _quantizer;
    private readonly AnalogOptions _options;
    private readonly ConcurrentDictionary<int, SiteRecord> _records = new();
    private readonly DynamicOperands<ProgrammedMatrix> _operands = new();
    private readonly bool _calibrates;

    /// <summary>The macros of a design.</summary>
    /// <param name="design">The design.</param>
    /// <param name="seed">Seed of all noise.</param>
    /// <param name="options">How to simulate; the defaults when absent.</param>
    /// <exception cref="InputException">The design contradicts itself, or its converters need a calibration that is missing.</exception>
    public AnalogProduct(Design design, ulong seed, AnalogOptions? options = null)
        : this(design.Weights, design.DynamicMacro, design.Quantization, seed, options ?? new(), calibrates: false)
    {
        if (NeedsCalibration(design) && _options.Calibration is null)
            throw new InputException($"design {design.Name}: adc.range is calibrated, but no calibration was made; run calibration inputs first, or choose the range full, lsb or explicit.");
    }

    private AnalogProduct(MacroSpec weights, MacroSpec attention, QuantizationSpec? quantization, ulong seed, AnalogOptions options, bool calibrates)
    {
        _options = options;
        _calibrates = calibrates;
        _quantizer = new(quantization, ProductPrecision.Of(weights), ProductPrecision.Of(attention), options.Ranges);
        _weights = new(weights, seed, options.Calibration, options.Kernel, options.Workers);
        _attention = new(attention, seed, options.Calibration, options.Kernel, options.Workers);
    }

    /// <summary>Array events per product so far, in the order of the products' numbers.</summary>
    public IReadOnlyList<SiteActivity> Activity => [.. Records.Select(r => r.Activity)];

    /// <summary>Diagnostics per product over the inputs of <see cref="AnalogOptions.DiagnosedImages"/>.</summary>
    public IReadOnlyList<SiteDiagnostics> Diagnostics => [.. Records.Select(r => r.Diagnostics).OfType<SiteDiagnostics>()];

    private IEnumerable<SiteRecord> Records => _records.OrderBy(r => r.Key).Select(r => r.Value);

    /// <summary>Whether a converter of the design has a calibrated range.</summary>
    public static bool NeedsCalibration(Design design)
    {
        ArgumentNullException.ThrowIfNull(design);
        return IsCalibrated(design.Weights) || IsCalibrated(design.DynamicMacro);
    }

    /// <summary>Finds the converter ranges of a design from what its bit lines carry on calibration inputs.</summary>
    /// <param name="design">The design.</param>
    /// <param name="seed">Seed of the noise of the calibration run.</param>
    /// <param name="run">Runs the network on the calibration inputs with the given arithmetic: the design without conversion.</param>
    /// <param name="ranges">Ranges of operands, where the design quantizes by percentiles.</param>
    public static AdcCalibration Calibrate(Design design, ulong seed, Action<IMatrixProduct> run, QuantizationRanges? ranges = null)
    {
        ArgumentNullException.ThrowIfNull(design);
        ArgumentNullException.ThrowIfNull(run);
        var options = new AnalogOptions { DiagnosedImages = int.MaxValue, Ranges = ranges };
        var open = new AnalogProduct(design.Weights with { Adc = null }, design.DynamicMacro with { Adc = null }, design.Quantization, seed, options, calibrates: true);
        run(open);
        var calibration = new AdcCalibration();
        foreach (var (_, record) in open._records)
            record.Calibrate(calibration, (record.IsDynamic ? design.DynamicMacro : design.Weights).Adc?.Range.Percentile ?? 100);
        return calibration;
    }

    /// <inheritdoc/>
    public IStaticProduct Program(ProductSite site, ReadOnlySpan<float> weights, int inputs, int outputs)
    {
        var operand = _quantizer.Weights(weights, inputs, outputs);
        var matrix = _weights.Program(operand.Integers, inputs, outputs, new(site.Id));
        var record = Record(site, _weights.Spec, unsignedInputs: false, isDynamic: false);
        record.AddSetup(matrix.Writes);
        return new StaticProduct(this, site, operand, matrix, record);
    }

    /// <inheritdoc/>
    public void Multiply(ProductSite site, int image, int head, ReadOnlySpan<float> driven, ReadOnlySpan<float> programmed, DynamicSize size, Span<float> result)
    {
        var operand = _operands.Take(site, size);
        _quantizer.Set(operand.Integers, site, head, programmed, size);
        var matrix = operand.Matrix = _attention.Program(operand.Integers.Integers, size.K, size.N, new(site.Id, size.Probabilities, image, head), operand.Matrix);
        var record = Record(site, _attention.Spec, size.Probabilities, isDynamic: true);
        record.AddInference(matrix.Writes);
        using var x = _quantizer.Driven(site, head, driven, size);
        Read(_attention, matrix, operand.Integers, record, image, x, size.M, result);
        _operands.Return(operand);
    }

    private SiteRecord Record(ProductSite site, MacroSpec macro, bool unsignedInputs, bool isDynamic) => _records.GetOrAdd(
        site.Id, static (_, of) => new(of.site, of.macro, of.unsignedInputs, of.isDynamic), (site, macro, unsignedInputs, isDynamic));

    private void Read(Macro macro, ProgrammedMatrix matrix, ProgrammedOperand operand, SiteRecord record, int image, DrivenOperand x, int tokens, Span<float> result)
    {
        int count = tokens * matrix.Outputs;
        double[] y = ArrayPool<double>.Shared.Rent(count);
        var statistics = image < _options.DiagnosedImages ? record.NewStatistics() : null;
        record.AddInference(macro.Multiply(matrix, image, x.Integers, tokens, y.AsSpan(0, count), statistics));
        x.Rescale(y, operand.Scales, result);
        if (statistics is not null) record.AddStatistics(statistics);
        if (statistics is not null && !_calibrates) AddErrors(matrix, operand, record, x, tokens, y, result[..count]);
        ArrayPool<double>.Shared.Return(y);
    }

    /// <summary>Compares a result with the exact product of the same integers.</summary>
    private static void AddErrors(ProgrammedMatrix matrix, ProgrammedOperand operand, SiteRecord record, DrivenOperand x, int tokens, double[] scratch, ReadOnlySpan<float> result)
    {
        float[] exact = ArrayPool<float>.Shared.Rent(result.Length);
        new IntegerMatrix(operand.Integers, matrix.Inputs, matrix.Outputs).Multiply(x.Integers, tokens, scratch);
        x.Rescale(scratch, operand.Scales, exact);
        record.AddErrors(exact.AsSpan(0, result.Length), result);
        ArrayPool<float>.Shared.Return(exact);
    }

    private static bool IsCalibrated(MacroSpec macro) => macro.Converts && macro.Adc!.Range.Kind == AdcRangeKind.Calibrated;

    private sealed class StaticProduct(AnalogProduct product, ProductSite site, ProgrammedOperand operand, ProgrammedMatrix matrix, SiteRecord record) : IStaticProduct
    {
        public void Multiply(int image, ReadOnlySpan<float> x, int tokens, Span<float> y)
        {
            using var driven = product._quantizer.Activations(site, x, tokens, matrix.Inputs);
            product.Read(product._weights, matrix, operand, record, image, driven, tokens, y);
        }
    }
}
