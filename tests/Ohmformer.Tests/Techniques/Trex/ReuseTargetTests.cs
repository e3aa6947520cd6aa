using System.Text.RegularExpressions;
using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Techniques.Trex;

namespace Ohmformer.Tests.Techniques.Trex;

public sealed partial class ReuseTargetTests
{
    private static readonly Design FeFet = DesignFile.Load("trex-fefet");

    private static readonly TransformerSpec DeitSmall = KnownShapes.Get("deit-small");

    // Rows of Table IV: 10.92, 8.46, 6.82, 5.18 and 3.54 ms for 0, 3, 5, 7 and 9 reuses.
    [Theory]
    [InlineData(TrexMetric.Delay, 11e-3, 0)]
    [InlineData(TrexMetric.Delay, 8.47e-3, 3)]
    [InlineData(TrexMetric.Delay, 6.83e-3, 5)]
    [InlineData(TrexMetric.Delay, 6.80e-3, 6)]
    [InlineData(TrexMetric.Delay, 3.55e-3, 9)]
    [InlineData(TrexMetric.Energy, 0.1185e-3, 3)]
    [InlineData(TrexMetric.Energy, 0.0911e-3, 9)]
    [InlineData(TrexMetric.Area, 651.8e-6, 5)]
    [InlineData(TrexMetric.Area, 651.6e-6, 6)]
    [InlineData(TrexMetric.Edap, 486, 5)]
    [InlineData(TrexMetric.Edap, 178.2, 9)]
    public void The_published_rows_meet_their_targets(TrexMetric metric, double limit, int reuses) =>
        Assert.Equal(reuses, new ReuseTarget(metric, limit).SmallestReuse(FeFet, DeitSmall, TrexCounting.Published));

    [Fact]
    public void Counting_the_blocks_takes_more_reuses() =>
        Assert.Equal(6, new ReuseTarget(TrexMetric.Delay, 6.83e-3).SmallestReuse(FeFet, DeitSmall));

    [Theory]
    [InlineData(TrexMetric.Delay, 1e-3, "the target 1 ms of delay on trex-fefet: with 11 of its 12 encoders")]
    [InlineData(TrexMetric.Energy, 1e-6, "the target 1 uJ of energy")]
    [InlineData(TrexMetric.Area, 1e-6, "the target 1 mm2 of area")]
    [InlineData(TrexMetric.Edap, 1, "the target 1 mJ ms mm2 of edap")]
    [InlineData(TrexMetric.Delay, double.NaN, "the target NaN s of delay")]
    public void A_target_out_of_reach_names_one_that_can_be_met(TrexMetric metric, double limit, string message)
    {
        var error = Assert.Throws<InputException>(() => new ReuseTarget(metric, limit).SmallestReuse(FeFet, DeitSmall));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        string named = AtLeast().Match(error.Message).Groups[1].Value;
        double feasible = metric switch
        {
            TrexMetric.Delay => Time.Parse(named).Si,
            TrexMetric.Energy => Energy.Parse(named).Si,
            TrexMetric.Area => Area.Parse(named).Si,
            _ => double.Parse(named.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture),
        };
        Assert.Equal(11, new ReuseTarget(metric, feasible).SmallestReuse(FeFet, DeitSmall));
    }

    [GeneratedRegex(@"a target of at least (.+)\.$")]
    private static partial Regex AtLeast();
}
