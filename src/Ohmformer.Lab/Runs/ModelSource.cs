using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;

namespace Ohmformer.Lab.Runs;

/// <summary>What a user may name as a model: a shipped model, a directory, or (for shapes only) a known network.</summary>
public static class ModelSource
{
    private const string ShippedFolder = "models";

    /// <summary>Names of the shipped models; a folder that holds a recipe alone is none.</summary>
    public static IReadOnlyList<string> Shipped => ShippedFiles.Find(ShippedFolder) is { } folder
        ? [.. Directory.EnumerateDirectories(folder).Where(f => File.Exists(Path.Combine(f, "config.json"))).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>A shipped model's name, or the last folder of a path.</summary>
    public static string ShortName(string model) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model)));

    /// <summary>Loads a model with its weights.</summary>
    /// <exception cref="InputException">There is no such model, or it cannot be read.</exception>
    public static Checkpoint Load(string model) => Checkpoint.Load(Folder(model));

    /// <summary>The folder of a model with weights, which also holds its tokenizer.</summary>
    /// <exception cref="InputException">There is no such model.</exception>
    public static string Folder(string model) => FolderOf(model) ?? throw (KnownShapes.All.Any(s => s.Name == model)
        ? new InputException($"of the model '{model}' only the sizes are known; this command needs weights. Name a shipped model or a directory with config.json and model.safetensors.")
        : Unknown(model, Shipped));

    /// <summary>The sizes of a model and what one inference computes; for known networks without weights.</summary>
    /// <param name="model">Known network, shipped model or directory.</param>
    /// <param name="tokens">Tokens of the input, class tokens included; null for the longest that the model was made for.</param>
    /// <param name="reuse">Reuse of attention in place of that of the model; null to leave it.</param>
    /// <param name="pruning">Tokens that drop out on the design; null for none.</param>
    /// <exception cref="InputException">
    /// There is no such model, it cannot be read, it has no such encoders, the tokens are class tokens only, or tokens are to drop out and it has none to rank them.
    /// </exception>
    public static (TransformerSpec Spec, Workload Workload) Shape(string model, int? tokens = null, AttentionReuse? reuse = null, TokenPruning? pruning = null)
    {
        var known = KnownShapes.All.FirstOrDefault(s => s.Name == model);
        var spec = known
            ?? (FolderOf(model) is { } folder ? Checkpoint.Load(folder).Spec : throw Unknown(model, [.. Shipped, .. KnownShapes.All.Select(s => s.Name)]));
        spec = spec with { Reuse = reuse ?? spec.Reuse, Pruning = pruning };
        if (tokens <= spec.Input.ClassTokens)
            throw new InputException($"{tokens} tokens leave none for the input: {spec.Name} has {spec.Input.ClassTokens} class tokens. Name at least {spec.Input.ClassTokens + 1}.");
        return (spec, TransformerWorkload.Of(spec, tokens ?? spec.Tokens));
    }

    private static string? FolderOf(string model)
    {
        if (Directory.Exists(model)) return model;
        if (File.Exists(model)) throw new InputException($"{model}: is a file; name the directory that holds config.json and model.safetensors.");
        return Shipped.Contains(model) ? ShippedFiles.Find(Path.Combine(ShippedFolder, model)) : null;
    }

    private static InputException Unknown(string model, IReadOnlyCollection<string> names) => new(
        $"{Wording.Quote(model)} is neither a directory with config.json and model.safetensors nor a model that is shipped or known{(names.Count > 0 ? Wording.Allowed(model, names) : "; none is shipped beside this program")}");
}
