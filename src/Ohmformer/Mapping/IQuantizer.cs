namespace Ohmformer.Mapping;

/// <summary>The quantizer seam: how the activations between layers become integers, x = scale * integer.</summary>
public interface IQuantizer
{
    /// <summary>Quantizes a matrix of activations.</summary>
    /// <param name="values">Shape [rows, columns].</param>
    /// <param name="rows">Tokens.</param>
    /// <param name="columns">Features.</param>
    /// <param name="largest">Largest magnitude of an integer.</param>
    /// <param name="integers">Shape [rows, columns], within [-largest, largest].</param>
    /// <param name="scales">Shape [rows]; 0 for rows of zeros.</param>
    /// <exception cref="Files.InputException">A value is not a finite number.</exception>
    void Quantize(ReadOnlySpan<float> values, int rows, int columns, int largest, Span<int> integers, Span<float> scales);
}
