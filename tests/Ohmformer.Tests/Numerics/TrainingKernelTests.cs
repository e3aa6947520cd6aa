using System.Runtime.Intrinsics;
using Ohmformer.Numerics;

namespace Ohmformer.Tests.Numerics;

/// <summary>Kernels of training against plain forms, on rows shorter and longer than a vector.</summary>
public sealed class TrainingKernelTests
{
    [Fact]
    public void Exponential_of_sixteen_lanes_has_the_bits_of_eight()
    {
        float[] x = [.. Enumerable.Range(-2000, 4000).Select(i => i * 0.0501f), float.NegativeInfinity, -87.4f, -87.33f, 88.7f, 88.73f, float.NaN, 0, -0f];
        for (int i = 0; i + 16 <= x.Length; i += 8)
        {
            var sixteen = Exp.Of(Vector512.Create<float>(x.AsSpan(i)));
            Assert.Equal(Exp.Of(Vector256.Create<float>(x.AsSpan(i))).AsInt32(), sixteen.GetLower().AsInt32());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(1001)]
    public void Gelu_equals_that_of_inference_and_its_slope_the_difference(int length)
    {
        float[] x = [.. Enumerable.Range(0, length).Select(i => (i - length / 2) * 0.012f)], y = new float[length], slope = new float[length], expected = new float[length];
        GeluGradient.Apply(x, y, slope);
        Gelu.Apply(x, expected);
        for (int i = 0; i < length; i++) Assert.Equal(expected[i], y[i], 2e-6);
        for (int i = 1; i < length - 1; i++) Assert.Equal((y[i + 1] - y[i - 1]) / (x[i + 1] - x[i - 1]), slope[i], 2e-4);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(1, 1)]
    [InlineData(5, 17)]
    [InlineData(3, 64)]
    [InlineData(7, 131)]
    public void Sums_of_columns_are_added(int rows, int columns)
    {
        float[] x = [.. Enumerable.Range(0, rows * columns).Select(i => (float)(i % 13))], sum = [.. Enumerable.Range(0, columns).Select(i => (float)i)];
        ColumnSum.Add(x, rows, columns, sum);
        for (int j = 0; j < columns; j++) Assert.Equal(j + Enumerable.Range(0, rows).Sum(i => (float)((i * columns + j) % 13)), sum[j]);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 15)]
    [InlineData(2, 33)]
    public void Layer_norm_equals_its_plain_form(int rows, int columns)
    {
        float[] x = [.. Enumerable.Range(0, rows * columns).Select(i => MathF.Sin(i))], gain = [.. Enumerable.Range(0, columns).Select(i => 1 + 0.1f * i)];
        float[] bias = [.. gain.Select(g => -g)], y = new float[x.Length], expected = new float[x.Length];
        LayerNormGradient.Forward(x, gain, bias, 1e-5, rows, columns, y, new float[2 * rows]);
        LayerNorm.Reference(x, gain, bias, 1e-5, rows, columns, expected);
        for (int i = 0; i < x.Length; i++) Assert.Equal(expected[i], y[i], 1e-5 * (1 + Math.Abs(expected[i])));
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 18, 18)] // all see all
    [InlineData(5, 20, 16)] // causal: 16 to 20 of 20
    public void Softmax_equals_its_plain_form_and_is_zero_beyond_a_row(int rows, int columns, int firstLength)
    {
        const float scale = 0.25f;
        int stride = columns + 3;
        float[] x = [.. Enumerable.Range(0, rows * stride).Select(i => 9 * MathF.Sin(i))], y = [.. x];
        SoftmaxGradient.Forward(y, rows, columns, stride, scale, firstLength);
        for (int i = 0; i < rows; i++)
        {
            int length = firstLength == columns ? columns : firstLength + i;
            var expected = new float[length];
            Softmax.Reference([.. x.AsSpan(i * stride, length).ToArray().Select(v => scale * v)], 1, length, expected);
            for (int j = 0; j < columns; j++) Assert.Equal(j < length ? expected[j] : 0, y[i * stride + j], 1e-6);
            for (int j = columns; j < stride; j++) Assert.Equal(x[i * stride + j], y[i * stride + j]);
        }
    }
}
