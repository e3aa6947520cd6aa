using Ohmformer.Files;

namespace Ohmformer.Models.Tokenizers;

/// <summary>
/// Turns text into the ids of a model's vocabulary and back, as the tokenizer files beside the model say. Any number of threads may
/// use one at a time.
/// </summary>
public sealed class Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly AddedTokens _raw, _normalized;
    private readonly Dictionary<int, string> _tokens;
    private readonly Dictionary<string, int> _added;
    private readonly HashSet<int> _special;

    internal Tokenizer(TokenizerParts parts, SpecialTokens special)
    {
        (_parts, Special) = (parts, special);
        _raw = new(parts.Added.Where(t => !t.Normalized), text => text);
        _normalized = new(parts.Added.Where(t => t.Normalized), parts.Normalizer);
        _tokens = parts.Ids.DistinctBy(t => t.Value).ToDictionary(t => t.Value, t => t.Key);
        _added = parts.Added.DistinctBy(t => t.Content).ToDictionary(t => t.Content, t => t.Id);
        foreach (var token in parts.Added) _tokens[token.Id] = token.Content;
        _special = [.. parts.Added.Where(t => t.Special).Select(t => t.Id)];
        VocabularySize = _tokens.Keys.Max() + 1;
    }

    /// <summary>The largest id plus 1.</summary>
    public int VocabularySize { get; }

    /// <summary>The tokens that control the model.</summary>
    public SpecialTokens Special { get; }

    /// <summary>
    /// Reads the tokenizer of a checkpoint: tokenizer.json (byte-pair encoding or WordPiece), else vocab.txt (BERT's WordPiece), else
    /// vocab.json with merges.txt (byte-level byte pairs of GPT-2 and RoBERTa), else vocab.json with a list of characters or of pieces
    /// with scores (SentencePiece).
    /// </summary>
    /// <param name="directory">The directory of the checkpoint.</param>
    /// <exception cref="InputException">There is no such file, or it cannot be used; the message names what is not supported.</exception>
    public static Tokenizer Load(string directory)
    {
        string In(string name) => Path.Combine(directory, name);
        if (!Directory.Exists(directory)) throw new InputException($"{directory}: no such directory; name one with the files of a tokenizer");
        var settings = TokenizerSettings.Load(directory);
        var parts = File.Exists(In("tokenizer.json")) ? TokenizerJson.Load(In("tokenizer.json"))
            : File.Exists(In(VocabularyFiles.WordsFile)) ? VocabularyFiles.Words(In(VocabularyFiles.WordsFile), settings)
            : !File.Exists(In(VocabularyFiles.IdsFile)) ? throw Nothing(directory)
            : File.Exists(In(VocabularyFiles.MergesFile)) ? VocabularyFiles.ByteLevel(In(VocabularyFiles.IdsFile), In(VocabularyFiles.MergesFile), settings)
            : VocabularyFiles.Pieces(In(VocabularyFiles.IdsFile));
        return new(parts, settings.Special(parts));
    }

    /// <summary>The tokens of a text or of a pair, with those that the model expects around them.</summary>
    /// <param name="text">The text; half of a surrogate pair counts as U+FFFD. A special token that is written in it counts as that token.</param>
    /// <param name="pair">The second text; null for one text.</param>
    /// <param name="maxTokens">
    /// Most tokens of the result: ends of the texts are left out, first of the longer one; null for no limit.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The limit leaves no room for the tokens around the text.</exception>
    public TokenizedText Encode(string text, string? pair = null, int? maxTokens = null)
    {
        var template = pair is null ? _parts.Single : _parts.Pair;
        List<Token> first = Tokens(text), second = pair is null ? [] : Tokens(pair);
        if (maxTokens is { } limit)
        {
            limit -= template.Count(slot => slot.Origin == TokenOrigin.Added);
            ArgumentOutOfRangeException.ThrowIfNegative(limit, nameof(maxTokens));
            Shorten(first, second, limit);
        }
        var result = new List<Token>(first.Count + second.Count + template.Count);
        foreach (var slot in template)
        {
            if (slot.Origin == TokenOrigin.Added) result.Add(new(slot.Id, 0, 0, TokenOrigin.Added, slot.Type));
            else result.AddRange((slot.Origin == TokenOrigin.First ? first : second).Select(t => t with { Origin = slot.Origin, Type = slot.Type }));
        }
        return new(result);
    }

    /// <summary>The tokens of a text alone, with nothing around them.</summary>
    /// <param name="text">The text; half of a surrogate pair counts as U+FFFD.</param>
    public List<Token> Tokens(string text)
    {
        var tokens = new List<Token>();
        foreach (var (token, letters) in _raw.Split(Letter.Of(text, 0, text.Length)))
        {
            if (token is not null) Add(token, letters, tokens);
            else AddNormalized(letters, tokens);
        }
        if (_parts.TrimPlaces) Trim(text, tokens);
        return tokens;
    }

    /// <summary>The text that ids stand for.</summary>
    /// <param name="ids">Ids; those outside the vocabulary are left out.</param>
    /// <param name="keepSpecial">Whether tokens that control the model are part of the text.</param>
    public string Decode(IEnumerable<int> ids, bool keepSpecial = false) => string.Concat(_parts.Decoder(
        [.. ids.Where(id => _tokens.ContainsKey(id) && (keepSpecial || !_special.Contains(id))).Select(id => _tokens[id])]));

    /// <summary>The token of an id as the vocabulary spells it, or null.</summary>
    public string? TokenOf(int id) => _tokens.GetValueOrDefault(id);

    /// <summary>The id of a token as the vocabulary spells it, or null.</summary>
    public int? IdOf(string token) => _added.TryGetValue(token, out int id) || _parts.Ids.TryGetValue(token, out id) ? id : null;

    private void AddNormalized(List<Letter> letters, List<Token> tokens)
    {
        foreach (var (token, part) in _normalized.Split(_parts.Normalizer(letters)))
        {
            if (token is not null)
            {
                Add(token, part, tokens);
                continue;
            }
            foreach (var piece in _parts.PreTokenizer([.. part]))
                if (piece.Length > 0) _parts.Model.Encode(piece, tokens);
        }
    }

    private static void Add(AddedToken token, List<Letter> letters, List<Token> tokens) => tokens.Add(new(token.Id, letters[0].Start, letters[^1].End));

    private static void Trim(string text, List<Token> tokens)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            int start = tokens[i].Start, end = tokens[i].End;
            while (start < end && text[start] == ' ') start++;
            while (end > start && text[end - 1] == ' ') end--;
            tokens[i] = tokens[i] with { Start = start, End = end };
        }
    }

    /// <summary>Leaves so many tokens: the shorter text keeps what it has as long as the longer one is not shorter then.</summary>
    private static void Shorten(List<Token> first, List<Token> second, int limit)
    {
        if (first.Count + second.Count <= limit) return;
        var (shorter, longer) = first.Count > second.Count ? (second, first) : (first, second);
        int keep = Math.Min(shorter.Count, limit / 2), rest = limit - keep;
        shorter.RemoveRange(keep, shorter.Count - keep);
        longer.RemoveRange(rest, longer.Count - rest);
    }

    private static InputException Nothing(string directory) => new(
        $"{directory}: holds no tokenizer: neither tokenizer.json nor vocab.txt nor vocab.json{(File.Exists(Path.Combine(directory, "tokenizer.model"))
            ? "; tokenizer.model is not read, save the tokenizer as tokenizer.json" : "")}");
}
