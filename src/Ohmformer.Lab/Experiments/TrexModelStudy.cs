using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Runs;
using Ohmformer.Models;
using Ohmformer.Numerics;
using Ohmformer.Techniques.Trex;

namespace Ohmformer.Lab.Experiments;

/// <summary>The study of one model: which patterns are best, how accurate networks with reuse are, and what stands beside them.</summary>
internal sealed class TrexModelStudy : IDisposable
{
    /// <summary>The hardware that networks are trained for.</summary>
    public const string Hardware = "trex-fefet";

    private const string Preset = "trex";

    // Identity, nothing, weights shared by 2, tokens pruned as in DynamicViT.
    private const int ComparedOthers = 4;
    private const double KeepRatio = 0.7;

    private readonly ExperimentModel _model;
    private readonly ExperimentRequest _request;
    private readonly TrexBudget _budget;
    private readonly TrexStage _partial, _tuned;
    private readonly KeptParts _parts;
    private readonly TrexTrainings _trainings;
    private readonly IProgress<PhaseProgress> _progress;
    private readonly CancellationToken _cancellation;

    private TrexModelStudy(ExperimentModel model, ExperimentRequest request, KeptParts parts, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        (_model, _request, _parts, _progress, _cancellation) = (model, request, parts, progress, cancellation);
        _budget = TrexBudget.Of(model.Name, request.Mode);
        var recipe = SpecReader.Load<TrexRecipe>(Preset);
        (_partial, _tuned) = _budget.Stages(recipe);
        _trainings = new(ModelSource.Folder(model.Model), ExperimentModels.TaskOf(model), recipe, request, parts, cancellation);
        _trainings.Meter = new(model.Name, Plan(), _trainings.Samples, progress);
    }

    private int Layers => _trainings.Original.Spec.Layers;

    /// <summary>Runs the study, or goes on with it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="folder">Keeps networks and figures.</param>
    /// <param name="progress">Is told about every update and sample.</param>
    /// <param name="cancellation">Stops after an update.</param>
    public static TrexModelResult Run(ExperimentModel model, ExperimentRequest request, string folder, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        using var study = new TrexModelStudy(model, request, new(Path.Combine(folder, model.Name.Split(' ')[0])), progress, cancellation);
        return study.Run();
    }

    /// <inheritdoc/>
    public void Dispose() => _trainings.Dispose();

    /// <summary>Subsets that follow no pattern.</summary>
    /// <param name="layers">Encoders.</param>
    /// <param name="reuses">Encoders that reuse.</param>
    /// <param name="count">Subsets.</param>
    /// <param name="seed">Seed of the draw.</param>
    public static IReadOnlyList<AttentionReuse> RandomSubsets(int layers, int reuses, int count, ulong seed)
    {
        var uniform = ReusePattern.All(layers, reuses).Select(p => p.Reuse).ToHashSet();
        var subsets = new List<AttentionReuse>();
        for (uint draw = 0; subsets.Count < count; draw++)
        {
            var encoders = Enumerable.Range(1, layers - 1).OrderBy(encoder => new NoiseKey(seed, NoisePurpose.Initialization, site: encoder).Block(draw).X0);
            var subset = new AttentionReuse(encoders.Take(reuses));
            if (!uniform.Contains(subset) && !subsets.Contains(subset)) subsets.Add(subset);
        }
        return subsets;
    }

    private TrexModelResult Run()
    {
        var best = _budget.Numbers.ToDictionary(n => n, Best);
        var patterns = _budget.Compared is { } compared ? Compare(compared) : [];
        var tuned = Networks(best, patterns).Select(n => new TrexTuned(n, _trainings.Measure(n, _tuned, Samples(_budget.Samples), _request.Seeds))).ToList();
        return new()
        {
            Model = _model.Name,
            Spec = _trainings.Original.Spec,
            Budget = _budget,
            Best = best,
            Patterns = patterns,
            Tuned = tuned,
            Samples = Samples(_budget.Samples),
            PartialSamples = Samples(_budget.Partial.Samples),
            ArraySamples = Samples(_budget.Arrays.Samples),
            Arrays = _budget.Arrays.Samples == 0 ? [] : [.. OnArrays(best)],
            ComparedFolder = _budget.Compared is { } number ? _trainings.Train(new() { Reuse = best[number] }, _tuned) : null,
        };
    }

    /// <summary>The patterns of a number of reuses that are trained.</summary>
    private IEnumerable<ReusePattern> Patterns(int reuses) =>
        ReusePattern.All(Layers, reuses).GroupBy(p => p.Kind).SelectMany(kind => kind.OrderByDescending(p => p.Encoders[0]).Take(_budget.PatternsOfKind).Reverse());

    /// <summary>The pattern of the lowest loss.</summary>
    private AttentionReuse Best(int reuses) => Patterns(reuses).Select(p => p.Reuse).MinBy(reuse => _trainings.Loss(new() { Reuse = reuse }, _partial))!;

    /// <summary>Patterns and random subsets after partial training.</summary>
    private List<TrexPartial> Compare(int reuses)
    {
        var (samples, seeds) = _budget.Partial;
        return
        [
            .. from candidate in Patterns(reuses).Select(p => ((ReusePatternKind?)p.Kind, p.Reuse)).Concat(
                   RandomSubsets(Layers, reuses, _budget.RandomSubsets, _request.Seed).Select(r => ((ReusePatternKind?)null, r)))
               let network = new TrexNetwork { Reuse = candidate.Item2 }
               select new TrexPartial(network, candidate.Item1, _trainings.Loss(network, _partial), _trainings.Measure(network, _partial, Samples(samples), seeds)),
        ];
    }

    /// <summary>The networks that are fine-tuned: without reuse, the best of each number, others in the place of reuse, and patterns of all ranks.</summary>
    private IEnumerable<TrexNetwork> Networks(Dictionary<int, AttentionReuse> best, List<TrexPartial> patterns)
    {
        List<TrexNetwork> several = [new(), .. best.Values.Select(reuse => new TrexNetwork { Reuse = reuse })];
        if (_budget.Compared is { } compared)
        {
            several.AddRange(((AttentionStandIn[])[AttentionStandIn.Identity, AttentionStandIn.Nothing]).Select(standIn => new TrexNetwork { Reuse = new(best[compared].Encoders, standIn) }));
            several.AddRange([new() { SharedEncoders = 2 }, new() { Pruning = new() { KeepRatio = KeepRatio } }]);
        }
        var all = from network in several from seed in Enumerable.Range(1, _budget.Trainings) select network with { Seed = (ulong)seed };
        return all.Concat(Ranked(patterns));
    }

    /// <summary>Patterns at equal distances among the ranks behind the best, down to the worst.</summary>
    private IEnumerable<TrexNetwork> Ranked(List<TrexPartial> patterns)
    {
        TrexNetwork[] ranks = [.. patterns.Where(p => p.Kind is not null).OrderBy(p => p.Loss).Select(p => p.Network)];
        return Enumerable.Range(1, Math.Min(_budget.RankedPatterns, Math.Max(0, ranks.Length - 1))).Select(i => ranks[i * (ranks.Length - 1) / _budget.RankedPatterns]);
    }

    /// <summary>FeFET arrays for every number of reuses; all devices for the original, and for the compared or first number.</summary>
    private IEnumerable<TrexOnArrays> OnArrays(Dictionary<int, AttentionReuse> best)
    {
        var one = new TrexNetwork { Reuse = best[_budget.Compared ?? _budget.Numbers[0]] };
        foreach (string design in TrexStudy.DesignNames) yield return On(null, design);
        foreach (string design in TrexStudy.DesignNames) yield return On(one, design);
        foreach (var network in ((TrexNetwork[])[new(), .. best.Values.Select(reuse => new TrexNetwork { Reuse = reuse })]).Where(n => n != one)) yield return On(network, Hardware);
    }

    private TrexOnArrays On(TrexNetwork? network, string design)
    {
        var request = new EvaluationRequest
        {
            Model = network is null ? _model.Model : _trainings.Train(network, _tuned),
            Data = _model.Data ?? ExperimentModels.ShippedDigits,
            Samples = Samples(_budget.Arrays.Samples),
            NoiseSeeds = Math.Min(_request.Seeds, _budget.Arrays.Seeds),
            Seed = _request.Seed,
            Threads = _request.Threads,
        };
        string name = $"{network?.ToString() ?? "original"} on {design}";
        double[] points = _parts.Get(
            $"arrays-{network?.Name ?? "original"}-{network?.Seed}-{design}",
            $"{(network is null ? "original" : _trainings.IdentityOf(network, _tuned))}, {DesignFile.Resolved(DesignFile.Load(design))}, {request.Samples} samples, {request.NoiseSeeds} seeds from {request.Seed}",
            () => DesignScores.Run(request, [DesignFile.Load(design)], measuredSamples: 0, new NamedProgress($"{_model.Name}, {name}", _progress), _cancellation)[0].Score.Values.Select(v => 100 * v).ToArray());
        return new(network, design, points);
    }

    private int Samples(int budget) => Math.Min(_request.Samples ?? int.MaxValue, budget);

    /// <summary>Samples of all epochs of all trainings.</summary>
    private long Plan()
    {
        int patterns = _budget.Numbers.Sum(n => Patterns(n).Count()), others = _budget.Compared is null ? 0 : ComparedOthers;
        int networks = (1 + _budget.Numbers.Count + others) * _budget.Trainings;
        int ranked = _budget.Compared is null ? 0 : _budget.RankedPatterns, random = _budget.Compared is null ? 0 : _budget.RandomSubsets;
        // The first training of the best patterns is among those of all patterns.
        int partial = patterns + random + networks - _budget.Numbers.Count;
        return partial * TrexMeter.SamplesOf(_partial, _trainings.Samples) + (networks + ranked) * TrexMeter.SamplesOf(_tuned, _trainings.Samples);
    }
}
