using Ohmformer.Mapping;

namespace Ohmformer.Models;

/// <summary>A linear layer whose weights are programmed: y = x W + b, with the bias added digitally.</summary>
internal sealed class LinearRun(ProductSite site, Linear layer, IMatrixProduct products)
{
    private readonly IStaticProduct _product = products.Program(site, layer.Weight, layer.Inputs, layer.Outputs);

    /// <summary>The layer, or nothing where a network has none.</summary>
    public static LinearRun? Of(ProductSite site, Linear? layer, IMatrixProduct products) => layer is null ? null : new(site, layer, products);

    /// <summary>y = x W + b.</summary>
    /// <param name="image">Index of the input; keys the noise.</param>
    /// <param name="x">Shape [tokens, inputs].</param>
    /// <param name="tokens">Rows of x.</param>
    /// <param name="workspace">Counts the rescaling.</param>
    /// <param name="y">Shape [tokens, outputs].</param>
    public void Forward(int image, ReadOnlySpan<float> x, int tokens, TransformerWorkspace workspace, Span<float> y)
    {
        x = x[..(tokens * layer.Inputs)];
        y = y[..(tokens * layer.Outputs)];
        _product.Multiply(image, x, tokens, y);
        workspace.Count(DigitalKind.Rescale, y.Length);
        if (layer.Bias is null) return;
        TokenSteps.AddBias(layer.Bias, tokens, workspace, y);
    }
}
