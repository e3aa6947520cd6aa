namespace Ohmformer.Models.Tokenizers;

/// <summary>
/// WordPiece: the longest word of the vocabulary that begins the rest of a piece, again and again; a piece for which that fails is
/// unknown as a whole (Wu et al., arXiv 1609.08144; BERT's "wordpiece tokenizer").
/// </summary>
/// <param name="ids">Ids by word; words that continue a piece begin with the prefix.</param>
/// <param name="unknown">Id of a piece that cannot be spelled.</param>
/// <param name="prefix">For example "##".</param>
/// <param name="longestPiece">Longer pieces are unknown.</param>
internal sealed class WordPiece(IReadOnlyDictionary<string, int> ids, int unknown, string prefix = "##", int longestPiece = 100) : IVocabularyModel
{
    private readonly int _longestWord = ids.Keys.Max(w => w.Length);

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<Letter> piece, List<Token> tokens)
    {
        int first = tokens.Count;
        for (int from = 0; from < piece.Length;)
        {
            int to = Longest(piece, from, out int id);
            if (to == from || piece.Length > longestPiece)
            {
                tokens.RemoveRange(first, tokens.Count - first);
                tokens.Add(new(unknown, piece[0].Start, piece[^1].End));
                return;
            }
            tokens.Add(new(id, piece[from].Start, piece[to - 1].End));
            from = to;
        }
    }

    /// <returns>Where the longest word ends; <paramref name="from"/> when there is none.</returns>
    private int Longest(ReadOnlySpan<Letter> piece, int from, out int id)
    {
        string start = from > 0 ? prefix : "";
        for (int to = Math.Min(piece.Length, from + _longestWord); to > from; to--)
            if (ids.TryGetValue(start + Letter.Spell(piece[from..to]), out id)) return to;
        id = 0;
        return from;
    }
}
