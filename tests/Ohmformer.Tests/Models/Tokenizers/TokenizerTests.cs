using FsCheck;
using FsCheck.Fluent;
using Ohmformer.Files;
using Ohmformer.Models.Tokenizers;

namespace Ohmformer.Tests.Models.Tokenizers;

/// <summary>Tokenizers against published ids, stored ids of shared models, and properties.</summary>
public sealed class TokenizerTests : IDisposable
{
    private const string Stories = "data/models/llama-stories260k", Letters = "data/models/llama-baby-char",
        StoriesText = Stories + "/TinyStories-valid-excerpt.txt", LettersText = Stories + "/TinyStories-197KB.txt";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Ids of gpt2 in the documentation of Hugging Face's transformers; the merges are those of the published list, in its order.</summary>
    [Theory]
    [InlineData("Hello world", new[] { 15496, 995 })]
    [InlineData("Hello, my dog is cute", new[] { 15496, 11, 616, 3290, 318, 13779 })]
    [InlineData("<|endoftext|>Hello", new[] { 50256, 15496 })]
    public void Gpt2_gives_the_published_ids(string text, int[] ids)
    {
        ByteLevel(
            ["i s", "o r", "Ġ m", "Ġ d", "l l", "Ġ is", "l d", "Ġ w", "Ġm y", "u t", "Ġd o", "Ġw or", "e ll", "Ġwor ld", "ut e", "H e", "Ġdo g", "ell o", "Ġc ute", "Ġ c", "H ello"],
            ("Hello", 15496), ("Ġworld", 995), (",", 11), ("Ġmy", 616), ("Ġdog", 3290), ("Ġis", 318), ("Ġcute", 13779), ("<|endoftext|>", 50256));
        var tokenizer = Tokenizer.Load(_folder.Path);
        Assert.Equal(ids, tokenizer.Encode(text).Ids);
        Assert.Equal(text, tokenizer.Decode(ids, keepSpecial: true));
        Assert.Equal((50256, 50257), (tokenizer.Special.End, tokenizer.VocabularySize));
    }

    /// <summary>Ids of bert-base-uncased in the documentation of Hugging Face's transformers.</summary>
    [Theory]
    [InlineData("Hello, my dog is cute", null, new[] { 101, 7592, 1010, 2026, 3899, 2003, 10140, 102 })]
    [InlineData("Héllo WORLD", null, new[] { 101, 7592, 2088, 102 })]
    [InlineData("[MASK] dog", "world", new[] { 101, 103, 3899, 102, 2088, 102 })]
    [InlineData("cute☃", null, new[] { 101, 100, 102 })]
    public void Bert_gives_the_published_ids(string text, string? pair, int[] ids)
    {
        (int Id, string Word)[] known =
        [
            (0, "[PAD]"), (100, "[UNK]"), (101, "[CLS]"), (102, "[SEP]"), (103, "[MASK]"), (1010, ","), (2003, "is"), (2026, "my"), (2088, "world"), (3899, "dog"), (7592, "hello"), (10140, "cute"),
        ];
        var words = known.ToDictionary(k => k.Id, k => k.Word);
        _folder.Write("vocab.txt", string.Join('\n', Enumerable.Range(0, 10141).Select(id => words.GetValueOrDefault(id, $"[unused{id}]"))));
        var tokenizer = Tokenizer.Load(_folder.Path);
        Assert.Equal(ids, tokenizer.Encode(text, pair).Ids);
        Assert.Equal(new SpecialTokens { Unknown = 100, Classification = 101, Separator = 102, Padding = 0, Mask = 103 }, tokenizer.Special);
    }

    [Fact]
    public void Roberta_surrounds_texts_and_takes_the_space_before_a_mask()
    {
        ByteLevel(["Ġ b"], ("<s>", 0), ("<pad>", 1), ("</s>", 2), ("<unk>", 3), ("<mask>", 4), ("a", 5), ("Ġb", 6));
        _folder.Write("config.json", """{"model_type": "roberta"}""");
        var tokenizer = Tokenizer.Load(_folder.Path);
        Assert.Equal([0, 5, 4, 6, 2], tokenizer.Encode("a <mask> b").Ids);
        var pair = tokenizer.Encode("a", "a b");
        Assert.Equal([0, 5, 2, 2, 5, 6, 2], pair.Ids);
        Assert.Equal(new int[7], pair.Types);
        Assert.Equal(new(6, 2, 3, TokenOrigin.Second), pair.Tokens[5]); // Without the space before it.
        Assert.Equal("a b", tokenizer.Decode([0, 5, 6, 2]));
        Assert.Equal(new SpecialTokens { Unknown = 3, Beginning = 0, End = 2, Classification = 0, Separator = 2, Padding = 1, Mask = 4 }, tokenizer.Special);
    }

    [SharedFact(Stories + "/vocab.json", Stories + "/tinystories_token_ids.json", StoriesText)]
    public void Llama_pieces_with_scores_give_the_stored_ids()
    {
        var tokenizer = Tokenizer.Load(SharedData.Get(Stories));
        string text = File.ReadAllText(SharedData.Get(StoriesText));
        foreach (int[] ids in Stored(Stories + "/tinystories_token_ids.json"))
        {
            string story = tokenizer.Decode(ids);
            int at = text.IndexOf(story, StringComparison.Ordinal), end = text.IndexOf('\n', at + story.Length);
            Assert.Equal(ids, tokenizer.Encode(text[at..(end < 0 ? text.Length : end)].TrimEnd(), maxTokens: 512).Ids);
        }
        Assert.Equal((1, 2, 0), (tokenizer.Special.Beginning, tokenizer.Special.End, tokenizer.Special.Unknown));
    }

    [SharedFact(Letters + "/vocab.json", Letters + "/tinystories_char_ids.json", LettersText)]
    public void Llama_characters_give_the_stored_ids()
    {
        var tokenizer = Tokenizer.Load(SharedData.Get(Letters));
        string text = File.ReadAllText(SharedData.Get(LettersText));
        int at = 0;
        foreach (int[] ids in Stored(Letters + "/tinystories_char_ids.json"))
        {
            var window = tokenizer.Encode(text[at..(at + 400)], maxTokens: ids.Length);
            Assert.Equal(ids, window.Ids);
            at += window.Tokens[^1].End;
        }
    }

    [Fact]
    public void Byte_level_pairs_decode_to_what_was_encoded()
    {
        ByteLevel(["Ġ t", "h e", "Ġt he", "Ġ Ġ", "à ¤", "à¤ ¹", "Ġ Ċ"]);
        var tokenizer = Tokenizer.Load(_folder.Path);
        Prop.ForAll(Texts, text => tokenizer.Decode(tokenizer.Encode(text).Ids) == text).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void Places_of_byte_level_tokens_cover_the_text_in_order()
    {
        ByteLevel(["Ġ t", "h e", "Ġt he", "Ġ Ġ", "Ġ Ċ"]);
        var tokenizer = Tokenizer.Load(_folder.Path);
        Prop.ForAll(Texts, text =>
        {
            var tokens = tokenizer.Tokens(text);
            bool inOrder = tokens.Zip(tokens.Skip(1)).All(p => p.First.Start <= p.Second.Start && p.First.End <= p.Second.End);
            var covered = tokens.SelectMany(t => Enumerable.Range(t.Start, t.End - t.Start)).ToHashSet();
            return inOrder && text.Index().All(c => covered.Contains(c.Index) || c.Item == ' ');
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Fact]
    public void Both_ways_of_merging_agree()
    {
        var random = new Random(1);
        for (int round = 0; round < 300; round++)
        {
            int letters = random.Next(1, 5), id = letters;
            var merges = new Dictionary<(int, int), BytePairs.Merge>();
            for (int i = 0; i < 12; i++) merges.TryAdd((random.Next(id), random.Next(id)), new(random.Next(8), id++));
            var model = new BytePairs(new Dictionary<string, int> { ["a"] = 0 }, merges, null);
            List<Token> scanned = [.. Enumerable.Range(0, random.Next(80)).Select(i => new Token(random.Next(letters), i, i + 1))], queued = [.. scanned];
            model.MergeByScanning(scanned);
            model.MergeByQueue(queued);
            Assert.Equal(scanned, queued);
        }
    }

    [Fact]
    public void Canonical_forms_are_those_of_the_standard()
    {
        // Unicode Standard Annex 15, tables 4 and 5, and figure 5; Hangul after section 3.12 of the core specification.
        AssertForms("\u212B", "A\u030A", "\u00C5");
        AssertForms("\u2126", "\u03A9", "\u03A9");
        AssertForms("\u1E69", "s\u0323\u0307", "\u1E69");
        AssertForms("\u1E0B\u0323", "d\u0323\u0307", "\u1E0D\u0307");
        AssertForms("q\u0307\u0323", "q\u0323\u0307", "q\u0323\u0307");
        AssertForms("\uD4DB", "\u1111\u1171\u11B6", "\uD4DB");
        AssertForms("\u0958", "\u0915\u093C", "\u0915\u093C"); // composition exclusion
        AssertForms("", "", "");
    }

    [Theory]
    [InlineData(2, "a a a", null, "1 2")]
    [InlineData(4, "a a a", null, "1 3 3 2")]
    [InlineData(9, "a a a", null, "1 3 3 3 2")]
    [InlineData(6, "a a a", "b", "1 3 3 2 4 2")]
    [InlineData(6, "a", "b b b", "1 3 2 4 4 2")]
    [InlineData(6, "a a a", "b b b", "1 3 2 4 4 2")]
    public void Texts_are_shortened_to_a_limit(int limit, string text, string? pair, string ids)
    {
        _folder.Write("vocab.txt", "[UNK]\n[CLS]\n[SEP]\na\nb");
        var tokenizer = Tokenizer.Load(_folder.Path);
        Assert.Equal(ids, string.Join(' ', tokenizer.Encode(text, pair, limit).Ids));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Encode("a", maxTokens: 1));
    }

    [Fact]
    public void Lone_surrogates_count_as_the_replacement_character()
    {
        ByteLevel([]);
        var tokenizer = Tokenizer.Load(_folder.Path);
        Assert.Equal("a\uFFFDb", tokenizer.Decode(tokenizer.Encode("a\uD800b").Ids));
    }

    [Theory]
    [InlineData("holds no tokenizer: neither tokenizer.json nor vocab.txt nor vocab.json", "x", "")]
    [InlineData("save the tokenizer as tokenizer.json", "tokenizer.model", "")]
    [InlineData("the vocabulary lacks the token [UNK]", "vocab.txt", "a\nb")]
    [InlineData("byte 0 (0xFF) is not UTF-8", "vocab.txt", "\u00FF")]
    [InlineData("holds no list of pieces; an object of ids by token needs merges.txt beside it", "vocab.json", "{}")]
    [InlineData("[1]: the piece 'a' stands at 0, too", "vocab.json", """["a", "a"]""")]
    [InlineData("[0]: is no piece", "vocab.json", "[1]")]
    [InlineData("lacks the token <unk>", "vocab.json", """["a"]""")]
    [InlineData("model is missing", "tokenizer.json", "{}")]
    [InlineData("type is \"Unigram\"; it must be one of BPE, WordPiece", "tokenizer.json", """{"model": {"type": "Unigram", "vocab": {"a": 0}}}""")]
    [InlineData("vocab is [[\"a\",0]]; it must be", "tokenizer.json", """{"model": {"type": "Unigram", "vocab": [["a",0]]}}""")]
    [InlineData("merge 1 is 'a c'; it must be two tokens", "tokenizer.json", """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a c"]}}""")]
    [InlineData("a is -1; it must be a whole number from 0", "tokenizer.json", """{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}""")]
    [InlineData("unk_token is \"z\"; it must be a token of the vocabulary", "tokenizer.json", """{"model": {"type": "BPE", "unk_token": "z", "vocab": {"a": 1}, "merges": []}}""")]
    [InlineData("end_of_word_suffix is \"</w>\"; it must be absent or empty", "tokenizer.json", """{"model": {"type": "BPE", "end_of_word_suffix": "</w>", "vocab": {"a": 1}, "merges": []}}""")]
    [InlineData("normalizer: type is \"NFKC\"; it must be one of Sequence, BertNormalizer", "tokenizer.json", """{"normalizer": {"type": "NFKC"}, "model": {"type": "BPE", "vocab": {"a": 1}, "merges": []}}""")]
    [InlineData("pretokenizers[0]: type is \"UnicodeScripts\"; it must be one of", "tokenizer.json", """{"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "UnicodeScripts"}]}, "model": {"type": "BPE", "vocab": {"a": 1}, "merges": []}}""")]
    [InlineData("the regular expression '(' cannot be read", "tokenizer.json", """{"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "("}, "behavior": "Isolated"}, "model": {"type": "BPE", "vocab": {"a": 1}, "merges": []}}""")]
    [InlineData("behavior is \"Kept\"; it must be one of Removed, Isolated", "tokenizer.json", """{"pre_tokenizer": {"type": "Punctuation", "behavior": "Kept"}, "model": {"type": "BPE", "vocab": {"a": 1}, "merges": []}}""")]
    [InlineData("decoder: type is \"CTC\"; it must be one of", "tokenizer.json", """{"decoder": {"type": "CTC"}, "model": {"type": "BPE", "vocab": {"a": 1}, "merges": []}}""")]
    public void Files_that_cannot_be_used_are_refused(string message, string file, string content)
    {
        _folder.Write(file, content == "\u00FF" ? [0xFF] : System.Text.Encoding.UTF8.GetBytes(content));
        Assert.Contains(message, Assert.Throws<InputException>(() => Tokenizer.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    /// <summary>Strings of whole characters of every plane, with many spaces.</summary>
    private static Arbitrary<string> Texts => Gen.ArrayOf(Gen.OneOf(Gen.Choose(0x20, 0x7E), Gen.Choose(9, 0x20), Gen.Choose(0, 0xD7FF), Gen.Choose(0xE000, 0x10FFFF)))
        .Select(codes => string.Concat(codes.Select(char.ConvertFromUtf32))).ToArbitrary();

    private static void AssertForms(string text, string decomposed, string composed)
    {
        Assert.Equal(decomposed, Letter.Spell([.. CanonicalForm.Decompose(Letter.Of(text, 0, text.Length))]));
        Assert.Equal(composed, Letter.Spell([.. CanonicalForm.Compose(Letter.Of(text, 0, text.Length))]));
        Assert.Equal(composed, Letter.Spell([.. CanonicalForm.Compose(Letter.Of(decomposed, 0, decomposed.Length))]));
    }

    private static int[][] Stored(string path) => System.Text.Json.JsonSerializer.Deserialize<int[][]>(File.ReadAllBytes(SharedData.Get(path)))!;

    /// <summary>Writes a byte-level vocabulary: single bytes, what merges make (with any id above), and tokens with the ids given.</summary>
    private void ByteLevel(string[] merges, params (string Token, int Id)[] known)
    {
        var ids = known.ToDictionary(k => k.Token, k => k.Id);
        int next = 20_000;
        foreach (string token in PreTokenizers.ByteLetters.Select(c => c.ToString()).Concat(merges.Select(m => m.Replace(" ", "", StringComparison.Ordinal))))
            if (!ids.ContainsKey(token)) ids[token] = next++;
        _folder.Write("vocab.json", System.Text.Json.JsonSerializer.Serialize(ids));
        _folder.Write("merges.txt", "#version: 0.2\n" + string.Join('\n', merges) + "\n");
    }
}
