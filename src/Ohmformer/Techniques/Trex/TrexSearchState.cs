using System.Text.Json;
using Ohmformer.Files;

namespace Ohmformer.Techniques.Trex;

/// <summary>The file that says which patterns of a search are done.</summary>
/// <param name="path">The file.</param>
/// <param name="identity">What the search belongs to: recipe, original network and patterns.</param>
internal sealed class TrexSearchState(string path, string identity)
{
    /// <summary>Losses and accuracies of the first patterns; empty where there is no file.</summary>
    /// <exception cref="InputException">The file is damaged or belongs to another search.</exception>
    public IReadOnlyList<(double Loss, double Accuracy)> Load()
    {
        if (!File.Exists(path)) return [];
        Content? content;
        try
        {
            content = JsonSerializer.Deserialize<Content>(File.ReadAllText(path));
        }
        catch (JsonException)
        {
            content = null;
        }
        if (content is not { Identity: not null, Losses: not null, Accuracies: not null } || content.Losses.Length != content.Accuracies.Length)
            throw new InputException($"{path}: is damaged; delete its folder and start again.");
        if (content.Identity != identity)
            throw new InputException($"{path}: belongs to a search with another recipe, other patterns or another model; resume with those, or delete its folder.");
        return [.. content.Losses.Zip(content.Accuracies)];
    }

    /// <summary>Replaces the file.</summary>
    /// <param name="done">Losses and accuracies of the patterns that are done.</param>
    public void Save(IReadOnlyList<(double Loss, double Accuracy)> done) =>
        AtomicFile.WriteAllText(path, JsonSerializer.Serialize(new Content(identity, [.. done.Select(d => d.Loss)], [.. done.Select(d => d.Accuracy)])));

    private sealed record Content(string Identity, double[] Losses, double[] Accuracies);
}
