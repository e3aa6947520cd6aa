using Ohmformer.Models;
using Ohmformer.Numerics;

namespace Ohmformer.Tests.Models;

/// <summary>Small networks with random weights.</summary>
internal static class RandomTransformer
{
    public static readonly TransformerSpec Tiny = new()
    {
        Name = "tiny",
        Layers = 2,
        Hidden = 6,
        Heads = 3,
        Intermediate = 7,
        ImageSize = 6,
        PatchSize = 3,
        Channels = 2,
        Classes = 5,
        NormEpsilon = 1e-6,
    };

    public static TransformerWeights Weights(TransformerSpec spec, ulong seed = 1)
    {
        var next = new Numbers(seed);
        int d = spec.Hidden;
        Linear Layer(int inputs, int outputs, bool bias = true) => new(next.Take(inputs * outputs), bias ? next.Take(outputs) : null, inputs, outputs);
        Norm Norm() => new(next.Take(d), next.Take(d));
        return new TransformerWeights
        {
            PatchEmbedding = Layer(spec.PatchInputs, d),
            ClassToken = next.Take(d),
            Positions = next.Take(spec.Tokens * d),
            Encoders = [.. Enumerable.Range(0, spec.Layers).Select(_ => new EncoderWeights
            {
                AttentionNorm = Norm(),
                Query = Layer(d, d, spec.QkvBias),
                Key = Layer(d, d, spec.QkvBias),
                Value = Layer(d, d, spec.QkvBias),
                Projection = Layer(d, d),
                MlpNorm = Norm(),
                MlpIn = Layer(d, spec.Intermediate),
                MlpOut = Layer(spec.Intermediate, d),
            })],
            FinalNorm = Norm(),
            Head = Layer(d, spec.Classes),
        };
    }

    public static float[] Pixels(TransformerSpec spec, ulong seed = 2) =>
        new Numbers(seed).Take(spec.Channels * spec.ImageSize * spec.ImageSize);

    /// <summary>Uniform numbers in [-1, 1).</summary>
    private sealed class Numbers(ulong seed)
    {
        private readonly NoiseKey _key = new(seed, NoisePurpose.Initialization, 0);
        private uint _at;

        public float[] Take(int count) => [.. Enumerable.Range(0, count).Select(_ => _key.Word(_at++) / 2147483648f - 1)];
    }
}
