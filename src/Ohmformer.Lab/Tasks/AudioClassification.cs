using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Features;

namespace Ohmformer.Lab.Tasks;

/// <summary>Labeled clips of audio as features; the headline is the top-1 accuracy.</summary>
internal sealed class AudioClassification : IEvaluationTask, IDisposable
{
    private readonly FeatureSet _clips;

    /// <summary>Opens the clips.</summary>
    /// <exception cref="InputException">They cannot be used, or do not fit the model.</exception>
    public AudioClassification(TaskSource source)
    {
        _clips = FeatureSet.Open(source.Path);
        try
        {
            CheckFits(source.Spec);
        }
        catch
        {
            _clips.Dispose();
            throw;
        }
        Scope = new(Metric.Accuracy, Math.Min(source.Samples, _clips.Count), source.Spec.Tokens);
        Calibration = CalibrationInputs.Last(this, Math.Min(source.Reading, _clips.Count), "clips");
    }

    /// <inheritdoc/>
    public TaskScope Scope { get; }

    /// <inheritdoc/>
    public CalibrationInputs Calibration { get; }

    /// <inheritdoc/>
    public SampleScore Score(int sample, TransformerRun run, TransformerWorkspace workspace)
    {
        float[] features = new float[_clips.Frames * _clips.FrameFeatures], logits = new float[run.Spec.Classes];
        _clips.Read(sample, features);
        run.Forward(sample, features, workspace, logits);
        return SampleScore.OfClass(logits, _clips.Label(sample));
    }

    /// <inheritdoc/>
    public void Dispose() => _clips.Dispose();

    private void CheckFits(TransformerSpec spec)
    {
        var input = (FeatureInput)spec.Input;
        if ((_clips.Frames, _clips.FrameFeatures) != (input.Frames, input.Features))
            throw new InputException($"{_clips.Source}: clips have {_clips.Frames} frames of {_clips.FrameFeatures} features; the model {spec.Name} takes {input.Frames} of {input.Features}.");
        for (int i = 0; i < _clips.Count; i++)
            if (_clips.Label(i) < 0 || _clips.Label(i) >= spec.Classes)
                throw new InputException($"{_clips.Source}: clip {i} has label {_clips.Label(i)}; the model {spec.Name} has classes 0 to {spec.Classes - 1}.");
    }
}
