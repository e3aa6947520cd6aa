using Ohmformer.Models;
using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>
/// What hardware does to the operands that lie in its cells, in one forward pass of a training. The pass computes with what these methods
/// leave in their arguments, and gradients flow as if they had changed nothing: a straight-through gradient, in which noise is a
/// constant. What is drawn is a pure function of the pass's <see cref="ForwardKey"/> and the operand, whatever the threads are.
/// </summary>
public interface IForwardNoise
{
    /// <summary>Disturbs the weights of a linear layer.</summary>
    /// <param name="block">Which weights.</param>
    /// <param name="weight">Shape [inputs, outputs]; of a head that shares the embeddings of tokens, [tokens, width].</param>
    void Weight(ParameterBlock block, Span<float> weight);

    /// <summary>Disturbs the keys of a sample, after positions have turned them.</summary>
    /// <param name="layer">Index of the encoder.</param>
    /// <param name="sample">Index of the sample in the batch.</param>
    /// <param name="key">Shape [tokens of the sample, key-value heads * width of a head].</param>
    void Key(int layer, int sample, Span<float> key);

    /// <summary>Disturbs the values of a sample.</summary>
    /// <param name="layer">Index of the encoder.</param>
    /// <param name="sample">Index of the sample in the batch.</param>
    /// <param name="value">Shape [tokens of the sample, key-value heads * width of a head].</param>
    void Value(int layer, int sample, Span<float> value);
}

/// <summary>What a recipe says about noise in the forward passes of a training. A new noise is one record with its behavior, and one line in <see cref="Catalog"/>.</summary>
public abstract record ForwardNoiseSpec
{
    /// <summary>The noise of one forward pass.</summary>
    /// <param name="network">The network.</param>
    /// <param name="pass">Which pass.</param>
    public abstract IForwardNoise Build(TransformerSpec network, ForwardKey pass);
}

/// <summary>Names a forward pass, for what is drawn at random in it: for every update once for weights, for every sample of every epoch once for keys and values.</summary>
/// <param name="Seed">Seed of the training.</param>
/// <param name="Step">Update, from 1; 0 in evaluations, which all draw the same.</param>
/// <param name="Epoch">Epoch, from 0; -1 in evaluations.</param>
/// <param name="Samples">Indices of the batch's samples in their part of the data.</param>
public sealed record ForwardKey(ulong Seed, long Step, int Epoch, ReadOnlyMemory<int> Samples)
{
    // Offsets have more bits than sites.
    private const int SiteMask = NoiseKey.MaxSite - 1, SiteBits = 24;

    /// <summary>The stream of the weights of a linear layer: every encoder that shares them reads them anew.</summary>
    internal NoiseKey Weight(ParameterBlock block) =>
        new(Seed, NoisePurpose.ForwardWeight, block.Offset & SiteMask, checked((int)Step), block.Offset >> SiteBits, block.Reading);

    /// <summary>The stream of the keys of one sample of the batch.</summary>
    internal NoiseKey Key(int layer, int sample) => Operand(2 * layer, sample);

    /// <summary>The stream of the values of one sample of the batch.</summary>
    internal NoiseKey Value(int layer, int sample) => Operand(2 * layer + 1, sample);

    private NoiseKey Operand(int site, int sample) => new(Seed, NoisePurpose.ForwardOperand, site, checked(Samples.Span[sample] + 1), column: Epoch + 1);
}
