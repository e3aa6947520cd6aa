using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Images;
using Ohmformer.Models.Metrics;
using Ohmformer.Numerics;

namespace Ohmformer.Lab.Runs;

/// <summary>One model and the labeled images it is evaluated on.</summary>
internal sealed class ImageClassification : IDisposable
{
    private const string ShippedData = "data/digits";

    /// <summary>Images that set calibrated converter ranges.</summary>
    private const int CalibrationImages = 8;

    private readonly Checkpoint _checkpoint;
    private readonly ImageSet _all, _images;
    private readonly string _path;
    private readonly int _threads;

    /// <summary>Loads the model and the images of a request.</summary>
    /// <exception cref="InputException">Either cannot be used, or they do not fit each other.</exception>
    public ImageClassification(EvaluationRequest request)
    {
        _checkpoint = ModelSource.Load(request.Model);
        _path = request.Data ?? DefaultData(request.Model);
        _all = Load(Split.Test);
        _images = request.Samples > 0 && request.Samples < _all.Count ? _all.Take(request.Samples) : _all;
        _threads = request.Threads;
        Workers = ImageLoop.WorkersFor(Count, _threads);
        Data = request.Data ?? ShippedData;
    }

    /// <summary>Sizes of the model.</summary>
    public TransformerSpec Spec => _checkpoint.Spec;

    /// <summary>Images evaluated.</summary>
    public int Count => _images.Count;

    /// <summary>Threads that share an image, for the products that <see cref="Correct"/> is given.</summary>
    public Workers Workers { get; }

    /// <summary>The data as the user named it.</summary>
    public string Data { get; }

    /// <summary>How the images are changed to fit the model where the model does not say it, or null.</summary>
    public string? Notice => _all.Notice;

    /// <inheritdoc/>
    public void Dispose() => Workers.Dispose();

    /// <summary>Which of the images are classified correctly, shape [images].</summary>
    /// <param name="products">The arithmetic of the matrix products.</param>
    /// <param name="phase">Name of the phase for the progress.</param>
    /// <param name="progress">Is told about every image.</param>
    /// <param name="cancellation">Stops between matrix products.</param>
    public bool[] Correct(IMatrixProduct products, string phase, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        var correct = new bool[Count];
        Run(products, _images, first: 0, Count, See, phase, progress, cancellation);
        return correct;

        void See(int image, float[] logits) => correct[image] = ClassificationMetrics.IsTop(logits, _images.Label(image), 1);
    }

    /// <summary>Runs images that set converter ranges: training images where the data has them, else the last images of the set.</summary>
    /// <returns>Which images were run.</returns>
    public string Calibrate(IMatrixProduct products, string phase, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        bool training = HasTrainingPart(out var images);
        int count = Math.Min(CalibrationImages, images.Count), first = training ? 0 : images.Count - count;
        Run(products, images, first, count, (_, _) => { }, phase, progress, cancellation);
        return $"the {(training ? "first" : "last")} {count} {(training ? "training images" : "images of the set")}";
    }

    private ImageSet Load(Split split) => ImageSet.Load(_path, split).FittedTo(Spec, _checkpoint.Preprocessing);

    private bool HasTrainingPart(out ImageSet images)
    {
        images = _all;
        if (!Directory.Exists(_path)) return false;
        try
        {
            images = Load(Split.Train);
            return true;
        }
        catch (InputException)
        {
            images = _all;
            return false; // Test images alone are a usable data set.
        }
    }

    private void Run(
        IMatrixProduct products, ImageSet images, int first, int count, Action<int, float[]> see, string phase, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        progress.Report(new(phase, 0, count)); // Writing the weights to arrays takes seconds, too.
        var run = new TransformerRun(Spec, _checkpoint.Weights, new InterruptibleProduct(products, cancellation));
        new ImageLoop(Spec, _threads, Workers, progress, cancellation).Run(phase, count, (index, workspace) =>
        {
            int image = first + index;
            float[] pixels = new float[images.ImageElements], logits = new float[Spec.Classes];
            images.Read(image, _checkpoint.Preprocessing!, pixels); // Images fit the network, so it has one.
            run.Forward(image, pixels, workspace, logits);
            see(image, logits);
        });
    }

    private static string DefaultData(string model) => model == EvaluationRequest.DefaultModel
        ? ShippedFiles.Find(ShippedData) ?? throw new InputException($"The shipped data '{ShippedData}' is missing beside the program; build the project again or name images with --data.")
        : throw new InputException($"No data is shipped for the model '{model}'; name labeled images with --data (folder of images, idx folder, CIFAR .bin or .npy).");
}
