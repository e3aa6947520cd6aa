namespace Ohmformer.Models.Tokenizers;

/// <summary>
/// Learns which neighboring tokens of words to merge: again and again the most frequent pair (Sennrich, Haddow, Birch, ACL 2016). Of equally
/// frequent pairs the one with the smaller ids is merged first, the left id before the right one, as in Hugging Face's tokenizers. Only words in
/// which a pair occurs are counted again when it is merged.
/// </summary>
internal sealed class MergeLearning
{
    /// <summary>A pair that occurs less often is not merged.</summary>
    private const long RarestPair = 2;

    private readonly string _prefix;
    private readonly List<string> _tokens;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<int[]> _words = [];
    private readonly List<long> _counts = [];
    private readonly Dictionary<(int Left, int Right), Pair> _pairs = [];
    private readonly PriorityQueue<(int Left, int Right), (long Fewer, int Left, int Right)> _queue = new();
    private readonly List<(string Left, string Right)> _merges = [];

    /// <summary>Begins with the tokens that words are spelled with.</summary>
    /// <param name="tokens">Tokens in the order of their ids, all different.</param>
    /// <param name="prefix">What tokens that continue a word begin with, and lose when they are merged to one before them; empty for none.</param>
    public MergeLearning(IEnumerable<string> tokens, string prefix)
    {
        _prefix = prefix;
        _tokens = [.. tokens];
        foreach (var (id, token) in _tokens.Index()) _ids.Add(token, id);
    }

    /// <summary>The tokens in the order of their ids, learned ones last.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>The merges in the order in which they were learned.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges => _merges;

    /// <summary>Adds a word before the merges are learned.</summary>
    /// <param name="spelling">Tokens of the vocabulary.</param>
    /// <param name="count">How often the word occurs.</param>
    public void Add(IEnumerable<string> spelling, long count)
    {
        _words.Add([.. spelling.Select(token => _ids[token])]);
        _counts.Add(count);
        Count(_words.Count - 1, count);
    }

    /// <summary>Merges until there are so many tokens, or no pair occurs twice.</summary>
    public void Learn(int size)
    {
        foreach (var (pair, found) in _pairs) Offer(pair, found.Count);
        while (_tokens.Count < size && _queue.TryDequeue(out var pair, out var priority))
        {
            long count = _pairs[pair].Count;
            if (count == -priority.Fewer) Merge(pair);
            else Offer(pair, count);
        }
    }

    private void Offer((int Left, int Right) pair, long count)
    {
        if (count >= RarestPair) _queue.Enqueue(pair, (-count, pair.Left, pair.Right));
    }

    private void Merge((int Left, int Right) pair)
    {
        string left = _tokens[pair.Left], right = _tokens[pair.Right];
        string merged = left + (_prefix.Length > 0 && right.StartsWith(_prefix, StringComparison.Ordinal) ? right[_prefix.Length..] : right);
        // Two merges may spell the same token.
        if (!_ids.TryGetValue(merged, out int id))
        {
            _ids.Add(merged, id = _tokens.Count);
            _tokens.Add(merged);
        }
        _merges.Add((left, right));
        var gained = new HashSet<(int, int)>();
        int[] words = [.. _pairs[pair].Words];
        foreach (int word in words)
        {
            Count(word, -_counts[word]);
            _words[word] = Merged(_words[word], pair, id);
            Count(word, _counts[word]);
            gained.UnionWith(_words[word].Zip(_words[word].Skip(1)).Where(p => p.First == id || p.Second == id));
        }
        // Pairs that lost occurrences are offered again when their turn comes.
        foreach (var neighbor in gained) Offer(neighbor, _pairs[neighbor].Count);
    }

    /// <summary>Adds to the counts of all pairs of a word.</summary>
    private void Count(int word, long count)
    {
        int[] tokens = _words[word];
        for (int i = 0; i + 1 < tokens.Length; i++)
        {
            if (!_pairs.TryGetValue((tokens[i], tokens[i + 1]), out var pair)) _pairs.Add((tokens[i], tokens[i + 1]), pair = new());
            pair.Count += count;
            if (count > 0) pair.Words.Add(word);
        }
    }

    /// <summary>A word with a pair merged, the leftmost of overlapping ones first.</summary>
    private static int[] Merged(int[] word, (int Left, int Right) pair, int id)
    {
        var result = new List<int>(word.Length);
        for (int i = 0; i < word.Length; i++)
        {
            bool found = i + 1 < word.Length && (word[i], word[i + 1]) == pair;
            result.Add(found ? id : word[i]);
            if (found) i++;
        }
        return [.. result];
    }

    /// <summary>How often a pair occurs, and the words in which it occurs or once did.</summary>
    private sealed class Pair
    {
        public long Count { get; set; }

        public HashSet<int> Words { get; } = [];
    }
}
