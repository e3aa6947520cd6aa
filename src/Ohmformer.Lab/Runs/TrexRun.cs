using System.Globalization;
using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Tasks;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Numerics;
using Ohmformer.Techniques.Trex;
using Ohmformer.Training;

namespace Ohmformer.Lab.Runs;

/// <summary>What a user asks of TReX.</summary>
public sealed record TrexRequest
{
    /// <summary>Name of a shipped recipe, or a file.</summary>
    public required string Recipe { get; init; }

    /// <summary>Folder of everything that is written.</summary>
    public required string Output { get; init; }

    /// <summary>Replaces the recipe's model; null to keep it.</summary>
    public string? Model { get; init; }

    /// <summary>Replaces the recipe's target or number of reuses; null to keep them.</summary>
    public ReuseTargetSpec? Target { get; init; }

    /// <summary>Replaces the recipe's target or number of reuses; null to keep them.</summary>
    public int? Reuses { get; init; }

    /// <summary>Replaces the recipe's seed; null to keep it.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Whether to go on with what the folder holds.</summary>
    public bool Resume { get; init; }

    /// <summary>Worker threads; the result does not depend on them.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}

/// <summary>What TReX has found.</summary>
/// <param name="Patterns">The patterns that were compared.</param>
/// <param name="Candidates">How each did, in the same order.</param>
/// <param name="Best">The pattern that was tuned.</param>
/// <param name="Training">Its fine-tuning.</param>
public sealed record TrexReport(IReadOnlyList<ReusePattern> Patterns, IReadOnlyList<TrexCandidate> Candidates, ReusePattern Best, TrainingReport Training);

/// <summary>TReX (arXiv:2408.12742) from a recipe: reuses from a target, comparison of all patterns, fine-tuning of the best.</summary>
public static class TrexRun
{
    /// <summary>Name of the file with the patterns and their losses.</summary>
    public const string PatternsFile = "patterns.csv";

    private const string Preset = "trex";

    /// <summary>Whether a recipe is one of TReX: a shipped one, a file that tells how to tune, or a file based on one of these.</summary>
    /// <param name="recipe">Name or path.</param>
    public static bool IsRecipe(string recipe) => recipe == Preset || (File.Exists(recipe) && IsRecipe(new SourceFile(Path.GetFullPath(recipe), recipe), depth: 0));

    /// <summary>Runs the whole algorithm, or goes on with it, and writes the tuned network with its patterns, curve, recipe and the draft of a model card.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="progress">Is told about every update.</param>
    /// <param name="cancellation">Stops after the current update and saves what is needed to go on.</param>
    /// <exception cref="InputException">Recipe, model, data or target cannot be used, or the folder holds another training.</exception>
    /// <exception cref="InterruptedException">The user interrupted; --resume goes on.</exception>
    public static TrexReport Run(TrexRequest request, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        string output = request.Output;
        AtomicFile.CheckWritable(Path.Combine(output, Trainer.CheckpointFile));
        if (!request.Resume && (File.Exists(Path.Combine(output, Trainer.CheckpointFile)) || Directory.Exists(Path.Combine(output, TrexTraining.SearchFolder))))
            throw new InputException($"{output}: holds a training that was begun; go on with it (--resume) or name another folder.");
        TrainingRun.CheckReplacesNoModel(output, Directory.Exists(Path.Combine(output, TrexTraining.SearchFolder)));
        var (recipe, original) = Resolve(request);
        if (!Checkpoint.CanSave(original.Spec))
            throw new InputException($"{recipe.Model}: such a network cannot be written once it is trained; start from {Checkpoint.Savable}.");
        int reuses = Reuses(recipe, original);
        var patterns = ReusePattern.All(original.Spec.Layers, reuses);
        string text = SpecWriter.Write(recipe, Catalog.Shipped);
        using var workers = new Workers(request.Threads);
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(output)));
        var training = new TrexTraining(recipe, original, ShippedFiles.Locate, output, workers)
        {
            Identity = text,
            Progress = new Steps(progress),
            CandidateFinished = WritePatterns,
            EpochFinished = curve => AtomicFile.WriteAllText(Path.Combine(output, TrainingCurve.FileName), TrainingCurve.Draw(name, Metric.Accuracy, curve)),
        };
        try
        {
            var candidates = training.Search([.. patterns.Select(p => new AttentionReuse(p.Encoders, recipe.StandIn))], request.Resume, cancellation);
            WritePatterns(candidates); // A kill may have come between a pattern and its line.
            var best = TrexTraining.Best(candidates);
            var result = new TrainingReport(training.FineTune(best.Reuse, request.Resume, cancellation), Metric.Accuracy);
            var report = new TrexReport(patterns, candidates, patterns[candidates.Index().First(c => c.Item == best).Index], result);
            Describe(request, recipe, report, text, name);
            return report;
        }
        catch (OperationCanceledException interruption)
        {
            throw new InterruptedException($"what is done is saved in {output}; the same command with --resume goes on.", interruption);
        }

        void WritePatterns(IReadOnlyList<TrexCandidate> done) => AtomicFile.WriteAllText(Path.Combine(output, PatternsFile), PatternTable(patterns, done));
    }

    /// <summary>A line for every pattern that is done: encoders, kind, step, loss, accuracy, rank by loss.</summary>
    /// <param name="patterns">The patterns.</param>
    /// <param name="done">Those that are done, the first ones.</param>
    internal static string PatternTable(IReadOnlyList<ReusePattern> patterns, IReadOnlyList<TrexCandidate> done) => string.Concat(patterns.Zip(done)
        .Select(p => string.Create(CultureInfo.InvariantCulture,
            $"{string.Join(' ', p.First.Encoders)},{Names.Kebab($"{p.First.Kind}")},{p.First.Step},{p.Second.Loss:G6},{p.Second.Accuracy:F5},{1 + done.Count(d => d.Loss < p.Second.Loss)}\n"))
        .Prepend("encoders,kind,step,loss,accuracy,rank\n"));

    private static bool IsRecipe(SourceFile file, int depth)
    {
        const int deepest = 32;
        if (depth > deepest || !File.Exists(file.Path) || YamlText.ReadFile(file, new Problems()) is not YamlMapping root) return false;
        if (root.Find("fineTuning") is not null) return true;
        return root.Find(SpecExpander.BaseKey)?.Value is YamlScalar { Text: var basis }
            && (basis == Preset || (PresetFolder.IsPath(basis) && IsRecipe(new(Path.GetFullPath(basis, Path.GetDirectoryName(file.Path)!), basis), depth + 1)));
    }

    // The recipe with everything that the request and the model's folder say.
    private static (TrexRecipe Recipe, Checkpoint Original) Resolve(TrexRequest request)
    {
        var recipe = SpecReader.Load<TrexRecipe>(request.Recipe);
        if (request.Target is not null || request.Reuses is not null) recipe = recipe with { Target = request.Target, Reuses = request.Reuses };
        if (request.Seed is { } seed) recipe = recipe with { Seed = seed };
        string model = request.Model ?? recipe.Model ?? throw new InputException("TReX starts from a trained model; name it with --model or as 'model' in the recipe.");
        string folder = ModelSource.Folder(model), own = Path.Combine(folder, TrainingRun.RecipeFile);
        var task = recipe.Task ?? (File.Exists(own)
            ? SpecReader.Read<TrainingRecipe>(own).Task.ForTrained()
            : throw new InputException($"{folder}: has no {TrainingRun.RecipeFile} that says on which data the model was trained; write the 'task' into a recipe with 'base: {Preset}'."));
        return (recipe with { Model = folder, Task = task }, Checkpoint.Load(folder));
    }

    private static int Reuses(TrexRecipe recipe, Checkpoint original)
    {
        if (recipe.Reuses is { } given) return given;
        if (recipe.Target is null) throw new InputException("TReX needs a target for the hardware or the number of encoders that reuse attention; give --target-delay, --target-energy, --target-area, --target-edap or --reuse.");
        int reuses = recipe.Target.Target.SmallestReuse(DesignFile.Load(recipe.Design), original.Spec);
        return reuses > 0 ? reuses : throw new InputException($"{original.Spec.Name} meets the target on {recipe.Design} as it is, so nothing has to be reused; choose a lower target.");
    }

    private static void Describe(TrexRequest request, TrexRecipe recipe, TrexReport report, string text, string name)
    {
        string card = Path.Combine(request.Output, TrainingCard.FileName), resolved = Path.Combine(request.Output, TrainingRun.RecipeFile);
        if (!File.Exists(resolved)) AtomicFile.WriteAllText(resolved, text);
        if (File.Exists(card)) return;
        var training = new TrainingRecipe { Name = name, Task = recipe.Task!, Start = recipe.Model, Optimization = recipe.FineTuning, Seed = recipe.Seed };
        string command = $"ohmformer train --recipe {resolved} --output {request.Output}";
        AtomicFile.WriteAllText(card, TrainingCard.Text(training, Checkpoint.Load(request.Output).Spec, report.Training, command, request.Threads) + string.Create(CultureInfo.InvariantCulture, $"""

            ## Reuse of attention

            TReX (arXiv:2408.12742) from `{recipe.Model}`: {report.Best.Encoders.Count} encoders reuse attention, those of the pattern {report.Best}, the best of
            {report.Patterns.Count} after {recipe.Search.Epochs} epochs on {100 * recipe.Share:G3} % of the training samples. `{PatternsFile}` has the losses of all.

            """));
    }

    private sealed class Steps(IProgress<PhaseProgress> progress) : IProgress<TrexProgress>
    {
        public void Report(TrexProgress value)
        {
            var training = value.Training;
            bool searches = value.Candidate > 0;
            string place = searches ? $"pattern {value.Candidate} of {value.Candidates} ({string.Join(' ', value.Reuse.Encoders)})" : $"encoders {string.Join(' ', value.Reuse.Encoders)}";
            progress.Report(new(
                searches ? "comparing patterns" : "fine-tuning",
                searches ? (value.Candidate - 1) * training.Steps + training.Step : training.Step,
                searches ? value.Candidates * training.Steps : training.Steps,
                string.Create(CultureInfo.InvariantCulture, $"{place}, epoch {training.Epoch}/{training.Epochs}, loss {training.Loss:F3}, {DurationText.Of(value.Remaining)} left")));
        }
    }
}
