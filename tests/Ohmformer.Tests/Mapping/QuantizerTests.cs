using Ohmformer.Mapping;

namespace Ohmformer.Tests.Mapping;

public sealed class QuantizerTests
{
    [Fact]
    public void Per_token_scales_follow_each_token()
    {
        var integers = new int[6];
        var scales = new float[3];
        new AbsmaxPerToken().Quantize([1, -2, 0, 0, 0.5f, 0.25f], 3, 2, 127, integers, scales);
        Assert.Equal([64, -127, 0, 0, 127, 64], integers); // 63.5 rounds to even
        Assert.Equal([2f / 127, 0, 0.5f / 127], scales);
    }

    [Fact]
    public void Per_tensor_scale_is_shared()
    {
        var integers = new int[4];
        var scales = new float[2];
        new AbsmaxPerTensor().Quantize([1, -2, 0, 0.5f], 2, 2, 4, integers, scales);
        Assert.Equal([2, -4, 0, 1], integers);
        Assert.Equal([0.5f, 0.5f], scales);
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(8, 8)]
    [InlineData(16, 16)]
    public void Integer_product_approaches_the_float_product_with_its_bits(int inputBits, int weightBits)
    {
        const int Tokens = 3, Inputs = 700, Outputs = 5;
        var random = new Random(1);
        float[] x = [.. Enumerable.Range(0, Tokens * Inputs).Select(_ => random.NextSingle() - 0.5f)], w = [.. Enumerable.Range(0, Inputs * Outputs).Select(_ => random.NextSingle() - 0.5f)];
        var y = new float[Tokens * Outputs];
        new IntegerProduct(new(inputBits, weightBits)).Program(new("w", LayerClass.Mlp, 0), w, Inputs, Outputs).Multiply(0, x, Tokens, y);
        // Rounding errors are uniform with a deviation of step/sqrt(12); operands have a deviation of 1/sqrt(12).
        double stepX = 0.5 / ((1 << (inputBits - 1)) - 1), stepW = 0.5 / ((1 << (weightBits - 1)) - 1);
        double sigma = Math.Sqrt(Inputs * (stepX * stepX + stepW * stepW)) / 12 + 1e-6;
        for (int t = 0; t < Tokens; t++)
            for (int n = 0; n < Outputs; n++)
            {
                double exact = Enumerable.Range(0, Inputs).Sum(k => (double)x[t * Inputs + k] * w[k * Outputs + n]);
                Assert.InRange(y[t * Outputs + n] - exact, -5 * sigma, 5 * sigma);
            }
    }

    [Fact]
    public void Probabilities_take_the_whole_unsigned_range()
    {
        var y = new float[2];
        new IntegerProduct().Multiply(new("c", LayerClass.Context, 0), 0, 0, [1, 0, 0.5f, 0.5f], [1, 0.5f], new(2, 2, 1, true), y);
        Assert.Equal(1f, y[0], 1e-6f);
        Assert.Equal(128 / 255f * (1 + 64 / 127f), y[1], 1e-6f);
    }
}
