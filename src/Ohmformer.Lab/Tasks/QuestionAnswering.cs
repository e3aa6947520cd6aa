using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Metrics;
using Ohmformer.Models.Texts;

namespace Ohmformer.Lab.Tasks;

/// <summary>Questions of SQuAD; the headline is F1, and a sample is right when its answer matches exactly.</summary>
internal sealed class QuestionAnswering : IEvaluationTask
{
    /// <summary>Sizes of the windows in tokens where the model takes so many (BERT's run_squad.py).</summary>
    private const int Length = 384, Overlap = 128, LongestQuestion = 64;

    /// <summary>Fewest tokens that leave room for the context.</summary>
    private const int ShortestLength = 10;

    private readonly List<(Question Question, QuestionWindows Windows, int First)> _samples = [];
    private readonly bool _mayBeEmpty;

    /// <summary>Reads the questions.</summary>
    /// <exception cref="InputException">They cannot be used, or the model has no tokenizer or takes too few tokens.</exception>
    public QuestionAnswering(TaskSource source)
    {
        int length = Math.Min(Length, source.Spec.Tokens);
        if (length < ShortestLength) throw new InputException($"{source.Path}: questions with their texts need {ShortestLength} tokens; {source.Spec.Name} takes {length}. Name a model that takes longer texts.");
        var tokenizer = source.Tokenizer();
        var questions = Questions.Read(source.Path).ToList();
        if (questions.Count == 0) throw new InputException($"{source.Path}: has no questions");
        _mayBeEmpty = questions.Exists(q => q.Answers.Count == 0);
        int runs = 0;
        foreach (var question in questions.Take(source.Reading))
        {
            var windows = new QuestionWindows(question, tokenizer, length, Math.Min(Overlap, length / 4), Math.Min(LongestQuestion, length / 4));
            foreach (var window in windows.Windows) source.CheckIds(window.Tokens.Ids, $"question {question.Id}");
            _samples.Add((question, windows, runs));
            runs += windows.Windows.Count;
        }
        Scope = new TaskScope(Metric.F1, Math.Min(source.Samples, _samples.Count), _samples.Max(s => s.Windows.Windows.Max(w => w.Tokens.Tokens.Count))).OfTexts();
    }

    /// <inheritdoc/>
    public TaskScope Scope { get; }

    /// <inheritdoc/>
    public CalibrationInputs Calibration => CalibrationInputs.Last(this, _samples.Count, "questions");

    /// <inheritdoc/>
    public SampleScore Score(int sample, TransformerRun run, TransformerWorkspace workspace)
    {
        var (question, windows, first) = _samples[sample];
        List<float[]> starts = [], ends = [];
        foreach (var (i, window) in windows.Windows.Index())
        {
            int tokens = window.Tokens.Tokens.Count;
            var logits = new float[run.Spec.Logits(tokens)];
            run.Forward(first + i, window.Tokens.Ids, window.Tokens.Types, workspace, logits);
            starts.Add([.. Enumerable.Range(0, tokens).Select(t => logits[2 * t])]);
            ends.Add([.. Enumerable.Range(0, tokens).Select(t => logits[2 * t + 1])]);
        }
        var score = AnswerScore.Of(windows.Best(starts, ends, mayBeEmpty: _mayBeEmpty), question.Answers.Select(a => a.Text));
        return new() { Right = score.ExactMatch == 1, Value = score.F1 };
    }
}
