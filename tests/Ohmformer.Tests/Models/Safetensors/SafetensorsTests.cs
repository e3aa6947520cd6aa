using System.Text;
using Ohmformer.Files;
using Ohmformer.Models.Safetensors;

namespace Ohmformer.Tests.Models.Safetensors;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Written_tensors_read_back(bool half)
    {
        string path = _folder.File("a.safetensors");
        SafetensorsWriter.Write(path,
            [new("b", [2, 3], [1, -2, 0.5f, 4, 5, 6]), new("scalar", [], [7]), new("none", [0, 3], []), new("a", [1], [-0.25f])],
            new Dictionary<string, string> { ["format"] = "pt" }, half);
        using var file = SafetensorsFile.Open(path);
        Assert.Equal(["b", "scalar", "none", "a"], file.Tensors.Keys);
        Assert.Equal([2, 3], file.Tensors["b"].Shape);
        Assert.Equal([1, -2, 0.5f, 4, 5, 6], file.Read("b"));
        Assert.Equal([7f], file.Read("scalar"));
        Assert.Empty(file.Read("none"));
        Assert.Equal([-0.25f], file.Read("a"));
    }

    [Fact]
    public void Bfloat16_is_widened()
    {
        string path = Raw("""{"x": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}""", [0x80, 0x3F, 0x20, 0xC1]);
        using var file = SafetensorsFile.Open(path);
        Assert.Equal([1f, -10f], file.Read("x"));
    }

    [Theory]
    [InlineData("invalid JSON", "{", 0)]
    [InlineData("invalid JSON", """{"a": {}, "a": {}}""", 0)]
    [InlineData("not an object {", "[]", 0)]
    [InlineData("is not an object", """{"a": 1}""", 0)]
    [InlineData("dtype F12; known are BOOL", """{"a": {"dtype": "F12", "shape": [], "data_offsets": [0, 4]}}""", 4)]
    [InlineData("dtype is missing", """{"a": {"shape": [], "data_offsets": [0, 4]}}""", 4)]
    [InlineData("shape is missing", """{"a": {"dtype": "F32", "data_offsets": [0, 4]}}""", 4)]
    [InlineData("shape holds -1", """{"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}""", 4)]
    [InlineData("shape holds 1.5", """{"a": {"dtype": "F32", "shape": [1.5], "data_offsets": [0, 4]}}""", 4)]
    [InlineData("shape holds 99999999999999999999", """{"a": {"dtype": "F32", "shape": [99999999999999999999], "data_offsets": [0, 4]}}""", 4)]
    [InlineData("overflows", """{"a": {"dtype": "F32", "shape": [4294967296, 4294967296], "data_offsets": [0, 4]}}""", 4)]
    [InlineData("data_offsets [4, 0]", """{"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}""", 4)]
    [InlineData("data_offsets [4]", """{"a": {"dtype": "F32", "shape": [1], "data_offsets": [4]}}""", 4)]
    [InlineData("has 8 bytes, its data_offsets span 4", """{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}""", 4)]
    [InlineData("truncated: tensor \"a\" ends at byte 8", """{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}""", 7)]
    [InlineData("bytes after tensor \"a\" belong to no tensor", """{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}""", 5)]
    [InlineData("between the header and tensor \"a\"", """{"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}""", 8)]
    [InlineData("\"b\" overlaps tensor \"a\"", """{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "b": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}}""", 12)]
    public void A_header_that_breaks_a_rule_is_refused(string message, string header, int dataBytes)
    {
        string path = Raw(header, new byte[dataBytes]);
        AssertRefused(message, path, () => SafetensorsFile.Open(path).Dispose());
    }

    [Fact]
    public void A_deeply_nested_header_is_refused()
    {
        string path = Raw("""{"a":""" + new string('[', 100_000), []);
        AssertRefused("invalid JSON", path, () => SafetensorsFile.Open(path).Dispose());
    }

    [Theory]
    [InlineData("5 bytes; a safetensors file has at least 8", new byte[] { 1, 2, 3, 4, 5 })]
    [InlineData("truncated: claims a header of 9 bytes, 2 follow", new byte[] { 9, 0, 0, 0, 0, 0, 0, 0, 1, 2 })]
    [InlineData("claims a header of 18446744073709551615 bytes", new byte[] { 255, 255, 255, 255, 255, 255, 255, 255 })]
    [InlineData("claims a header of 100000001 bytes", new byte[] { 1, 225, 245, 5, 0, 0, 0, 0, 1 })]
    public void A_wrong_header_length_is_refused(string message, byte[] content)
    {
        string path = _folder.Write("a.safetensors", content);
        AssertRefused(message, path, () => SafetensorsFile.Open(path).Dispose());
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    public void Weights_that_are_not_finite_are_refused(float value, string name)
    {
        string path = _folder.File("a.safetensors");
        SafetensorsWriter.Write(path, [new("w", [3], [1, 2, value])], new Dictionary<string, string>());
        using var file = SafetensorsFile.Open(path);
        AssertRefused($"tensor \"w\" holds {name} at index 2", path, () => file.Read("w"));
    }

    [Fact]
    public void Integers_are_not_weights()
    {
        string path = Raw("""{"ids": {"dtype": "I64", "shape": [1], "data_offsets": [0, 8]}}""", new byte[8]);
        using var file = SafetensorsFile.Open(path);
        AssertRefused("weights must be F32, F16 or BF16", path, () => file.Read("ids"));
    }

    [Fact]
    public void Damaged_files_are_read_or_refused()
    {
        string path = _folder.File("a.safetensors");
        SafetensorsWriter.Write(path, [new("a", [2], [1, 2]), new("b", [1, 2], [3, 4])], new Dictionary<string, string> { ["k"] = "v" });
        byte[] whole = File.ReadAllBytes(path);
        var random = new Random(1);
        for (int round = 0; round < 2000; round++)
        {
            byte[] damaged = whole[..random.Next(whole.Length / 2, whole.Length + 1)];
            for (int i = 0; i < 3; i++) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(path, damaged);
            try
            {
                using var file = SafetensorsFile.Open(path);
                foreach (string name in file.Tensors.Keys) file.Read(name);
            }
            catch (InputException e)
            {
                Assert.Contains(path, e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Shards_are_found_through_the_index()
    {
        Shard("one.safetensors", "a", 1);
        Shard("two.safetensors", "b", 2);
        Index("""{"a": "one.safetensors", "b": "two.safetensors"}""");
        using var tensors = TensorFolder.Open(_folder.Path);
        Assert.Equal(["a", "b"], tensors.Names);
        Assert.Equal([2f], tensors.Read("b"));
        Assert.Null(tensors.Find("c"));
    }

    [Theory]
    [InlineData("leaves the model folder", "../one.safetensors")]
    [InlineData("leaves the model folder", "/etc/passwd")]
    [InlineData("leaves the model folder", "..")]
    [InlineData("leaves the model folder", "sub/../one.safetensors")]
    [InlineData("leaves the model folder", "link.safetensors")]
    [InlineData("shard three.safetensors is missing", "three.safetensors")]
    [InlineData("tensor \"a\" is not in two.safetensors", "two.safetensors")]
    public void An_index_entry_that_cannot_be_used_is_refused(string message, string shard)
    {
        using var elsewhere = new TemporaryFolder();
        SafetensorsWriter.Write(elsewhere.File("x.safetensors"), [new("a", [1], [1])], new Dictionary<string, string>());
        File.CreateSymbolicLink(_folder.File("link.safetensors"), elsewhere.File("x.safetensors"));
        Shard("two.safetensors", "b", 2);
        Index($$"""{"a": "{{shard}}"}""");
        AssertRefused(message, _folder.Path, () => TensorFolder.Open(_folder.Path).Dispose());
    }

    [Fact]
    public void A_link_to_another_shard_of_the_folder_may_be_used()
    {
        Shard("two.safetensors", "b", 2);
        File.CreateSymbolicLink(_folder.File("link.safetensors"), "two.safetensors");
        Index("""{"b": "link.safetensors"}""");
        using var tensors = TensorFolder.Open(_folder.Path);
        Assert.Equal([2f], tensors.Read("b"));
    }

    [Fact]
    public void A_folder_without_tensors_is_refused() =>
        AssertRefused("has neither model.safetensors nor", _folder.Path, () => TensorFolder.Open(_folder.Path).Dispose());

    private static void AssertRefused(string message, string path, Action action)
    {
        string found = Assert.Throws<InputException>(action).Message;
        Assert.Contains(message, found, StringComparison.Ordinal);
        Assert.Contains(path, found, StringComparison.Ordinal);
    }

    private void Shard(string file, string tensor, float value) =>
        SafetensorsWriter.Write(_folder.File(file), [new(tensor, [1], [value])], new Dictionary<string, string>());

    private void Index(string map) => _folder.Write("model.safetensors.index.json", $$"""{"metadata": {"total_size": 8}, "weight_map": {{map}}}""");

    private string Raw(string header, byte[] data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        return _folder.Write("a.safetensors", [.. BitConverter.GetBytes((ulong)text.Length), .. text, .. data]);
    }
}
