using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Ohmformer.Files;

namespace Ohmformer.Models.Tokenizers;

/// <summary>
/// A text or a regular expression to look for among letters. Expressions see one character for each letter: a letter outside the
/// Basic Multilingual Plane is shown as a rare one of its own category, so that classes such as \p{L} find it.
/// </summary>
internal sealed class LetterPattern
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _source;
    private readonly Rune[]? _text;
    private readonly Regex? _regex;

    private LetterPattern(string source, Rune[]? text, Regex? regex) => (_source, _text, _regex) = (source, text, regex);

    /// <summary>A pattern that finds a text, which is not empty.</summary>
    public static LetterPattern Text(string text) => new("text", [.. text.EnumerateRunes()], null);

    /// <summary>A pattern that finds what a regular expression matches.</summary>
    /// <param name="source">Where it stands, for messages.</param>
    /// <param name="expression">In the syntax of Oniguruma, as far as .NET shares it.</param>
    /// <exception cref="InputException">It is not an expression that can be read.</exception>
    public static LetterPattern Expression(string source, string expression)
    {
        try
        {
            return new(source, null, new Regex(expression, RegexOptions.CultureInvariant | RegexOptions.Compiled, Patience));
        }
        catch (ArgumentException e)
        {
            throw new InputException($"{source}: the regular expression '{expression}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Where the pattern is found.</summary>
    /// <exception cref="InputException">The search takes longer than 20 s.</exception>
    public IEnumerable<(int From, int Length)> Matches(Letter[] letters)
    {
        if (_regex is null)
        {
            foreach (var match in Occurrences(letters, _text!)) yield return match;
            yield break;
        }
        string shown = Shown(letters);
        for (var match = Guarded(() => _regex.Match(shown)); match.Success; match = Guarded(match.NextMatch)) yield return (match.Index, match.Length);
    }

    private static IEnumerable<(int From, int Length)> Occurrences(Letter[] letters, Rune[] text)
    {
        for (int at = 0; at + text.Length <= letters.Length; at++)
        {
            int same = 0;
            while (same < text.Length && letters[at + same].Rune == text[same]) same++;
            if (same < text.Length) continue;
            yield return (at, text.Length);
            at += text.Length - 1;
        }
    }

    private Match Guarded(Func<Match> search)
    {
        try
        {
            return search();
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new InputException($"{_source}: the regular expression '{_regex}' takes more than {Patience.TotalSeconds} s on this text", e);
        }
    }

    private static string Shown(ReadOnlySpan<Letter> letters)
    {
        var shown = new StringBuilder(letters.Length);
        foreach (var letter in letters) shown.Append(letter.Rune.IsBmp ? (char)letter.Rune.Value : StandIn(Rune.GetUnicodeCategory(letter.Rune)));
        return shown.ToString();
    }

    private static char StandIn(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => '\uA640',
        UnicodeCategory.LowercaseLetter => '\uA641',
        UnicodeCategory.TitlecaseLetter => '\u01C5',
        UnicodeCategory.ModifierLetter => '\uA015',
        UnicodeCategory.OtherLetter => '\uA000',
        UnicodeCategory.NonSpacingMark => '\u07EB',
        UnicodeCategory.SpacingCombiningMark => '\u0903',
        UnicodeCategory.EnclosingMark => '\u0488',
        UnicodeCategory.DecimalDigitNumber => '\u07C0',
        UnicodeCategory.LetterNumber => '\uA6E6',
        UnicodeCategory.OtherNumber => '\u0F2A',
        UnicodeCategory.ConnectorPunctuation => '\u203F',
        UnicodeCategory.DashPunctuation => '\u1400',
        UnicodeCategory.OpenPunctuation => '\u0F3A',
        UnicodeCategory.ClosePunctuation => '\u0F3B',
        UnicodeCategory.InitialQuotePunctuation => '\u2E02',
        UnicodeCategory.FinalQuotePunctuation => '\u2E03',
        UnicodeCategory.OtherPunctuation => '\uA4FE',
        UnicodeCategory.MathSymbol => '\u2A00',
        UnicodeCategory.CurrencySymbol => '\u20A0',
        UnicodeCategory.ModifierSymbol => '\uA700',
        UnicodeCategory.OtherSymbol => '\uA490',
        UnicodeCategory.Format => '\uFFF9',
        UnicodeCategory.PrivateUse => '\uE000',
        _ => '\u0378',
    };
}
