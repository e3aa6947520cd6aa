using System.Text.Json;
using Ohmformer.Files;

namespace Ohmformer.Models.Texts;

/// <summary>A question about a text.</summary>
/// <param name="Id">Its name in the data set.</param>
/// <param name="Context">The text that holds the answer.</param>
/// <param name="Text">The question.</param>
/// <param name="Answers">True answers; none when the text does not answer the question (SQuAD 2.0).</param>
public sealed record Question(string Id, string Context, string Text, IReadOnlyList<Answer> Answers);

/// <summary>An answer that stands in the text.</summary>
/// <param name="Text">Its words.</param>
/// <param name="Start">Its first UTF-16 position in the context. The files count code points.</param>
public sealed record Answer(string Text, int Start);

/// <summary>Reads the questions of SQuAD 1.1 and 2.0 (Rajpurkar et al., EMNLP 2016 and ACL 2018).</summary>
public static class Questions
{
    /// <summary>The questions of a file.</summary>
    /// <param name="path">The JSON file: an object with data, a list of articles with paragraphs.</param>
    /// <exception cref="InputException">
    /// The file is not of this form, or an answer does not stand where it claims; articles, paragraphs and questions are named by their numbers from 0.
    /// </exception>
    public static IEnumerable<Question> Read(string path)
    {
        var articles = JsonFile.Load(path).Objects("data") ?? throw new InputException($"{path}: data is missing; a SQuAD file is an object with a list of articles in data");
        foreach (var article in articles)
            foreach (var paragraph in article.Objects("paragraphs") ?? throw article.Wrong("paragraphs", "a list"))
            {
                string context = Required(paragraph, "context");
                foreach (var item in paragraph.Objects("qas") ?? throw paragraph.Wrong("qas", "a list"))
                    yield return new(Required(item, "id"), context, Required(item, "question"), Answers(item, context));
            }
    }

    /// <summary>Whether a file is an object with data, as these files are.</summary>
    /// <exception cref="InputException">The file cannot be read or is not JSON.</exception>
    public static bool Recognizes(string path) => JsonFile.LoadValue(path) is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("data", out _);

    private static Answer[] Answers(JsonFile item, string context)
    {
        if (item.Flag("is_impossible", false)) return [];
        return [.. (item.Objects("answers") ?? throw item.Wrong("answers", "a list")).Select(answer =>
        {
            string text = Required(answer, "text");
            int start = Position(context, answer.Int("answer_start", 0, int.MaxValue));
            return start >= 0 && string.CompareOrdinal(context, start, text, 0, text.Length) == 0
                ? new Answer(text, start)
                : throw answer.Wrong("answer_start", $"the place of '{text}' in the context, counted in code points from 0");
        })];
    }

    /// <summary>The UTF-16 position of a code point; -1 behind the end.</summary>
    private static int Position(string text, int codePoint)
    {
        int at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (codePoint-- == 0) return at;
            at += rune.Utf16SequenceLength;
        }
        return codePoint == 0 ? at : -1;
    }

    private static string Required(JsonFile file, string key) => file.Text(key) ?? throw file.Wrong(key, "a text");
}
