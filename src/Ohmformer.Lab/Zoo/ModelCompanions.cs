using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Runs;
using Ohmformer.Lab.Tasks;
using Ohmformer.Models;
using Ohmformer.Techniques.Trex;
using Ohmformer.Training;

namespace Ohmformer.Lab.Zoo;

/// <summary>The files beside a model's weights that tell programs how it is evaluated and how it was trained: its card and its recipe.</summary>
public static class ModelCompanions
{
    /// <summary>What is wrong with them. The model itself can be used nevertheless, but not all commands.</summary>
    /// <param name="model">Known network, shipped model or directory.</param>
    /// <param name="spec">Its sizes.</param>
    /// <returns>A message with the place for each file that is damaged; none for networks of which only the sizes are known, and where a file is absent.</returns>
    /// <exception cref="InputException">There is no such model.</exception>
    public static IReadOnlyList<string> Problems(string model, TransformerSpec spec)
    {
        if (KnownShapes.All.Any(s => s.Name == model)) return [];
        string recipe = Path.Combine(ModelSource.Folder(model), TrainingRun.RecipeFile);
        return
        [
            .. Problem(() => EvaluationDefaults.Of(model).CheckTask(TaskKind.Of(null, spec))),
            .. File.Exists(recipe) ? Problem(() => ReadRecipe(recipe)) : [],
        ];
    }

    private static void ReadRecipe(string path)
    {
        if (TrexRun.IsRecipe(path)) SpecReader.Read<TrexRecipe>(path);
        else SpecReader.Read<TrainingRecipe>(path);
    }

    private static string[] Problem(Action read)
    {
        try
        {
            read();
            return [];
        }
        catch (InputException problem)
        {
            return [problem.Message];
        }
    }
}
