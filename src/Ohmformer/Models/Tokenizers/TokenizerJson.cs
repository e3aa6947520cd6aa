using System.Text;
using System.Text.Json;
using Ohmformer.Files;

namespace Ohmformer.Models.Tokenizers;

/// <summary>
/// Reads tokenizer.json, the format of Hugging Face's tokenizers library. What occurs in BERT, GPT-2, RoBERTa and Llama checkpoints is
/// supported; anything else is an error that names it. Truncation and padding of the file are not applied.
/// </summary>
internal sealed class TokenizerJson
{
    private readonly string _path;
    private readonly JsonFile _file;

    private TokenizerJson(string path) => (_path, _file) = (path, JsonFile.Load(path));

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">It cannot be read, or needs what is not supported.</exception>
    public static TokenizerParts Load(string path) => new TokenizerJson(path).Parts();

    private TokenizerParts Parts()
    {
        var model = _file.Object("model") ?? throw new InputException($"{_path}: model is missing");
        var ids = VocabularyFiles.Ids(_path, model.Object("vocab") ?? throw model.Wrong("vocab", "an object of ids by token (a list of pieces is that of an Unigram model, which is not supported)"));
        var parts = new TokenizerParts
        {
            Ids = ids,
            Model = Model(model, ids),
            Added = [.. (_file.Objects("added_tokens") ?? []).Select(Added)],
            Normalizer = _file.Object("normalizer") is { } normalizer ? Normalizer(normalizer) : text => text,
            PreTokenizer = _file.Object("pre_tokenizer") is { } splitter ? PreTokenizer(splitter) : text => [text],
            Decoder = _file.Object("decoder") is { } decoder ? Decoder(decoder) : Decoders.Spaced,
        };
        return _file.Object("post_processor") is { } processor ? Surrounded(parts, processor) : parts;
    }

    private static AddedToken Added(JsonFile token) => new(
        token.Int("id", 0, int.MaxValue - 1), token.Text("content") is { Length: > 0 } content ? content : throw token.Wrong("content", "a text that is not empty"))
    {
        Special = token.Flag("special", false),
        Normalized = token.Flag("normalized", false),
        SingleWord = token.Flag("single_word", false),
        TakesSpaceBefore = token.Flag("lstrip", false),
        TakesSpaceAfter = token.Flag("rstrip", false),
    };

    private IVocabularyModel Model(JsonFile model, Dictionary<string, int> ids)
    {
        int? unknown = model.Text("unk_token") is not { } token ? null : ids.TryGetValue(token, out int id) ? id : throw model.Wrong("unk_token", "a token of the vocabulary");
        bool pairs = model.Root.TryGetProperty("merges", out _);
        switch (model.Text("type") ?? (pairs ? "BPE" : "WordPiece"))
        {
            case "WordPiece":
                return new WordPiece(
                    ids, unknown ?? throw model.Wrong("unk_token", "a token of the vocabulary"), model.Text("continuing_subword_prefix") ?? "##", model.Int("max_input_chars_per_word", 1, 1 << 20, 100));
            case "BPE":
                foreach (string key in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
                    if (!string.IsNullOrEmpty(model.Text(key))) throw model.Wrong(key, "absent or empty; it is not supported");
                if (model.Number("dropout", 0) != 0) throw model.Wrong("dropout", "absent or 0; encoding is not random here");
                return new BytePairs(
                    ids, VocabularyFiles.Merges(_path, ids, Merges(model)), unknown, model.Flag("byte_fallback", false), model.Flag("fuse_unk", false), model.Flag("ignore_merges", false));
            default:
                throw model.Unknown("type", ["BPE", "WordPiece"]);
        }
    }

    /// <summary>Merges are texts "left right" or, in later files, lists of two.</summary>
    private static IEnumerable<string> Merges(JsonFile model)
    {
        if (!model.Root.TryGetProperty("merges", out var merges) || merges.ValueKind != JsonValueKind.Array) throw model.Wrong("merges", "a list");
        return merges.EnumerateArray().Select(merge => merge.ValueKind == JsonValueKind.String
            ? merge.GetString()!
            : merge.ValueKind == JsonValueKind.Array ? string.Join(' ', merge.EnumerateArray().Select(part => part.ToString())) : merge.GetRawText());
    }

    private Normalizer Normalizer(JsonFile step)
    {
        switch (step.Text("type"))
        {
            case "Sequence": return Normalizers.Sequence([.. Steps(step, "normalizers").Select(Normalizer)]);
            case "BertNormalizer":
                bool lower = step.Flag("lowercase", true);
                return Normalizers.Bert(step.Flag("clean_text", true), step.Flag("handle_chinese_chars", true), step.Flag("strip_accents", lower), lower);
            case "Lowercase": return Normalizers.Lowercase;
            case "StripAccents": return Normalizers.StripMarks;
            case "NFD": return CanonicalForm.Decompose;
            case "NFC": return CanonicalForm.Compose;
            case "Prepend": return Normalizers.Prepend(step.Text("prepend") ?? "");
            case "Replace": return Normalizers.Replace(Pattern(step), step.Text("content") ?? "");
            case "Strip": return Normalizers.Strip(step.Flag("strip_left", true), step.Flag("strip_right", true));
            default: throw step.Unknown("type", ["Sequence", "BertNormalizer", "Lowercase", "StripAccents", "NFD", "NFC", "Prepend", "Replace", "Strip"]);
        }
    }

    private PreTokenizer PreTokenizer(JsonFile step)
    {
        switch (step.Text("type"))
        {
            case "Sequence": return PreTokenizers.Sequence([.. Steps(step, "pretokenizers").Select(PreTokenizer)]);
            case "BertPreTokenizer": return PreTokenizers.Bert;
            case "ByteLevel": return PreTokenizers.ByteLevel(step.Flag("add_prefix_space", true), step.Flag("use_regex", true));
            case "Metaspace": return PreTokenizers.Metaspace(new Rune(Mark(step)), Scheme(step), step.Flag("split", true));
            case "Whitespace": return PreTokenizers.Whitespace.Value;
            case "WhitespaceSplit": return PreTokenizers.WhitespaceSplit;
            case "Punctuation": return PreTokenizers.Punctuation(Behavior(step));
            case "Digits": return PreTokenizers.Digits(step.Flag("individual_digits", false));
            case "Split": return PreTokenizers.Split(Pattern(step), Behavior(step), step.Flag("invert", false));
            default: throw step.Unknown("type", ["Sequence", "BertPreTokenizer", "ByteLevel", "Metaspace", "Whitespace", "WhitespaceSplit", "Punctuation", "Digits", "Split"]);
        }
    }

    private TokenizerParts Surrounded(TokenizerParts parts, JsonFile step)
    {
        switch (step.Text("type"))
        {
            case "Sequence": return Steps(step, "processors").Aggregate(parts, Surrounded);
            case "ByteLevel": return parts with { TrimPlaces = step.Flag("trim_offsets", true) };
            case "TemplateProcessing": return parts with { Single = Template(step, "single"), Pair = Template(step, "pair") };
            case "RobertaProcessing":
                var roberta = VocabularyFiles.Roberta(NamedId(step, "cls"), NamedId(step, "sep"));
                return parts with { Single = roberta[..3], Pair = roberta, TrimPlaces = step.Flag("trim_offsets", true) };
            case "BertProcessing":
                TemplateSlot start = TemplateSlot.Token(NamedId(step, "cls"), 0), end = TemplateSlot.Token(NamedId(step, "sep"), 0);
                TemplateSlot[] first = [start, TemplateSlot.Text(TokenOrigin.First, 0), end];
                return parts with { Single = first, Pair = [.. first, TemplateSlot.Text(TokenOrigin.Second, 1), end with { Type = 1 }] };
            default: throw step.Unknown("type", ["Sequence", "ByteLevel", "TemplateProcessing", "RobertaProcessing", "BertProcessing"]);
        }
    }

    private static Decoder Decoder(JsonFile step)
    {
        switch (step.Text("type"))
        {
            case "Sequence": return Decoders.Sequence([.. Steps(step, "decoders").Select(Decoder)]);
            case "ByteLevel": return Decoders.ByteLevel;
            case "WordPiece": return Decoders.WordPiece(step.Text("prefix") ?? "##", step.Flag("cleanup", true));
            case "Metaspace": return Decoders.Metaspace(Mark(step), Scheme(step) != PrependScheme.Never);
            case "ByteFallback": return Decoders.ByteFallback;
            case "Fuse": return Decoders.Fuse;
            case "Replace" when step.Object("pattern")?.Text("String") is { Length: > 0 } from: return Decoders.Replace(from, step.Text("content") ?? "");
            case "Replace": throw step.Wrong("pattern", "{\"String\": ...}; decoders with regular expressions are not supported");
            case "Strip": return Decoders.Strip(Character(step, "content", ' '), step.Int("start", 0, 1 << 20, 0), step.Int("stop", 0, 1 << 20, 0));
            default: throw step.Unknown("type", ["Sequence", "ByteLevel", "WordPiece", "Metaspace", "ByteFallback", "Fuse", "Replace", "Strip"]);
        }
    }

    private static TemplateSlot[] Template(JsonFile step, string key)
    {
        var special = step.Object("special_tokens");
        var slots = new List<TemplateSlot>();
        foreach (var item in step.Objects(key) ?? throw step.Wrong(key, "a list"))
        {
            if (item.Object("Sequence") is { } text)
            {
                var origin = text.Text("id") switch { "A" => TokenOrigin.First, "B" => TokenOrigin.Second, _ => throw text.Unknown("id", ["A", "B"]) };
                slots.Add(TemplateSlot.Text(origin, text.Int("type_id", 0, 1, 0)));
                continue;
            }
            var token = item.Object("SpecialToken") ?? throw item.Wrong("Sequence", "an object, unless SpecialToken is one");
            string name = token.Text("id") ?? throw token.Wrong("id", "a text");
            var listed = special?.Object(name)?.Root is { } entry && entry.TryGetProperty("ids", out var ids) && ids.ValueKind == JsonValueKind.Array ? ids : throw token.Wrong("id", "one of special_tokens, with its ids");
            foreach (var id in listed.EnumerateArray())
                slots.Add(TemplateSlot.Token(id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out int value) && value >= 0 ? value : throw token.Wrong("id", "a token with whole ids"), token.Int("type_id", 0, 1, 0)));
        }
        return [.. slots];
    }

    private LetterPattern Pattern(JsonFile step)
    {
        var pattern = step.Object("pattern");
        if (pattern?.Text("Regex") is { } expression) return LetterPattern.Expression(_path, expression);
        return pattern?.Text("String") is { Length: > 0 } text ? LetterPattern.Text(text) : throw step.Wrong("pattern", "{\"String\": ...} or {\"Regex\": ...}");
    }

    private static IReadOnlyList<JsonFile> Steps(JsonFile step, string key) => step.Objects(key) ?? throw step.Wrong(key, "a list");

    private static char Mark(JsonFile step) => Character(step, "replacement", '\u2581');

    private static char Character(JsonFile step, string key, char whenAbsent) =>
        step.Text(key) is not { } text ? whenAbsent : text.Length == 1 && !char.IsSurrogate(text[0]) ? text[0] : throw step.Wrong(key, "one character");

    /// <summary>Later files say when the mark is put before a text, earlier ones only whether.</summary>
    private static PrependScheme Scheme(JsonFile step) => step.Text("prepend_scheme") switch
    {
        null => step.Flag("add_prefix_space", true) ? PrependScheme.Always : PrependScheme.Never,
        "always" => PrependScheme.Always,
        "first" => PrependScheme.First,
        "never" => PrependScheme.Never,
        _ => throw step.Unknown("prepend_scheme", ["always", "first", "never"]),
    };

    private static SplitBehavior Behavior(JsonFile step) =>
        Enum.TryParse<SplitBehavior>(step.Text("behavior") ?? nameof(SplitBehavior.Isolated), out var behavior) ? behavior : throw step.Unknown("behavior", Enum.GetNames<SplitBehavior>());

    /// <summary>The id of a token that is given as a list of its text and id.</summary>
    private static int NamedId(JsonFile step, string key) =>
        step.Root.TryGetProperty(key, out var pair) && pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2 && pair[1].ValueKind == JsonValueKind.Number && pair[1].TryGetInt32(out int id) && id >= 0
            ? id
            : throw step.Wrong(key, "a list of a token and its id");
}
