using Ohmformer.Arrays;
using Ohmformer.Cost;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Tests.Cost;
using Ohmformer.Tests.Models;

namespace Ohmformer.Tests.Mapping;

/// <summary>Two counts, one truth: the closed form of the cost model equals what the simulator counts while it runs.</summary>
public sealed class MeasuredCountsTests
{
    [Theory]
    [InlineData(KernelKind.Reference)]
    [InlineData(KernelKind.Vector)]
    [InlineData(KernelKind.Lookup)]
    [InlineData(KernelKind.Gather)]
    [InlineData(KernelKind.Byte)]
    [InlineData(KernelKind.Exact)]
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

    public static TheoryData<string> Families => [.. RandomTransformer.Families.Keys];

    [Theory]
    [MemberData(nameof(Families))]
    public void Closed_form_equals_the_simulator_on_a_whole_network_with_dynamic_operands(string family)
    {
        var design = TestDesigns.IsaacLike with
        {
            Weights = Specs.Macro(Specs.Rram(0.1), rows: 32, adc: Specs.Adc(8)) with { Columns = 30 },
            Attention = Specs.Macro(Specs.Rram(0.1), rows: 4, adc: Specs.Adc(6)) with
            {
                Columns = 10,
                ActiveRows = 3,
                Subtraction = Subtraction.Analog,
                InputCoding = InputCoding.SignMagnitudeUnipolar,
                SliceLayout = SliceLayout.Separate,
            },
        };
        const int Images = 3;
        var spec = RandomTransformer.Families[family];
        var simulator = new AnalogProduct(design, seed: 1);
        var run = new TransformerRun(spec, RandomTransformer.Weights(spec), simulator);
        for (int image = 0; image < Images; image++) RandomTransformer.Forward(run, image, new(spec), new float[spec.Logits(spec.Tokens)]);

        var workload = TransformerWorkload.Of(spec, RandomTransformer.Tokens(spec));
        var products = workload.Products;
        Assert.Equal(products.Select(p => p.Site).OrderBy(s => s.Id), simulator.Activity.Select(a => a.Site));
        foreach (var product in products)
        {
            var measured = simulator.Activity.Single(a => a.Site == product.Site);
            var closed = new Placement(product, product.Dynamic ? design.DynamicMacro : design.Weights, design.Chip.CrossbarsPerTile);
            Assert.Equal(RandomCase.ArrayCounts(closed.Inference * Images), measured.Inference);
            Assert.Equal(product.Dynamic ? new() : RandomCase.ArrayCounts(closed.Writes), measured.Setup);
        }

        var total = simulator.Activity.Aggregate(new ActivityCounts(), (sum, a) => sum + a.Inference);
        var priced = CostModel.Estimate(design with { Weights = Priced(design.Weights), Attention = Priced(design.DynamicMacro) }, workload).Counts;
        Assert.Equal(total, RandomCase.ArrayCounts(priced * Images) with { OffChipBytes = 0, SoftmaxElements = 0, VectorOperations = 0 });
    }

    private static MacroSpec Priced(MacroSpec macro) => macro with { Adc = TestDesigns.IsaacAdc(macro.Adc!.Bits) };

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
