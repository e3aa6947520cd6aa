using System.Buffers;
using Ohmformer.Files;
using Ohmformer.Lab.Datasets;
using Ohmformer.Models;
using Ohmformer.Models.Metrics;
using Ohmformer.Models.Texts;

namespace Ohmformer.Lab.Tasks;

/// <summary>Windows of a text or of token sequences; the headline is the perplexity. Windows overlap by half of what the model takes.</summary>
internal sealed class LanguageModeling : IEvaluationTask
{
    /// <summary>Most tokens that are given to a model at once, whatever it takes.</summary>
    private const int LongestContext = 2048;

    private readonly IReadOnlyList<TokenWindow> _windows;

    /// <summary>Reads the windows.</summary>
    /// <exception cref="InputException">The text cannot be used, or the model has no tokenizer for it.</exception>
    public LanguageModeling(TaskSource source)
    {
        int context = Math.Min(source.Spec.Tokens, LongestContext);
        var tokenizer = DataKinds.Of(source.Path) == DataKind.TokenIds ? null : source.Tokenizer();
        // The last token of a window is only predicted, so a window has one more than the model reads.
        _windows = TokenWindows.Load(source.Path, tokenizer, context + 1, Math.Max(1, context / 2), source.Reading).Windows;
        for (int i = 0; i < _windows.Count; i++) source.CheckIds(_windows[i].Ids.Span, $"window {i}");
        Scope = new TaskScope(Metric.Perplexity, Math.Min(source.Samples, _windows.Count), _windows.Max(w => w.Ids.Length - 1)).OfTexts();
    }

    /// <inheritdoc/>
    public TaskScope Scope { get; }

    /// <inheritdoc/>
    public CalibrationInputs Calibration => CalibrationInputs.Last(this, _windows.Count, "windows");

    /// <inheritdoc/>
    public SampleScore Score(int sample, TransformerRun run, TransformerWorkspace workspace)
    {
        var ids = _windows[sample].Ids.Span;
        int read = ids.Length - 1, classes = run.Spec.Classes;
        float[] logits = ArrayPool<float>.Shared.Rent(read * classes);
        run.Forward(sample, ids[..read], [], workspace, logits.AsSpan(0, read * classes));
        double sum = 0;
        for (int target = ids.Length - _windows[sample].Predicted; target < ids.Length; target++)
            sum += Perplexity.NegativeLogLikelihood(logits.AsSpan((target - 1) * classes, classes), ids[target]);
        ArrayPool<float>.Shared.Return(logits);
        return new() { Value = sum, Tokens = _windows[sample].Predicted };
    }
}
