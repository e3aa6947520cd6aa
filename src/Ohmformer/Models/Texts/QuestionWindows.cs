using Ohmformer.Models.Tokenizers;

namespace Ohmformer.Models.Texts;

/// <summary>A question with a part of its context, as a model takes them.</summary>
/// <param name="Tokens">All tokens, those of the question before those of the context.</param>
/// <param name="First">First token of the context.</param>
/// <param name="Count">Tokens of the context.</param>
/// <param name="Offset">Place of the window's first context token among all tokens of the context.</param>
public sealed record QuestionWindow(TokenizedText Tokens, int First, int Count, int Offset);

/// <summary>A question whose context is cut into windows that overlap, and how answers are read from a model's logits.</summary>
public sealed class QuestionWindows
{
    private readonly Question _question;

    /// <summary>Cuts the context of a question.</summary>
    /// <param name="question">The question.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="length">Most tokens of a window, 384 as a rule.</param>
    /// <param name="overlap">Tokens of the context that a window shares with the next one, 128 as a rule.</param>
    /// <param name="longestQuestion">Most tokens of the question; what follows is left out.</param>
    /// <exception cref="ArgumentException">A window has no room for more of the context than the overlap.</exception>
    public QuestionWindows(Question question, Tokenizer tokenizer, int length = 384, int overlap = 128, int longestQuestion = 64)
    {
        _question = question;
        ArgumentOutOfRangeException.ThrowIfNegative(overlap);
        var whole = tokenizer.Encode(question.Text, question.Context).Tokens;
        var asked = whole.Where(t => t.Origin == TokenOrigin.First).Take(longestQuestion).ToList();
        var context = whole.Where(t => t.Origin == TokenOrigin.Second).ToList();
        // What the tokenizer adds stands before the question, between both, and behind the context.
        int gap = whole.Index().FirstOrDefault(t => t.Item.Origin == TokenOrigin.Second, (whole.Count, default)).Index;
        List<Token> before = [.. whole.TakeWhile(t => t.Origin == TokenOrigin.Added)], after = [.. whole.Reverse().TakeWhile(t => t.Origin == TokenOrigin.Added).Reverse()];
        List<Token> between = context.Count == 0 ? [] : [.. whole.Take(gap).Reverse().TakeWhile(t => t.Origin == TokenOrigin.Added).Reverse()];
        if (asked.Count == 0) before = [];
        int room = length - before.Count - asked.Count - between.Count - after.Count;
        if (room <= overlap) throw new ArgumentException($"a window of {length} tokens leaves {room} for the context, not more than the overlap of {overlap}", nameof(length));
        var windows = new List<QuestionWindow>();
        for (int offset = 0; offset == 0 || offset + overlap < context.Count; offset += room - overlap)
        {
            var part = context.Skip(offset).Take(room).ToList();
            windows.Add(new(new([.. before, .. asked, .. between, .. part, .. after]), before.Count + asked.Count + between.Count, part.Count, offset));
        }
        Windows = windows;
    }

    /// <summary>The windows; one at least.</summary>
    public IReadOnlyList<QuestionWindow> Windows { get; }

    /// <summary>
    /// The answer with the largest sum of a start and an end logit, over all windows: the end is not before the start, the answer not too long, and a
    /// token that stands in two windows counts where it has more context. Empty when "no answer" wins.
    /// </summary>
    /// <param name="starts">Start logits of each window, shape [windows][tokens].</param>
    /// <param name="ends">End logits of each window, the same shape.</param>
    /// <param name="longest">Most tokens of an answer.</param>
    /// <param name="mayBeEmpty">Whether the first token of a window stands for "no answer" (SQuAD 2.0).</param>
    /// <returns>Words of the context, as they stand there.</returns>
    /// <exception cref="ArgumentException">The shapes are not those of the windows.</exception>
    public string Best(IReadOnlyList<float[]> starts, IReadOnlyList<float[]> ends, int longest = 30, bool mayBeEmpty = false)
    {
        if (starts.Count != Windows.Count || ends.Count != Windows.Count || Windows.Index().Any(w => starts[w.Index].Length != w.Item.Tokens.Tokens.Count || ends[w.Index].Length != w.Item.Tokens.Tokens.Count))
            throw new ArgumentException("the logits do not have the shape of the windows", nameof(starts));
        float best = float.NegativeInfinity, none = float.PositiveInfinity;
        string answer = "";
        foreach (var (w, window) in Windows.Index())
        {
            none = Math.Min(none, starts[w][0] + ends[w][0]);
            for (int start = window.First; start < window.First + window.Count; start++)
            {
                if (!HasMostContext(w, start)) continue;
                for (int end = start; end < Math.Min(window.First + window.Count, start + longest); end++)
                {
                    if (!(starts[w][start] + ends[w][end] > best)) continue;
                    best = starts[w][start] + ends[w][end];
                    answer = _question.Context[window.Tokens.Tokens[start].Start..window.Tokens.Tokens[end].End];
                }
            }
        }
        return mayBeEmpty && none > best ? "" : answer;
    }

    /// <summary>Whether no other window shows the token with more tokens on its poorer side; of equal windows the first counts.</summary>
    private bool HasMostContext(int w, int token)
    {
        int place = Windows[w].Offset + token - Windows[w].First;
        return Windows.Index().Where(o => o.Index != w && place >= o.Item.Offset && place < o.Item.Offset + o.Item.Count)
            .All(o => Margin(Windows[w], place) is var own && (own > Margin(o.Item, place) || (own == Margin(o.Item, place) && w < o.Index)));
    }

    /// <summary>Tokens of the context on the poorer side, and a little for those on both, as in BERT's run_squad.py.</summary>
    private static double Margin(QuestionWindow window, int place) =>
        Math.Min(place - window.Offset, window.Offset + window.Count - 1 - place) + 0.01 * window.Count;
}
