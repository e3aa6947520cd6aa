using System.Text;

namespace Ohmformer.Models.Tokenizers;

/// <summary>A token that is found in a text as it stands, before the vocabulary is applied, for example [MASK].</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text, not empty.</param>
internal sealed record AddedToken(int Id, string Content)
{
    /// <summary>Whether it controls the model and stands for no text.</summary>
    public bool Special { get; init; }

    /// <summary>Whether it is looked for after normalization.</summary>
    public bool Normalized { get; init; }

    /// <summary>Whether it counts only where no letter or digit touches it.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Whether it takes the white space before it.</summary>
    public bool TakesSpaceBefore { get; init; }

    /// <summary>Whether it takes the white space after it.</summary>
    public bool TakesSpaceAfter { get; init; }
}

/// <summary>Finds added tokens in a text: the leftmost, and of those that begin there the longest.</summary>
internal sealed class AddedTokens
{
    private readonly ILookup<int, (AddedToken Token, Rune[] Text)> _byFirst;

    /// <summary>Looks for these tokens.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="normalize">How their texts are normalized before they are looked for.</param>
    public AddedTokens(IEnumerable<AddedToken> tokens, Normalizer normalize) => _byFirst = tokens
        .Select(t => (Token: t, Text: (Rune[])[.. normalize(Letter.Of(t.Content, 0, t.Content.Length)).Select(l => l.Rune)]))
        .Where(t => t.Text.Length > 0)
        .OrderByDescending(t => t.Text.Length)
        .ToLookup(t => t.Text[0].Value);

    /// <summary>The parts of a text: added tokens, and what lies between them with a null.</summary>
    public IEnumerable<(AddedToken? Token, List<Letter> Letters)> Split(List<Letter> text)
    {
        int start = 0;
        for (int at = 0; at < text.Count;)
        {
            if (Find(text, at) is not var (found, length))
            {
                at++;
                continue;
            }
            int from = at, to = at + length;
            while (found.TakesSpaceBefore && from > start && Rune.IsWhiteSpace(text[from - 1].Rune)) from--;
            while (found.TakesSpaceAfter && to < text.Count && Rune.IsWhiteSpace(text[to].Rune)) to++;
            if (from > start) yield return (null, text[start..from]);
            yield return (found, text[from..to]);
            start = at = to;
        }
        if (start == 0) yield return (null, text);
        else if (start < text.Count) yield return (null, text[start..]);
    }

    private (AddedToken Token, int Length)? Find(List<Letter> text, int at)
    {
        foreach (var (token, runes) in _byFirst[text[at].Rune.Value])
        {
            int end = at + runes.Length;
            if (end > text.Count || !runes.Index().All(r => text[at + r.Index].Rune == r.Item)) continue;
            bool touched = (at > 0 && Rune.IsLetterOrDigit(text[at - 1].Rune)) || (end < text.Count && Rune.IsLetterOrDigit(text[end].Rune));
            if (!token.SingleWord || !touched) return (token, runes.Length);
        }
        return null;
    }
}
