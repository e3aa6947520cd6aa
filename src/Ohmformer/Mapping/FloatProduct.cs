using Ohmformer.Numerics;

namespace Ohmformer.Mapping;

/// <summary>Matrix products in single precision: the accuracy a network was trained to.</summary>
/// <param name="workers">Threads that share one product; the caller's alone by default.</param>
public sealed class FloatProduct(Workers? workers = null) : IMatrixProduct
{
    private readonly Workers _workers = workers ?? Workers.One;

    /// <inheritdoc/>
    public IStaticProduct Program(ProductSite site, ReadOnlySpan<float> weights, int inputs, int outputs) =>
        new Static(new(weights, inputs, outputs), _workers);

    /// <inheritdoc/>
    public void Multiply(ProductSite site, int image, int head, ReadOnlySpan<float> driven, ReadOnlySpan<float> programmed, DynamicSize size, Span<float> result) =>
        Gemm.Multiply(driven, programmed, size.M, size.K, size.N, _workers, result);

    private sealed class Static(PackedMatrix weights, Workers workers) : IStaticProduct
    {
        public void Multiply(int image, ReadOnlySpan<float> x, int tokens, Span<float> y) => weights.Multiply(x, tokens, workers, y);
    }
}
