using Ohmformer.Circuits.Adc;
using Ohmformer.Devices;
using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;

namespace Ohmformer.Tests.Designs;

/// <summary>Files that build on presets and on other files.</summary>
public sealed class BaseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BaseTests() => Directory.CreateDirectory(_folder.File("cells"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Design_lists_only_what_differs_from_its_base()
    {
        var plain = DesignFile.Load("rram-default");
        var design = Load("""
            base: rram-default
            reason: "what does a 6-bit converter cost in accuracy"
            name: six-bit
            weights:
              adc: { bits: 6 }
            """);
        Assert.Equal("six-bit", design.Name);
        Assert.Equal(plain.Description, design.Description);
        Assert.Equal(6, design.Weights.Adc!.Bits);
        Assert.Equal(8, design.Attention!.Adc!.Bits);
        Assert.Equal(plain.Weights.Device, design.Weights.Device);
        Assert.IsType<SarAdcSpec>(design.Weights.Adc);
    }

    [Fact]
    public void Component_with_its_own_base_or_type_replaces_the_inherited_one()
    {
        var design = Load("""
            base: rram-default
            reason: "other cells"
            name: other-cells
            weights:
              device: { base: rram-neurosim, reason: "larger noise", readNoise: 0.1 }
              adc: null
            attention:
              device: sram-28nm
              bitsPerCell: 1
            """);
        Assert.Equal(0.1, design.Weights.Device.ReadNoise);
        Assert.Equal(0, Assert.IsType<RramSpec>(design.Weights.Device).WriteNoise);
        Assert.Equal(17, design.Weights.Device.OnOffRatio, 1e-9);
        Assert.Null(design.Weights.Adc);
        Assert.IsType<SramSpec>(design.Attention!.Device);
    }

    [Fact]
    public void Files_build_on_files_beside_them()
    {
        _folder.Write("cells/mine.yaml", "base: rram-neurosim\nreason: measured\nreadNoise: 0.03\n");
        _folder.Write("base.yaml", "base: rram-default\nreason: mine\nname: first\nweights: { device: cells/mine.yaml }\n");
        var design = Load("base: ./base.yaml\nreason: smaller\nname: second\nweights: { rows: 64 }\n");
        Assert.Equal((0.03, 64), (design.Weights.Device.ReadNoise, design.Weights.Rows));
        Assert.Equal(64, DesignFile.Load(_folder.File("design.yaml")).Weights.Rows);
    }

    [Fact]
    public void Name_is_not_inherited() => Assert.Contains("lacks the required key 'name'", Error("base: rram-default\nreason: none\n"), StringComparison.Ordinal);

    [Fact]
    public void Problem_of_a_base_is_reported_at_its_place()
    {
        _folder.Write("cells/mine.yaml", "base: rram-neurosim\nreason: measured\nreadNiose: 0.03\n");
        string message = Error("base: rram-default\nreason: mine\nname: a\nweights: { device: cells/mine.yaml, rows: 0 }\n");
        string[] lines = message.Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.Contains("mine.yaml(3,1): unknown key 'readNiose'", lines[0], StringComparison.Ordinal);
        Assert.Contains("did you mean 'readNoise'?", lines[0], StringComparison.Ordinal);
        Assert.Contains("design.yaml(4,43): 'rows' is 0; allowed: 1 to 65536.", lines[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("base: rram-defualt\nname: a\nreason: none\n", "(1,7): no preset 'rram-defualt' in designs; allowed: clipformer-rram, clipformer-rram-1-025, clipformer-rram-1-1, clipformer-rram-2-025, clipformer-rram-2-1, clipformer-rram-cells, clipformer-rram-r25, clipformer-rram-r50, isaac-rram, mram-sram-28nm, rram-default, sram-65nm, trex-clipformer, trex-clipformer-2-025, trex-clipformer-2-1, trex-fefet, trex-hybrid, trex-rram, trex-sram; did you mean 'rram-default'?")]
    [InlineData("base: ./absent.yaml\nname: a\n", "(1,7): the file './absent.yaml' does not exist; paths count from the folder of ")]
    [InlineData("base: ./design.yaml\nname: a\n", "(1,7): base leads back to the file itself: design.yaml -> design.yaml.")]
    [InlineData("base: ../../etc\nname: a\n", "(1,7): the file '../../etc' does not exist")]
    [InlineData("base: rram-default\nreason: x\nname: a\nweights: { adc: { base: isaac-8b-32nm, type: flash } }\n", "(4,46): type 'flash' differs from the base's 'sar'; leave type out or choose another base.")]
    [InlineData("base: rram-default\nreason: x\nname: a\nweights: { device: rram }\n", "(4,20): no preset 'rram' in devices; allowed: fefet-trex")]
    [InlineData("base: rram-default\nreason: x\nname: a\nweights: { device: 3 }\n", "(4,20): no preset '3' in devices")]
    [InlineData("base: rram-default\nreason: x\nname: a\nweights: null\n", "(4,10): 'weights' has no value; write the name of a preset or a mapping.")]
    [InlineData("base: rram-default\nreason: x\nname: A B\n", "(3,7): 'name' is 'A B'; write lower-case letters, digits and hyphens")]
    public void Broken_base_is_one_clear_error(string text, string message)
    {
        string error = Error(text);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    [Fact]
    public void Cycle_over_two_files_is_found()
    {
        _folder.Write("other.yaml", "base: ./design.yaml\nname: b\n");
        Assert.Contains("other.yaml(1,7): base leads back to the file itself: design.yaml -> other.yaml -> design.yaml.", Error("base: ./other.yaml\nname: a\n"), StringComparison.Ordinal);
    }

    /// <summary>Rules between keys are reported at the key to change.</summary>
    [Theory]
    [InlineData("activeRows: 129", "(5,15): 'activeRows' is 129; a read cannot use more than the crossbar's 128 rows.")]
    [InlineData("bitsPerCell: 3", "(5,16): 'bitsPerCell' is 3; this device holds at most 2.")]
    [InlineData("inputBitsPerCycle: 8\n  inputBits: 4", "(5,22): 'inputBitsPerCycle' is 8; an input has only 4 bits (inputBits).")]
    [InlineData("gridBits: 16", "(5,13): 'gridBits' is 16; bit-line sums of 128 rows are exact up to 15.")]
    [InlineData("inputBits: 1\n  inputCoding: sign-magnitude-bipolar", "(5,14): 'inputBits' is 1; sign-magnitude coding needs at least 2.")]
    [InlineData("adc: { bits: 12 }", "(5,16): 'bits' is 12, but costs has no row for it; it has 4, 5, 6, 7, 8, 9, 10 bits.")]
    [InlineData("adc: { range: { kind: explicit, low: 5, high: 5 } }", "(5,49): 'high' is 5; the upper end of an explicit range must be above low, 5.")]
    [InlineData("adc: { bits: 1, signMagnitude: true, costs: [] }", "(5,16): 'bits' is 1; a sign-magnitude converter needs at least 2.")]
    [InlineData("device: { gMin: \"10 uS\" }", "(5,19): 'gMin' is 10 uS; it must be below gMax, 10 uS.")]
    [InlineData("device: { stuckAtGMin: 0.6, stuckAtGMax: 0.5 }", "(5,44): 'stuckAtGMax' and stuckAtGMin together are 1.1; they must not exceed 1.")]
    [InlineData("device: { base: sram-28nm, maxBitsPerCell: 2 }", "(5,46): 'maxBitsPerCell' is 2; a static-memory cell has two states, so it must be 1.")]
    public void Rule_between_keys_is_reported_at_the_key(string difference, string message)
    {
        string error = Error($"base: rram-default\nreason: test\nname: a\nweights:\n  {difference}\n");
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    [Fact]
    public void Twos_complement_needs_one_bit_per_cell() =>
        Assert.Contains("'bitsPerCell' is 2; the encoding twos-complement has one cell per bit, so it must be 1.", Error("base: isaac-rram\nreason: x\nname: a\nweights: { encoding: twos-complement }\n"), StringComparison.Ordinal);

    [Fact]
    public void Bytes_that_are_no_text_are_an_error()
    {
        string path = _folder.Write("design.yaml", [0x6e, 0xff, 0xfe, 0x3a]);
        Assert.EndsWith("the file is not UTF-8 text.", Assert.Throws<InputException>(() => DesignFile.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Byte_order_mark_and_windows_line_ends_are_read() =>
        Assert.Equal("a", Load("\uFEFFbase: rram-default\r\nreason: x\r\nname: a\r\n").Name);

    private Design Load(string text) => DesignFile.Load(_folder.Write("design.yaml", text));

    private string Error(string text) => Assert.Throws<InputException>(() => Load(text)).Message;
}
