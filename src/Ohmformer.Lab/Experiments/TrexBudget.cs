using System.Globalization;
using Ohmformer.Techniques.Trex;

namespace Ohmformer.Lab.Experiments;

/// <summary>How much of everything the study of a model does. Budgets are chosen by duration, before any result.</summary>
internal sealed record TrexBudget
{
    /// <summary>Numbers of encoders that reuse attention.</summary>
    public required IReadOnlyList<int> Numbers { get; init; }

    /// <summary>The number of which patterns, stand-ins and other techniques are compared; null to compare none.</summary>
    public int? Compared { get; init; }

    /// <summary>Patterns of each kind that are trained, the latest ones, where patterns are compared.</summary>
    public int PatternsOfKind { get; init; } = int.MaxValue;

    /// <summary>Random subsets that are compared with the patterns.</summary>
    public int RandomSubsets { get; init; } = 8;

    /// <summary>Patterns of all ranks that are fine-tuned, besides the best, to see whether partial training ranks as full training does.</summary>
    public int RankedPatterns { get; init; } = 5;

    /// <summary>Share of the training samples of partial training.</summary>
    public double PartialShare { get; init; } = 0.2;

    /// <summary>Share of the training samples of fine-tuning.</summary>
    public double TuningShare { get; init; } = 1;

    /// <summary>Epochs of fine-tuning.</summary>
    public required int Epochs { get; init; }

    /// <summary>Samples of an update.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Learning rate.</summary>
    public double LearningRate { get; init; } = 5e-4;

    /// <summary>Trainings of every network that is compared: seeds 1, 2, ...</summary>
    public int Trainings { get; init; } = 1;

    /// <summary>Test samples of fine-tuned networks, in training's arithmetic.</summary>
    public int Samples { get; init; } = 2000;

    /// <summary>Test samples of partially trained networks, and their noise seeds.</summary>
    public (int Samples, int Seeds) Partial { get; init; } = (1000, 2);

    /// <summary>Test samples on arrays, and their noise seeds; no samples for no arrays.</summary>
    public (int Samples, int Seeds) Arrays { get; init; } = (200, 3);

    /// <summary>The stages of training.</summary>
    /// <param name="recipe">The recipe of TReX, which decides the rest.</param>
    public (TrexStage Partial, TrexStage Tuned) Stages(TrexRecipe recipe)
    {
        var partial = new TrexStage("partial", PartialShare, recipe.Search with { BatchSize = BatchSize, LearningRate = LearningRate });
        return (partial, new("tuned", TuningShare, recipe.FineTuning with { Epochs = Epochs, BatchSize = BatchSize, LearningRate = LearningRate, WarmUpEpochs = recipe.Search.WarmUpEpochs }, partial));
    }

    /// <summary>The budget in words.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"one epoch on {100 * PartialShare:G3} % of the training samples for every pattern, then {Epochs} epoch{(Epochs == 1 ? "" : "s")} on {100 * TuningShare:G3} %, batches of {BatchSize}, learning rate {LearningRate}, {Trainings} training{(Trainings == 1 ? "" : "s")} of every network that is compared");

    /// <summary>The budget of a model.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="mode">How thorough the run is.</param>
    public static TrexBudget Of(string model, ExperimentMode mode) => (mode, model.Split(' ')[0]) switch
    {
        (ExperimentMode.Quick, _) => new()
        {
            Numbers = [5, 9],
            Compared = 5,
            PatternsOfKind = 1,
            RandomSubsets = 2,
            RankedPatterns = 0,
            Epochs = 1,
            TuningShare = 0.2,
            PartialShare = 0.05,
            Samples = 500,
            Partial = (500, 2),
            Arrays = (50, 3),
        },
        (_, "vit-digits") => new() { Numbers = [3, 5, 7, 9], Compared = 5, TuningShare = 0.5, Epochs = 2, Trainings = 2, Arrays = (100, 3) },
        (_, "kwt1-speech-commands") => new() { Numbers = [3, 5, 7, 9], Compared = 5, RankedPatterns = 0, Epochs = 2, BatchSize = 16, LearningRate = 2e-4, Trainings = 2, Arrays = (50, 3) },
        (_, "bert-sst2") => new() { Numbers = [1, 2, 3, 4], Epochs = 4, Trainings = 3, Arrays = default },
        (_, "vit-fashion") => new() { Numbers = [3, 5, 7, 9], PartialShare = 0.03, TuningShare = 0.2, Epochs = 2, Arrays = (100, 3) },
        _ => new() { Numbers = [3, 5, 7, 9], PartialShare = 0.05, TuningShare = 0.5, Epochs = 1, Arrays = (40, 3) },
    };
}
