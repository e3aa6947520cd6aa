using System.Buffers;
using Ohmformer.Numerics;

namespace Ohmformer.Mapping;

/// <summary>
/// Matrix products of quantized operands in exact digital arithmetic: the yardstick of every analog design of the same bits.
/// </summary>
/// <param name="weights">Bits of products with static weights; 8 and 8 by default.</param>
/// <param name="attention">Bits of products with dynamic operands; the same as <paramref name="weights"/> by default.</param>
/// <param name="activations">How activations become integers; one scale per token by default.</param>
/// <param name="workers">Threads that share one product; the caller's alone by default.</param>
public sealed class IntegerProduct(ProductPrecision? weights = null, ProductPrecision? attention = null, IQuantizer? activations = null, Workers? workers = null) : IMatrixProduct
{
    private readonly ProductPrecision _weights = weights ?? new();
    private readonly ProductPrecision _attention = attention ?? weights ?? new();
    private readonly IQuantizer _activations = activations ?? new AbsmaxPerToken();
    private readonly Workers _workers = workers ?? Workers.One;
    private readonly DynamicOperands<IntegerMatrix> _operands = new();

    /// <summary>The digital twin of a design: the same bits, exact arithmetic.</summary>
    public static IntegerProduct Of(Design design)
    {
        ArgumentNullException.ThrowIfNull(design);
        return new(ProductPrecision.Of(design.Weights), ProductPrecision.Of(design.DynamicMacro));
    }

    /// <inheritdoc/>
    public IStaticProduct Program(ProductSite site, ReadOnlySpan<float> weights, int inputs, int outputs) =>
        new StaticProduct(ProgrammedOperand.Weights(weights, inputs, outputs, _weights), inputs, outputs, _weights, _activations, _workers);

    /// <inheritdoc/>
    public void Multiply(ProductSite site, int image, int head, ReadOnlySpan<float> driven, ReadOnlySpan<float> programmed, DynamicSize size, Span<float> result)
    {
        var operand = _operands.Take(site, size);
        operand.Integers.SetHead(programmed, _attention);
        int[] integers = operand.Integers.Integers;
        if (operand.Matrix is null || !operand.Matrix.TryReplace(integers)) operand.Matrix = new IntegerMatrix(integers, size.K, size.N);
        using var x = new DrivenOperand(driven, size.M, size.K, _attention, size.Probabilities, _activations);
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

    private sealed class StaticProduct(ProgrammedOperand operand, int inputs, int outputs, ProductPrecision precision, IQuantizer activations, Workers workers) : IStaticProduct
    {
        private readonly IntegerMatrix _matrix = new(operand.Integers, inputs, outputs);
        private readonly float[] _scales = operand.Scales;

        public void Multiply(int image, ReadOnlySpan<float> x, int tokens, Span<float> y)
        {
            using var driven = new DrivenOperand(x, tokens, inputs, precision, probabilities: false, activations);
            IntegerProduct.Multiply(_matrix, driven, tokens, _scales, workers, y);
        }
    }
}
