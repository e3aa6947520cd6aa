using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Runs;
using Ohmformer.Training;
using Ohmformer.Training.Tasks;

namespace Ohmformer.Lab.Experiments;

/// <summary>A trained model with the data that it is measured on.</summary>
/// <param name="Name">Name for people; says where it is not the shipped one.</param>
/// <param name="Model">Shipped model or directory.</param>
/// <param name="Data">Its data; null for those that its card names.</param>
/// <param name="Vat">Name of its variant that was trained with noise.</param>
public sealed record ExperimentModel(string Name, string Model, string? Data, string Vat);

/// <summary>The models of experiments: which are at hand, and what the others need.</summary>
public static class ExperimentModels
{
    private const string SharedFolder = "shared/data", Digits = EvaluationRequest.DefaultModel, DigitsData = "data/digits", RecipeFile = "recipe.yaml", Sentences = "bert-sst2", SentenceData = "sst2";

    /// <summary>The folder with data sets and further models: the one that is named, else shared/data in or above the current folder, else null.</summary>
    /// <exception cref="InputException">The folder that is named does not exist.</exception>
    public static string? DataFolder(string? named)
    {
        if (named is not null) return Directory.Exists(named) ? named : throw new InputException($"--data: there is no folder {named}.");
        for (var folder = new DirectoryInfo("."); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, SharedFolder) is var found && Directory.Exists(found)) return found;
        return null;
    }

    /// <summary>The models that a request measures: vit-digits in quick mode, everything at hand in full mode, none for the exact part; of these what it names.</summary>
    /// <param name="request">The request.</param>
    /// <param name="texts">Whether the experiment measures networks that read text, too.</param>
    /// <exception cref="InputException">The request names a model that is not among them.</exception>
    internal static IReadOnlyList<ExperimentModel> Of(ExperimentRequest request, bool texts = false)
    {
        if (request.Mode == ExperimentMode.Exact)
            return request.Models.Count == 0 ? [] : throw new InputException("--models: the exact part runs no model; leave it out, or take --quick or --full.");
        IReadOnlyList<ExperimentModel> all = request.Mode == ExperimentMode.Quick ? [Shipped] : [Shipped, .. Further(request.Data), .. texts ? Texts(request.Data) : []];
        string[] names = [.. all.Select(m => m.Name)];
        if (request.Models.FirstOrDefault(m => !names.Contains(m)) is { } unknown)
            throw new InputException($"--models: {Wording.Quote(unknown)} is not at hand in the mode {request.Mode.ToString().ToLowerInvariant()}{Wording.Allowed(unknown, names)}{(request.Mode == ExperimentMode.Quick ? "; others need --full, and their data in the folder of --data" : "")}.");
        return request.Models.Count == 0 ? all : [.. all.Where(m => request.Models.Contains(m.Name))];
    }

    /// <summary>Whether a model reads text.</summary>
    internal static bool IsText(ExperimentModel model) => model.Name == Sentences;

    /// <summary>The variant of a model that was trained with noise, shipped or in the folder models of the data; else null.</summary>
    internal static ExperimentModel? Vat(ExperimentModel model, string? folder)
    {
        string? beside = folder is null ? null : Path.Combine(folder, "models", model.Vat);
        string? found = IsShipped(model.Vat) ? model.Vat : Directory.Exists(beside) ? beside : null;
        return found is null ? null : model with { Name = VatName(model), Model = found };
    }

    /// <summary>The name of such a variant for people.</summary>
    internal static string VatName(ExperimentModel model) => model.Name + " + VAT";

    /// <summary>A path of a recipe that leads through shared/data, in the folder with data sets that is at hand.</summary>
    internal static string InData(string path, string folder)
    {
        int found = path.Replace('\\', '/').IndexOf(SharedFolder + '/', StringComparison.Ordinal);
        return found < 0 ? path : Path.Combine(folder, path[(found + SharedFolder.Length + 1)..]);
    }

    /// <summary>The shipped data of vit-digits.</summary>
    internal static string ShippedDigits => ShippedFiles.Find(DigitsData) ?? DigitsData;

    /// <summary>What a model has learned: the task of the shipped recipe that refines it, or else of its own.</summary>
    /// <param name="model">The model.</param>
    /// <exception cref="InputException">There is no such recipe.</exception>
    internal static TaskSpec TaskOf(ExperimentModel model)
    {
        string[] folders = [model.Vat, model.Model];
        string? recipe = folders.Select(f => ShippedFiles.Find(Path.Combine("models", f, RecipeFile))).FirstOrDefault(f => f is not null);
        return recipe is null ? throw new InputException($"models/{model.Vat}/{RecipeFile}: is not beside the program; build it again from a complete checkout.") : SpecReader.Read<TrainingRecipe>(recipe).Task;
    }

    private static ExperimentModel Shipped { get; } = new(Digits, Digits, null, Digits + "-vat");

    // A recipe alone is no model.
    private static bool IsShipped(string name) => ShippedFiles.Find(Path.Combine("models", name, "config.json")) is not null;

    private static IEnumerable<ExperimentModel> Further(string? folder) => folder is null ? [] :
        ((ExperimentModel?[])
        [
            Image("vit-fashion", "vit-fashion-mnist", "fashion-mnist", folder),
            Image("vit-cifar10", "vit-cifar10", "cifar10/cifar10_test.bin.gz", folder),
            Speech("kwt1-speech-commands", folder),
        ]).OfType<ExperimentModel>();

    private static IEnumerable<ExperimentModel> Texts(string? folder) => folder is not null && Path.Combine(folder, SentenceData) is var data && Directory.Exists(data) && IsShipped(Sentences)
        ? [new(Sentences, Sentences, data, Sentences + "-vat")] : [];

    /// <summary>The shipped model, else a public checkpoint of the same task.</summary>
    private static ExperimentModel? Image(string shipped, string checkpoint, string data, string folder)
    {
        string images = Path.Combine(folder, data), model = Path.Combine(folder, "models", checkpoint);
        if (!Path.Exists(images)) return null;
        return IsShipped(shipped) ? new(shipped, shipped, images, shipped + "-vat")
            : Directory.Exists(model) ? new($"{checkpoint} (public checkpoint)", model, images, checkpoint + "-vat") : null;
    }

    private static ExperimentModel? Speech(string name, string folder)
    {
        string model = Path.Combine(folder, "models", name), features = Path.Combine(model, "features.npy");
        return File.Exists(features) ? new(name, model, features, "kwt1-vat") : null;
    }
}
