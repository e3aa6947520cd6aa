using Ohmformer.Mapping;
using Ohmformer.Techniques.ClipFormer;

namespace Ohmformer.Tests.Techniques;

public sealed class OperandSpreadTests
{
    private static readonly ProductSite Scores = new("encoder.0.scores", LayerClass.Scores, 1), Context = new("encoder.0.context", LayerClass.Context, 2);

    [Fact]
    public void Shares_of_the_largest_magnitude_are_counted_for_each_operand()
    {
        var spread = new OperandSpread(new FloatProduct(), lower: 0.05, upper: 0.5);
        Multiply(spread, Scores, [4, -3, 0.1f, 1]);
        Multiply(spread, Scores, [0, 0, 0, 0]);
        Multiply(spread, Context, [0.5f, 0.5f, 0.5f, -0.25f]);
        Near(new((4 + 3 + 0.1 + 1) / 16, 0.5, 0.25), spread.Keys);
        Near(new(3.5 / 4, 0.75, 0), spread.Values);
    }

    [Fact]
    public void Results_pass_unchanged() =>
        Assert.Equal(Multiply(new FloatProduct(), Scores, [1, 2, 3, 4]), Multiply(new OperandSpread(new FloatProduct(), 0, 1), Scores, [1, 2, 3, 4]));

    private static float[] Multiply(IMatrixProduct product, ProductSite site, float[] programmed)
    {
        float[] result = new float[2];
        product.Multiply(site, 0, 0, [1, 2], programmed, new(1, 2, 2, false), result);
        return result;
    }

    private static void Near(RangeUse expected, RangeUse actual)
    {
        Assert.Equal(expected.MeanMagnitude, actual.MeanMagnitude, 1e-7);
        Assert.Equal((expected.Above, expected.Below), (actual.Above, actual.Below));
    }
}
