using Ohmformer.Models;
using Ohmformer.Numerics;

namespace Ohmformer.Lab.Benchmarks;

/// <summary>Weights without meaning, of the right shapes and of the size that training starts from.</summary>
internal static class RandomWeights
{
    /// <summary>Weights of a vision transformer: normal with variance 1/inputs, unit gains, no biases.</summary>
    public static TransformerWeights Of(TransformerSpec spec)
    {
        int d = spec.Hidden, drawn = 0;
        return new()
        {
            Embedding = Layer(((ImageInput)spec.Input).PatchInputs, d),
            ClassTokens = Normal(d, 1, ++drawn),
            Positions = Normal(spec.Tokens * d, 1, ++drawn),
            Encoders = [.. Enumerable.Range(0, spec.Layers).Select(_ => new EncoderWeights
            {
                AttentionNorm = UnitNorm(d),
                Query = Layer(d, d),
                Key = Layer(d, d),
                Value = Layer(d, d),
                Projection = Layer(d, d),
                MlpNorm = UnitNorm(d),
                MlpIn = Layer(d, spec.Intermediate),
                MlpOut = Layer(spec.Intermediate, d),
            })],
            FinalNorm = UnitNorm(d),
            Head = Layer(d, spec.Classes),
        };

        Linear Layer(int inputs, int outputs) => new(Normal(inputs * outputs, 1 / MathF.Sqrt(inputs), ++drawn), new float[outputs], inputs, outputs);
    }

    /// <summary>Pixels of one image, normalized.</summary>
    public static float[] Image(TransformerSpec spec) => Normal(((ImageInput)spec.Input).Values, 1, 0);

    private static Norm UnitNorm(int columns) => new([.. Enumerable.Repeat(1f, columns)], new float[columns]);

    private static float[] Normal(int length, float sigma, int draw)
    {
        var values = new float[length];
        Gaussian.Fill(new(1, NoisePurpose.Initialization, draw), 0, values);
        for (int i = 0; i < values.Length; i++) values[i] *= sigma;
        return values;
    }
}
