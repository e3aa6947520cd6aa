using Ohmformer.Models.Features;
using Ohmformer.Physics;

namespace Ohmformer.Training.Tasks;

/// <summary>A transformer that classifies frames of features, such as mel coefficients.</summary>
public sealed record FeatureTaskSpec : ClassificationSpec
{
    /// <summary>Training features.</summary>
    [Parameter("A features .npy with its labels beside it, or their folder, to train on; relative to the current directory.")]
    public required string Data { get; init; }

    /// <summary>Test features.</summary>
    [Parameter("The same to test on.")]
    public required string Test { get; init; }

    /// <summary>Names of the classes; empty for numbers.</summary>
    [Parameter("Names of the classes in the order of their labels; numbers when left out.")]
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>Largest shift in time.</summary>
    [Parameter("Largest random shift in frames, either way; the border is repeated.", Min = 0, Max = 65536)]
    public int ShiftFrames { get; init; }

    /// <summary>Largest number of frames that are masked.</summary>
    [Parameter("Largest number of neighboring frames that are set to 0 (SpecAugment, Park et al., arXiv:1904.08779).", Min = 0, Max = 65536)]
    public int MaskedFrames { get; init; }

    /// <summary>Largest number of features that are masked.</summary>
    [Parameter("Largest number of neighboring features that are set to 0 (SpecAugment).", Min = 0, Max = 65536)]
    public int MaskedFeatures { get; init; }

    /// <inheritdoc/>
    public override string TrainingData => Data;

    /// <inheritdoc/>
    public override string TestData => Test;

    /// <inheritdoc/>
    public override ITrainingTask Open(TrainingRecipe recipe, TrainingFiles files) =>
        new FeatureTask(recipe, this, FeatureSet.Open(files.Locate(Data)), FeatureSet.Open(files.Locate(Test)), files.Start);
}
