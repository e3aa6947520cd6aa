using System.Text;
using System.Text.Json;
using Ohmformer.Files;
using Ohmformer.Models.Tokenizers;

namespace Ohmformer.Tests.Models.Tokenizers;

/// <summary>Learned vocabularies against a plain program that counts every pair anew before every merge (reference/learn.py).</summary>
public sealed class LearnedVocabularyTests : IDisposable
{
    private static readonly JsonElement Reference = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(
        SharedData.Project, "tests", "Ohmformer.Tests", "Models", "Tokenizers", "reference", "learned.json"))).RootElement;

    private static readonly string Text = Reference.GetProperty("text").GetString()!;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Byte_pairs_are_those_of_the_reference()
    {
        foreach (var expected in Reference.GetProperty("bytes").EnumerateArray())
        {
            LearnedVocabulary.BytePairs([Text], expected.GetProperty("size").GetInt32()).Save(_folder.Path);
            string[] tokens = Strings(expected.GetProperty("tokens"));
            var ids = JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllText(_folder.File("vocab.json")))!;
            Assert.Equal(tokens.Index().Select(t => (t.Item, t.Index)), ids.Select(t => (t.Key, t.Value)));
            Assert.Equal(["#version: 0.2", .. Strings(expected.GetProperty("merges"))], File.ReadAllLines(_folder.File("merges.txt")));
        }
    }

    [Fact]
    public void Word_pieces_are_those_of_the_reference()
    {
        foreach (var expected in Reference.GetProperty("words").EnumerateArray())
        {
            LearnedVocabulary.WordPieces([Text], expected.GetProperty("size").GetInt32()).Save(_folder.Path);
            Assert.Equal(Strings(expected.GetProperty("tokens")), File.ReadAllLines(_folder.File("vocab.txt")));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Saved_files_give_the_same_tokenizer(bool bytes)
    {
        var learned = bytes ? LearnedVocabulary.BytePairs([Text], 300) : LearnedVocabulary.WordPieces([Text], 120, lowercase: false);
        learned.Save(_folder.Path);
        var copy = new TemporaryFolder();
        TokenizerFiles.Read(_folder.Path).Save(copy.Path);
        foreach (var loaded in new[] { Tokenizer.Load(_folder.Path), Tokenizer.Load(copy.Path) })
        {
            Assert.Equal(learned.Tokenizer.Encode(Text).Ids, loaded.Encode(Text).Ids);
            Assert.Equal(learned.Tokenizer.VocabularySize, loaded.VocabularySize);
            Assert.Equal(learned.Tokenizer.Special, loaded.Special);
        }
        Assert.Equal(Directory.GetFiles(_folder.Path).Length, Directory.GetFiles(copy.Path).Length);
        copy.Dispose();
    }

    [Fact]
    public void Byte_pairs_give_every_text_back()
    {
        var tokenizer = LearnedVocabulary.BytePairs([Text], 320).Tokenizer;
        var random = new Random(5);
        for (int i = 0; i < 200; i++)
        {
            var text = new StringBuilder();
            for (int length = random.Next(40); text.Length < length;)
                text.Append(new Rune(random.Next(4) switch { 0 => random.Next(0x20, 0x7F), 1 => random.Next(0xD800), 2 => random.Next(0x10000, 0x110000), _ => ' ' }).ToString());
            Assert.Equal(text.ToString(), tokenizer.Decode(tokenizer.Encode(text.ToString()).Ids));
        }
    }

    [Fact]
    public void Word_pieces_spell_every_word_of_known_letters()
    {
        var tokenizer = LearnedVocabulary.WordPieces([Text], 120).Tokenizer;
        foreach (string word in Text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            string reversed = new([.. word.Reverse()]);
            Assert.DoesNotContain(tokenizer.Special.Unknown!.Value, tokenizer.Encode(reversed).Ids);
        }
        Assert.Equal("[CLS] thou eternal [UNK] [SEP]", string.Join(' ', tokenizer.Encode("Thou eternal ж").Ids.Select(tokenizer.TokenOf)).Replace(" ##", "", StringComparison.Ordinal));
    }

    [Fact]
    public void The_order_of_the_texts_does_not_matter()
    {
        string[] lines = Text.Split('\n');
        Assert.Equal(Saved(LearnedVocabulary.WordPieces(lines, 200)), Saved(LearnedVocabulary.WordPieces(lines.Reverse(), 200)));
        Assert.Equal(Saved(LearnedVocabulary.BytePairs(lines, 340)), Saved(LearnedVocabulary.BytePairs(lines.Reverse(), 340)));
    }

    [Fact]
    public void Vocabularies_without_room_or_words_are_refused()
    {
        Refused("a vocabulary of 256 tokens has no room for 256 bytes and <|endoftext|>; ask for 257", () => LearnedVocabulary.BytePairs([Text], 256));
        Refused("no room for 5 special tokens and 2 letters, 2 of which may continue a word; ask for 9", () => LearnedVocabulary.WordPieces(["ab"], 8));
        Refused("hold no words", () => LearnedVocabulary.WordPieces([" ", ""], 100));
        Refused("hold no words", () => LearnedVocabulary.BytePairs([], 300));
    }

    private string Saved(TokenizerFiles files)
    {
        files.Save(_folder.Path);
        return string.Concat(Directory.GetFiles(_folder.Path).Order().Select(File.ReadAllText));
    }

    private static string[] Strings(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetString()!)];

    private static void Refused(string message, Func<TokenizerFiles> learn) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => learn()).Message, StringComparison.Ordinal);
}
