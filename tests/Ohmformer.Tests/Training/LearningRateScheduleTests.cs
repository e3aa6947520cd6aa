using Ohmformer.Training;

namespace Ohmformer.Tests.Training;

public sealed class LearningRateScheduleTests
{
    [Fact]
    public void Rate_rises_linearly_to_the_peak_and_falls_on_half_a_cosine_to_zero()
    {
        var schedule = new LearningRateSchedule(Peak: 2, WarmUpSteps: 4, Steps: 104);
        Assert.Equal([0.5, 1, 1.5, 2], Enumerable.Range(0, 4).Select(s => schedule.At(s)));
        Assert.Equal(2, schedule.At(4));
        Assert.Equal(2 * 0.5 * (1 + Math.Sqrt(0.5)), schedule.At(29), 12);
        Assert.Equal(1, schedule.At(54), 12);
        Assert.Equal(0, schedule.At(104), 12);
    }

    [Fact]
    public void Without_warm_up_the_first_rate_is_the_peak() => Assert.Equal(3, new LearningRateSchedule(3, 0, 10).At(0));

    [Fact]
    public void Warm_up_may_fill_the_whole_training() => Assert.Equal(1, new LearningRateSchedule(1, 5, 5).At(4));
}
