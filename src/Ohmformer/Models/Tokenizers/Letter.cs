using System.Text;

namespace Ohmformer.Models.Tokenizers;

/// <summary>One Unicode scalar value of a text on its way through a tokenizer, and where it came from.</summary>
/// <param name="Rune">The scalar value.</param>
/// <param name="Start">First UTF-16 position in the original text.</param>
/// <param name="End">The position after the last one. A letter that was inserted has the place of a neighbor or a place without length.</param>
internal readonly record struct Letter(Rune Rune, int Start, int End)
{
    /// <summary>The same place with another scalar value.</summary>
    public Letter With(Rune rune) => new(rune, Start, End);

    /// <summary>The letters of a part of a text; half of a surrogate pair counts as U+FFFD.</summary>
    /// <param name="text">The original text.</param>
    /// <param name="from">Its first position to take.</param>
    /// <param name="to">The position after the last.</param>
    public static List<Letter> Of(string text, int from, int to)
    {
        var letters = new List<Letter>(to - from);
        for (int at = from; at < to;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(at, to - at), out var rune, out int length);
            letters.Add(new(rune, at, at + length));
            at += length;
        }
        return letters;
    }

    /// <summary>The text that letters spell.</summary>
    public static string Spell(ReadOnlySpan<Letter> letters)
    {
        var text = new StringBuilder(letters.Length);
        foreach (var letter in letters) text.Append(letter.Rune.ToString());
        return text.ToString();
    }
}
