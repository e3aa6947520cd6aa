using Ohmformer.Training;

namespace Ohmformer.Tests.Training;

public sealed class AdamWTests
{
    [Fact]
    public void First_step_moves_by_the_learning_rate_against_the_gradient_whatever_its_size()
    {
        float[] values = [1, 1, 1], gradients = [1000, -0.01f, 0];
        new AdamW(3).Update(values, gradients, 0, 3, step: 1, rate: 0.1, decay: 0);
        Assert.Equal([0.9f, 1.1f, 1], values.Select(v => MathF.Round(v, 5)));
    }

    [Fact]
    public void Decay_shrinks_values_apart_from_the_gradient()
    {
        float[] values = [2], gradients = [0];
        new AdamW(1).Update(values, gradients, 0, 1, step: 1, rate: 0.1, decay: 0.5);
        Assert.Equal(2 * (1 - 0.1f * 0.5f), values[0], 6);
    }

    [Fact]
    public void Only_the_range_changes()
    {
        float[] values = [1, 1, 1, 1], gradients = [1, 1, 1, 1];
        new AdamW(4).Update(values, gradients, 1, 2, step: 1, rate: 0.1, decay: 0.1);
        Assert.Equal(1, values[0]);
        Assert.NotEqual(1, values[1]);
        Assert.NotEqual(1, values[2]);
        Assert.Equal(1, values[3]);
    }
}
