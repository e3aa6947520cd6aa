using Ohmformer.Arrays;
using Ohmformer.Mapping;
using Ohmformer.Tests.Cost;

namespace Ohmformer.Tests.Mapping;

/// <summary>Two counts, one truth: the closed form of the cost model equals what the simulator counts while it runs.</summary>
public sealed class MeasuredCountsTests
{
    [Theory]
    [InlineData(KernelKind.Reference)]
    [InlineData(KernelKind.Vector)]
    public void Closed_form_equals_the_simulator_on_random_macros(KernelKind kernel)
    {
        var random = new Random(42);
        for (int i = 0; i < 200; i++)
        {
            var (product, spec) = RandomCase.Draw(random);
            var closed = new Placement(product, spec, crossbarsPerTile: 4).Inference;
            Assert.Equal(RandomCase.ArrayCounts(closed), Measure(product, new Macro(spec, seed: 1, kernel: kernel)));
        }
    }

    [Fact]
    public void Closed_form_equals_the_simulator_on_a_whole_encoder_with_dynamic_operands()
    {
        var workload = TestWorkloads.Encoders("encoder", layers: 1, hidden: 48, heads: 3, tokens: 17);
        var (weights, attention) = (Specs.Macro(rows: 32, adc: Specs.Adc(8)), Specs.Macro(rows: 13, adc: Specs.Adc(6)) with
        {
            Columns = 20,
            ActiveRows = 5,
            Subtraction = Subtraction.Analog,
            InputCoding = InputCoding.SignMagnitudeUnipolar,
        });
        var design = TestDesigns.IsaacLike with { Weights = weights, Attention = attention };

        ActivityCounts closed = new(), measured = new();
        foreach (var product in workload.Products)
        {
            var spec = product.Dynamic ? design.DynamicMacro : design.Weights;
            closed += new Placement(product, spec, design.Chip.CrossbarsPerTile).Inference;
            measured += Measure(product, new Macro(spec, seed: 1));
        }
        Assert.Equal(RandomCase.ArrayCounts(closed), measured);
        Assert.True(measured.RowWrites > 0 && measured.AdcEvents > 0);
    }

    /// <summary>Runs a product on zeros: counts do not depend on the data.</summary>
    private static ActivityCounts Measure(ProductShape product, Macro macro)
    {
        var counts = new ActivityCounts();
        for (int h = 0; h < product.Heads; h++)
        {
            MacroSite site = new(product.Site.Id, product.Probabilities, product.Dynamic ? 0 : null, h);
            var matrix = macro.Program(new int[product.Inputs * product.Outputs], product.Inputs, product.Outputs, site);
            var reads = macro.Multiply(matrix, 0, new int[product.Tokens * product.Inputs], product.Tokens, new double[product.Tokens * product.Outputs]);
            counts += product.Dynamic ? reads + matrix.Writes : reads;
        }
        return counts;
    }
}
