using System.Text.Json;
using Ohmformer.Files;
using Ohmformer.Models.Tokenizers;

namespace Ohmformer.Models.Texts;

/// <summary>A piece of a token sequence for a language model: each token but the first is predicted from those before it.</summary>
/// <param name="Ids">The tokens, shape [context at most].</param>
/// <param name="Predicted">How many of the last ones count; the others give context and were counted in the window before.</param>
public readonly record struct TokenWindow(ReadOnlyMemory<int> Ids, int Predicted);

/// <summary>
/// Windows over token sequences to compute perplexity: they overlap so that tokens are predicted from a context that is not too short, and every token but the
/// first of a sequence counts once.
/// </summary>
public sealed class TokenWindows
{
    /// <summary>Characters read of a text for each token that is asked for, before more is read.</summary>
    private const int CharactersPerToken = 8;

    /// <summary>Tokens at the end of a text that was not read to its end: the cut may have changed them.</summary>
    private const int Unsure = 64;

    private TokenWindows(IReadOnlyList<TokenWindow> windows) => Windows = windows;

    /// <summary>The windows in order.</summary>
    public IReadOnlyList<TokenWindow> Windows { get; }

    /// <summary>Tokens that count, over all windows.</summary>
    public long Predicted => Windows.Sum(w => (long)w.Predicted);

    /// <summary>Cuts token sequences.</summary>
    /// <param name="sequences">Ids of each sequence; those of fewer than two tokens predict nothing.</param>
    /// <param name="context">Most tokens of a window, at least 2.</param>
    /// <param name="stride">Tokens from the start of a window to that of the next, 1 to context - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is outside its range.</exception>
    public static TokenWindows Of(IEnumerable<ReadOnlyMemory<int>> sequences, int context, int stride)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(context, 2);
        if (stride < 1 || stride >= context) throw new ArgumentOutOfRangeException(nameof(stride), stride, $"it must be from 1 to {context - 1}");
        var windows = new List<TokenWindow>();
        foreach (var ids in sequences)
            for (int from = 0, counted = 1; counted < ids.Length; from += stride)
            {
                int to = Math.Min(ids.Length, from + context);
                windows.Add(new(ids[from..to], to - counted));
                counted = to;
            }
        return new(windows);
    }

    /// <summary>
    /// The windows of a text file, or of a .json file with a list of token sequences, which are taken as they are. Of a text no more is read than
    /// the windows need.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="tokenizer">The model's tokenizer; null where the file must hold token ids.</param>
    /// <param name="context">Most tokens of a window.</param>
    /// <param name="stride">Tokens from the start of a window to that of the next.</param>
    /// <param name="limit">Most windows; null for all.</param>
    /// <exception cref="InputException">The file cannot be used, is empty, or there is no tokenizer for its text.</exception>
    public static TokenWindows Load(string path, Tokenizer? tokenizer, int context, int stride, int? limit = null)
    {
        var sequences = path.EndsWith(".json", StringComparison.Ordinal)
            ? Ids(path)
            : [Text(path, tokenizer ?? throw new InputException($"{path}: is text, but the model has no tokenizer; name a .json file with lists of token ids"), limit is { } windows ? (long)windows * stride + context : null)];
        var all = Of(sequences, context, stride);
        if (all.Windows.Count == 0) throw new InputException($"{path}: has fewer than two tokens, so there is nothing to predict");
        return limit < all.Windows.Count ? new([.. all.Windows.Take(limit.Value)]) : all;
    }

    /// <summary>The token sequences of a JSON file: a list of lists of ids, or one list of ids.</summary>
    /// <exception cref="InputException">The file holds something else.</exception>
    public static IReadOnlyList<ReadOnlyMemory<int>> Ids(string path)
    {
        var root = JsonFile.LoadValue(path);
        if (root.ValueKind != JsonValueKind.Array) throw new InputException($"{path}: is no list; token sequences are a list of lists of ids");
        bool single = root.GetArrayLength() > 0 && root[0].ValueKind == JsonValueKind.Number;
        return single ? [Sequence(path, root)] : [.. root.EnumerateArray().Select((item, i) => (ReadOnlyMemory<int>)Sequence($"{path}: [{i}]", item))];
    }

    private static int[] Sequence(string place, JsonElement list) => list.ValueKind == JsonValueKind.Array
        ? [.. list.EnumerateArray().Select((item, i) => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int id) && id >= 0
            ? id
            : throw new InputException($"{place}[{i}]: is {item.GetRawText()}; token ids are whole numbers from 0"))]
        : throw new InputException($"{place}: is no list of token ids");

    /// <summary>The tokens of the start of a text, as many as are needed.</summary>
    private static ReadOnlyMemory<int> Text(string path, Tokenizer tokenizer, long? needed)
    {
        for (long characters = needed is { } tokens ? tokens * CharactersPerToken + 1024 : int.MaxValue; ; characters *= 2)
        {
            string text = Utf8Text.Start(path, (int)Math.Min(characters, int.MaxValue));
            int[] ids = tokenizer.Encode(text).Ids;
            if (needed is null || text.Length < characters - 1) return ids;
            if (ids.Length - Unsure >= needed) return ids.AsMemory(0, (int)needed.Value);
        }
    }
}
