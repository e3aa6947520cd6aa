using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Texts;
using Ohmformer.Models.Tokenizers;

namespace Ohmformer.Lab.Tasks;

/// <summary>Labeled sentences or pairs of a GLUE task; the headline is the benchmark's. Longer texts than the model takes are cut.</summary>
internal sealed class TextClassification : IEvaluationTask
{
    private readonly List<(TokenizedText Text, int Label)> _samples = [];

    /// <summary>Reads the sentences.</summary>
    /// <exception cref="InputException">They cannot be used, do not fit the model, or the model has no tokenizer.</exception>
    public TextClassification(TaskSource source)
    {
        var spec = source.Spec;
        var tokenizer = source.Tokenizer();
        var task = TaskOf(source);
        int cut = 0;
        foreach (var sample in TextSamples.Read(source.Path, task).Take(source.Reading))
        {
            var text = tokenizer.Encode(sample.Text, sample.Pair);
            if (text.Tokens.Count > spec.Tokens)
            {
                text = tokenizer.Encode(sample.Text, sample.Pair, spec.Tokens);
                if (_samples.Count < source.Samples) cut++;
            }
            source.CheckIds(text.Ids, $"sample {_samples.Count}");
            _samples.Add((text, sample.Label));
        }
        int count = Math.Min(source.Samples, _samples.Count);
        string[] notices =
        [
            .. task.Labels.Count < spec.Classes ? [$"the task {task.Name} has {task.Labels.Count} classes, {spec.Name} has {spec.Classes}"] : (string[])[],
            .. cut > 0 ? [$"{cut} of {count} texts are cut to the {spec.Tokens} tokens that {spec.Name} takes"] : (string[])[],
        ];
        Scope = new TaskScope(
            task.Metric == TextMetric.Matthews ? Metric.MatthewsCorrelation : Metric.Accuracy,
            count,
            _samples.Max(s => s.Text.Tokens.Count),
            notices.Length == 0 ? null : $"{source.Path}: {string.Join("; ", notices)}").OfTexts();
    }

    /// <inheritdoc/>
    public TaskScope Scope { get; }

    /// <inheritdoc/>
    public CalibrationInputs Calibration => CalibrationInputs.Last(this, _samples.Count, "sentences");

    /// <inheritdoc/>
    public SampleScore Score(int sample, TransformerRun run, TransformerWorkspace workspace)
    {
        var (text, label) = _samples[sample];
        var logits = new float[run.Spec.Classes];
        run.Forward(sample, text.Ids, text.Types, workspace, logits);
        return SampleScore.OfClass(logits, label);
    }

    private static TextTask TaskOf(TaskSource source)
    {
        var found = source.TextTask is { } name ? TextTask.Named(name) : TextSamples.Detect(source.Path)
            ?? throw new InputException($"{source.Path}(1): has the columns of no known task; name the task with --task: {string.Join(", ", TextTask.All.Select(t => t.Name))}");
        return found.Labels.Count <= source.Spec.Classes
            ? found.OrderedAs(source.Checkpoint.Labels)
            : throw new InputException($"{source.Path}: the task {found.Name} has {found.Labels.Count} classes; the model {source.Spec.Name} has {source.Spec.Classes}. Name a model that was trained for this task, or other data.");
    }
}
