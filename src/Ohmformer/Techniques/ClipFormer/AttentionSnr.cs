using System.Collections.Concurrent;
using System.Numerics.Tensors;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Numerics;

namespace Ohmformer.Techniques.ClipFormer;

/// <summary>Signal-to-noise ratio of the attention block of one encoder.</summary>
/// <param name="Encoder">Name of the encoder, for example "encoder.3".</param>
/// <param name="Decibel">10 log10(|X_ideal|^2 / |X_ideal - X|^2) over all inputs, tokens and heads; infinite without an error.</param>
public sealed record EncoderSnr(string Encoder, double Decibel);

/// <summary>
/// Measures the signal-to-noise ratio of ClipFormer (arXiv 2402.02586) while a network runs: that of X = softmax(Q K^T) V of every
/// attention block. X_ideal is computed in single precision from the same Q, K and V, which are not transformed: what an ideal block would have
/// made of what it was given. A wrapper of any arithmetic; results pass unchanged. Thread-safe.
/// </summary>
/// <param name="products">The arithmetic that is measured.</param>
/// <param name="spec">The network.</param>
/// <param name="images">Inputs with an index below this number are measured.</param>
public sealed class AttentionSnr(IMatrixProduct products, TransformerSpec spec, int images = int.MaxValue) : IMatrixProduct
{
    private const string Suffix = ".context";

    private readonly ConcurrentDictionary<(int Image, int Head), float[]> _scores = new();
    private readonly ConcurrentDictionary<(int Id, string Encoder), Powers> _powers = new();

    private sealed class Powers
    {
        public UnorderedSum Signal { get; } = new();

        public UnorderedSum Error { get; } = new();

        public double Decibel => Error.Value == 0 ? double.PositiveInfinity : 10 * Math.Log10(Signal.Value / Error.Value);
    }

    /// <summary>The ratio of every encoder that ran, in their order.</summary>
    public IReadOnlyList<EncoderSnr> Encoders => [.. _powers.OrderBy(p => p.Key.Id).Select(p => new EncoderSnr(p.Key.Encoder, p.Value.Decibel))];

    /// <inheritdoc/>
    public IStaticProduct Program(ProductSite site, ReadOnlySpan<float> weights, int inputs, int outputs) => products.Program(site, weights, inputs, outputs);

    /// <inheritdoc/>
    public void Multiply(ProductSite site, int image, int head, ReadOnlySpan<float> driven, ReadOnlySpan<float> programmed, DynamicSize size, Span<float> result)
    {
        if (image < images && site.Class == LayerClass.Scores) _scores[(image, head)] = Product(driven, programmed, size);
        products.Multiply(site, image, head, driven, programmed, size, result);
        if (image >= images || site.Class != LayerClass.Context || !_scores.TryRemove((image, head), out float[]? scores)) return;

        Probabilities(scores, size);
        float[] ideal = Product(scores, programmed, size);
        double signal = 0, error = 0;
        for (int i = 0; i < ideal.Length; i++)
        {
            double difference = (double)result[i] - ideal[i];
            signal += (double)ideal[i] * ideal[i];
            error += difference * difference;
        }
        var powers = _powers.GetOrAdd((site.Id, site.Name.EndsWith(Suffix, StringComparison.Ordinal) ? site.Name[..^Suffix.Length] : site.Name), static _ => new());
        lock (powers)
        {
            powers.Signal.Add(signal);
            powers.Error.Add(error);
        }
    }

    private static float[] Product(ReadOnlySpan<float> driven, ReadOnlySpan<float> programmed, DynamicSize size)
    {
        float[] product = new float[size.M * size.N];
        Gemm.Multiply(driven, programmed, size.M, size.K, size.N, product);
        return product;
    }

    /// <summary>Scores [rows, tokens] to probabilities, in place.</summary>
    private void Probabilities(float[] scores, DynamicSize size)
    {
        int tokens = size.K;
        TensorPrimitives.Multiply(scores, 1 / MathF.Sqrt(spec.HeadSize), scores);
        for (int row = 0; row < size.M; row++)
        {
            var pairs = scores.AsSpan(row * tokens, tokens);
            int visible = spec.Causal ? row % tokens + 1 : tokens;
            Softmax.Apply(pairs[..visible], 1, visible, pairs[..visible]);
            pairs[visible..].Clear();
        }
    }
}
