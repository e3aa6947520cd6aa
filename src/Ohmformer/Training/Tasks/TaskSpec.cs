using Ohmformer.Files;
using Ohmformer.Physics;

namespace Ohmformer.Training.Tasks;

/// <summary>
/// What a recipe says about a task and its data. A new task is one record here that opens one <see cref="ITrainingTask"/>, and one line in
/// <see cref="Catalog"/> with its name.
/// </summary>
public abstract record TaskSpec
{
    /// <summary>Samples at the end of the training data that are held out.</summary>
    [Parameter("Samples at the end of the training data that are held out; they are evaluated after every epoch.", Min = 0)]
    public int ValidationSamples { get; init; }

    /// <summary>Whether there is something to evaluate after every epoch.</summary>
    public virtual bool HasValidation => ValidationSamples > 0;

    /// <summary>The data to train on, as the recipe names them.</summary>
    public abstract string TrainingData { get; }

    /// <summary>The data to test on, as the recipe names them.</summary>
    public abstract string TestData { get; }

    /// <summary>The same for a network that is trained already, which brings its tokenizer.</summary>
    public virtual TaskSpec ForTrained() => this;

    /// <summary>Opens the data and fits the network to them.</summary>
    /// <param name="recipe">The recipe that this is the task of.</param>
    /// <param name="files">The files that the recipe names.</param>
    /// <exception cref="InputException">The data cannot be used or do not fit the recipe.</exception>
    public abstract ITrainingTask Open(TrainingRecipe recipe, TrainingFiles files);
}

/// <summary>A task whose samples have one class each.</summary>
public abstract record ClassificationSpec : TaskSpec
{
    /// <summary>Share of the probability that is spread over all classes.</summary>
    [Parameter("Share of the target probability that is spread over all classes.", Min = 0, Max = 1)]
    public double LabelSmoothing { get; init; }
}
