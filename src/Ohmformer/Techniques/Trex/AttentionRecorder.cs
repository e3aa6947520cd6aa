using System.Collections.Concurrent;
using Ohmformer.Mapping;
using Ohmformer.Models;

namespace Ohmformer.Techniques.Trex;

/// <summary>
/// Wraps the arithmetic of a network and keeps the concatenated output of the heads of every encoder, computed or reused: what
/// drives the output projection.
/// </summary>
/// <param name="inner">The arithmetic.</param>
/// <param name="layers">Encoders of the network.</param>
public sealed class AttentionRecorder(IMatrixProduct inner, int layers) : IMatrixProduct
{
    private readonly Dictionary<int, int> _layerOf = new TransformerSites(layers).Encoders.Index().ToDictionary(e => e.Item.Projection.Id, e => e.Index);
    private readonly ConcurrentDictionary<(int Layer, int Image), float[]> _outputs = new();

    /// <summary>The outputs of one encoder's heads over all inputs so far, in the order of their indices.</summary>
    /// <param name="layer">The encoder, from 0.</param>
    /// <returns>Shape [tokens of all inputs, heads * head size]; empty for an encoder without an output projection.</returns>
    public float[] Outputs(int layer) => [.. _outputs.Where(o => o.Key.Layer == layer).OrderBy(o => o.Key.Image).SelectMany(o => o.Value)];

    /// <inheritdoc/>
    public IStaticProduct Program(ProductSite site, ReadOnlySpan<float> weights, int inputs, int outputs)
    {
        var product = inner.Program(site, weights, inputs, outputs);
        return _layerOf.TryGetValue(site.Id, out int layer) ? new Recorded(this, layer, product) : product;
    }

    /// <inheritdoc/>
    public void Multiply(ProductSite site, int image, int head, ReadOnlySpan<float> driven, ReadOnlySpan<float> programmed, DynamicSize size, Span<float> result) =>
        inner.Multiply(site, image, head, driven, programmed, size, result);

    private sealed class Recorded(AttentionRecorder recorder, int layer, IStaticProduct product) : IStaticProduct
    {
        public void Multiply(int image, ReadOnlySpan<float> x, int tokens, Span<float> y)
        {
            recorder._outputs[(layer, image)] = x.ToArray();
            product.Multiply(image, x, tokens, y);
        }
    }
}
