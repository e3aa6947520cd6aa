using Ohmformer.Numerics;

namespace Ohmformer.Tests.Numerics;

public sealed class RowKernelTests
{
    [Fact]
    public void Softmax_agrees_with_its_reference_on_every_length()
    {
        for (int columns = 0; columns <= 256; columns++)
        {
            float[] x = [.. Enumerable.Range(0, 3 * columns).Select(i => 20 * MathF.Sin(1.7f * i + columns))];
            float[] fast = new float[x.Length], reference = new float[x.Length];
            Softmax.Apply(x, 3, columns, fast);
            Softmax.Reference(x, 3, columns, reference);
            for (int i = 0; i < x.Length; i++) Assert.Equal(reference[i], fast[i], 1e-6f);
            Softmax.Apply(x, 3, columns, x);
            Assert.Equal(fast, x);
        }
    }

    [Fact]
    public void Softmax_of_large_equal_scores_is_uniform()
    {
        var y = new float[5];
        Softmax.Apply([1e30f, 1e30f, 1e30f, 1e30f, 1e30f], 1, 5, y);
        Assert.All(y, p => Assert.Equal(0.2f, p, 1e-7f));
    }

    [Fact]
    public void Layer_norm_agrees_with_its_reference_on_every_length()
    {
        for (int columns = 0; columns <= 256; columns++)
        {
            float[] x = [.. Enumerable.Range(0, 3 * columns).Select(i => 5 + 3 * MathF.Sin(1.7f * i + columns))];
            float[] gain = [.. Enumerable.Range(0, columns).Select(i => MathF.Cos(i))];
            float[] bias = [.. Enumerable.Range(0, columns).Select(i => MathF.Sin(i))];
            float[] fast = new float[x.Length], reference = new float[x.Length];
            LayerNorm.Apply(x, gain, bias, 1e-6, 3, columns, fast);
            LayerNorm.Reference(x, gain, bias, 1e-6, 3, columns, reference);
            for (int i = 0; i < x.Length; i++) Assert.Equal(reference[i], fast[i], 1e-5f);
            LayerNorm.Apply(x, gain, bias, 1e-6, 3, columns, x);
            Assert.Equal(fast, x);
        }
    }

    [Fact]
    public void Layer_norm_of_a_constant_row_is_its_bias()
    {
        var y = new float[3];
        LayerNorm.Apply([7, 7, 7], [1, 2, 3], [4, 5, 6], 1e-12, 1, 3, y);
        Assert.Equal([4f, 5, 6], y);
    }

    [Fact]
    public void Rms_norm_agrees_with_its_reference_on_every_length()
    {
        for (int columns = 0; columns <= 256; columns++)
        {
            float[] x = [.. Enumerable.Range(0, 3 * columns).Select(i => 5 + 3 * MathF.Sin(1.7f * i + columns))];
            float[] gain = [.. Enumerable.Range(0, columns).Select(i => MathF.Cos(i))];
            float[] fast = new float[x.Length], reference = new float[x.Length];
            RmsNorm.Apply(x, gain, 1e-6, 3, columns, fast);
            RmsNorm.Reference(x, gain, 1e-6, 3, columns, reference);
            for (int i = 0; i < x.Length; i++) Assert.Equal(reference[i], fast[i], 1e-6f);
            RmsNorm.Apply(x, gain, 1e-6, 3, columns, x);
            Assert.Equal(fast, x);
        }
    }
}
