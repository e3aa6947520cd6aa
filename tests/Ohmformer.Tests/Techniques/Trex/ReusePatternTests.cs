using Ohmformer.Files;
using Ohmformer.Techniques.Trex;

namespace Ohmformer.Tests.Techniques.Trex;

public sealed class ReusePatternTests
{
    // TReX, arXiv:2408.12742: 5 + 2 + 4 = 11 patterns for 9 encoders with 4 reuses, 7 + 3 + 10 = 20 for 12 with 5.
    [Theory]
    [InlineData(9, 4, 5, 2, 4)]
    [InlineData(12, 5, 7, 3, 10)]
    [InlineData(2, 1, 1, 0, 0)]
    [InlineData(12, 11, 1, 0, 0)]
    [InlineData(5, 2, 3, 3, 0)] // strided 1 3, 2 4, 1 4
    public void There_are_as_many_patterns_as_published(int layers, int reuses, int continuous, int strided, int pyramid)
    {
        var patterns = ReusePattern.All(layers, reuses);
        Assert.Equal((continuous, strided, pyramid), (Count(ReusePatternKind.Continuous), Count(ReusePatternKind.Strided), Count(ReusePatternKind.Pyramid)));

        int Count(ReusePatternKind kind) => patterns.Count(p => p.Kind == kind);
    }

    [Fact]
    public void The_patterns_of_9_encoders_with_4_reuses_by_hand() => Assert.Equal(
        [
            "continuous: 1, 2, 3, 4", "continuous: 2, 3, 4, 5", "continuous: 3, 4, 5, 6", "continuous: 4, 5, 6, 7", "continuous: 5, 6, 7, 8",
            "strided by 2: 1, 3, 5, 7", "strided by 2: 2, 4, 6, 8",
            "pyramid by 2: 1, 3, 4, 6", "pyramid by 2: 2, 4, 5, 7", "pyramid by 2: 3, 5, 6, 8", "pyramid by 3: 1, 4, 5, 8",
        ],
        ReusePattern.All(9, 4).Select(p => p.ToString()));

    [Fact]
    public void Pyramids_come_with_both_splits() => Assert.Equal(
        ["pyramid by 3: 1, 4, 5, 8, 11", "pyramid by 3: 1, 4, 7, 8, 11"],
        ReusePattern.All(12, 5).Where(p => p is { Kind: ReusePatternKind.Pyramid, Step: 3 }).Select(p => p.ToString()));

    [Fact]
    public void Patterns_are_distinct_and_follow_their_definition()
    {
        for (int layers = 2; layers <= 16; layers++)
            for (int reuses = 1; reuses < layers; reuses++)
            {
                var patterns = ReusePattern.All(layers, reuses);
                Assert.Equal(patterns.Count, patterns.Select(p => string.Join(' ', p.Encoders)).Distinct().Count());
                Assert.All(patterns, p =>
                {
                    Assert.Equal(reuses, p.Encoders.Count);
                    Assert.InRange(p.Encoders[0], 1, layers - 1);
                    Assert.InRange(p.Encoders[^1], 1, layers - 1);
                    int[] steps = [.. p.Encoders.Zip(p.Encoders.Skip(1), (a, b) => b - a)];
                    switch (p.Kind)
                    {
                        case ReusePatternKind.Continuous: Assert.All(steps, s => Assert.Equal(1, s)); break;
                        case ReusePatternKind.Strided: Assert.All(steps, s => Assert.Equal(p.Step, s)); break;
                        default:
                            Assert.Single(steps, 1);
                            Assert.Equal(p.Step, steps[0]);
                            Assert.Equal(p.Step, steps[^1]);
                            break;
                    }
                });
            }
    }

    /// <summary>462 subsets for 20 patterns: the search is 23.1 times shorter.</summary>
    [Fact]
    public void Uniform_patterns_shorten_the_search_23_times()
    {
        Assert.Equal(462, ReusePattern.Subsets(12, 5));
        Assert.Equal(23.1, ReusePattern.Subsets(12, 5) / ReusePattern.All(12, 5).Count, 1e-9);
        Assert.Equal(1, ReusePattern.Subsets(12, 11));
    }

    [Theory]
    [InlineData(12, 0, "0 of 12 encoders cannot reuse attention: encoder 0 computes it. Choose 1 to 11.")]
    [InlineData(12, 12, "12 of 12 encoders cannot reuse attention: encoder 0 computes it. Choose 1 to 11.")]
    [InlineData(2, 2, "Choose 1.")]
    [InlineData(1, 1, "Choose a network of at least 2 encoders.")]
    public void Impossible_numbers_of_reuses_are_refused(int layers, int reuses, string message) =>
        Assert.EndsWith(message, Assert.Throws<InputException>(() => ReusePattern.All(layers, reuses)).Message, StringComparison.Ordinal);
}
