using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Ohmformer.Files;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Safetensors;
using Ohmformer.Tests.Models;
using static Ohmformer.Tests.Cli.CommandLine;

namespace Ohmformer.Tests.Cli;

/// <summary>Damaged and hostile files: every one ends with a message and exit code 2, and nothing is written.</summary>
public sealed class BadFileTests : IDisposable
{
    private static readonly byte[] NpyMagic = [0x93, .. "NUMPY"u8, 1, 0];

    private readonly TinyInputs _inputs = new();

    public void Dispose() => _inputs.Dispose();

    [Theory]
    [InlineData("at least 8", "abc")]
    [InlineData("claims a header of 18446744073709551615 bytes", "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff")]
    [InlineData("truncated: claims a header of 100 bytes", "\u0064\0\0\0\0\0\0\0{}")]
    [InlineData("invalid JSON", "\u0002\0\0\0\0\0\0\0{]")]
    public void A_weight_file_that_is_none_is_refused(string message, string content) => RefusedWeights(message, Encoding.Latin1.GetBytes(content));

    [Theory]
    [InlineData("overflows", """{"a": {"dtype": "F32", "shape": [4611686018427387904, 4611686018427387904], "data_offsets": [0, 0]}}""")]
    [InlineData("ends at byte 4000000000000", """{"a": {"dtype": "F32", "shape": [1000000000000], "data_offsets": [0, 4000000000000]}}""")]
    [InlineData("overlaps", """{"a": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}, "b": {"dtype": "U8", "shape": [4], "data_offsets": [2, 6]}}""")]
    [InlineData("whole numbers from 0", """{"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}""")]
    [InlineData("dtype Q9", """{"a": {"dtype": "Q9", "shape": [1], "data_offsets": [0, 4]}}""")]
    [InlineData("invalid JSON", """{"a": {}, "a": {}}""")]
    public void A_hostile_header_is_refused(string message, string header) => RefusedWeights(message, Safetensors(header));

    [Fact]
    public void A_deeply_nested_header_is_refused() =>
        RefusedWeights("invalid JSON", Safetensors("{\"a\":" + new string('[', 100_000) + new string(']', 100_000) + "}"));

    [Fact]
    public void Truncated_weights_are_refused()
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(_inputs.Model, "model.safetensors"));
        foreach (int length in new[] { 0, 7, 8, 100, whole.Length / 2, whole.Length - 1 }) RefusedWeights("", whole[..length]);
    }

    [Fact]
    public void Weights_that_are_not_numbers_are_refused()
    {
        var weights = RandomTransformer.Weights(TinyInputs.Spec);
        weights.Encoders[1].MlpOut.Weight[3] = float.NaN;
        new Checkpoint(TinyInputs.Spec, weights, ["a", "b", "c", "d"], Ohmformer.Models.Preprocessing.Centered(1)).Save(_inputs.Model);
        RefusedModel("encoder.layer.1.output.dense.weight\" holds NaN");
    }

    [Fact]
    public void Missing_tensors_are_listed()
    {
        var tensors = HuggingFaceVit.Tensors(TinyInputs.Spec, RandomTransformer.Weights(TinyInputs.Spec));
        SafetensorsWriter.Write(Path.Combine(_inputs.Model, "model.safetensors"), [.. tensors.Where(t => !t.Name.Contains("layer.0.output", StringComparison.Ordinal))], new Dictionary<string, string>());
        RefusedModel("2 tensors are missing: vit.encoder.layer.0.output.dense.weight; vit.encoder.layer.0.output.dense.bias");
    }

    [Theory]
    [InlineData("model_type", "\"resnet\"", "model_type is \"resnet\"; it must be one of vit")]
    [InlineData("image_size", "8", "image size 8 is not a multiple of the patch size 3")]
    [InlineData("image_size", "9", "position_embeddings [1, 5, 6], expected [1, 10, 6]")]
    [InlineData("num_hidden_layers", "1e999", "num_hidden_layers is 1e999")]
    [InlineData("hidden_size", "-6", "hidden_size is -6")]
    [InlineData("hidden_act", "\"mish\"", "it must be one of gelu")]
    public void A_configuration_that_does_not_fit_is_refused(string key, string value, string message)
    {
        string path = Path.Combine(_inputs.Model, "config.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace($"\"{key}\":", $"\"{key}\": {value}, \"old_{key}\":", StringComparison.Ordinal));
        RefusedModel(message);
    }

    [Theory]
    [InlineData("invalid JSON", "{")]
    [InlineData("invalid JSON", "")]
    [InlineData("not an object", "[]")]
    [InlineData("invalid JSON", "{\"model_type\": \"vit\", \"model_type\": \"vit\"}")]
    public void A_damaged_configuration_is_refused(string message, string content)
    {
        File.WriteAllText(Path.Combine(_inputs.Model, "config.json"), content);
        RefusedModel(message);
    }

    [Theory]
    [InlineData("../outside.safetensors", "leaves the model folder")]
    [InlineData("/etc/passwd", "leaves the model folder")]
    [InlineData("absent.safetensors", "is missing from")]
    public void Shards_outside_the_folder_are_refused(string shard, string message)
    {
        File.Move(Path.Combine(_inputs.Model, "model.safetensors"), _inputs.File("outside.safetensors"));
        var index = new JsonObject { ["weight_map"] = new JsonObject { ["classifier.bias"] = shard } };
        File.WriteAllText(Path.Combine(_inputs.Model, "model.safetensors.index.json"), index.ToJsonString());
        RefusedModel(message);
    }

    [Fact]
    public void A_model_that_is_a_file_or_an_empty_folder_is_refused()
    {
        RefusedWith("is a file; name the directory", "model", "info", _inputs.Data);
        RefusedWith("has neither model.safetensors nor", "model", "info", Directory.CreateDirectory(_inputs.File("empty")).FullName);
    }

    [Theory]
    [InlineData("magic bytes", "PK")]
    [InlineData("magic bytes", "")]
    public void A_file_that_is_no_array_is_refused(string message, string content) => RefusedArray(message, Encoding.Latin1.GetBytes(content));

    [Theory]
    [InlineData("is too large", "{'descr': '<i4', 'fortran_order': False, 'shape': (2147483647, 2147483647), }")]
    [InlineData("truncated", "{'descr': '<i4', 'fortran_order': False, 'shape': (1000, 1000), }")]
    [InlineData("whole numbers from 0", "{'descr': '<i4', 'fortran_order': False, 'shape': (99999999999999999999, 1), }")]
    [InlineData("whole numbers from 0", "{'descr': '<i4', 'fortran_order': False, 'shape': (-1, 1), }")]
    [InlineData("Fortran order", "{'descr': '<i4', 'fortran_order': True, 'shape': (1, 1), }")]
    [InlineData("element type '|O'", "{'descr': '|O', 'fortran_order': False, 'shape': (1, 1), }")]
    [InlineData("element type '>f8'", "{'descr': '>f8', 'fortran_order': False, 'shape': (1, 1), }")]
    [InlineData("is damaged", "{'descr': '<i4'")]
    public void A_hostile_array_is_refused(string message, string header)
    {
        byte[] length = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)header.Length);
        RefusedArray(message, [.. NpyMagic, .. length, .. Encoding.Latin1.GetBytes(header), 0, 0, 0, 0]);
    }

    [Theory]
    [InlineData("anchors (&) and aliases (*) are not allowed", "a: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]")]
    [InlineData("the file is empty", "")]
    [InlineData("not valid YAML", "weights: [1, 2")]
    [InlineData("duplicate key 'name'", "base: rram-default\nname: a\nname: b")]
    [InlineData("did you mean 'weights'?", "base: rram-default\nname: a\nwieghts: rram-128-2b")]
    [InlineData("(3,18)", "base: rram-default\nname: a\nweights: { rows: 0 }")]
    [InlineData("write lower-case letters", "base: rram-default\nname: ../../escape")]
    [InlineData("lacks the required key 'name'", "base: rram-default")]
    [InlineData("tags (!) are not allowed", "!!python/object:os.system x")]
    public void A_bad_design_is_refused_by_every_command_that_takes_one(string message, string yaml)
    {
        string design = _inputs.Write("bad.yaml", yaml);
        var before = _inputs.Content();
        RefusedWith(message, "design", "check", design);
        RefusedWith(message, "design", "show", design);
        RefusedWith(message, "cost", "--model", "deit-tiny", "--design", design);
        RefusedWith(message, ["evaluate", "--design", design, "--output", _inputs.File("run"), .. _inputs.Evaluation()]);
        RefusedWith(message, ["compare", "--designs", $"rram-default,{design}", .. _inputs.Evaluation()]);
        Assert.Equal(before, _inputs.Content());
    }

    [Fact]
    public void A_deeply_nested_or_huge_design_is_refused()
    {
        RefusedWith("nested more than 32 levels", "design", "check", _inputs.Write("deep.yaml", string.Concat(Enumerable.Repeat("[", 50_000))));
        RefusedWith("at most 1048576 are read", "design", "check", _inputs.Write("huge.yaml", new string('#', 1 << 21)));
        RefusedWith("not UTF-8", "design", "check", _inputs.Write("binary.yaml", [0xff, 0xfe, 0x00, 0xd8]));
        RefusedWith("cannot be read", "design", "check", Directory.CreateDirectory(_inputs.File("folder.yaml")).FullName);
    }

    [Fact]
    public void Data_that_does_not_fit_the_model_is_refused()
    {
        RefusedData("label 4; the model tiny has classes 0 to 3", new byte[2 * 36], [2, 1, 6, 6], [0, 4]);
        RefusedData("label -1", new byte[36], [1, 1, 6, 6], [-1]);
        RefusedData("images are 1 x 8 x 8", new float[64], [1, 1, 8, 8], [0]);
        RefusedData("images are 3 x 6 x 6", new float[108], [1, 3, 6, 6], [0]);
        RefusedData("images are 2 x 6 x 6", new byte[72], [1, 2, 6, 6], [0]);
        RefusedData("2 images, but 1 labels", new byte[72], [2, 1, 6, 6], [0]);
        RefusedData("has no images", Array.Empty<byte>(), [0, 1, 6, 6], []);
        RefusedData("pixels must be finite", [.. Enumerable.Repeat(float.NaN, 36)], [1, 1, 6, 6], [0]);
        RefusedWith("no such file or folder", ["evaluate", "--model", _inputs.Model, "--data", _inputs.File("none")]);
        RefusedWith("holds neither", ["evaluate", "--model", _inputs.Model, "--data", _inputs.Path]);
        RefusedWith("name labeled images with --data", ["evaluate", "--model", _inputs.Model]);
    }

    private void RefusedData<T>(string message, T[] pixels, int[] shape, int[] labels) where T : unmanaged
    {
        NpyArray.Of(pixels, shape).Save(_inputs.File("bad-images.npy"));
        NpyArray.Of(labels, labels.Length).Save(_inputs.File("bad-labels.npy"));
        RefusedWith(message, "evaluate", "--model", _inputs.Model, "--data", _inputs.File("bad-images.npy"), "--output", _inputs.File("run"));
        Assert.False(Directory.Exists(_inputs.File("run")));
    }

    private void RefusedWeights(string message, byte[] content)
    {
        File.WriteAllBytes(Path.Combine(_inputs.Model, "model.safetensors"), content);
        RefusedModel(message);
    }

    private void RefusedModel(string message)
    {
        var before = _inputs.Content();
        RefusedWith(message, "model", "info", _inputs.Model);
        RefusedWith(message, "cost", "--model", _inputs.Model);
        RefusedWith(message, "model", "logits", "--model", _inputs.Model, "--inputs", _inputs.Data, "--output", _inputs.File("y.npy"));
        RefusedWith(message, ["evaluate", "--output", _inputs.File("run"), .. _inputs.Evaluation()]);
        RefusedWith(_inputs.Model, "model", "info", _inputs.Model);
        Assert.Equal(before, _inputs.Content());
    }

    private void RefusedArray(string message, byte[] content)
    {
        string bad = _inputs.Write("bad-images.npy", content), good = _inputs.Save("W.npy", [1], 1, 1), output = _inputs.File("y.npy");
        var before = _inputs.Content();
        RefusedWith(message, "array", "multiply", "--weights", bad, "--inputs", good, "--output", output);
        RefusedWith(message, "array", "multiply", "--weights", good, "--inputs", bad, "--output", output);
        RefusedWith(message, "model", "logits", "--model", _inputs.Model, "--inputs", bad, "--output", output);
        RefusedWith(message, "evaluate", "--model", _inputs.Model, "--data", bad, "--output", _inputs.File("run"));
        Assert.Equal(before, _inputs.Content());
    }

    private static byte[] Safetensors(string header)
    {
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, Encoding.UTF8.GetByteCount(header));
        return [.. length, .. Encoding.UTF8.GetBytes(header), 0, 0, 0, 0, 0, 0];
    }
}
