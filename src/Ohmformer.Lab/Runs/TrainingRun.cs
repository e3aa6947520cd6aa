using System.Globalization;
using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Tasks;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Numerics;
using Ohmformer.Training;

namespace Ohmformer.Lab.Runs;

/// <summary>A training from a recipe file.</summary>
public static class TrainingRun
{
    /// <summary>Name of the file beside a trained network that tells how it was trained.</summary>
    internal const string RecipeFile = "recipe.yaml";

    /// <summary>Trains a network and writes it in the format of Hugging Face, with its recipe and the draft of a model card where these are absent.</summary>
    /// <param name="recipePath">Recipe file.</param>
    /// <param name="output">Folder for checkpoints, the learning curve and the network.</param>
    /// <param name="seed">Replaces the recipe's seed; null to keep it.</param>
    /// <param name="resume">Whether to go on from the folder's checkpoint.</param>
    /// <param name="threads">Worker threads; the result does not depend on them.</param>
    /// <param name="progress">Is told about every update.</param>
    /// <param name="cancellation">Stops after the current update and saves a checkpoint.</param>
    /// <exception cref="InputException">The recipe or its data cannot be used, or the folder holds another training.</exception>
    /// <exception cref="InterruptedException">The user interrupted; --resume goes on.</exception>
    public static TrainingReport Run(
        string recipePath, string output, ulong? seed, bool resume, int threads, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        AtomicFile.CheckWritable(Path.Combine(output, Trainer.CheckpointFile));
        if (!resume && File.Exists(Path.Combine(output, Trainer.CheckpointFile)))
            throw new InputException($"{output}: holds the checkpoint of a training; go on with it (--resume) or name another folder.");
        CheckReplacesNoModel(output, File.Exists(Path.Combine(output, Trainer.CheckpointFile)));
        var recipe = SpecReader.Read<TrainingRecipe>(recipePath);
        if (seed is { } given) recipe = recipe with { Seed = given };
        var files = new TrainingFiles(recipe, ShippedFiles.Locate);
        var task = recipe.Task.Open(recipe, files);
        using var opened = task as IDisposable;
        if (!Checkpoint.CanSave(task.Network))
            throw new InputException($"recipe {recipe.Name}: a network such as start {recipe.Start} cannot be written once it is trained; start from {Checkpoint.Savable}.");
        using var workers = new Workers(threads);
        var metric = task.Network is { Pooling: Pooling.EveryToken, Causal: true } ? Metric.Perplexity : Metric.Accuracy;
        string text = SpecWriter.Write(recipe, Catalog.Shipped);
        var trainer = new Trainer(recipe, task, output, workers)
        {
            Identity = text,
            Start = files.Start,
            Progress = new Steps(progress),
            EpochFinished = curve => AtomicFile.WriteAllText(Path.Combine(output, TrainingCurve.FileName), TrainingCurve.Draw(recipe.Name, metric, curve)),
        };
        var report = new TrainingReport(Train(trainer, output, resume, cancellation), metric);
        string command = $"ohmformer train --recipe {recipePath} --output {output}{(seed is null ? "" : $" --seed {seed}")}";
        WriteIfAbsent(Path.Combine(output, RecipeFile), text);
        WriteIfAbsent(Path.Combine(output, TrainingCard.FileName), TrainingCard.Text(recipe, task.Network, report, command, threads));
        return report;
    }

    /// <summary>Refuses a folder with a model that was not made by the training that goes on there.</summary>
    /// <param name="output">Folder of the training.</param>
    /// <param name="begun">Whether a training has begun there.</param>
    /// <exception cref="InputException">The folder holds another model.</exception>
    internal static void CheckReplacesNoModel(string output, bool begun)
    {
        if (!begun && File.Exists(Path.Combine(output, Checkpoint.WeightsFile)))
            throw new InputException($"{output}: holds a model, {Checkpoint.WeightsFile}, but no checkpoint of a training; name another folder, so that the model is not replaced.");
    }

    private static TrainingResult Train(Trainer trainer, string output, bool resume, CancellationToken cancellation)
    {
        try
        {
            return trainer.Run(resume, cancellation);
        }
        catch (OperationCanceledException interruption)
        {
            throw new InterruptedException($"the checkpoint is saved in {output}; the same command with --resume goes on.", interruption);
        }
    }

    // What the user has written is worth more.
    private static void WriteIfAbsent(string path, string text)
    {
        if (!File.Exists(path)) AtomicFile.WriteAllText(path, text);
    }

    private sealed class Steps(IProgress<PhaseProgress> progress) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => progress.Report(new("training", value.Step, value.Steps, string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {value.Epoch}/{value.Epochs}, loss {value.Loss:F3}, accuracy {value.Accuracy:P1}, {value.SamplesPerSecond:F0} samples/s, {DurationText.Of(value.Remaining)} left")));
    }
}
