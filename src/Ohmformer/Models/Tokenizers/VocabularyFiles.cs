using System.Globalization;
using System.Text.Json;
using Ohmformer.Files;

namespace Ohmformer.Models.Tokenizers;

/// <summary>Reads the vocabularies of before tokenizer.json: vocab.txt, vocab.json with merges.txt, and lists of pieces.</summary>
internal static class VocabularyFiles
{
    /// <summary>Names of the files.</summary>
    public const string WordsFile = "vocab.txt", IdsFile = "vocab.json", MergesFile = "merges.txt";

    private const int MaxBytes = 64 << 20, MaxId = 1 << 24;
    private const char WordMark = '\u2581';

    /// <summary>BERT's vocabulary: one word on each line, its number being its id.</summary>
    /// <exception cref="InputException">The file cannot be used.</exception>
    public static TokenizerParts Words(string path, TokenizerSettings settings) => Words(path, Lines(path), settings);

    /// <summary>The same from words in the order of their ids.</summary>
    /// <exception cref="InputException">A special token is missing.</exception>
    public static TokenizerParts Words(string path, IReadOnlyList<string> words, TokenizerSettings settings)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (id, word) in words.Index()) ids[word] = id; // Where a word stands twice, the last line counts.
        int unknown = Required(path, ids, "[UNK]");
        TemplateSlot start = TemplateSlot.Token(Required(path, ids, "[CLS]"), 0), end = TemplateSlot.Token(Required(path, ids, "[SEP]"), 0);
        TemplateSlot[] single = [start, TemplateSlot.Text(TokenOrigin.First, 0), end];
        bool lower = settings.Flag("do_lower_case", true);
        return new()
        {
            Ids = ids,
            Model = new WordPiece(ids, unknown),
            Added = [.. Special(ids, "[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]")],
            Normalizer = Normalizers.Bert(clean: true, settings.Flag("tokenize_chinese_chars", true), settings.Flag("strip_accents", lower), lower),
            PreTokenizer = PreTokenizers.Bert,
            Single = single,
            Pair = [.. single, TemplateSlot.Text(TokenOrigin.Second, 1), end with { Type = 1 }],
            Decoder = Decoders.WordPiece("##", cleanUp: true),
        };
    }

    /// <summary>The byte-level byte pairs of GPT-2 and RoBERTa: an object of ids by token, and one merge on each line.</summary>
    /// <exception cref="InputException">A file cannot be used.</exception>
    public static TokenizerParts ByteLevel(string vocabulary, string merges, TokenizerSettings settings)
    {
        var ids = Ids(vocabulary, JsonFile.Load(vocabulary));
        return ByteLevel(vocabulary, ids, Merges(merges, ids, Lines(merges)), settings);
    }

    /// <summary>The same from ids and merges.</summary>
    /// <exception cref="InputException">RoBERTa's special tokens are missing.</exception>
    public static TokenizerParts ByteLevel(string path, Dictionary<string, int> ids, Dictionary<(int Left, int Right), BytePairs.Merge> merges, TokenizerSettings settings)
    {
        var parts = new TokenizerParts
        {
            Ids = ids,
            Model = new BytePairs(ids, merges, unknown: null),
            Added = [.. Special(ids, "<|endoftext|>")],
            PreTokenizer = PreTokenizers.ByteLevel(settings.Flag("add_prefix_space", false), useExpression: true),
            TrimPlaces = true,
            Decoder = Decoders.ByteLevel,
        };
        if (!settings.IsRoberta && (ids.ContainsKey("<|endoftext|>") || !ids.ContainsKey("<s>") || !ids.ContainsKey("</s>"))) return parts;
        int start = Required(path, ids, "<s>"), end = Required(path, ids, "</s>");
        return parts with
        {
            Added = [.. Special(ids, "<s>", "</s>", "<unk>", "<pad>", "<mask>").Select(t => t with { TakesSpaceBefore = t.Content == "<mask>" })],
            Single = Roberta(start, end)[..3],
            Pair = Roberta(start, end),
        };
    }

    /// <summary>What RoBERTa puts around texts; the first three slots are those of one text.</summary>
    public static TemplateSlot[] Roberta(int start, int end) =>
    [
        TemplateSlot.Token(start, 0), TemplateSlot.Text(TokenOrigin.First, 0), TemplateSlot.Token(end, 0),
        TemplateSlot.Token(end, 0), TemplateSlot.Text(TokenOrigin.Second, 0), TemplateSlot.Token(end, 0),
    ];

    /// <summary>
    /// A list of pieces: characters, or pieces with the scores by which they are merged. A word mark begins the text and stands for spaces.
    /// Single characters know no line breaks: white space with one in it is a space.
    /// </summary>
    /// <exception cref="InputException">The file cannot be used.</exception>
    public static TokenizerParts Pieces(string path)
    {
        var list = JsonFile.LoadValue(path);
        if (list.ValueKind != JsonValueKind.Array)
            throw new InputException($"{path}: holds no list of pieces; an object of ids by token needs merges.txt beside it");
        bool scored = list.GetArrayLength() > 0 && list[0].ValueKind == JsonValueKind.Object;
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var scores = new List<double>();
        foreach (var (id, item) in list.EnumerateArray().Index())
        {
            string place = $"{path}: [{id}]";
            var entry = scored ? JsonFile.Of(place, item) : null;
            string? piece = entry is not null ? entry.Text("piece") : item.ValueKind == JsonValueKind.String ? item.GetString() : null;
            if (string.IsNullOrEmpty(piece)) throw new InputException($"{place}: is no piece; pieces are texts, or objects with piece and score");
            if (!ids.TryAdd(piece, id)) throw new InputException($"{place}: the piece '{piece}' stands at {ids[piece]}, too");
            scores.Add(entry?.Number("score") ?? 0);
        }
        return Pieces(path, ids, scored ? scores : null);
    }

    /// <summary>Ids by token, from an object.</summary>
    /// <exception cref="InputException">It is empty, or an id is no whole number from 0 to 2^24 - 1.</exception>
    public static Dictionary<string, int> Ids(string path, JsonFile vocabulary)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var token in vocabulary.Root.EnumerateObject())
            ids.Add(token.Name, token.Value.ValueKind == JsonValueKind.Number && token.Value.TryGetInt32(out int id) && id is >= 0 and < MaxId
                ? id
                : throw vocabulary.Wrong(token.Name, $"a whole number from 0 to {MaxId - 1}"));
        return ids.Count > 0 ? ids : throw new InputException($"{path}: the vocabulary is empty");
    }

    /// <summary>The merges of lines "left right", in order; lines that begin with "#version" are comments.</summary>
    /// <exception cref="InputException">A line is no pair of tokens whose merge is a token.</exception>
    public static Dictionary<(int Left, int Right), BytePairs.Merge> Merges(string path, IReadOnlyDictionary<string, int> ids, IEnumerable<string> lines)
    {
        var merges = new Dictionary<(int, int), BytePairs.Merge>();
        foreach (var (index, line) in lines.Index())
        {
            if (line.Length == 0 || line.StartsWith("#version", StringComparison.Ordinal)) continue;
            string[] pair = line.Split(' ');
            if (pair.Length != 2 || !ids.TryGetValue(pair[0], out int left) || !ids.TryGetValue(pair[1], out int right) || !ids.TryGetValue(pair[0] + pair[1], out int merged))
                throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{path}: merge {index + 1} is '{line}'; it must be two tokens of the vocabulary, with a space between them, that make a third"));
            merges.TryAdd((left, right), new(index, merged));
        }
        return merges;
    }

    private static TokenizerParts Pieces(string path, Dictionary<string, int> ids, List<double>? scores)
    {
        int unknown = Required(path, ids, "<unk>");
        int? start = ids.TryGetValue("<s>", out int id) || ids.TryGetValue("\n<s>\n", out id) ? id : null;
        string mark = ids.Keys.Any(p => p.Contains(WordMark, StringComparison.Ordinal)) ? WordMark.ToString() : " ";
        TemplateSlot[] before = start is { } added ? [TemplateSlot.Token(added, 0)] : [];
        Normalizer marked = Normalizers.Sequence([Normalizers.Replace(LetterPattern.Text(" "), mark), Normalizers.Prepend(mark)]);
        return new()
        {
            Ids = ids,
            Model = new BytePairs(ids, scores is null ? [] : BytePairs.MergesByScore(ids, scores), unknown, byteFallback: true),
            Added = [.. Special(ids, "<unk>", "<s>", "</s>", "\n<s>\n", "\n</s>\n")],
            Normalizer = scores is not null ? marked : Normalizers.Sequence([Normalizers.Replace(LetterPattern.Expression(path, @"\s*[\r\n]\s*"), " "), marked]),
            Single = [.. before, TemplateSlot.Text(TokenOrigin.First, 0)],
            Pair = [.. before, TemplateSlot.Text(TokenOrigin.First, 0), TemplateSlot.Text(TokenOrigin.Second, 0)],
            Decoder = Decoders.Sequence([Decoders.Replace(mark, " "), Decoders.ByteFallback, Decoders.Fuse, Decoders.Strip(' ', 1, 0)]),
        };
    }

    private static IEnumerable<AddedToken> Special(Dictionary<string, int> ids, params string[] names) =>
        names.Where(ids.ContainsKey).Select(name => new AddedToken(ids[name], name) { Special = true });

    private static int Required(string path, Dictionary<string, int> ids, string token) =>
        ids.TryGetValue(token, out int id) ? id : throw new InputException($"{path}: the vocabulary lacks the token {token}");

    private static string[] Lines(string path)
    {
        string[] lines = Utf8Text.Decode(path, InputFile.ReadAllBytes(path, MaxBytes)).Split('\n');
        string[] words = [.. lines.Select(line => line.TrimEnd('\r'))];
        return words[^1].Length == 0 ? words[..^1] : words;
    }
}
