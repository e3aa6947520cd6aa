using Ohmformer.Files;
using Ohmformer.Lab.Runs;
using Ohmformer.Lab.Tasks;
using Ohmformer.Models;

namespace Ohmformer.Lab.Zoo;

/// <summary>A model that a user can name, with what its card says.</summary>
public sealed record ListedModel
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether weights are shipped; of other networks only the sizes are known.</summary>
    public required bool Weights { get; init; }

    /// <summary>The task: that of the card, else what the model is made for.</summary>
    public required string Task { get; init; }

    /// <summary>Trainable values.</summary>
    public required long Parameters { get; init; }

    /// <summary>Bytes of its files; null without weights.</summary>
    public long? Bytes { get; init; }

    /// <summary>The data that it is evaluated on, or null.</summary>
    public string? Data { get; init; }

    /// <summary>The reference result of the card, or null.</summary>
    public CardResult? Result { get; init; }

    /// <summary>The license of the weights, or null.</summary>
    public string? License { get; init; }

    /// <summary>Names of the data sets it was trained on.</summary>
    public IReadOnlyList<string> Datasets { get; init; } = [];

    /// <summary>The shipped models, then the networks of which only the sizes are known.</summary>
    /// <exception cref="InputException">A shipped model or its card is broken.</exception>
    public static IReadOnlyList<ListedModel> All() =>
    [
        .. ModelSource.Shipped.Select(Shipped),
        .. KnownShapes.All.Select(s => new ListedModel { Name = s.Name, Weights = false, Task = TaskKind.Of(null, s).Name, Parameters = s.Parameters }),
    ];

    private static ListedModel Shipped(string name)
    {
        string folder = ModelSource.Folder(name);
        var spec = ModelSource.Load(name).Spec;
        var card = ModelCard.Find(folder);
        return new()
        {
            Name = name,
            Weights = true,
            Task = card?.Evaluation.Task ?? TaskKind.Of(null, spec).Name,
            Parameters = spec.Parameters,
            Bytes = Directory.EnumerateFiles(folder).Sum(f => new FileInfo(f).Length),
            Data = card?.Evaluation.Data,
            Result = card?.Evaluation.Result,
            License = card?.License,
            Datasets = card?.Datasets ?? [],
        };
    }
}
