using System.Text.RegularExpressions;

namespace Ohmformer.Models.Metrics;

/// <summary>
/// Exact match and F1 of an answer to a question, as SQuAD's official evaluation script computes them (Rajpurkar et al., EMNLP 2016;
/// version 2.0, ACL 2018): texts in lower case without punctuation and articles, compared word by word.
/// </summary>
/// <param name="ExactMatch">1 when the answer equals a true one, else 0.</param>
/// <param name="F1">Overlap with the true answer that fits best, from 0 to 1.</param>
public readonly partial record struct AnswerScore(double ExactMatch, double F1)
{
    /// <summary>The score of an answer: the best over all true answers.</summary>
    /// <param name="answer">The answer; empty for "there is none".</param>
    /// <param name="truths">The true answers; none when the question has no answer, which an empty answer meets.</param>
    public static AnswerScore Of(string answer, IEnumerable<string> truths)
    {
        // As in the script: truths that normalize to nothing do not count, and none at all is an empty one.
        string[] candidates = [.. truths.Where(t => Normalize(t).Length > 0).DefaultIfEmpty("")];
        return new(candidates.Max(t => Normalize(answer) == Normalize(t) ? 1.0 : 0), candidates.Max(t => Overlap(Words(answer), Words(t))));
    }

    /// <summary>The form in which answers are compared.</summary>
    public static string Normalize(string text)
    {
        string plain = new([.. text.ToLowerInvariant().Where(c => !(char.IsAscii(c) && (char.IsPunctuation(c) || char.IsSymbol(c))))]);
        return string.Join(' ', Articles().Replace(plain, " ").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static string[] Words(string text) => Normalize(text).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static double Overlap(string[] answer, string[] truth)
    {
        if (answer.Length == 0 || truth.Length == 0) return answer.Length == truth.Length ? 1 : 0;
        var left = truth.GroupBy(w => w).ToDictionary(g => g.Key, g => g.Count());
        int same = 0;
        foreach (string word in answer)
        {
            if (left.GetValueOrDefault(word) == 0) continue;
            left[word]--;
            same++;
        }
        return 2.0 * same / (answer.Length + truth.Length);
    }

    [GeneratedRegex(@"\b(a|an|the)\b", RegexOptions.CultureInvariant)]
    private static partial Regex Articles();
}
