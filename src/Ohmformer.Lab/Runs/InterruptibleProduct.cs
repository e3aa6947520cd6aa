using Ohmformer.Mapping;

namespace Ohmformer.Lab.Runs;

/// <summary>Matrix products that the user can interrupt: one image on a slow design takes longer than a user wants to wait.</summary>
internal sealed class InterruptibleProduct(IMatrixProduct products, CancellationToken cancellation) : IMatrixProduct
{
    /// <inheritdoc/>
    public IStaticProduct Program(ProductSite site, ReadOnlySpan<float> weights, int inputs, int outputs)
    {
        cancellation.ThrowIfCancellationRequested();
        return new StaticProduct(products.Program(site, weights, inputs, outputs), cancellation);
    }

    /// <inheritdoc/>
    public void Multiply(ProductSite site, int image, int head, ReadOnlySpan<float> driven, ReadOnlySpan<float> programmed, DynamicSize size, Span<float> result)
    {
        cancellation.ThrowIfCancellationRequested();
        products.Multiply(site, image, head, driven, programmed, size, result);
    }

    private sealed class StaticProduct(IStaticProduct product, CancellationToken cancellation) : IStaticProduct
    {
        public void Multiply(int image, ReadOnlySpan<float> x, int tokens, Span<float> y)
        {
            cancellation.ThrowIfCancellationRequested();
            product.Multiply(image, x, tokens, y);
        }
    }
}
