using Ohmformer.Models;

namespace Ohmformer.Lab.Tasks;

/// <summary>Samples whose true answers are known, and how the logits of a model are scored on them. Tasks that keep files open are disposable.</summary>
internal interface IEvaluationTask
{
    /// <summary>What is measured, and on how many samples.</summary>
    TaskScope Scope { get; }

    /// <summary>Inputs that set calibrated converter ranges.</summary>
    CalibrationInputs Calibration { get; }

    /// <summary>Runs the model on one sample and compares what it says with the truth. Any number of threads may.</summary>
    /// <param name="sample">Its index.</param>
    /// <param name="run">The model in some arithmetic.</param>
    /// <param name="workspace">Scratch of the calling thread, with room for <see cref="TaskScope.Tokens"/>.</param>
    SampleScore Score(int sample, TransformerRun run, TransformerWorkspace workspace);
}

/// <summary>What a task measures.</summary>
/// <param name="Metric">The headline.</param>
/// <param name="Count">Samples evaluated: the first ones.</param>
/// <param name="Tokens">Tokens of the longest input of the model, class tokens included.</param>
/// <param name="Notice">What the user should know about how the data are made to fit the model, or null.</param>
internal sealed record TaskScope(Metric Metric, int Count, int Tokens, string? Notice = null)
{
    /// <summary>Most inputs that are looked at closely.</summary>
    public const int MostProbes = 8;

    /// <summary>Tokens of all texts that are looked at closely: what 8 texts of 128 tokens have.</summary>
    private const int ProbedTokens = 1024;

    /// <summary>Inputs that set converter ranges, and inputs whose products are compared with exact ones: both take far longer than a run.</summary>
    public int Probes { get; init; } = MostProbes;

    /// <summary>Whether the five largest logits are looked at, too: one of five classes or fewer is always among them.</summary>
    public bool TopFive { get; init; }

    /// <summary>The same scope for texts: where they are long, fewer are looked at closely.</summary>
    public TaskScope OfTexts() => this with { Probes = Math.Clamp(ProbedTokens / Tokens, 1, MostProbes) };
}

/// <summary>Samples that set calibrated converter ranges; their scores do not count.</summary>
/// <param name="Task">The task they belong to.</param>
/// <param name="First">Index of the first one.</param>
/// <param name="Count">How many.</param>
/// <param name="Words">Which they are, for people.</param>
internal sealed record CalibrationInputs(IEvaluationTask Task, int First, int Count, string Words)
{
    /// <summary>The last samples that were read: those behind the evaluated ones, where the set has so many.</summary>
    /// <param name="task">The task.</param>
    /// <param name="read">Samples read.</param>
    /// <param name="noun">What its samples are called.</param>
    public static CalibrationInputs Last(IEvaluationTask task, int read, string noun)
    {
        int count = Math.Min(task.Scope.Probes, read), first = read - count;
        return new(task, first, count, $"{noun} {first + 1} to {read} of the set");
    }
}
