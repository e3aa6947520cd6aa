using Ohmformer.Numerics;

namespace Ohmformer.Mapping;

/// <summary>Matrix products in single precision: the accuracy a network was trained to.</summary>
public sealed class FloatProduct : IMatrixProduct
{
    /// <inheritdoc/>
    public IStaticProduct Program(ProductSite site, ReadOnlySpan<float> weights, int inputs, int outputs) =>
        new Static(new(weights, inputs, outputs));

    /// <inheritdoc/>
    public void Multiply(ProductSite site, int image, int head, ReadOnlySpan<float> driven, ReadOnlySpan<float> programmed, DynamicSize size, Span<float> result) =>
        Gemm.Multiply(driven, programmed, size.M, size.K, size.N, result);

    private sealed class Static(PackedMatrix weights) : IStaticProduct
    {
        public void Multiply(int image, ReadOnlySpan<float> x, int tokens, Span<float> y) => weights.Multiply(x, tokens, y);
    }
}
