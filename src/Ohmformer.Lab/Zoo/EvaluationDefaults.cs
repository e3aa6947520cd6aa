using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Runs;
using Ohmformer.Lab.Tasks;
using Ohmformer.Models.Texts;

namespace Ohmformer.Lab.Zoo;

/// <summary>What an evaluation takes where the user names nothing: what the model's card says.</summary>
public sealed class EvaluationDefaults
{
    private readonly string _model, _folder;
    private readonly CardEvaluation? _card;

    private EvaluationDefaults(string model, string folder) => (_model, _folder, _card) = (model, folder, ModelCard.Find(folder)?.Evaluation);

    /// <summary>The task, or null.</summary>
    public string? Task => _card?.Task;

    /// <summary>The data as the card names them, or null.</summary>
    public string? Data => _card?.Data;

    /// <summary>Samples to evaluate, 0 for all, or null for the task's number.</summary>
    public int? Samples => _card?.Samples;

    /// <summary>The design to evaluate.</summary>
    public string Design => OwnDesigns is [var first, ..] ? first : EvaluationRequest.DefaultDesign;

    /// <summary>The designs to compare: the card's, or else all of the catalog.</summary>
    public IReadOnlyList<string> Designs => OwnDesigns is { Length: > 0 } own ? own : [.. DesignFile.List().Select(d => d.Name)];

    /// <summary>The designs of the card; paths of files count from the model's folder.</summary>
    private string[] OwnDesigns => [.. (_card?.Designs ?? []).Select(d => PresetFolder.IsPath(d) ? Path.Combine(_folder, d) : d)];

    /// <summary>The defaults of a model.</summary>
    /// <param name="model">Shipped model or directory.</param>
    /// <exception cref="InputException">There is no such model, or its card is wrong.</exception>
    public static EvaluationDefaults Of(string model) => new(model, ModelSource.Folder(model));

    /// <summary>Checks that the card's task is the one that the model is made for.</summary>
    /// <exception cref="InputException">It is not.</exception>
    internal void CheckTask(TaskKind kind)
    {
        bool glue = kind.Accepted.Contains(Datasets.DataKind.Sentences) && TextTask.All.Any(t => t.Name == Task);
        if (Task is not null && Task != kind.Name && !glue)
            throw new InputException($"{Path.Combine(_folder, ModelCard.FileName)}: 'task' is {Task}, but {_model} {kind.Does}; its task is {kind.Name}.");
    }

    /// <summary>The path of the card's data: shipped, or else from the model's folder or the current one.</summary>
    /// <exception cref="InputException">The card names none, or they are not at hand.</exception>
    internal string DataAtHand(TaskKind kind)
    {
        string wanted = $"name {kind.Data} with --data ({kind.Formats})";
        if (Data is null) throw new InputException($"No data is shipped for the model '{_model}'; {wanted}.");
        string? shipped = Path.IsPathRooted(Data) ? null : ShippedFiles.Find(Data);
        string[] places = [Path.Combine(_folder, Data), Data];
        if ((shipped ?? places.FirstOrDefault(Path.Exists)) is { } found) return found;
        string source = _card?.Source is { } from ? $"get them from {from.TrimEnd('.')}" : "get them";
        throw new InputException($"{_model} is evaluated on {Wording.Quote(Data)}, as its card says, and these data are not at hand; {source} and {wanted}.");
    }
}
