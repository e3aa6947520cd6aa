using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Runs;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Numerics;
using Ohmformer.Techniques.Trex;
using Ohmformer.Training;
using Ohmformer.Training.Tasks;

namespace Ohmformer.Lab.Experiments;

/// <summary>A network with reuse that was fine-tuned.</summary>
/// <param name="Reuse">Which encoders reuse attention, and what stands in its place; null for the original network.</param>
/// <param name="Float">Accuracy in single precision, in percent.</param>
/// <param name="Points">Accuracy on FeFET of each seed, in percent.</param>
internal sealed record TrexTrained(AttentionReuse? Reuse, double Float, double[] Points)
{
    /// <summary>Encoders that reuse.</summary>
    public int Reuses => Reuse?.Encoders.Count ?? 0;
}

/// <summary>
/// Fine-tunes vit-digits with reuse on a small budget: cross-entropy, no noise, no distillation, one epoch. It shows orderings; what the whole algorithm of
/// the paper reaches is higher.
/// </summary>
internal sealed class TrexFineTuning(ExperimentRequest request, IProgress<PhaseProgress> progress, CancellationToken cancellation)
{
    /// <summary>Encoders that reuse where patterns are compared; 42 % of 12.</summary>
    public const int ComparedReuses = 5;

    /// <summary>Encoders of vit-digits.</summary>
    public const int Layers = 12;

    /// <summary>Encoders that reuse where their number is varied.</summary>
    public static readonly int[] Numbers = [2, ComparedReuses, 7, 9];

    private const string Model = EvaluationRequest.DefaultModel, Data = "data/digits", Design = "trex-fefet";
    private const double LearningRate = 5e-4, WarmUpShare = 0.1;

    private readonly List<TrexTrained> _trained = [];
    private readonly Checkpoint _original = ModelSource.Load(Model);
    private readonly string _digits = ShippedFiles.Find(Data) ?? Data;

    private bool Full => request.Mode == ExperimentMode.Full;

    /// <summary>Samples on which every network is measured.</summary>
    public int Samples => request.Samples ?? (Full ? 2000 : 100);

    /// <summary>Training images: 20 % of the data, all of them in full mode.</summary>
    public int Images => Full ? int.MaxValue : 1600;

    /// <summary>The original and one network with reuse, with and without ClipFormer.</summary>
    public List<TrexCombination> Combinations { get; } = [];

    /// <summary>Trains and measures everything.</summary>
    public IReadOnlyList<TrexTrained> Run()
    {
        _trained.Add(Measure(null, Model));
        Combinations.AddRange(TrexTogether.Of(Model, _original.Spec, Request(Model), new NamedProgress(Model, progress), cancellation));
        foreach (int reuses in Numbers) Train(Latest(reuses).Reuse);
        foreach (var pattern in Compared()) Train(pattern.Reuse);
        foreach (var subset in RandomSubsets()) Train(subset);
        var encoders = Latest(ComparedReuses).Encoders;
        Train(new(encoders, AttentionStandIn.Identity));
        Train(new(encoders, AttentionStandIn.Nothing));
        return _trained;
    }

    /// <summary>Patterns whose kinds are compared: all in full mode, else the latest of each kind.</summary>
    public IReadOnlyList<ReusePattern> Compared()
    {
        var all = ReusePattern.All(Layers, ComparedReuses);
        return Full ? all : [.. all.GroupBy(p => p.Kind).Select(kind => kind.MaxBy(p => p.Encoders[0])!)];
    }

    /// <summary>Subsets that follow no pattern.</summary>
    public IReadOnlyList<AttentionReuse> RandomSubsets()
    {
        var uniform = ReusePattern.All(Layers, ComparedReuses).Select(p => p.Reuse).ToHashSet();
        var subsets = new List<AttentionReuse>();
        for (uint draw = 0; subsets.Count < (Full ? 10 : 2); draw++)
        {
            var encoders = Enumerable.Range(1, Layers - 1).OrderBy(encoder => new NoiseKey(request.Seed, NoisePurpose.Initialization, site: encoder).Block(draw).X0);
            var subset = new AttentionReuse(encoders.Take(ComparedReuses));
            if (!uniform.Contains(subset) && !subsets.Contains(subset)) subsets.Add(subset);
        }
        return subsets;
    }

    /// <summary>Strided by 2 as late as possible, where there is such a pattern, else continuous as late as possible.</summary>
    public static ReusePattern Latest(int reuses)
    {
        var all = ReusePattern.All(Layers, reuses);
        return all.Where(p => p is { Kind: ReusePatternKind.Strided, Step: 2 }).MaxBy(p => p.Encoders[0]) ?? all.MaxBy(p => p.Encoders[0])!;
    }

    private void Train(AttentionReuse reuse)
    {
        if (_trained.Any(t => reuse.Equals(t.Reuse))) return;
        string folder = Directory.CreateTempSubdirectory("ohmformer-reuse-").FullName;
        try
        {
            string start = Path.Combine(folder, "start"), output = Path.Combine(folder, "trained");
            ReuseTransform.Apply(_original, reuse, request.Seed).Save(start);
            var recipe = Recipe(start);
            var files = new TrainingFiles(recipe, path => path);
            using var workers = new Workers(request.Threads);
            var task = new FirstSamples(recipe.Task.Open(recipe, files), Images);
            new Trainer(recipe, task, output, workers) { Start = files.Start, Progress = new Steps($"training: {reuse}", progress) }.Run(resume: false, cancellation);
            _trained.Add(Measure(reuse, output));
            if (reuse.Equals(Latest(ComparedReuses).Reuse))
                Combinations.AddRange(TrexTogether.Of($"{Model}, 5 reuses", _original.Spec with { Reuse = reuse }, Request(output), new NamedProgress("TReX", progress), cancellation));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private TrainingRecipe Recipe(string start) => new()
    {
        Name = Model,
        Task = new ImageTaskSpec { Data = _digits, PatchSize = 4, Mean = [0.5], Deviation = [0.5] },
        Start = start,
        Optimization = new() { Epochs = 1, LearningRate = LearningRate, WarmUpEpochs = WarmUpShare },
        Seed = request.Seed,
    };

    private TrexTrained Measure(AttentionReuse? reuse, string model)
    {
        var asked = Request(model);
        var named = new NamedProgress(reuse?.ToString() ?? "without reuse", progress);
        double floating = 100 * DesignScores.Float(asked, null, named, cancellation);
        var score = DesignScores.Run(asked, [DesignFile.Load(Design)], measuredSamples: 0, named, cancellation)[0].Score;
        return new(reuse, floating, [.. score.Values.Select(v => 100 * v)]);
    }

    private EvaluationRequest Request(string model) => new()
    {
        Model = model,
        Data = _digits,
        Samples = Samples,
        NoiseSeeds = request.Seeds,
        Seed = request.Seed,
        Threads = request.Threads,
    };

    /// <summary>The first training samples of a task, and no others.</summary>
    private sealed class FirstSamples(ITrainingTask inner, int samples) : ITrainingTask
    {
        public TransformerSpec Network => inner.Network;

        public int Count(DataPart part) => part switch
        {
            DataPart.Train => Math.Min(samples, inner.Count(part)),
            DataPart.Test => Math.Min(1, inner.Count(part)), // Measured by the experiment itself.
            _ => 0,
        };

        public TrainingBatch Read(DataPart part, int epoch, ReadOnlySpan<int> chosen) => inner.Read(part, epoch, chosen);

        public void Save(TransformerWeights weights, string folder) => inner.Save(weights, folder);
    }

    private sealed class Steps(string name, IProgress<PhaseProgress> progress) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => progress.Report(new(name, value.Step, value.Steps));
    }
}
