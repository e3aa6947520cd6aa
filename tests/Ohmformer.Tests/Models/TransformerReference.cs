using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;
using Ohmformer.Models;

namespace Ohmformer.Tests.Models;

/// <summary>The equations of a pre-LN vision transformer on matrices of doubles, independent of the library's kernels.</summary>
internal static class TransformerReference
{
    public static double[] Logits(TransformerSpec spec, TransformerWeights weights, float[] pixels)
    {
        var patches = Matrix<double>.Build.Dense(spec.Patches, spec.PatchInputs, (patch, input) =>
        {
            int side = spec.PatchSize, perRow = spec.ImageSize / side, channel = input / (side * side);
            int y = patch / perRow * side + input / side % side, x = patch % perRow * side + input % side;
            return pixels[(channel * spec.ImageSize + y) * spec.ImageSize + x];
        });
        var x = Row(weights.ClassToken).Stack(Apply(weights.PatchEmbedding, patches))
            + Matrix<double>.Build.Dense(spec.Tokens, spec.Hidden, (t, k) => weights.Positions[t * spec.Hidden + k]);
        foreach (var encoder in weights.Encoders)
        {
            x += Attend(spec, encoder, Normalize(encoder.AttentionNorm, x, spec.NormEpsilon));
            var inner = Apply(encoder.MlpIn, Normalize(encoder.MlpNorm, x, spec.NormEpsilon));
            x += Apply(encoder.MlpOut, inner.Map(v => Activate(spec.Activation, v)));
        }
        return Apply(weights.Head, Normalize(weights.FinalNorm, x, spec.NormEpsilon)).Row(0).ToArray();
    }

    private static Matrix<double> Attend(TransformerSpec spec, EncoderWeights encoder, Matrix<double> x)
    {
        Matrix<double> q = Apply(encoder.Query, x), k = Apply(encoder.Key, x), v = Apply(encoder.Value, x);
        var context = Matrix<double>.Build.Dense(spec.Tokens, spec.Hidden);
        for (int head = 0; head < spec.Heads; head++)
        {
            Matrix<double> Part(Matrix<double> m) => m.SubMatrix(0, spec.Tokens, head * spec.HeadSize, spec.HeadSize);
            var scores = Part(q) * Part(k).Transpose() / Math.Sqrt(spec.HeadSize);
            var exponentials = scores.PointwiseExp();
            context.SetSubMatrix(0, head * spec.HeadSize, exponentials.NormalizeRows(1) * Part(v));
        }
        return Apply(encoder.Projection, context);
    }

    private static double Activate(Activation activation, double x) => activation == Activation.Gelu
        ? 0.5 * x * SpecialFunctions.Erfc(-x / Math.Sqrt(2))
        : 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

    private static Matrix<double> Normalize(Norm norm, Matrix<double> x, double epsilon)
    {
        var y = x.Clone();
        for (int t = 0; t < x.RowCount; t++)
        {
            double mean = x.Row(t).Average(), variance = x.Row(t).Select(v => (v - mean) * (v - mean)).Average();
            for (int k = 0; k < x.ColumnCount; k++)
                y[t, k] = (x[t, k] - mean) / Math.Sqrt(variance + epsilon) * norm.Gain[k] + norm.Bias[k];
        }
        return y;
    }

    private static Matrix<double> Apply(Linear layer, Matrix<double> x)
    {
        var weight = Matrix<double>.Build.Dense(layer.Inputs, layer.Outputs, (k, n) => layer.Weight[k * layer.Outputs + n]);
        return x * weight + Matrix<double>.Build.Dense(x.RowCount, layer.Outputs, (_, n) => layer.Bias?[n] ?? 0);
    }

    private static Matrix<double> Row(float[] x) => Matrix<double>.Build.Dense(1, x.Length, (_, k) => x[k]);
}
