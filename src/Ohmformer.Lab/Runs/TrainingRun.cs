using System.Globalization;
using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Models.Images;
using Ohmformer.Training;

namespace Ohmformer.Lab.Runs;

/// <summary>A training from a recipe file.</summary>
public static class TrainingRun
{
    /// <summary>Trains a network and writes it in the format of Hugging Face.</summary>
    /// <param name="recipePath">Recipe file.</param>
    /// <param name="output">Folder for checkpoints, the learning curve and the network.</param>
    /// <param name="seed">Replaces the recipe's seed; null to keep it.</param>
    /// <param name="resume">Whether to go on from the folder's checkpoint.</param>
    /// <param name="threads">Worker threads; the result does not depend on them.</param>
    /// <param name="progress">Is told about every update.</param>
    /// <param name="cancellation">Stops after the current update and saves a checkpoint.</param>
    /// <exception cref="InputException">The recipe or its data cannot be used, or the folder holds another training.</exception>
    /// <exception cref="InterruptedException">The user interrupted; --resume goes on.</exception>
    public static TrainingResult Run(
        string recipePath, string output, ulong? seed, bool resume, int threads, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        AtomicFile.CheckWritable(Path.Combine(output, Trainer.CheckpointFile));
        if (!resume && File.Exists(Path.Combine(output, Trainer.CheckpointFile)))
            throw new InputException($"{output}: holds the checkpoint of a training; go on with it (--resume) or name another folder.");
        var recipe = SpecReader.Read<TrainingRecipe>(recipePath);
        if (seed is { } given) recipe = recipe with { Seed = given };
        string data = Directory.Exists(recipe.Data) || File.Exists(recipe.Data) ? recipe.Data : ShippedFiles.Find(recipe.Data) ?? recipe.Data;
        ImageSet train = ImageSet.Load(data, Split.Train), test = ImageSet.Load(data, Split.Test);
        try
        {
            return Trainer.Run(recipe, train, test, output, resume, new Steps(progress), threads, cancellation);
        }
        catch (OperationCanceledException interruption)
        {
            throw new InterruptedException($"the checkpoint is saved in {output}; the same command with --resume goes on.", interruption);
        }
    }

    private sealed class Steps(IProgress<PhaseProgress> progress) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => progress.Report(new("training", value.Step, value.Steps, string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {value.Epoch}/{value.Epochs}, loss {value.Loss:F3}, accuracy {value.Accuracy:P1}, {value.ImagesPerSecond:F0} images/s, {value.Remaining:hh\\:mm\\:ss} left")));
    }
}
