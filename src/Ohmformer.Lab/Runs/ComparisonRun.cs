using Ohmformer.Files;
using Ohmformer.Lab.Tasks;

namespace Ohmformer.Lab.Runs;

/// <summary>What to compare: every model on every design with every combination of swept values.</summary>
public sealed record ComparisonRequest
{
    /// <summary>Shipped models or directories, all different, one at least; all have the same task.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>Names or files of designs, all different, one at least.</summary>
    public required IReadOnlyList<string> Designs { get; init; }

    /// <summary>Parameters of the designs that vary.</summary>
    public IReadOnlyList<DesignSweep> Sweeps { get; init; } = [];

    /// <summary>Data, samples, seeds and threads of all; its model and design are not used.</summary>
    public EvaluationRequest Evaluation { get; init; } = new();

    /// <summary>What is evaluated, in this order: by model, then by design, then by values.</summary>
    public IReadOnlyList<EvaluationRequest> Requests =>
        [.. from model in Models from design in Designs from settings in DesignSweep.Grid(Sweeps) select Evaluation with { Model = model, Design = design, Settings = settings }];
}

/// <summary>Evaluates models on designs, on the same samples.</summary>
public static class ComparisonRun
{
    /// <summary>Evaluates everything that is asked.</summary>
    /// <returns>One for each of <see cref="ComparisonRequest.Requests"/>, in their order, each tested against the first model and design.</returns>
    /// <exception cref="InputException">A model, the data or a design cannot be used, or the models have different data; found before anything runs.</exception>
    /// <exception cref="OperationCanceledException">The user interrupted.</exception>
    public static IReadOnlyList<EvaluationRun> Run(ComparisonRequest request, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        var tasks = new List<TaskRun>();
        try
        {
            var work = new List<(TaskRun Task, IReadOnlyList<PricedDesign> Designs)>();
            foreach (var requests in request.Requests.GroupBy(r => r.Model))
            {
                var task = new TaskRun(requests.First());
                tasks.Add(task);
                CheckSame(request.Models, tasks[0], task, requests.Key);
                work.Add((task, [.. requests.Select(r => Evaluation.Price(task, r))]));
            }
            var whole = new ComparisonProgress((long)request.Requests.Count * request.Evaluation.NoiseSeeds * tasks[0].Scope.Count, progress);
            return Paired([.. work.SelectMany(w => Evaluation.Run(w.Task, w.Designs, Prefix, whole, cancellation))]);
        }
        finally
        {
            tasks.ForEach(t => t.Dispose());
        }
    }

    private static string Prefix(EvaluationRequest request) => $"{request.Model} on {string.Join(", ", [request.Design, .. request.Settings.Select(s => $"{s}")])}: ";

    private static void CheckSame(IReadOnlyList<string> models, TaskRun first, TaskRun task, string model)
    {
        string pair = $"{models[0]} and {model} cannot be compared";
        if (task.Scope.Metric != first.Scope.Metric)
            throw new InputException($"{pair}: one is measured by {MetricText.Name(first.Scope.Metric)}, the other by {MetricText.Name(task.Scope.Metric)}; name models of one task.");
        if (task.DataPath != first.DataPath)
            throw new InputException($"{pair}: one is evaluated on {first.Data}, the other on {task.Data}; name the data of all with --data.");
        if (task.Spec.Classes != first.Spec.Classes)
            throw new InputException($"{pair}: one has {first.Spec.Classes} classes, the other {task.Spec.Classes}; name models of one task.");
        if (task.Scope.Count != first.Scope.Count)
            throw new InputException($"{pair}: one is evaluated on {first.Scope.Count} samples, the other on {task.Scope.Count}; give --samples.");
    }

    /// <summary>Each run against that of the first model and design with the same values; against the first of all where only values differ.</summary>
    private static IReadOnlyList<EvaluationRun> Paired(IReadOnlyList<EvaluationRun> runs)
    {
        bool onlyValues = runs.All(r => (r.Result.Model, r.Result.Design) == (runs[0].Result.Model, runs[0].Result.Design));
        return [.. runs.Select(run =>
        {
            var reference = onlyValues ? runs[0] : runs.First(r => r.Result.Settings.SequenceEqual(run.Result.Settings));
            return ReferenceEquals(run, reference) ? run : run with { Result = run.Result with { VersusFirst = PairedResult.Of(reference, run) } };
        })];
    }
}
