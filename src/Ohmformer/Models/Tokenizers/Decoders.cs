using System.Globalization;
using System.Text;

namespace Ohmformer.Models.Tokenizers;

/// <summary>One step from tokens back to text: the results of the last step are joined.</summary>
internal delegate IReadOnlyList<string> Decoder(IReadOnlyList<string> tokens);

/// <summary>The steps of decoding that tokenizers name.</summary>
internal static class Decoders
{
    private static readonly Dictionary<char, byte> Bytes = PreTokenizers.ByteLetters.Index().ToDictionary(b => b.Item, b => (byte)b.Index);

    /// <summary>Signs and contractions to which BERT's decoder moves the word before them, and what becomes of each.</summary>
    private static readonly (string From, string To)[] CleanUps =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    /// <summary>Several steps, one after the other.</summary>
    public static Decoder Sequence(IReadOnlyList<Decoder> steps) => tokens => steps.Aggregate(tokens, (t, step) => step(t));

    /// <summary>Tokens with spaces between them.</summary>
    public static IReadOnlyList<string> Spaced(IReadOnlyList<string> tokens) => [string.Join(' ', tokens)];

    /// <summary>All tokens as one.</summary>
    public static IReadOnlyList<string> Fuse(IReadOnlyList<string> tokens) => [string.Concat(tokens)];

    /// <summary>Letters that stand for bytes become UTF-8 text; other tokens stand for themselves.</summary>
    public static IReadOnlyList<string> ByteLevel(IReadOnlyList<string> tokens)
    {
        var bytes = new List<byte>();
        foreach (string token in tokens) bytes.AddRange(token.All(Bytes.ContainsKey) ? token.Select(c => Bytes[c]) : Encoding.UTF8.GetBytes(token));
        return [Encoding.UTF8.GetString([.. bytes])];
    }

    /// <summary>Words that continue are appended, others follow a space.</summary>
    /// <param name="prefix">What words that continue begin with.</param>
    /// <param name="cleanUp">Whether signs move to the word before them.</param>
    public static Decoder WordPiece(string prefix, bool cleanUp) => tokens =>
    [
        .. tokens.Select((token, i) =>
        {
            string text = i == 0 ? token : token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
            return cleanUp ? CleanUps.Aggregate(text, (t, c) => t.Replace(c.From, c.To, StringComparison.Ordinal)) : text;
        }),
    ];

    /// <summary>Word marks become spaces; those of the first token vanish where one was put before the text.</summary>
    public static Decoder Metaspace(char mark, bool prepended) => tokens =>
    [
        .. tokens.Select((token, i) => i == 0 && prepended ? token.Replace(mark.ToString(), "", StringComparison.Ordinal) : token.Replace(mark, ' ')),
    ];

    /// <summary>Replaces a text in every token.</summary>
    public static Decoder Replace(string from, string to) => tokens => [.. tokens.Select(t => t.Replace(from, to, StringComparison.Ordinal))];

    /// <summary>Removes up to so many of a character at the ends of every token.</summary>
    public static Decoder Strip(char removed, int left, int right) => tokens =>
    [
        .. tokens.Select(token =>
        {
            int from = 0, to = token.Length;
            while (from < Math.Min(left, to) && token[from] == removed) from++;
            while (token.Length - to < right && to > from && token[to - 1] == removed) to--;
            return token[from..to];
        }),
    ];

    /// <summary>Runs of tokens &lt;0x00&gt; to &lt;0xFF&gt; become UTF-8 text; each byte of a run that is none becomes U+FFFD.</summary>
    public static IReadOnlyList<string> ByteFallback(IReadOnlyList<string> tokens)
    {
        var result = new List<string>();
        var bytes = new List<byte>();
        foreach (string token in tokens)
        {
            if (token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
                && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
            {
                bytes.Add(value);
                continue;
            }
            Flush();
            result.Add(token);
        }
        Flush();
        return result;

        void Flush()
        {
            byte[] run = [.. bytes];
            bytes.Clear();
            if (run.Length > 0) result.Add(System.Text.Unicode.Utf8.IsValid(run) ? Encoding.UTF8.GetString(run) : new string('\uFFFD', run.Length));
        }
    }
}
