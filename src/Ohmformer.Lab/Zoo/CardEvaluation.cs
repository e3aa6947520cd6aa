using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Tasks;
using Ohmformer.Physics;

namespace Ohmformer.Lab.Zoo;

/// <summary>How a model is evaluated when the user names no more than the model, and its reference result.</summary>
public sealed record CardEvaluation : ICheckedSpec
{
    /// <summary>Kind of task, or a task of GLUE.</summary>
    [Parameter("Kind of task, or a task of GLUE.")]
    public required string Task { get; init; }

    /// <summary>Data that the model is evaluated on.</summary>
    [Parameter("Data that the model is evaluated on: shipped data such as data/digits, or a path from the model's folder or the current one.")]
    public string? Data { get; init; }

    /// <summary>Where the data come from, for those who lack them.</summary>
    [Parameter("Where the data come from, for those who lack them.")]
    public string? Source { get; init; }

    /// <summary>Samples to evaluate; 0 for all.</summary>
    [Parameter("Samples to evaluate, from the start of the data; 0 for all; the task's number when absent.", Min = 0, Max = int.MaxValue)]
    public int? Samples { get; init; }

    /// <summary>Designs to evaluate and compare.</summary>
    [Parameter("Designs to compare; the first is the one to evaluate. Names, or paths of YAML files from the model's folder.")]
    public IReadOnlyList<string> Designs { get; init; } = [];

    /// <summary>The published result.</summary>
    [Parameter("The result in float32 that the model's authors found.")]
    public CardResult? Result { get; init; }

    /// <inheritdoc/>
    public IEnumerable<Violation> Violations()
    {
        if (!TaskKind.Names.Contains(Task)) yield return new(nameof(Task), $"is {Wording.Quote(Task)}{Wording.Allowed(Task, TaskKind.Names)}");
    }
}

/// <summary>A result in float32.</summary>
public sealed record CardResult : ICheckedSpec
{
    /// <summary>What was measured.</summary>
    [Parameter("What was measured.")]
    public required Metric Metric { get; init; }

    /// <summary>The value: a share such as 0.9835, or a perplexity.</summary>
    [Parameter("The value: a share such as 0.9835, or a perplexity.")]
    public required double Value { get; init; }

    /// <summary>Samples it was measured on.</summary>
    [Parameter("Samples it was measured on.", Min = 1)]
    public int? Samples { get; init; }

    /// <inheritdoc/>
    public IEnumerable<Violation> Violations()
    {
        var (smallest, largest) = Metric switch { Metric.Perplexity => (1, double.PositiveInfinity), Metric.MatthewsCorrelation => (-1, 1), _ => (0, 1) };
        if (!(Value >= smallest && Value <= largest))
            yield return new(nameof(Value), Metric == Metric.Perplexity ? "is less than 1, the least perplexity" : $"is not from {smallest} to 1; write shares as 0.98 and not as 98");
    }
}
