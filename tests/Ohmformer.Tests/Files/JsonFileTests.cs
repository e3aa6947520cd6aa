using System.Text;
using Ohmformer.Files;

namespace Ohmformer.Tests.Files;

public sealed class JsonFileTests
{
    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{} x")]
    [InlineData("{\"a\": 1, \"a\": 2}")]
    [InlineData("{\"a\": {\"b\": 1, \"b\": 2}}")]
    [InlineData("{\"a\": 1,}")]
    [InlineData("{\"a\": NaN}")]
    [InlineData("{\"a\": \"\\ud800\"}")]
    [InlineData("{\"\\ud800\": 1}")]
    [InlineData("[]")]
    [InlineData("null")]
    public void Text_that_is_not_a_strict_object_is_refused(string text) => AssertRefused(Encoding.UTF8.GetBytes(text));

    [Fact]
    public void Deep_nesting_and_broken_utf8_are_refused()
    {
        AssertRefused(Encoding.UTF8.GetBytes("{\"a\":" + new string('[', 1_000_000)));
        AssertRefused([.. "{\"a\": \""u8, 0xC3, 0x28, .. "\"}"u8]);
    }

    [Fact]
    public void Values_are_read_by_type_and_null_is_absent()
    {
        var file = Parse("""{"i": 3, "x": 1.5, "l": [1, 2.5], "f": true, "t": "\u00e9", "o": {"k": "v"}, "n": null}""");
        Assert.Equal(3, file.Int("i", 0, 5));
        Assert.Equal(7, file.Int("n", 0, 5, 7));
        Assert.Equal(1.5, file.Number("x"));
        Assert.Equal([1, 2.5], file.Numbers("l")!);
        Assert.True(file.Flag("f", false));
        Assert.Equal("é", file.Text("t"));
        Assert.Equal([("k", "v")], file.Object("o")!.Texts());
        Assert.Null(file.Object("n"));
        Assert.Null(file.Text("none"));
    }

    [Theory]
    [InlineData("x.json: i is missing", "{}")]
    [InlineData("x.json: i is 6; it must be a whole number from 0 to 5", """{"i": 6}""")]
    [InlineData("x.json: i is \"3\"; it must be a whole number from 0 to 5", """{"i": "3"}""")]
    [InlineData("x.json: i is 1e999; it must be", """{"i": 1e999}""")]
    public void A_wrong_value_is_named_with_what_is_allowed(string message, string text) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => Parse(text).Int("i", 0, 5)).Message, StringComparison.Ordinal);

    [Fact]
    public void Files_that_cannot_be_read_are_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("no such file", Assert.Throws<InputException>(() => JsonFile.Load(folder.File("none"))).Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Throws<InputException>(() => JsonFile.Load(folder.Path)).Message, StringComparison.Ordinal);
        folder.Write("big", new byte[11]);
        Assert.Contains("11 bytes; at most 10 are read", Assert.Throws<InputException>(() => InputFile.ReadAllBytes(folder.File("big"), 10)).Message, StringComparison.Ordinal);
    }

    private static JsonFile Parse(string text) => JsonFile.Parse("x.json", Encoding.UTF8.GetBytes(text));

    private static void AssertRefused(byte[] text) =>
        Assert.Contains("x.json: ", Assert.Throws<InputException>(() => JsonFile.Parse("x.json", text)).Message, StringComparison.Ordinal);
}
