using Ohmformer.Lab;
using Ohmformer.Lab.Runs;

namespace Ohmformer.Tests.Lab.Runs;

public sealed class ComparisonProgressTests
{
    [Fact]
    public void Analog_samples_of_all_phases_are_counted_and_no_others()
    {
        var told = new Told();
        var progress = new ComparisonProgress(12, told);
        foreach (var (phase, done) in ((string, int)[])[("float32", 4), ("a: analog, seed 1", 0), ("a: analog, seed 1", 3), ("a: analog, seed 1", 2), ("a: analog, seed 1", 4), ("b: calibration", 4), ("b: analog, seed 1", 1), ("b: analog, seed 1", 4)])
            progress.Report(new(phase, done, 4));
        Assert.Equal([0, 0, 3, 3, 4, 4, 5, 8], told.Items.Select(t => t.Done));
        Assert.All(told.Items, t => Assert.Equal(("comparing", 12L), (t.Phase, t.Total)));
        Assert.Equal("float32", told.Items[0].Detail);
        Assert.Matches(@"^b: analog, seed 1, \d\d:\d\d:\d\d left$", told.Items[^1].Detail);
    }

    private sealed class Told : IProgress<PhaseProgress>
    {
        public List<PhaseProgress> Items { get; } = [];

        public void Report(PhaseProgress value) => Items.Add(value);
    }
}
