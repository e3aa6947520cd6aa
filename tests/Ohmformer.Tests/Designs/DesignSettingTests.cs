using Ohmformer.Devices;
using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Techniques.ClipFormer;

namespace Ohmformer.Tests.Designs;

/// <summary>Designs of which some parameters are changed without a file.</summary>
public sealed class DesignSettingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Settings_change_what_they_name_and_nothing_else()
    {
        var plain = DesignFile.Load("clipformer-rram");
        var changed = DesignFile.Load("clipformer-rram", [new("attention.device.writeNoiseFactor", "7.5"), new("attention.device.gMin", "5 MOhm"), new("weights.activeRows", "16")]);
        Assert.Equal((7.5, 2e-7, 16), (((RramSpec)changed.Attention!.Device).WriteNoiseFactor, changed.Attention.Device.GMin.Si, changed.Weights.ActiveRows));
        Assert.Equal(plain.Name, changed.Name);
        Assert.Equal(plain.Description + " With attention.device.writeNoiseFactor=7.5, attention.device.gMin=5 MOhm, weights.activeRows=16.", changed.Description);
        Assert.Equal(plain.Attention!.Device, (RramSpec)changed.Attention.Device with { WriteNoiseFactor = 3, GMin = plain.Attention.Device.GMin });
        Assert.Equal(plain.Weights.Device, changed.Weights.Device);
    }

    [Fact]
    public void No_setting_leaves_the_design() => Assert.Equal(DesignFile.Resolved(DesignFile.Load("isaac-rram")), DesignFile.Resolved(DesignFile.Load("isaac-rram", [])));

    [Fact]
    public void A_setting_equals_the_same_key_in_a_file()
    {
        string file = _folder.Write("mine.yaml", "base: clipformer-rram\nreason: x\nname: clipformer-rram\ndescription: x\nattention: { operandTransform: clipformer-2-1, device: { writeNoiseFactor: 4 } }");
        var set = DesignFile.Load("clipformer-rram", [new("attention.operandTransform", "clipformer-2-1"), new("attention.device.writeNoiseFactor", "4")]);
        Assert.Equal(DesignFile.Resolved(DesignFile.Load(file)), DesignFile.Resolved(set with { Description = "x" }));
    }

    [Fact]
    public void Presets_null_and_absent_parts_can_be_set()
    {
        Assert.IsType<ClipFormerSpec>(DesignFile.Load("clipformer-rram", [new("attention.operandTransform", "clipformer-1-1")]).Attention!.OperandTransform);
        Assert.Null(DesignFile.Load("clipformer-rram-2-1", [new("attention.operandTransform", "null")]).Attention!.OperandTransform);
        Assert.Equal(6, DesignFile.Load("rram-default", [new("quantization.activations.bits", "6")]).Quantization!.Activations.Bits);
        Assert.IsType<SramSpec>(DesignFile.Load("rram-default", [new("attention", "trex-sram")]).Attention!.Device);
    }

    [Fact]
    public void A_design_file_can_be_the_basis()
    {
        string file = _folder.Write("mine.yaml", "base: rram-default\nreason: x\nname: mine\nweights: { adc: { bits: 6 } }");
        var design = DesignFile.Load(file, [new("weights.activeRows", "8")]);
        Assert.Equal(("mine", 6, 8), (design.Name, design.Weights.Adc!.Bits, design.Weights.ActiveRows));
    }

    [Theory]
    [InlineData("attention.device.writeNoisFactor", "3", "'attention.device' of clipformer-rram has no key 'writeNoisFactor'; allowed: gMin, ", "; did you mean 'writeNoiseFactor'?")]
    [InlineData("writeNoiseFactor", "3", "the design clipformer-rram has no key 'writeNoiseFactor'; allowed: technology, ", "; did you mean 'weights.device.writeNoiseFactor' or 'attention.device.writeNoiseFactor'?")]
    [InlineData("name", "x", "has no key 'name'", "quantization.")]
    [InlineData("weights..rows", "3", "'weights' of clipformer-rram has no key ''", "; did you mean 'weights.rows' or 'attention.rows'?")]
    [InlineData("attention.device.writeNoiseFactor", "-1", "'writeNoiseFactor' is -1; allowed: 0 to 100.", "")]
    [InlineData("attention.device.gMin", "3", "'gMin' is '3'; write a number and the unit S", "")]
    [InlineData("attention.device.gMin.x", "3", "'gMin' of 'attention.device' of clipformer-rram is a value and has no keys; end the path there.", "")]
    [InlineData("attention.device", "rram-isac", "no preset 'rram-isac' in devices", "did you mean 'rram-isaac'?")]
    [InlineData("weights", "null", "'weights' has no value", "")]
    public void A_setting_that_does_not_fit_says_where_what_and_what_is_allowed(string key, string value, string message, string end)
    {
        string text = Assert.Throws<InputException>(() => DesignFile.Load("clipformer-rram", [new(key, value)])).Message;
        Assert.StartsWith($"--sweep {key}={value}: ", text, StringComparison.Ordinal);
        Assert.Contains(message, text, StringComparison.Ordinal);
        Assert.EndsWith(end, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_of_a_part_that_is_absent_and_keys_twice_are_refused()
    {
        Assert.Contains("'attention' of trex-sram is absent", Assert.Throws<InputException>(() => DesignFile.Load("trex-sram", [new("attention.rows", "8")])).Message, StringComparison.Ordinal);
        Assert.Contains("remove one of them", Assert.Throws<InputException>(() => DesignFile.Load("trex-fefet", [new("attention", "trex-sram"), new("attention.rows", "8")])).Message, StringComparison.Ordinal);
        Assert.Contains("remove one of them", Assert.Throws<InputException>(() => DesignFile.Load("trex-fefet", [new("weights.rows", "4"), new("weights.rows", "8")])).Message, StringComparison.Ordinal);
    }
}
