using Ohmformer.Models;
using Ohmformer.Physics;
using Ohmformer.Training;

namespace Ohmformer.Techniques.ClipFormer;

/// <summary>
/// The noise of variation-aware training (Bhattacharjee, Moitra, Panda: ClipFormer, arXiv 2402.02586): read noise on the weights, write and read noise on
/// keys and values, as their composite conductances have it, without the transform. docs/theory/variation-aware-training.md states the law.
/// </summary>
public sealed record ClipFormerNoiseSpec : ForwardNoiseSpec
{
    /// <summary>Standard deviation sR of the read noise (equation 2); the paper uses 0.05.</summary>
    [Parameter("Standard deviation of read noise, relative to the conductance; the paper uses 0.05.", Min = 0, Max = 1)]
    public required double ReadNoise { get; init; }

    /// <summary>Standard deviation sW of the write noise of keys and values (equation 3); the paper uses 0.1.</summary>
    [Parameter("Standard deviation of the write noise of keys and values, relative to the conductance range; the paper uses 0.1.", Min = 0, Max = 1)]
    public required double WriteNoise { get; init; }

    /// <summary>Factor gamma of the write noise (equation 3); the paper trains with 2.</summary>
    [Parameter("Factor gamma of write noise; the paper trains with 2 and evaluates with 3 to 5.", Min = 0, Max = 100)]
    public required double WriteNoiseFactor { get; init; }

    /// <summary>R = GMax/GMin; the paper uses 100.</summary>
    [Parameter("Largest over smallest conductance of the cells; the paper uses 100.", Min = 1.001)]
    public required double OnOffRatio { get; init; }

    /// <summary>
    /// Variance of a read, relative to full scale: of both cells of a differential pair, g0 + x (1 - g0) and g0 with g0 = 1/R, it is
    /// sR^2 ((g0 + x (1 - g0))^2 + g0^2)/(1 - g0)^2 = sR^2 (x^2 + 2 q x + 2 q^2) with q = 1/(R - 1).
    /// </summary>
    internal NoiseLaw Read
    {
        get
        {
            double variance = ReadNoise * ReadNoise, least = 1 / (OnOffRatio - 1);
            return new(2 * least * least * variance, 2 * least * variance, variance);
        }
    }

    /// <summary>Variance of a write, relative to full scale: gamma^2 sW^2 x.</summary>
    internal NoiseLaw Write => new(0, Math.Pow(WriteNoiseFactor * WriteNoise, 2), 0);

    /// <inheritdoc/>
    public override IForwardNoise Build(TransformerSpec network, ForwardKey pass) => new ClipFormerNoise(this, network, pass);
}

/// <summary>Behavior of <see cref="ClipFormerNoiseSpec"/>. A write and a read that both start from the target are one normal draw of the summed variance.</summary>
internal sealed class ClipFormerNoise(ClipFormerNoiseSpec spec, TransformerSpec network, ForwardKey pass) : IForwardNoise
{
    private readonly NoiseLaw _read = spec.Read, _written = spec.Write + spec.Read;

    public void Weight(ParameterBlock block, Span<float> weight) => _read.AddTo(weight, block.Columns, block.Columns, pass.Weight(block));

    public void Key(int layer, int sample, Span<float> key) => _written.AddTo(key, network.KeyValueWidth, network.HeadSize, pass.Key(layer, sample));

    public void Value(int layer, int sample, Span<float> value) => _written.AddTo(value, network.KeyValueWidth, network.HeadSize, pass.Value(layer, sample));
}
