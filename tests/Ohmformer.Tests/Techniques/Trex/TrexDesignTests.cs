using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;

namespace Ohmformer.Tests.Techniques.Trex;

public sealed class TrexDesignTests
{
    /// <summary>64 codes of one count each hold every sum of 64 one-bit cells but the largest, which random operands do not reach.</summary>
    [Theory]
    [InlineData(LayerClass.Mlp)]
    [InlineData(LayerClass.Scores)]
    public void Products_on_SRAM_are_those_of_integers(LayerClass layerClass)
    {
        const int Tokens = 5, Inputs = 131, Outputs = 7;
        var design = DesignFile.Load("trex-sram");
        Assert.False(AnalogProduct.NeedsCalibration(design));
        Assert.Equal(Run(IntegerProduct.Of(design)), Run(new AnalogProduct(design, seed: 1)));

        float[] Run(IMatrixProduct product)
        {
            var site = new ProductSite("product", layerClass, 1);
            float[] x = Random(Tokens * Inputs, 1), w = Random(Inputs * Outputs, 2), y = new float[Tokens * Outputs];
            if (layerClass == LayerClass.Scores) product.Multiply(site, 0, 0, x, w, new(Tokens, Inputs, Outputs, false), y);
            else product.Program(site, w, Inputs, Outputs).Multiply(0, x, Tokens, y);
            return y;
        }
    }

    private static float[] Random(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextSingle() - 1)];
    }
}
