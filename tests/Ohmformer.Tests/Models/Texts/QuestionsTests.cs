using Ohmformer.Files;
using Ohmformer.Models.Texts;
using Ohmformer.Models.Tokenizers;

namespace Ohmformer.Tests.Models.Texts;

public sealed class QuestionsTests : IDisposable
{
    private const int None = -1;
    private const string Letters = "abcdefghijklmnopqrstuvwxyz";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Questions_of_both_versions_are_read()
    {
        // The answer starts at code point 9, which is UTF-16 position 10.
        string path = Write("""{"id": "q1", "question": "Who?", "answers": [{"text": "Ada", "answer_start": 9}]}, {"id": "q2", "question": "When?", "is_impossible": true, "answers": [], "plausible_answers": []}""");
        Assert.True(Questions.Recognizes(path));
        var questions = Questions.Read(path).ToList();
        Assert.Equal(["q1", "q2"], questions.Select(q => q.Id));
        Assert.Equal(new Answer("Ada", 10), questions[0].Answers.Single());
        Assert.Equal("Ada", questions[0].Context.Substring(questions[0].Answers[0].Start, 3));
        Assert.Empty(questions[1].Answers);
    }

    [Theory]
    [InlineData("""{"id": "q", "question": "Who?", "answers": [{"text": "Ada", "answer_start": 8}]}""", "qas[0]: answers[0]: answer_start is 8; it must be the place of 'Ada' in the context")]
    [InlineData("""{"id": "q", "question": "Who?", "answers": [{"text": "Ada", "answer_start": 999}]}""", "answer_start is 999; it must be the place of 'Ada'")]
    [InlineData("""{"id": "q", "answers": []}""", "data[0]: paragraphs[0]: qas[0]: question is nothing; it must be a text")]
    [InlineData("""{"id": "q", "question": "Who?"}""", "answers is nothing; it must be a list")]
    public void Questions_that_do_not_fit_are_refused(string question, string message)
    {
        string path = Write(question);
        Assert.Contains(message, Assert.Throws<InputException>(() => Questions.Read(path).Count()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_json_is_refused() =>
        Assert.Contains("data is missing", Assert.Throws<InputException>(() => Questions.Read(_folder.Write("a.json", "{}")).Count()).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(1, 10, 2)]
    [InlineData(5, 10, 2)]
    [InlineData(6, 10, 2)]
    [InlineData(26, 10, 2)]
    [InlineData(26, 10, 0)]
    [InlineData(26, 6, 0)]
    public void Windows_cover_the_context_and_overlap(int words, int length, int overlap)
    {
        var question = Ask(words);
        var windows = new QuestionWindows(question, Words(), length, overlap).Windows;
        var covered = new SortedSet<int>();
        foreach (var (w, window) in windows.Index())
        {
            var tokens = window.Tokens.Tokens;
            Assert.True(tokens.Count <= length);
            Assert.Equal((1, 3, 4, 2), (tokens[0].Id, tokens[1].Id, tokens[2].Id, tokens[3].Id)); // [CLS] a b [SEP]
            Assert.Equal(2, tokens[^1].Id);
            Assert.Equal(4, window.First);
            Assert.Equal(window.Count, tokens.Count - 5);
            if (w > 0) Assert.Equal(windows[w - 1].Offset + windows[w - 1].Count - overlap, window.Offset);
            for (int i = 0; i < window.Count; i++)
            {
                covered.Add(window.Offset + i);
                Assert.Equal(window.Offset + i, tokens[window.First + i].Start / 2);
                Assert.Equal(1, tokens[window.First + i].Type);
            }
        }
        Assert.Equal(Enumerable.Range(0, words), covered);
    }

    [Fact]
    public void A_window_without_room_is_refused() => Assert.Throws<ArgumentException>(() => new QuestionWindows(Ask(5), Words(), 7, 2));

    [Fact]
    public void The_best_answer_is_the_largest_sum_over_all_windows()
    {
        var question = Ask(12); // "a b c d e f g h i j k l"
        var windows = new QuestionWindows(question, Words(), length: 11, overlap: 2); // a-f, e-j, i-l
        Assert.Equal(["a b c d e f", "e f g h i j", "i j k l"], windows.Windows.Select(w => question.Context[w.Tokens.Tokens[w.First].Start..w.Tokens.Tokens[w.First + w.Count - 1].End]));
        Assert.Equal("g h", Best([(1, 2, 5)], [(1, 3, 4)]));
        Assert.Equal("b", Best([(0, 1, 5)], [(0, 0, 4), (0, 1, 1)])); // An end before the start is no answer.
        Assert.Equal("c", Best([(0, 2, 5)], [(0, 5, 4), (0, 2, 1)])); // Neither is one of more than three tokens.
        Assert.Equal("e", Best([(0, 4, 2), (1, 0, 9)], [(0, 4, 1)])); // "e" counts in the first window, where it has more context.
        Assert.Equal("", Best([(0, None, 9), (1, None, 9), (2, None, 9), (1, 2, 5)], [(1, 2, 1)], mayBeEmpty: true));
        Assert.Equal("g", Best([(0, None, 9), (2, None, 9), (1, 2, 5)], [(1, 2, 1)], mayBeEmpty: true)); // One window says that there is one.
        Assert.Equal("", new QuestionWindows(Ask(0), Words()).Best([new float[5]], [new float[5]]));
        Assert.Throws<ArgumentException>(() => windows.Best([], []));

        string Best((int Window, int Word, float Logit)[] starts, (int Window, int Word, float Logit)[] ends, bool mayBeEmpty = false) =>
            windows.Best(Logits(starts), Logits(ends), longest: 3, mayBeEmpty);

        float[][] Logits((int Window, int Word, float Logit)[] set)
        {
            float[][] logits = [.. windows.Windows.Select(w => new float[w.Tokens.Tokens.Count])];
            foreach (var (window, word, logit) in set) logits[window][word == None ? 0 : windows.Windows[window].First + word] = logit;
            return logits;
        }
    }

    private static Question Ask(int words) => new("q", string.Join(' ', Letters[..words].ToCharArray()), "a b", []);

    private Tokenizer Words()
    {
        _folder.Write("vocab.txt", "[UNK]\n[CLS]\n[SEP]\n" + string.Join('\n', Letters.ToCharArray()));
        return Tokenizer.Load(_folder.Path);
    }

    private string Write(string questions) =>
        _folder.Write("squad.json", $$$"""{"version": "v2.0", "data": [{"title": "t", "paragraphs": [{"context": "😁 It was Ada.", "qas": [{{{questions}}}]}]}]}""");
}
