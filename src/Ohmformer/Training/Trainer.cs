using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Images;
using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>Trains a vision transformer by a recipe. The result depends on recipe and data only, not on threads or interruptions.</summary>
public sealed class Trainer
{
    /// <summary>Name of the file in the output folder from which a training resumes.</summary>
    public const string CheckpointFile = "checkpoint.bin";

    /// <summary>Name of the file with the learning curve, one line per epoch.</summary>
    public const string CurveFile = "curve.csv";

    private readonly TrainingRecipe _recipe;
    private readonly TransformerParameters _parameters;
    private readonly ImageSet _images;
    private readonly Preprocessing _preprocessing;
    private readonly BatchGradient _gradient;
    private readonly ImageTask _training;
    private readonly Augmentation _augmentation;
    private readonly LearningRateSchedule _schedule;
    private readonly int _trainImages, _stepsPerEpoch;
    private readonly string _folder, _identity;

    private Trainer(TrainingRecipe recipe, ImageSet images, string folder, int threads)
    {
        if (recipe.ValidationImages >= images.Count)
            throw new InputException($"recipe {recipe.Name}: validationImages {recipe.ValidationImages} leaves nothing of {images.Count} training images; hold out fewer.");
        _recipe = recipe;
        _images = images;
        _folder = folder;
        _identity = $"{recipe}, {images.Count} images";
        _preprocessing = Preprocessing.Centered(images.Channels);
        _parameters = new TransformerParameters(recipe.SpecFor(images));
        _gradient = new BatchGradient(
            (tape, values, gradients, batch, _, _) => new TrainableTransformer(_parameters).Forward(tape, values, gradients, batch),
            _parameters.Count, _parameters.Spec.Tokens, new Workers(threads));
        _training = new ImageTask(this, images);
        _augmentation = new Augmentation(recipe, images.Channels, images.Height);
        _trainImages = images.Count - recipe.ValidationImages;
        _stepsPerEpoch = (_trainImages + recipe.BatchSize - 1) / recipe.BatchSize;
        _schedule = new LearningRateSchedule(recipe.LearningRate, (long)(recipe.WarmUpEpochs * _stepsPerEpoch), (long)recipe.Epochs * _stepsPerEpoch);
    }

    private string CheckpointPath => Path.Combine(_folder, CheckpointFile);

    /// <summary>Trains, or goes on training, and writes the network to a folder. The test images are used once, at the very end.</summary>
    /// <param name="recipe">What to train and how.</param>
    /// <param name="train">Training images; the recipe may hold out the last of them.</param>
    /// <param name="test">Test images.</param>
    /// <param name="outputDirectory">Gets <see cref="CheckpointFile"/> and <see cref="CurveFile"/> after every epoch, and at the end the network.</param>
    /// <param name="resume">Whether to go on from the folder's checkpoint, if there is one.</param>
    /// <param name="progress">Is told about every update.</param>
    /// <param name="threads">Threads to use; the result does not depend on them.</param>
    /// <param name="cancellation">Stops after the current update and saves a checkpoint.</param>
    /// <exception cref="InputException">The recipe does not fit the data, the loss is not finite, or the checkpoint is not usable.</exception>
    /// <exception cref="OperationCanceledException">The training was canceled; a checkpoint has been saved.</exception>
    public static TrainingResult Run(
        TrainingRecipe recipe, ImageSet train, ImageSet test, string outputDirectory, bool resume,
        IProgress<TrainingProgress>? progress, int threads, CancellationToken cancellation)
    {
        var trainer = new Trainer(recipe, train, outputDirectory, threads);
        test.CheckFits(trainer._parameters.Spec);
        var state = trainer.Start(resume);
        trainer.Train(state, progress, cancellation);
        trainer.SaveNetwork(state);
        return new TrainingResult(trainer.Accuracy(state, test, 0, test.Count), state.Curve, state.Elapsed);
    }

    private TrainingState Start(bool resume) => resume && File.Exists(CheckpointPath)
        ? TrainingState.Load(CheckpointPath, _identity, _parameters.Count)
        : new TrainingState(_parameters.Initialize(_recipe.Seed));

    private void Train(TrainingState state, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        var before = state.Elapsed;
        long start = Stopwatch.GetTimestamp(), firstStep = state.Step;
        while (state.Step < _schedule.Steps)
        {
            int epoch = (int)(state.Step / _stepsPerEpoch);
            int[] order = Order(epoch);
            do
            {
                if (cancellation.IsCancellationRequested)
                {
                    state.Save(CheckpointPath, _identity);
                    cancellation.ThrowIfCancellationRequested();
                }
                Update(state, epoch, order);
                var spent = Stopwatch.GetElapsedTime(start);
                state.Elapsed = before + spent;
                progress?.Report(Describe(state, epoch, (state.Step - firstStep) / spent.TotalSeconds));
            }
            while (state.Step % _stepsPerEpoch != 0);
            FinishEpoch(state, epoch);
        }
    }

    // One batch: gradient, clipping, AdamW.
    private void Update(TrainingState state, int epoch, int[] order)
    {
        int first = (int)(state.Step % _stepsPerEpoch) * _recipe.BatchSize, count = Math.Min(_recipe.BatchSize, order.Length - first);
        var (loss, correct, _) = _gradient.Compute(state.Values, _training, epoch, order.AsMemory(first, count));
        if (!double.IsFinite(loss))
            throw new InputException($"recipe {_recipe.Name}: the loss is {loss} at update {state.Step + 1}; lower learningRate {_recipe.LearningRate} or lengthen warmUpEpochs {_recipe.WarmUpEpochs}.");
        _gradient.Clip(_recipe.GradientNorm);

        double rate = _schedule.At(state.Step);
        state.Step++;
        foreach (var block in _parameters.Blocks)
            state.Optimizer.Update(
                state.Values, _gradient.Gradient, block.Offset, block.Length, state.Step, rate, block.Decays ? _recipe.WeightDecay : 0);
        state.LossSum += loss;
        state.Correct += correct;
        state.Seen += count;
    }

    private void ReadAugmented(int image, int epoch, Span<float> pixels)
    {
        float[] original = ArrayPool<float>.Shared.Rent(pixels.Length);
        _images.Read(image, _preprocessing, original);
        _augmentation.Apply(original, epoch, image, pixels);
        ArrayPool<float>.Shared.Return(original);
    }

    private void FinishEpoch(TrainingState state, int epoch)
    {
        state.Curve.Add(new EpochResult(
            epoch + 1, _schedule.At(state.Step - 1), state.LossSum / state.Seen, (double)state.Correct / state.Seen, Accuracy(state, _images, _trainImages, _recipe.ValidationImages)));
        (state.LossSum, state.Correct, state.Seen) = (0, 0, 0);
        state.Save(CheckpointPath, _identity);
        AtomicFile.WriteAllText(Path.Combine(_folder, CurveFile), CurveText(state.Curve));
    }

    private TrainingProgress Describe(TrainingState state, int epoch, double stepsPerSecond) => new(
        epoch + 1, _recipe.Epochs, state.Step, _schedule.Steps, state.LossSum / state.Seen, (double)state.Correct / state.Seen, _schedule.At(state.Step - 1),
        stepsPerSecond * _trainImages / _stepsPerEpoch, TimeSpan.FromSeconds((_schedule.Steps - state.Step) / stepsPerSecond),
        state.Curve.Count > 0 ? state.Curve[^1] : null);

    // NaN when there are no images.
    private double Accuracy(TrainingState state, ImageSet images, int first, int count)
    {
        return (double)_gradient.Evaluate(state.Values, new ImageTask(this, images), DataPart.Test, Enumerable.Range(first, count).ToArray()).Correct / count;
    }

    private void SaveNetwork(TrainingState state)
    {
        string[] labels = [.. Enumerable.Range(0, _parameters.Spec.Classes).Select(c => c.ToString(CultureInfo.InvariantCulture))];
        new Checkpoint(_parameters.Spec, _parameters.ToWeights(state.Values), labels, _preprocessing).Save(_folder);
    }

    // A random order of the training images (Fisher and Yates).
    private int[] Order(int epoch)
    {
        var random = new RandomStream(new NoiseKey(_recipe.Seed, NoisePurpose.Shuffle, epoch));
        int[] order = [.. Enumerable.Range(0, _trainImages)];
        for (int i = order.Length - 1; i > 0; i--)
        {
            int other = random.NextBelow(i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }
        return order;
    }

    private static string CurveText(IEnumerable<EpochResult> curve) => string.Concat(
        curve.Select(e => string.Create(
            CultureInfo.InvariantCulture,
            $"{e.Epoch},{e.LearningRate:G6},{e.Loss:G6},{e.TrainAccuracy:F5},{(double.IsNaN(e.ValidationAccuracy) ? "" : e.ValidationAccuracy.ToString("F5", CultureInfo.InvariantCulture))}\n"))
            .Prepend("epoch,learning_rate,loss,train_accuracy,validation_accuracy\n"));

    /// <summary>The images of a set, those for training augmented.</summary>
    private sealed class ImageTask(Trainer trainer, ImageSet images) : ITrainingTask
    {
        public TransformerSpec Network => trainer._parameters.Spec;

        public int Count(DataPart part) => images.Count;

        public TrainingBatch Read(DataPart part, int epoch, ReadOnlySpan<int> samples)
        {
            var image = (ImageInput)Network.Input;
            var pixels = new float[samples.Length * image.Values];
            var labels = new int[samples.Length];
            for (int i = 0; i < samples.Length; i++)
            {
                var target = pixels.AsSpan(i * image.Values, image.Values);
                if (part == DataPart.Train) trainer.ReadAugmented(samples[i], epoch, target);
                else images.Read(samples[i], trainer._preprocessing, target);
                labels[i] = images.Label(samples[i]);
            }
            return new TrainingBatch
            {
                Values = pixels,
                Lengths = Enumerable.Repeat(image.Tokens - image.ClassTokens, samples.Length).ToArray(),
                Labels = labels,
                Probabilities = part == DataPart.Train ? LossOperations.SmoothLabels(labels, Network.Classes, trainer._recipe.LabelSmoothing) : default,
            };
        }

        public void Save(TransformerWeights weights, string folder) => throw new NotSupportedException();
    }
}
