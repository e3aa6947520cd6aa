using Ohmformer.Files;
using Ohmformer.Numerics;

namespace Ohmformer.Mapping;

/// <summary>Turns the operands of a network's matrix products into integers, as a <see cref="QuantizationSpec"/> says.</summary>
internal sealed class OperandQuantizer
{
    private static readonly IQuantizer PerToken = new AbsmaxPerToken(), PerTensor = new AbsmaxPerTensor(), Unit = new UnitRange();

    private readonly QuantizationSpec _spec;
    private readonly QuantizationRanges? _ranges;
    private readonly ProductPrecision _static, _scores, _context;

    /// <summary>A quantizer of all operands.</summary>
    /// <param name="quantization">How; the defaults when null.</param>
    /// <param name="weights">Bits of products with static weights where the quantization names none.</param>
    /// <param name="attention">The same of products with dynamic operands.</param>
    /// <param name="ranges">Ranges that were found on calibration inputs.</param>
    /// <exception cref="InputException">The quantization contradicts itself, asks for more bits than there are, or its ranges are missing.</exception>
    public OperandQuantizer(QuantizationSpec? quantization, ProductPrecision weights, ProductPrecision attention, QuantizationRanges? ranges)
    {
        _spec = quantization ?? new();
        _ranges = ranges;
        foreach (var violation in _spec.Violations()) throw new InputException($"quantization: {violation.Property} {violation.Message}.");
        foreach (string excess in _spec.Excesses(weights, attention)) throw new InputException($"quantization {excess}.");
        if (_spec.NeedsCalibration && ranges is null)
            throw new InputException("quantization: a percentile is asked for, but no calibration was made; run calibration inputs first, or leave out percentile.");
        _static = new(_spec.Activations.Bits ?? weights.InputBits, _spec.Weights.Bits ?? weights.WeightBits);
        _scores = new(_spec.Driven(false).Bits ?? attention.InputBits, _spec.Keys.Bits ?? attention.WeightBits);
        _context = new(_spec.Probabilities.Bits ?? attention.InputBits, _spec.Values.Bits ?? attention.WeightBits);
    }

    /// <summary>Static weights.</summary>
    /// <param name="weights">Shape [inputs, outputs].</param>
    /// <param name="inputs">Rows.</param>
    /// <param name="outputs">Columns.</param>
    public ProgrammedOperand Weights(ReadOnlySpan<float> weights, int inputs, int outputs)
    {
        weights = weights[..(inputs * outputs)];
        int largest = _static.LargestWeight;
        var operand = new ProgrammedOperand(inputs, outputs);
        switch (_spec.Weights)
        {
            case { Granularity: Granularity.Tensor, Percentile: null }:
                operand.SetTensor(weights, largest);
                break;
            case { Granularity: Granularity.Tensor, Percentile: { } percentile }:
                var magnitudes = new Magnitudes();
                magnitudes.Add(weights);
                operand.SetTensor(weights, new FixedRange(magnitudes.Percentile(percentile)), largest);
                break;
            case { Percentile: { } percentile }:
                operand.SetColumns(weights, percentile, largest);
                break;
            default:
                operand.SetColumns(weights, largest);
                break;
        }
        return operand;
    }

    /// <summary>Activations that drive static weights, shape [tokens, inputs].</summary>
    public DrivenOperand Activations(ProductSite site, ReadOnlySpan<float> x, int tokens, int inputs) =>
        new(x, tokens, inputs, _static.LargestInput(probabilities: false), Quantizer(_spec.Activations, probabilities: false, site, head: 0));

    /// <summary>The operand that drives a dynamic product.</summary>
    public DrivenOperand Driven(ProductSite site, int head, ReadOnlySpan<float> driven, DynamicSize size) => new(
        driven, size.M, size.K, Precision(size).LargestInput(size.Probabilities), Quantizer(_spec.Driven(size.Probabilities), size.Probabilities, site, head));

    /// <summary>The operand of a dynamic product that is programmed, shape [k, n].</summary>
    public void Set(ProgrammedOperand operand, ProductSite site, int head, ReadOnlySpan<float> programmed, DynamicSize size)
    {
        int largest = Precision(size).LargestWeight;
        var spec = _spec.Programmed(size.Probabilities);
        programmed = programmed[..(size.K * size.N)];
        if (spec.Percentile is not null) operand.SetTensor(programmed, _ranges!.Of(site, head, programmed: true), largest);
        else if (spec.Granularity is Granularity.Heads && size.LargestProgrammed > 0) operand.SetTensor(programmed, new FixedRange(size.LargestProgrammed), largest);
        else if (spec.Granularity is null or Granularity.Tensor or Granularity.Heads) operand.SetTensor(programmed, largest);
        else operand.SetColumns(programmed, largest);
    }

    private ProductPrecision Precision(DynamicSize size) => size.Probabilities ? _context : _scores;

    private IQuantizer Quantizer(OperandQuantization operand, bool probabilities, ProductSite site, int head) => operand switch
    {
        { Percentile: not null } => _ranges!.Of(site, head, programmed: false),
        { Granularity: Granularity.Token } => PerToken,
        { Granularity: null } when !probabilities => PerToken,
        _ => probabilities ? Unit : PerTensor,
    };
}
