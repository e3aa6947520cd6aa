using System.Buffers;
using Ohmformer.Files;
using Ohmformer.Numerics;

namespace Ohmformer.Mapping;

/// <summary>
/// Matrix products of quantized operands in exact digital arithmetic: the yardstick of every analog design of the same bits.
/// </summary>
/// <param name="weights">Bits of products with static weights; 8 and 8 by default.</param>
/// <param name="attention">Bits of products with dynamic operands; the same as <paramref name="weights"/> by default.</param>
/// <param name="quantization">How operands become integers, with fewer bits if it says so; the defaults when null.</param>
/// <param name="ranges">Ranges from <see cref="QuantizationRanges.Calibrate"/>, where the quantization needs them.</param>
/// <param name="workers">Threads that share one product; the caller's alone by default.</param>
/// <exception cref="InputException">The quantization contradicts itself, asks for more bits, or its ranges are missing.</exception>
public sealed class IntegerProduct(
    ProductPrecision? weights = null, ProductPrecision? attention = null, QuantizationSpec? quantization = null, QuantizationRanges? ranges = null, Workers? workers = null) : IMatrixProduct
{
    private readonly OperandQuantizer _quantizer = new(quantization, weights ?? new(), attention ?? weights ?? new(), ranges);
    private readonly Workers _workers = workers ?? Workers.One;
    private readonly DynamicOperands<IntegerMatrix> _operands = new();

    /// <summary>The digital twin of a design: the same bits and quantization, exact arithmetic.</summary>
    /// <param name="design">The design.</param>
    /// <param name="ranges">Ranges from <see cref="QuantizationRanges.Calibrate"/>, where the design needs them.</param>
    public static IntegerProduct Of(Design design, QuantizationRanges? ranges = null)
    {
        ArgumentNullException.ThrowIfNull(design);
        return new(ProductPrecision.Of(design.Weights), ProductPrecision.Of(design.DynamicMacro), design.Quantization, ranges);
    }

    /// <inheritdoc/>
    public IStaticProduct Program(ProductSite site, ReadOnlySpan<float> weights, int inputs, int outputs) =>
        new StaticProduct(site, _quantizer.Weights(weights, inputs, outputs), inputs, outputs, _quantizer, _workers);

    /// <inheritdoc/>
    public void Multiply(ProductSite site, int image, int head, ReadOnlySpan<float> driven, ReadOnlySpan<float> programmed, DynamicSize size, Span<float> result)
    {
        var operand = _operands.Take(site, size);
        _quantizer.Set(operand.Integers, site, head, programmed, size);
        int[] integers = operand.Integers.Integers;
        if (operand.Matrix is null || !operand.Matrix.TryReplace(integers)) operand.Matrix = new IntegerMatrix(integers, size.K, size.N);
        using var x = _quantizer.Driven(site, head, driven, size);
        Multiply(operand.Matrix, x, size.M, operand.Integers.Scales, _workers, result);
        _operands.Return(operand);
    }

    private static void Multiply(IntegerMatrix matrix, DrivenOperand x, int tokens, float[] scales, Workers workers, Span<float> result)
    {
        double[] y = ArrayPool<double>.Shared.Rent(tokens * scales.Length);
        matrix.Multiply(x.Integers, tokens, workers, y.AsSpan(0, tokens * scales.Length));
        x.Rescale(y, scales, result);
        ArrayPool<double>.Shared.Return(y);
    }

    private sealed class StaticProduct(ProductSite site, ProgrammedOperand operand, int inputs, int outputs, OperandQuantizer quantizer, Workers workers) : IStaticProduct
    {
        private readonly IntegerMatrix _matrix = new(operand.Integers, inputs, outputs);
        private readonly float[] _scales = operand.Scales;

        public void Multiply(int image, ReadOnlySpan<float> x, int tokens, Span<float> y)
        {
            using var driven = quantizer.Activations(site, x, tokens, inputs);
            IntegerProduct.Multiply(_matrix, driven, tokens, _scales, workers, y);
        }
    }
}
