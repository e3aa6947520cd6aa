using MathNet.Numerics.LinearAlgebra;
using Ohmformer.Models;
using Ohmformer.Tests.Models;
using Ohmformer.Training;

namespace Ohmformer.Tests.Training;

public sealed class MimeticInitializationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(40)]
    public void Singular_values_are_those_of_another_library(int d)
    {
        var random = new Random(d);
        var matrix = Matrix<float>.Build.Dense(d, d, (_, _) => random.NextSingle() - 0.5f);
        float[][] columns = [.. Enumerable.Range(0, d).Select(n => matrix.Column(n).ToArray())];
        var right = Matrix<float>.Build.DenseOfColumnArrays(SingularValues.Decompose(columns));
        var left = Matrix<float>.Build.DenseOfColumnArrays(columns);
        AssertClose(matrix, left * right.Transpose());
        AssertClose(Matrix<float>.Build.DenseIdentity(d), right.Transpose() * right);
        float[] expected = [.. matrix.Svd(computeVectors: false).S], actual = [.. columns.Select(c => MathF.Sqrt(c.Sum(v => v * v))).OrderDescending()];
        for (int n = 0; n < d; n++) Assert.Equal(expected[n], actual[n], 1e-5);
    }

    [Fact]
    public void A_singular_matrix_is_decomposed()
    {
        float[][] columns = [[1, 2, 0], [2, 4, 0], [0, 0, 0]];
        SingularValues.Decompose(columns);
        Assert.Equal(Math.Sqrt(25), columns.Max(c => MathF.Sqrt(c.Sum(v => v * v))), 1e-5);
    }

    [Fact]
    public void Products_are_those_of_the_paper()
    {
        const int d = 96;
        var parameters = new TransformerParameters(Network(d, heads: 1));
        float[] values = parameters.Initialize(3, Initialization.Mimetic);
        foreach (int layer in (int[])[0, 1])
        {
            // Z is normal with variance 1 / d; its diagonal has a mean of about 0.
            AssertNoiseAround(0.4, 0.4, Block("query") * Block("key").Transpose());
            AssertNoiseAround(-0.7, 0.7, Block("value") * Block("projection"));

            Matrix<float> Block(string name)
            {
                var block = parameters[$"encoder.{layer}.{name}.weight"];
                return Matrix<float>.Build.Dense(d, d, (r, c) => values[block.Offset + r * d + c]);
            }
        }
        Assert.Equal(values, parameters.Initialize(3, Initialization.Mimetic));
        Assert.NotEqual(values, parameters.Initialize(4, Initialization.Mimetic));
    }

    [Fact]
    public void Each_head_is_the_nearest_product_of_its_rank()
    {
        // The largest singular value of Z + I tends to sqrt(27 / 4), which is 2.6, and a quarter of them is above 1.6.
        const int d = 32;
        var parameters = new TransformerParameters(Network(d, heads: 4));
        float[] values = parameters.Initialize(3, Initialization.Mimetic);
        for (int head = 0; head < 4; head++)
        {
            Matrix<float> Head(string name) => Matrix<float>.Build.Dense(d, 8, (r, c) => values[parameters[$"encoder.0.{name}.weight"].Offset + r * d + head * 8 + c]);
            var s = (Head("query") * Head("key").Transpose()).Svd(computeVectors: false).S;
            Assert.InRange(s[7], 0.4f, 0.8f);
            Assert.Equal(0, s[8], 1e-5);
            Assert.InRange(s[0], 0.85f, 1.1f);
        }
    }

    [Fact]
    public void Products_of_near_positions_are_larger_than_of_far_ones()
    {
        var parameters = new TransformerParameters(Network(32, heads: 4));
        float[] values = parameters.Initialize(3, Initialization.Mimetic);
        var table = Matrix<float>.Build.Dense(17, 32, (t, k) => values[parameters["positions"].Offset + t * 32 + k]);
        Assert.All(table.Row(0), v => Assert.Equal(0, v));
        Matrix<float> gram = table * table.Transpose();
        for (int t = 1; t < 17; t++) Assert.Equal(16, gram[t, t], 1e-4);
        // Patch 6 of a 4 x 4 grid: neighbors 2, 5, 7, 10 alike, the diagonal ones less, the far corner least.
        foreach (int neighbor in (int[])[2, 5, 7, 10]) Assert.Equal(gram[7, 3], gram[7, neighbor + 1], 1e-4);
        Assert.True(gram[7, 3] > gram[7, 2]);
        Assert.True(gram[7, 2] > gram[7, 13]);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("llama, pairs")]
    public void Networks_without_learned_positions_are_refused(string family) =>
        Assert.Throws<NotSupportedException>(() => new TransformerParameters(RandomTransformer.Families[family]).Initialize(1, Initialization.Mimetic));

    private static TransformerSpec Network(int d, int heads) => RandomTransformer.Tiny with
    {
        Input = new ImageInput { Size = 8, PatchSize = 2, Channels = 1, ClassTokens = 1 },
        Hidden = d,
        Heads = heads,
    };

    private static void AssertNoiseAround(double diagonal, double noise, Matrix<float> product)
    {
        int d = product.RowCount;
        double mean = product.Diagonal().Average();
        var rest = product.Map(v => (double)v) - mean * Matrix<double>.Build.DenseIdentity(d);
        Assert.Equal(diagonal, mean, 5 * noise / d);
        Assert.Equal(noise / Math.Sqrt(d), rest.FrobeniusNorm() / d, 5 * noise / Math.Sqrt(d) / d);
    }

    private static void AssertClose(Matrix<float> expected, Matrix<float> actual) => Assert.InRange((expected - actual).FrobeniusNorm(), 0, 1e-4);
}
