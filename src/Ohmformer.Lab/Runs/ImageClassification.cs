using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Images;
using Ohmformer.Physics;

namespace Ohmformer.Lab.Runs;

/// <summary>One model and the labeled images it is evaluated on.</summary>
internal sealed class ImageClassification
{
    private const string ShippedData = "data/digits";

    private readonly Checkpoint _checkpoint;
    private readonly ImageSet _images;
    private readonly int _threads;

    /// <summary>Loads the model and the images of a request.</summary>
    /// <exception cref="InputException">Either cannot be used, or they do not fit each other.</exception>
    public ImageClassification(EvaluationRequest request)
    {
        _checkpoint = ModelSource.Load(request.Model);
        var images = ImageSet.Load(request.Data ?? DefaultData(request.Model), Split.Test);
        images.CheckFits(_checkpoint.Spec);
        _images = request.Samples > 0 && request.Samples < images.Count ? images.Take(request.Samples) : images;
        _threads = request.Threads;
        Data = request.Data ?? ShippedData;
    }

    /// <summary>Sizes of the model.</summary>
    public TransformerSpec Spec => _checkpoint.Spec;

    /// <summary>Images evaluated.</summary>
    public int Count => _images.Count;

    /// <summary>The data as the user named it.</summary>
    public string Data { get; }

    /// <summary>Share of the first images that are classified correctly.</summary>
    /// <param name="products">The arithmetic of the matrix products.</param>
    /// <param name="phase">Name of the phase for the progress.</param>
    /// <param name="progress">Is told about every image.</param>
    /// <param name="cancellation">Stops between matrix products.</param>
    /// <param name="limit">Images to use at most.</param>
    public double Accuracy(IMatrixProduct products, string phase, IProgress<PhaseProgress> progress, CancellationToken cancellation, int limit = int.MaxValue)
    {
        int count = Math.Min(limit, Count), correct = 0;
        progress.Report(new(phase, 0, count)); // Writing the weights to arrays takes seconds, too.
        var run = new TransformerRun(Spec, _checkpoint.Weights, new InterruptibleProduct(products, cancellation));
        new ImageLoop(Spec, _threads, progress, cancellation).Run(phase, count, (image, workspace) =>
        {
            float[] pixels = new float[_images.ImageElements], logits = new float[Spec.Classes];
            _images.Read(image, _checkpoint.Preprocessing, pixels);
            run.Forward(image, pixels, workspace, logits);
            if (Array.IndexOf(logits, logits.Max()) == _images.Label(image)) Interlocked.Increment(ref correct);
        });
        return (double)correct / count;
    }

    private static string DefaultData(string model) => model == EvaluationRequest.DefaultModel
        ? ShippedFiles.Find(ShippedData) ?? throw new InputException($"The shipped data '{ShippedData}' is missing beside the program; build the project again or name images with --data.")
        : throw new InputException($"No data is shipped for the model '{model}'; name labeled images with --data (idx folder, CIFAR-10 .bin or .npy).");
}
