using Ohmformer.Files;

namespace Ohmformer.Models.Texts;

/// <summary>How the score of a task is computed from predicted and true classes.</summary>
public enum TextMetric
{
    /// <summary>Share of samples that are right.</summary>
    Accuracy,

    /// <summary>Matthews correlation coefficient.</summary>
    Matthews,
}

/// <summary>
/// A classification task of the GLUE benchmark (Wang et al., ICLR 2019): where sentences and labels stand in its TSV files, with or without
/// a header.
/// </summary>
public sealed record TextTask
{
    private static readonly string[] Entailed = ["entailment", "not_entailment"], Numbers = ["0", "1"];

    /// <summary>Name on the command line, for example "sst2".</summary>
    public required string Name { get; init; }

    /// <summary>The labels as the files write them, in the order of the classes.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Names of the columns in a header: the label, a sentence, and the second sentence of a pair.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>The same columns by number from 0 in files without a header; null where files always have one.</summary>
    public IReadOnlyList<int>? Places { get; init; }

    /// <summary>Columns of a file without a header; 0 where files always have one.</summary>
    public int Width { get; init; }

    /// <summary>The metric of the benchmark.</summary>
    public TextMetric Metric { get; init; }

    /// <summary>The tasks that are known.</summary>
    public static IReadOnlyList<TextTask> All { get; } =
    [
        new() { Name = "sst2", Labels = Numbers, Columns = ["label", "sentence"], Places = [1, 0], Width = 2 },
        new() { Name = "cola", Labels = Numbers, Columns = ["label", "sentence"], Places = [1, 3], Width = 4, Metric = TextMetric.Matthews },
        new() { Name = "mnli", Labels = ["entailment", "neutral", "contradiction"], Columns = ["gold_label", "sentence1", "sentence2"] },
        new() { Name = "qnli", Labels = Entailed, Columns = ["label", "question", "sentence"] },
        new() { Name = "rte", Labels = Entailed, Columns = ["label", "sentence1", "sentence2"] },
        new() { Name = "wnli", Labels = Numbers, Columns = ["label", "sentence1", "sentence2"] },
        new() { Name = "mrpc", Labels = Numbers, Columns = ["Quality", "#1 String", "#2 String"] },
        new() { Name = "qqp", Labels = Numbers, Columns = ["is_duplicate", "question1", "question2"] },
    ];

    /// <summary>The task of a name.</summary>
    /// <exception cref="InputException">There is no such task.</exception>
    public static TextTask Named(string name) => All.FirstOrDefault(t => t.Name == name)
        ?? throw new InputException($"'{name}' is no task; tasks are {string.Join(", ", All.Select(t => t.Name))}");

    /// <summary>The same task with its classes in the order of a model whose own names of them are those of the files, in any case.</summary>
    /// <param name="modelLabels">The model's labels by class (id2label); others than the task's leave the task as it is.</param>
    public TextTask OrderedAs(IReadOnlyList<string> modelLabels) =>
        modelLabels.Count == Labels.Count && Labels.All(label => modelLabels.Contains(label, StringComparer.OrdinalIgnoreCase))
            ? this with { Labels = [.. modelLabels.Select(m => Labels.First(label => label.Equals(m, StringComparison.OrdinalIgnoreCase)))] }
            : this;
}
