using System.Globalization;
using System.Text;

namespace Ohmformer.Models.Tokenizers;

/// <summary>
/// Byte-pair encoding: a piece begins as single letters, and the neighbors whose merge was learned first are merged, the leftmost of equal
/// ones first, until none is left (Sennrich, Haddow, Birch, ACL 2016).
/// </summary>
internal sealed class BytePairs : IVocabularyModel
{
    /// <summary>Pieces up to this length are scanned again for each merge; longer ones use a queue, with the same result.</summary>
    private const int ShortPiece = 48;

    private readonly IReadOnlyDictionary<string, int> _ids;
    private readonly Dictionary<int, int> _letters = [];
    private readonly Dictionary<(int Left, int Right), Merge> _merges;
    private readonly int? _unknown;
    private readonly int[]? _bytes;
    private readonly bool _fuseUnknown, _wholePieces;

    /// <summary>A vocabulary with its merges.</summary>
    /// <param name="ids">Ids by token.</param>
    /// <param name="merges">What two neighbors become, by their ids.</param>
    /// <param name="unknown">Id of a letter that is not in the vocabulary; without one such letters vanish.</param>
    /// <param name="byteFallback">Whether such letters become the tokens of their UTF-8 bytes, &lt;0x00&gt; to &lt;0xFF&gt;.</param>
    /// <param name="fuseUnknown">Whether neighboring unknown letters are one token.</param>
    /// <param name="wholePieces">Whether a piece that is in the vocabulary is taken whole, whatever the merges make of it.</param>
    public BytePairs(
        IReadOnlyDictionary<string, int> ids, Dictionary<(int Left, int Right), Merge> merges, int? unknown, bool byteFallback = false, bool fuseUnknown = false, bool wholePieces = false)
    {
        (_ids, _merges, _unknown, _fuseUnknown, _wholePieces) = (ids, merges, unknown, fuseUnknown, wholePieces);
        foreach (var (token, id) in ids)
            if (Rune.TryGetRuneAt(token.Length > 0 ? token : "\uD800", 0, out var rune) && rune.Utf16SequenceLength == token.Length) _letters[rune.Value] = id;
        int[] bytes = [.. Enumerable.Range(0, 256).Select(b => ids.GetValueOrDefault(string.Create(CultureInfo.InvariantCulture, $"<0x{b:X2}>"), -1))];
        if (byteFallback && !bytes.Contains(-1)) _bytes = bytes;
    }

    /// <summary>A learned merge.</summary>
    /// <param name="Rank">Order in which it was learned.</param>
    /// <param name="Id">The token that two neighbors become.</param>
    public readonly record struct Merge(int Rank, int Id);

    /// <summary>
    /// The merges of a vocabulary that is listed with scores and without merges, as SentencePiece does: of all neighbors that spell
    /// a token, those of the highest score are merged.
    /// </summary>
    public static Dictionary<(int Left, int Right), Merge> MergesByScore(IReadOnlyDictionary<string, int> ids, IReadOnlyList<double> scores)
    {
        var merges = new Dictionary<(int, int), Merge>();
        foreach (var (rank, (token, id)) in ids.OrderByDescending(t => scores[t.Value]).ThenBy(t => t.Value).Index())
            for (int cut = 1; cut < token.Length; cut++)
                if (ids.TryGetValue(token[..cut], out int left) && ids.TryGetValue(token[cut..], out int right)) merges.Add((left, right), new(rank, id));
        return merges;
    }

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<Letter> piece, List<Token> tokens)
    {
        if (_wholePieces && _ids.TryGetValue(Letter.Spell(piece), out int whole))
        {
            tokens.Add(new(whole, piece[0].Start, piece[^1].End));
            return;
        }
        var parts = Single(piece);
        if (parts.Count <= ShortPiece) MergeByScanning(parts);
        else MergeByQueue(parts);
        tokens.AddRange(parts);
    }

    /// <summary>Merges in place by looking for the best pair again after each merge: the definition, quadratic in the length.</summary>
    internal void MergeByScanning(List<Token> parts)
    {
        while (true)
        {
            int at = -1;
            Merge best = new(int.MaxValue, 0);
            for (int i = 0; i + 1 < parts.Count; i++)
                if (_merges.TryGetValue((parts[i].Id, parts[i + 1].Id), out var merge) && merge.Rank < best.Rank) (at, best) = (i, merge);
            if (at < 0) return;
            parts[at] = parts[at] with { Id = best.Id, End = parts[at + 1].End };
            parts.RemoveAt(at + 1);
        }
    }

    /// <summary>The same with a queue of candidates: n log n in the length. A candidate that an earlier merge has changed is passed over.</summary>
    internal void MergeByQueue(List<Token> parts)
    {
        int count = parts.Count;
        int[] previous = [.. Enumerable.Range(-1, count)], next = [.. Enumerable.Range(1, count)];
        var queue = new PriorityQueue<(int Left, int Right, int LeftId, int RightId), (int Rank, int Left)>();
        for (int i = 0; i + 1 < count; i++) Offer(i, i + 1);
        while (queue.TryDequeue(out var pair, out _))
        {
            var (left, right, leftId, rightId) = pair;
            if (parts[left].Id != leftId || parts[right].Id != rightId || next[left] != right) continue;
            parts[left] = parts[left] with { Id = _merges[(leftId, rightId)].Id, End = parts[right].End };
            parts[right] = parts[right] with { Id = -1 };
            next[left] = next[right];
            if (next[left] < count) previous[next[left]] = left;
            if (previous[left] >= 0) Offer(previous[left], left);
            if (next[left] < count) Offer(left, next[left]);
        }
        parts.RemoveAll(p => p.Id == -1);

        void Offer(int left, int right)
        {
            if (_merges.TryGetValue((parts[left].Id, parts[right].Id), out var merge)) queue.Enqueue((left, right, parts[left].Id, parts[right].Id), (merge.Rank, left));
        }
    }

    /// <summary>The tokens of single letters, before any merge.</summary>
    private List<Token> Single(ReadOnlySpan<Letter> piece)
    {
        var parts = new List<Token>(piece.Length);
        bool afterUnknown = false;
        Span<byte> bytes = stackalloc byte[4];
        foreach (var letter in piece)
        {
            bool known = _letters.TryGetValue(letter.Rune.Value, out int id);
            if (known)
            {
                parts.Add(new(id, letter.Start, letter.End));
            }
            else if (_bytes is not null)
            {
                foreach (byte b in bytes[..letter.Rune.EncodeToUtf8(bytes)]) parts.Add(new(_bytes[b], letter.Start, letter.End));
            }
            else if (_unknown is { } unknown)
            {
                if (_fuseUnknown && afterUnknown) parts[^1] = parts[^1] with { End = letter.End };
                else parts.Add(new(unknown, letter.Start, letter.End));
            }
            afterUnknown = !known && _bytes is null;
        }
        return parts;
    }
}
