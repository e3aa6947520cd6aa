using Ohmformer.Files;
using Ohmformer.Lab.Tasks;
using Ohmformer.Lab.Zoo;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Texts;
using Ohmformer.Numerics;

namespace Ohmformer.Lab.Runs;

/// <summary>One model and the task that it is evaluated on.</summary>
internal sealed class TaskRun : IDisposable
{
    private readonly Checkpoint _checkpoint;
    private readonly IEvaluationTask _task;
    private readonly int _threads;

    /// <summary>Loads the model and the data of a request.</summary>
    /// <exception cref="InputException">Either cannot be used, or they do not fit each other.</exception>
    public TaskRun(EvaluationRequest request)
    {
        _checkpoint = ModelSource.Load(request.Model);
        var defaults = EvaluationDefaults.Of(request.Model);
        Kind = TaskKind.Of(request.Task, Spec);
        if (request.Task is null) defaults.CheckTask(Kind);
        string path = request.Data ?? defaults.DataAtHand(Kind);
        Kind.CheckData(path, Spec.Name);
        int samples = request.Samples ?? (request.Data is null ? defaults.Samples : null) ?? Kind.DefaultSamples;
        string? textTask = TextTask.All.FirstOrDefault(t => t.Name == (request.Task ?? defaults.Task))?.Name;
        _task = Kind.Load(new(_checkpoint, ModelSource.Folder(request.Model), path, samples == 0 ? int.MaxValue : samples, textTask));
        _threads = request.Threads;
        Workers = ImageLoop.WorkersFor(Scope.Count, _threads);
        Data = request.Data ?? defaults.Data ?? path;
        DataPath = Path.GetFullPath(path);
    }

    /// <summary>The kind of task.</summary>
    public TaskKind Kind { get; }

    /// <summary>What is measured.</summary>
    public TaskScope Scope => _task.Scope;

    /// <summary>Sizes of the model.</summary>
    public TransformerSpec Spec => _checkpoint.Spec;

    /// <summary>Threads that share an input, for the products that <see cref="Score"/> is given.</summary>
    public Workers Workers { get; }

    /// <summary>The data as the user named it.</summary>
    public string Data { get; }

    /// <summary>Where the data lie.</summary>
    public string DataPath { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Workers.Dispose();
        (_task as IDisposable)?.Dispose();
    }

    /// <summary>The scores of the samples, shape [samples].</summary>
    /// <param name="products">The arithmetic of the matrix products.</param>
    /// <param name="phase">Name of the phase for the progress.</param>
    /// <param name="progress">Is told about every sample.</param>
    /// <param name="cancellation">Stops between matrix products.</param>
    /// <param name="pruning">Tokens that drop out; null for none.</param>
    /// <exception cref="InputException">Tokens are to drop out, but the model has no class token to rank them.</exception>
    public SampleScore[] Score(IMatrixProduct products, string phase, IProgress<PhaseProgress> progress, CancellationToken cancellation, TokenPruning? pruning = null) =>
        Run(products, _task, first: 0, Scope.Count, phase, progress, pruning, cancellation);

    /// <summary>Runs the inputs that set converter ranges.</summary>
    /// <returns>Which inputs were run.</returns>
    public string Calibrate(IMatrixProduct products, string phase, IProgress<PhaseProgress> progress, CancellationToken cancellation, TokenPruning? pruning = null)
    {
        var inputs = _task.Calibration;
        Run(products, inputs.Task, inputs.First, inputs.Count, phase, progress, pruning, cancellation);
        return inputs.Words;
    }

    private SampleScore[] Run(
        IMatrixProduct products, IEvaluationTask task, int first, int count, string phase, IProgress<PhaseProgress> progress, TokenPruning? pruning,
        CancellationToken cancellation)
    {
        progress.Report(new(phase, 0, count)); // Writing the weights to arrays takes seconds, too.
        var spec = Spec with { Pruning = pruning };
        var run = new TransformerRun(spec, _checkpoint.Weights, new InterruptibleProduct(products, cancellation));
        var scores = new SampleScore[count];
        new ImageLoop(spec, _threads, Workers, progress, cancellation, task.Scope.Tokens).Run(
            phase, count, (index, workspace) => scores[index] = task.Score(first + index, run, workspace));
        return scores;
    }
}
