using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Images;

namespace Ohmformer.Lab.Tasks;

/// <summary>Labeled images; the headline is the top-1 accuracy, with the top-5 accuracy beside it where there are more than five classes.</summary>
internal sealed class ImageClassification : IEvaluationTask
{
    private readonly TaskSource _source;
    private readonly ImageSet _images;

    /// <summary>Opens the test images.</summary>
    /// <exception cref="InputException">They cannot be used, or do not fit the model.</exception>
    public ImageClassification(TaskSource source)
        : this(source, Fitted(source, Split.Test))
    {
    }

    private ImageClassification(TaskSource source, ImageSet images)
    {
        (_source, _images) = (source, images);
        Scope = new(Metric.Accuracy, Math.Min(source.Samples, images.Count), source.Spec.Tokens, images.Notice) { TopFive = source.Spec.Classes > 5 };
    }

    /// <inheritdoc/>
    public TaskScope Scope { get; }

    /// <summary>Training images where the data has them, else the last images of the set.</summary>
    public CalibrationInputs Calibration
    {
        get
        {
            if (TrainingPart() is { } training)
            {
                int count = Math.Min(TaskScope.MostProbes, training._images.Count);
                return new(training, 0, count, $"the first {count} training images");
            }
            int last = Math.Min(TaskScope.MostProbes, _images.Count);
            return new(this, _images.Count - last, last, $"the last {last} images of the set");
        }
    }

    /// <inheritdoc/>
    public SampleScore Score(int sample, TransformerRun run, TransformerWorkspace workspace)
    {
        float[] pixels = new float[_images.ImageElements], logits = new float[run.Spec.Classes];
        _images.Read(sample, _source.Checkpoint.Preprocessing!, pixels); // Images fit the network, so it has one.
        run.Forward(sample, pixels, workspace, logits);
        return SampleScore.OfClass(logits, _images.Label(sample));
    }

    private ImageClassification? TrainingPart()
    {
        if (!Directory.Exists(_source.Path)) return null;
        try
        {
            return new(_source, Fitted(_source, Split.Train));
        }
        catch (InputException)
        {
            return null; // Test images alone are a usable data set.
        }
    }

    private static ImageSet Fitted(TaskSource source, Split split) =>
        ImageSet.Load(source.Path, split).FittedTo(source.Spec, source.Checkpoint.Preprocessing);
}
