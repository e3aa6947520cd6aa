using System.Globalization;
using System.Text;

namespace Ohmformer.Models.Tokenizers;

/// <summary>Splits a normalized text into the pieces within which a vocabulary is applied.</summary>
internal delegate IEnumerable<Letter[]> PreTokenizer(Letter[] text);

/// <summary>What happens to the matches of a pattern that splits.</summary>
internal enum SplitBehavior
{
    /// <summary>They vanish.</summary>
    Removed,

    /// <summary>Each is a piece of its own.</summary>
    Isolated,

    /// <summary>Each ends the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>Each begins the piece after it.</summary>
    MergedWithNext,

    /// <summary>Neighboring matches are one piece.</summary>
    Contiguous,
}

/// <summary>When a word mark is put before a text that does not begin with one.</summary>
internal enum PrependScheme
{
    /// <summary>Before every text.</summary>
    Always,

    /// <summary>Only at the start of the original text.</summary>
    First,

    /// <summary>Never.</summary>
    Never,
}

/// <summary>The ways of splitting that tokenizers name.</summary>
internal static class PreTokenizers
{
    private static readonly Rune Space = new(' ');

    /// <summary>
    /// The expression of GPT-2 (Radford et al., 2019, encoder.py): contractions, and words, numbers and signs each with the space
    /// before them.
    /// </summary>
    private static readonly Lazy<LetterPattern> Gpt2 = new(() => LetterPattern.Expression(
        "GPT-2", @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"));

    /// <summary>Words of letters, marks, digits and underscores; other signs in runs.</summary>
    public static readonly Lazy<PreTokenizer> Whitespace = new(() => Split(
        LetterPattern.Expression("Whitespace", $@"[{WordLetters}]+|[^{WordLetters}\s]+"), SplitBehavior.Removed, invert: true));

    /// <summary>The class of Unicode Technical Standard 18, annex C: alphabetic, marks, digits, connectors and joiners.</summary>
    private const string WordLetters = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u24B6-\u24E9\u200C\u200D";

    /// <summary>The characters that stand for the bytes 0 to 255 in byte-level vocabularies: printable ones for themselves, others from U+0100 on.</summary>
    public static IReadOnlyList<char> ByteLetters { get; } = MakeByteLetters();

    /// <summary>Several ways, one after the other.</summary>
    public static PreTokenizer Sequence(IReadOnlyList<PreTokenizer> steps) =>
        text => steps.Aggregate<PreTokenizer, IEnumerable<Letter[]>>([text], (pieces, step) => pieces.SelectMany(piece => step(piece)));

    /// <summary>White space separates and vanishes; each punctuation sign is a piece.</summary>
    public static IEnumerable<Letter[]> Bert(Letter[] text) => WhitespaceSplit(text).SelectMany(word => Punctuation(SplitBehavior.Isolated)(word));

    /// <summary>White space separates and vanishes.</summary>
    public static IEnumerable<Letter[]> WhitespaceSplit(Letter[] text) => Split(text, Each(text, Rune.IsWhiteSpace), SplitBehavior.Removed);

    /// <summary>Splits at punctuation signs.</summary>
    public static PreTokenizer Punctuation(SplitBehavior behavior) => text => Split(text, Each(text, IsPunctuation), behavior);

    /// <summary>Splits numbers from the rest, or every digit.</summary>
    public static PreTokenizer Digits(bool individual) =>
        text => Split(text, Each(text, IsNumber), individual ? SplitBehavior.Isolated : SplitBehavior.Contiguous);

    /// <summary>Splits at matches of a pattern, or (inverted) at what lies between them.</summary>
    public static PreTokenizer Split(LetterPattern pattern, SplitBehavior behavior, bool invert) => text => Split(text, pattern.Matches(text), behavior, invert);

    /// <summary>Bytes of UTF-8 shown as <see cref="ByteLetters"/>, after splitting by GPT-2's expression where that is asked for.</summary>
    public static PreTokenizer ByteLevel(bool addPrefixSpace, bool useExpression) => text =>
    {
        if (addPrefixSpace && text.Length > 0 && text[0].Rune != Space) text = [text[0].With(Space), .. text];
        return (useExpression ? Split(text, Gpt2.Value.Matches(text), SplitBehavior.Isolated) : [text]).Select(Bytes);
    };

    /// <summary>Spaces become a mark that begins words (SentencePiece; Kudo and Richardson, EMNLP 2018).</summary>
    public static PreTokenizer Metaspace(Rune mark, PrependScheme scheme, bool split) => text =>
    {
        var marked = Array.ConvertAll(text, l => l.Rune == Space ? l.With(mark) : l);
        bool atStart = marked.Length > 0 && marked[0].Start == 0;
        if (marked.Length > 0 && marked[0].Rune != mark && (scheme == PrependScheme.Always || (scheme == PrependScheme.First && atStart)))
            marked = [marked[0].With(mark), .. marked];
        return split ? Split(marked, Each(marked, rune => rune == mark), SplitBehavior.MergedWithNext) : [marked];
    };

    /// <summary>ASCII signs and Unicode's punctuation.</summary>
    private static bool IsPunctuation(Rune rune) => rune.IsAscii
        ? rune.Value is (>= 33 and <= 47) or (>= 58 and <= 64) or (>= 91 and <= 96) or (>= 123 and <= 126)
        : Rune.IsPunctuation(rune);

    private static bool IsNumber(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    private static Letter[] Bytes(Letter[] text)
    {
        var result = new List<Letter>(text.Length + 8);
        Span<byte> bytes = stackalloc byte[4];
        foreach (var letter in text)
        {
            int count = letter.Rune.EncodeToUtf8(bytes);
            for (int i = 0; i < count; i++) result.Add(letter.With(new Rune(ByteLetters[bytes[i]])));
        }
        return [.. result];
    }

    private static IEnumerable<(int From, int Length)> Each(Letter[] text, Func<Rune, bool> wanted)
    {
        for (int i = 0; i < text.Length; i++)
            if (wanted(text[i].Rune)) yield return (i, 1);
    }

    /// <summary>The whole text as matches (or, inverted, what is none) and what lies between them.</summary>
    private static IEnumerable<(int From, int To, bool Match)> Segments(IEnumerable<(int From, int Length)> matches, int length, bool invert)
    {
        int at = 0;
        foreach (var (from, count) in matches)
        {
            if (from > at) yield return (at, from, invert);
            if (count > 0) yield return (from, from + count, !invert);
            at = from + count;
        }
        if (at < length) yield return (at, length, invert);
    }

    private static IEnumerable<Letter[]> Split(Letter[] text, IEnumerable<(int From, int Length)> matches, SplitBehavior behavior, bool invert = false)
    {
        (int From, int To, bool Match)? piece = null;
        foreach (var next in Segments(matches, text.Length, invert))
        {
            if (piece is { } last && Joins(behavior, last.Match, next.Match))
            {
                piece = (last.From, next.To, next.Match);
                continue;
            }
            if (piece is { } done) yield return text[done.From..done.To];
            piece = behavior == SplitBehavior.Removed && next.Match ? null : next;
        }
        if (piece is { } end) yield return text[end.From..end.To];
    }

    private static bool Joins(SplitBehavior behavior, bool previousMatch, bool match) => behavior switch
    {
        SplitBehavior.Contiguous => previousMatch == match,
        SplitBehavior.MergedWithPrevious => match && !previousMatch,
        SplitBehavior.MergedWithNext => previousMatch && !match,
        _ => false,
    };

    private static char[] MakeByteLetters()
    {
        var letters = new char[256];
        char next = '\u0100';
        for (int b = 0; b < letters.Length; b++)
            letters[b] = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)b : next++;
        return letters;
    }
}
