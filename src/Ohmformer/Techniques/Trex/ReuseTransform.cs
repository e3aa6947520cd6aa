using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Numerics;
using Ohmformer.Training;

namespace Ohmformer.Techniques.Trex;

/// <summary>
/// Takes the attention of some encoders out of a trained network (Moitra et al.: TReX, arXiv:2408.12742). What stands in its place
/// starts untrained: transformation blocks normal with deviation 0.02, redrawn beyond two deviations, without bias, behind a
/// normalization of gain 1.
/// </summary>
public static class ReuseTransform
{
    private const double Deviation = 0.02, Cut = 2;

    /// <summary>The network with reuse; everything that stays keeps its weights.</summary>
    /// <param name="original">A trained network without reuse.</param>
    /// <param name="reuse">Which encoders reuse attention and what stands in its place.</param>
    /// <param name="seed">Seed of the transformation blocks.</param>
    /// <exception cref="InputException">The network has no such encoders, or reuses attention already.</exception>
    public static Checkpoint Apply(Checkpoint original, AttentionReuse reuse, ulong seed)
    {
        var spec = original.Spec;
        reuse.Check(spec.Layers);
        if (spec.Reuse is not null) throw new InputException($"{spec.Name} reuses attention already: {spec.Reuse}. Start from the network that it was made of.");
        spec = spec with { Reuse = reuse };
        var sites = new TransformerSites(spec.Layers);
        return original with
        {
            Spec = spec,
            Weights = original.Weights with
            {
                Encoders = [.. original.Weights.Encoders.Select((weights, l) => spec.Reuses(l) ? Without(weights, spec, l, new(seed, NoisePurpose.Transformation, sites.Encoders[l].Transformation.Id)) : weights)],
            },
        };
    }

    private static EncoderWeights Without(EncoderWeights weights, TransformerSpec spec, int layer, NoiseKey key) => weights with
    {
        AttentionNorm = spec.HasAttentionNorm(layer) ? weights.AttentionNorm : null,
        Query = null,
        Key = null,
        Value = null,
        Transformation = spec.Reuse!.StandIn == AttentionStandIn.Transformation ? Block(spec, key) : null,
        Projection = spec.HasProjection(layer) ? weights.Projection : null,
    };

    private static TransformationWeights Block(TransformerSpec spec, NoiseKey key)
    {
        int width = spec.QueryWidth;
        var random = new RandomStream(key);
        var weight = new float[width * width];
        foreach (ref float value in weight.AsSpan())
        {
            double normal = random.NextNormal();
            while (Math.Abs(normal) > Cut) normal = random.NextNormal();
            value = (float)(Deviation * normal);
        }
        float[] gain = new float[width];
        Array.Fill(gain, 1);
        return new(new(gain, spec.Norm == NormKind.Layer ? new float[width] : null), new(weight, new float[width], width, width));
    }
}
