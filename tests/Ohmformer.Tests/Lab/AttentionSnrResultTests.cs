using Ohmformer.Lab.Runs;

namespace Ohmformer.Tests.Lab;

public sealed class AttentionSnrResultTests
{
    [Fact]
    public void Encoders_without_an_error_are_named_and_left_out_of_the_mean()
    {
        var result = AttentionSnrResult.Of([new("encoder.0", double.PositiveInfinity), new("encoder.1", 10), new("encoder.2", 20)]);
        Assert.NotNull(result);
        Assert.Equal(15, result.MeanDecibel, 1e-12);
        Assert.Equal(["encoder.1", "encoder.2"], result.Encoders.Select(e => e.Encoder));
        Assert.Equal(["encoder.0"], result.Exact);
        Assert.Null(AttentionSnrResult.Of([new("encoder.0", double.PositiveInfinity)]));
        Assert.Null(AttentionSnrResult.Of([]));
    }
}
