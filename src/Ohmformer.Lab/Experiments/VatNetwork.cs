using System.Globalization;
using Ohmformer.Lab.Designs;
using Ohmformer.Numerics;
using Ohmformer.Training;

namespace Ohmformer.Lab.Experiments;

/// <summary>Networks that variation-aware training refined.</summary>
internal static class VatNetwork
{
    /// <summary>
    /// The variant of a model that was trained with noise: shipped, in the folder models of the data, or else, where a run keeps its parts and a recipe is
    /// shipped, trained now; null where there is none.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="request">What the experiment was asked for.</param>
    /// <param name="progress">Is told about every update.</param>
    /// <param name="cancellation">Stops after the current update and saves a checkpoint.</param>
    /// <exception cref="Files.InputException">The recipe or its data cannot be used.</exception>
    public static ExperimentModel? Of(ExperimentModel model, ExperimentRequest request, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        if (ExperimentModels.Vat(model, request.Data) is { } found) return found;
        string? recipe = ShippedFiles.Find(Path.Combine("models", model.Vat, "recipe.yaml"));
        if (recipe is null || request is not { Mode: ExperimentMode.Full, Parts: { } parts, Data: { } data }) return null;
        string folder = Path.Combine(parts, model.Vat);
        if (!File.Exists(Path.Combine(folder, "config.json"))) Train(recipe, folder, data, request.Threads, new Steps(model.Vat, progress), cancellation);
        return model with { Name = ExperimentModels.VatName(model), Model = folder };
    }

    private static void Train(string recipePath, string folder, string data, int threads, IProgress<TrainingProgress> progress, CancellationToken cancellation)
    {
        var recipe = SpecReader.Read<TrainingRecipe>(recipePath);
        var files = new TrainingFiles(recipe, path => ExperimentModels.InData(path, data));
        var task = recipe.Task.Open(recipe, files);
        using var opened = task as IDisposable;
        using var workers = new Workers(threads);
        new Trainer(recipe, task, folder, workers) { Start = files.Start, Progress = progress }.Run(resume: true, cancellation);
    }

    private sealed class Steps(string name, IProgress<PhaseProgress> progress) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => progress.Report(new(
            $"{name}: training", value.Step, value.Steps, string.Create(CultureInfo.InvariantCulture, $"loss {value.Loss:F3}")));
    }
}
