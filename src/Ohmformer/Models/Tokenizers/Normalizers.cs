using System.Globalization;
using System.Text;

namespace Ohmformer.Models.Tokenizers;

/// <summary>Changes a text before it is split: each letter of the result knows where it came from.</summary>
internal delegate List<Letter> Normalizer(List<Letter> text);

/// <summary>The steps of normalization that tokenizers name.</summary>
internal static class Normalizers
{
    private static readonly Rune Space = new(' ');

    /// <summary>Several steps, one after the other.</summary>
    public static Normalizer Sequence(IReadOnlyList<Normalizer> steps) => text => steps.Aggregate(text, (t, step) => step(t));

    /// <summary>
    /// What BERT does to a text (Devlin et al., NAACL 2019, "basic tokenizer"): control characters vanish, white space becomes a space,
    /// spaces surround CJK ideographs, accents are stripped and letters lowered.
    /// </summary>
    public static Normalizer Bert(bool clean, bool spaceIdeographs, bool stripAccents, bool lowercase)
    {
        var steps = new List<Normalizer>();
        if (clean) steps.Add(Clean);
        if (spaceIdeographs) steps.Add(SpaceIdeographs);
        if (stripAccents) steps.Add(text => CanonicalForm.Decompose(text).FindAll(l => Rune.GetUnicodeCategory(l.Rune) != UnicodeCategory.NonSpacingMark));
        if (lowercase) steps.Add(Lowercase);
        return Sequence(steps);
    }

    /// <summary>Letters in lower case, each by itself.</summary>
    public static List<Letter> Lowercase(List<Letter> text)
    {
        var result = new List<Letter>(text.Count);
        foreach (var letter in text)
        {
            // The one letter whose lower case is two, whatever the language (SpecialCasing.txt).
            bool dottedI = letter.Rune.Value == 0x130;
            result.Add(letter.With(dottedI ? new Rune('i') : Rune.ToLowerInvariant(letter.Rune)));
            if (dottedI) result.Add(letter.With(new Rune(0x307)));
        }
        return result;
    }

    /// <summary>Leaves out all marks.</summary>
    public static List<Letter> StripMarks(List<Letter> text) => text.FindAll(l => Rune.GetUnicodeCategory(l.Rune)
        is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark));

    /// <summary>Puts a text in front of one that is not empty, at the place of its first letter.</summary>
    public static Normalizer Prepend(string prefix) => text => text.Count == 0 ? text : [.. prefix.EnumerateRunes().Select(text[0].With), .. text];

    /// <summary>Replaces every match.</summary>
    public static Normalizer Replace(LetterPattern pattern, string content) => text =>
    {
        var result = new List<Letter>(text.Count);
        int copied = 0;
        foreach (var (from, length) in pattern.Matches([.. text]))
        {
            result.AddRange(text[copied..from]);
            copied = from + length;
            int start = length > 0 ? text[from].Start : from < text.Count ? text[from].Start : text.Count > 0 ? text[^1].End : 0;
            int end = length > 0 ? text[copied - 1].End : start;
            result.AddRange(content.EnumerateRunes().Select(r => new Letter(r, start, end)));
        }
        result.AddRange(text[copied..]);
        return result;
    };

    /// <summary>Removes white space at the ends.</summary>
    public static Normalizer Strip(bool left, bool right) => text =>
    {
        int from = 0, to = text.Count;
        while (left && from < to && Rune.IsWhiteSpace(text[from].Rune)) from++;
        while (right && to > from && Rune.IsWhiteSpace(text[to - 1].Rune)) to--;
        return text[from..to];
    };

    private static List<Letter> Clean(List<Letter> text)
    {
        var result = new List<Letter>(text.Count);
        foreach (var letter in text)
        {
            bool white = letter.Rune.Value is '\t' or '\n' or '\r';
            if (white || (!IsControl(letter.Rune) && letter.Rune != Rune.ReplacementChar)) result.Add(white || Rune.IsWhiteSpace(letter.Rune) ? letter.With(Space) : letter);
        }
        return result;
    }

    private static bool IsControl(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate;

    private static List<Letter> SpaceIdeographs(List<Letter> text)
    {
        var result = new List<Letter>(text.Count);
        foreach (var letter in text)
        {
            bool ideograph = IsIdeograph(letter.Rune.Value);
            if (ideograph) result.Add(new(Space, letter.Start, letter.Start));
            result.Add(letter);
            if (ideograph) result.Add(new(Space, letter.End, letter.End));
        }
        return result;
    }

    /// <summary>The blocks that BERT's reference implementation lists.</summary>
    private static bool IsIdeograph(int code) => code is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF)
        or (>= 0x2A700 and <= 0x2B73F) or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B820 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
