using Ohmformer.Files;
using Ohmformer.Lab.Datasets;
using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Runs;
using Ohmformer.Models;
using Ohmformer.Models.Texts;

namespace Ohmformer.Lab.Tasks;

/// <summary>A kind of task that models are evaluated on.</summary>
internal sealed record TaskKind
{
    /// <summary>Name on the command line.</summary>
    public required string Name { get; init; }

    /// <summary>What its models do, for example "classifies images".</summary>
    public required string Does { get; init; }

    /// <summary>What its samples are called, for example "images".</summary>
    public required string Samples { get; init; }

    /// <summary>The data it needs, for example "labeled images".</summary>
    public required string Data { get; init; }

    /// <summary>The formats of the data.</summary>
    public required string Formats { get; init; }

    /// <summary>The same as kinds.</summary>
    public required IReadOnlyList<DataKind> Accepted { get; init; }

    /// <summary>Samples evaluated when the user names no number.</summary>
    public int DefaultSamples { get; init; } = EvaluationRequest.DefaultSamples;

    /// <summary>Whether it is the task of a model.</summary>
    public required Func<TransformerSpec, bool> Fits { get; init; }

    /// <summary>Reads the samples.</summary>
    public required Func<TaskSource, IEvaluationTask> Load { get; init; }

    /// <summary>All kinds; every model has one.</summary>
    public static IReadOnlyList<TaskKind> All { get; } =
    [
        new()
        {
            Name = "image-classification",
            Does = "classifies images",
            Samples = "images",
            Data = "labeled images",
            Formats = "folder of images, idx folder, CIFAR .bin or .npy",
            Accepted = [DataKind.Images],
            Fits = spec => spec.Input is ImageInput,
            Load = source => new ImageClassification(source),
        },
        new()
        {
            Name = "audio-classification",
            Does = "classifies audio features",
            Samples = "clips",
            Data = "labeled features",
            Formats = "features.npy with labels.npy beside it",
            Accepted = [DataKind.Features],
            Fits = spec => spec.Input is FeatureInput,
            Load = source => new AudioClassification(source),
        },
        new()
        {
            Name = "language-modeling",
            Does = "predicts text",
            Samples = "windows",
            Data = "a text",
            Formats = ".txt, .raw or .tokens, or token ids in .json",
            Accepted = [DataKind.Text, DataKind.TokenIds],
            DefaultSamples = 32,
            Fits = spec => spec.Input is TokenInput && spec.Pooling == Pooling.EveryToken && spec.Causal,
            Load = source => new LanguageModeling(source),
        },
        new()
        {
            Name = "question-answering",
            Does = "answers questions about texts",
            Samples = "questions",
            Data = "questions with answers",
            Formats = ".json of SQuAD",
            Accepted = [DataKind.Questions],
            DefaultSamples = 100,
            Fits = spec => spec.Input is TokenInput && spec.Pooling == Pooling.EveryToken && !spec.Causal,
            Load = source => new QuestionAnswering(source),
        },
        new()
        {
            Name = "text-classification",
            Does = "classifies text",
            Samples = "sentences",
            Data = "labeled sentences",
            Formats = ".tsv of GLUE",
            Accepted = [DataKind.Sentences],
            Fits = spec => spec.Input is TokenInput && spec.Pooling != Pooling.EveryToken,
            Load = source => new TextClassification(source),
        },
    ];

    /// <summary>Names that a user may write: kinds, and tasks of GLUE.</summary>
    public static IEnumerable<string> Names => [.. All.Select(k => k.Name), .. TextTask.All.Select(t => t.Name)];

    /// <summary>The kind of task of a model.</summary>
    /// <param name="name">What the user wrote; null to take what fits the model.</param>
    /// <param name="spec">The model.</param>
    /// <exception cref="InputException">There is no such task, or the model is made for another one.</exception>
    public static TaskKind Of(string? name, TransformerSpec spec)
    {
        var own = All.First(k => k.Fits(spec));
        if (name is null || name == own.Name || (own.Accepted.Contains(DataKind.Sentences) && TextTask.All.Any(t => t.Name == name))) return own;
        throw new InputException(Names.Contains(name)
            ? $"--task is {name}, but {spec.Name} {own.Does}; its task is {own.Name}."
            : $"--task is {Wording.Quote(name)}{Wording.Allowed(name, Names)}");
    }

    /// <summary>Checks that data are of a kind that this task can use; files of unknown names are left to their reader.</summary>
    /// <exception cref="InputException">They are not.</exception>
    public void CheckData(string path, string model)
    {
        if (DataKinds.Of(path) is not { } found || Accepted.Contains(found)) return;
        string holds = Directory.Exists(path) && found == DataKind.Images ? "is a folder" : $"holds {DataKinds.Words(found)}";
        throw new InputException($"{path}: {holds}, but {model} {Does}; name {Data} ({Formats}).");
    }
}
