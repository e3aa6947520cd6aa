namespace Ohmformer.Mapping;

/// <summary>
/// The seam between a network and the arithmetic that runs its matrix products: float, integer, or analog macros.
/// Implementations are thread-safe: several images may be computed at once.
/// </summary>
public interface IMatrixProduct
{
    /// <summary>Prepares static weights once per run.</summary>
    /// <param name="site">Which product of the network this is.</param>
    /// <param name="weights">Shape [inputs, outputs], row-major.</param>
    /// <param name="inputs">Rows K of the weights.</param>
    /// <param name="outputs">Columns N of the weights.</param>
    IStaticProduct Program(ProductSite site, ReadOnlySpan<float> weights, int inputs, int outputs);

    /// <summary>A product of two operands that both depend on the input; the second is programmed now.</summary>
    /// <param name="site">Which product of the network this is.</param>
    /// <param name="image">Index of the input in the data set; keys the noise.</param>
    /// <param name="head">Attention head; keys the noise.</param>
    /// <param name="driven">Shape [m, k]; drives the word lines.</param>
    /// <param name="programmed">Shape [k, n]; written to the array.</param>
    /// <param name="size">The sizes m, k and n, and whether the driven operand is a probability in [0, 1].</param>
    /// <param name="result">Shape [m, n].</param>
    void Multiply(ProductSite site, int image, int head, ReadOnlySpan<float> driven, ReadOnlySpan<float> programmed, DynamicSize size, Span<float> result);
}

/// <summary>Sizes of a dynamic product [m, k] times [k, n].</summary>
/// <param name="M">Rows of the driven operand.</param>
/// <param name="K">Inner size.</param>
/// <param name="N">Columns of the programmed operand.</param>
/// <param name="Probabilities">Whether the driven operand lies in [0, 1] and is coded unsigned.</param>
public readonly record struct DynamicSize(int M, int K, int N, bool Probabilities)
{
    /// <summary>Largest magnitude of the programmed operand over all heads of the input; 0 when the caller does not know it.</summary>
    public float LargestProgrammed { get; init; }
}

/// <summary>Static weights that have been programmed.</summary>
public interface IStaticProduct
{
    /// <summary>y = x W, without bias.</summary>
    /// <param name="image">Index of the input in the data set; keys the noise.</param>
    /// <param name="x">Shape [tokens, inputs].</param>
    /// <param name="tokens">Rows of x.</param>
    /// <param name="y">Shape [tokens, outputs].</param>
    void Multiply(int image, ReadOnlySpan<float> x, int tokens, Span<float> y);
}
