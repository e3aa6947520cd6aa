using System.Text.Json;
using Ohmformer.Models.Tokenizers;

namespace Ohmformer.Tests.Models.Tokenizers;

/// <summary>Small tokenizers against Hugging Face's tokenizers library (reference/make.mjs).</summary>
public sealed class ReferenceTokenizerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gpt2")]
    [InlineData("roberta")]
    [InlineData("llama-3")]
    [InlineData("bert")]
    [InlineData("bert-cased")]
    [InlineData("llama")]
    [InlineData("metaspace")]
    [InlineData("words")]
    [InlineData("splits")]
    public void Tokenizer_json_gives_the_ids_types_places_and_texts_of_the_reference(string name)
    {
        var reference = Reference(name);
        _folder.Write("tokenizer.json", reference.GetProperty("tokenizer").GetRawText());
        AssertCases(reference, Tokenizer.Load(_folder.Path));
    }

    [Fact]
    public void Vocabulary_and_merges_equal_tokenizer_json()
    {
        var reference = Reference("gpt2");
        var model = reference.GetProperty("tokenizer").GetProperty("model");
        int end = model.GetProperty("vocab").EnumerateObject().Count();
        _folder.Write("vocab.json", model.GetProperty("vocab").GetRawText().TrimEnd('}') + $", \"<|end|>\": {end}, \"<|endoftext|>\": {end + 1}}}");
        _folder.Write("merges.txt", "#version: 0.2\n" + string.Join('\n', model.GetProperty("merges").EnumerateArray()) + "\n");
        AssertCases(reference, Tokenizer.Load(_folder.Path), except: "<|end|>"); // An added token that these two files cannot name.
    }

    [Theory]
    [InlineData("bert", "{}")]
    [InlineData("bert-cased", """{"do_lower_case": false}""")]
    public void Vocabulary_text_equals_tokenizer_json(string name, string settings)
    {
        var reference = Reference(name);
        _folder.Write("vocab.txt", string.Join('\n', reference.GetProperty("tokenizer").GetProperty("model").GetProperty("vocab").EnumerateObject().OrderBy(t => t.Value.GetInt32()).Select(t => t.Name)) + "\n");
        _folder.Write("tokenizer_config.json", settings);
        AssertCases(reference, Tokenizer.Load(_folder.Path));
    }

    private static JsonElement Reference(string name) => JsonDocument.Parse(File.ReadAllBytes(
        Path.Combine(SharedData.Project, "tests", "Ohmformer.Tests", "Models", "Tokenizers", "reference", name + ".json"))).RootElement;

    private static void AssertCases(JsonElement reference, Tokenizer tokenizer, string? except = null)
    {
        foreach (var item in reference.GetProperty("cases").EnumerateArray())
        {
            string text = item.GetProperty("text").GetString()!;
            if (except is not null && text.Contains(except, StringComparison.Ordinal)) continue;
            var result = tokenizer.Encode(text, item.TryGetProperty("pair", out var pair) ? pair.GetString() : null);
            Assert.Equal((text, Ints(item, "ids")), (text, string.Join(' ', result.Ids)));
            Assert.Equal((text, Ints(item, "types")), (text, string.Join(' ', result.Types)));
            Assert.Equal(item.GetProperty("decoded").GetString(), tokenizer.Decode(result.Ids));
            // Marks that normalization reorders have places of their own here; the reference gives them those of their neighbors.
            if (!text.Contains('\u0323')) Assert.Equal((text, Ints(item, "places")), (text, string.Join(' ', result.Tokens.Select(t => $"{t.Start} {t.End}"))));
        }
    }

    private static string Ints(JsonElement item, string key) => string.Join(' ', item.GetProperty(key).EnumerateArray());
}
