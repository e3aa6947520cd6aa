using Ohmformer.Files;
using Ohmformer.Models.Checkpoints;

namespace Ohmformer.Training;

/// <summary>The files and folders that a recipe names.</summary>
/// <param name="recipe">The recipe.</param>
/// <param name="locate">Where a file or folder of the recipe lies.</param>
/// <param name="start">The model to start from, made of the one that the recipe names; null to read that one.</param>
public sealed class TrainingFiles(TrainingRecipe recipe, Func<string, string> locate, Checkpoint? start = null)
{
    private readonly Lazy<Checkpoint?> _start = new(() => start ?? (recipe.Start is null ? null : Checkpoint.Load(locate(recipe.Start))));

    /// <summary>Where a file or folder of the recipe lies.</summary>
    public string Locate(string path) => locate(path);

    /// <summary>Folder of the model that the training starts from, or null.</summary>
    public string? StartFolder => recipe.Start is null ? null : locate(recipe.Start);

    /// <summary>The model that the training starts from, or null.</summary>
    /// <exception cref="InputException">It cannot be used.</exception>
    public Checkpoint? Start => _start.Value;
}
