using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Numerics;
using Ohmformer.Techniques.Trex;
using Ohmformer.Tests.Models;

namespace Ohmformer.Tests.Techniques.Trex;

public sealed class LinearCkaTests
{
    private const int Examples = 40;

    private static readonly NoiseKey Key = new(7, NoisePurpose.Sampling, 0);

    private static float[] Draw(int features, int from = 0) => [.. Enumerable.Range(0, Examples * features).Select(i => Key.Word((uint)(from + i)) / 2147483648f - 1)];

    [Fact]
    public void It_does_not_change_with_rotation_scale_and_shift()
    {
        float[] x = Draw(2), turned = new float[x.Length];
        for (int i = 0; i < Examples; i++)
        {
            turned[2 * i] = 3 * (0.6f * x[2 * i] - 0.8f * x[2 * i + 1]) + 5;
            turned[2 * i + 1] = 3 * (0.8f * x[2 * i] + 0.6f * x[2 * i + 1]) - 7;
        }
        Assert.Equal(1, LinearCka.Of(x, x, Examples), 1e-6);
        Assert.Equal(1, LinearCka.Of(x, turned, Examples), 1e-5);
    }

    /// <summary>Of single features it is the squared correlation.</summary>
    [Fact]
    public void Single_features_give_the_squared_correlation()
    {
        float[] x = Draw(1), y = Draw(1, 1000);
        double r = MathNet.Numerics.Statistics.Correlation.Pearson(x.Select(v => (double)v), y.Select(v => (double)v));
        Assert.Equal(r * r, LinearCka.Of(x, y, Examples), 1e-6);
    }

    /// <summary>x of orthogonal features a and b against a alone: ||a||^4 / (sqrt(||a||^4 + ||b||^4) ||a||^2).</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Part_of_the_features_by_hand(double size)
    {
        float[] x = [1, (float)size, 1, -(float)size, -1, (float)size, -1, -(float)size], a = [1, 1, -1, -1];
        Assert.Equal(1 / Math.Sqrt(1 + Math.Pow(size, 4)), LinearCka.Of(x, a, 4), 1e-6);
        Assert.Equal(0, LinearCka.Of([1, -1, 1, -1], a, 4), 1e-6);
    }

    /// <summary>The kernel form of the definition: HSIC(K, L) / sqrt(HSIC(K, K) HSIC(L, L)) with K = X X^T, L = Y Y^T.</summary>
    [Fact]
    public void It_equals_the_definition_by_kernels()
    {
        float[] x = Draw(3), y = Draw(5, 500);
        double Hsic(float[] a, float[] b)
        {
            var build = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build;
            var h = build.DenseIdentity(Examples) - build.Dense(Examples, Examples, 1.0 / Examples);
            MathNet.Numerics.LinearAlgebra.Matrix<double> Kernel(float[] v)
            {
                int features = v.Length / Examples;
                var m = build.Dense(Examples, features, (i, j) => v[i * features + j]);
                return m * m.Transpose();
            }
            return (Kernel(a) * h * Kernel(b) * h).Trace();
        }
        Assert.Equal(Hsic(x, y) / Math.Sqrt(Hsic(x, x) * Hsic(y, y)), LinearCka.Of(x, y, Examples), 1e-6);
    }

    [Fact]
    public void Examples_that_look_alike_have_no_alignment()
    {
        Assert.True(double.IsNaN(LinearCka.Of([1, 1, 1], [1, 2, 3], 3)));
        Assert.Throws<ArgumentException>(() => LinearCka.Of([1, 2, 3], [1, 2, 3, 4], 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => LinearCka.Of([1], [1], 0));
    }

    [Fact]
    public void A_recorder_keeps_the_output_of_the_heads_of_every_encoder()
    {
        var spec = RandomTransformer.Tiny with { Layers = 4, Reuse = new([1, 3], AttentionStandIn.Identity) };
        var recorder = new AttentionRecorder(new FloatProduct(), spec.Layers);
        var run = new TransformerRun(spec, RandomTransformer.Weights(spec), recorder);
        float[] logits = new float[spec.Classes], plain = RandomTransformer.Forward(spec, new FloatProduct(), new(spec));
        foreach (int image in (int[])[2, 0]) run.Forward(image, RandomTransformer.Values(spec, seed: (ulong)image + 2), new(spec), logits);
        Assert.Equal(plain, logits);

        int length = spec.Tokens * spec.QueryWidth;
        Assert.Equal(2 * length, recorder.Outputs(0).Length);
        Assert.Equal(recorder.Outputs(0), recorder.Outputs(1));
        Assert.Equal(recorder.Outputs(2), recorder.Outputs(3));
        Assert.NotEqual(recorder.Outputs(0), recorder.Outputs(2));
        var alignment = LinearCka.Matrix([.. Enumerable.Range(0, 4).Select(recorder.Outputs)], 2 * spec.Tokens);
        Assert.Equal(1, alignment[0, 1], 1e-6);
        Assert.Equal(alignment[0, 2], alignment[3, 1], 1e-12);
        Assert.InRange(alignment[0, 2], 0, 0.999);
    }
}
