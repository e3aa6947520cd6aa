using System.Diagnostics;
using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Numerics;
using Ohmformer.Training;

namespace Ohmformer.Techniques.Trex;

/// <summary>A pattern that was trained on a share of the data.</summary>
/// <param name="Reuse">The pattern.</param>
/// <param name="Loss">Mean cross-entropy of the share's samples after the partial training, in nats.</param>
/// <param name="Accuracy">Share of them that is answered correctly.</param>
public sealed record TrexCandidate(AttentionReuse Reuse, double Loss, double Accuracy);

/// <summary>How far TReX is, reported after every update.</summary>
/// <param name="Candidate">The pattern that is trained partially, from 1; 0 in fine-tuning.</param>
/// <param name="Candidates">All patterns.</param>
/// <param name="Reuse">The pattern.</param>
/// <param name="Training">Its training.</param>
/// <param name="Remaining">Estimated time to the end of the search, or of fine-tuning.</param>
public sealed record TrexProgress(int Candidate, int Candidates, AttentionReuse Reuse, TrainingProgress Training, TimeSpan Remaining);

/// <summary>
/// Steps 3 and 4 of TReX (arXiv:2408.12742): patterns are trained on a share of the data, and the one of the lowest loss is fine-tuned. A run
/// that was interrupted or killed goes on where it was, with the same bits as if nothing had happened.
/// </summary>
/// <param name="recipe">How to train; its task is given.</param>
/// <param name="original">The trained network.</param>
/// <param name="locate">Where a file or folder of the recipe lies.</param>
/// <param name="folder">Gets the tuned network, its curve, and what is needed to go on.</param>
/// <param name="workers">Threads to use; the result does not depend on their number.</param>
public sealed class TrexTraining(TrexRecipe recipe, Checkpoint original, Func<string, string> locate, string folder, Workers workers)
{
    /// <summary>Name of the folder with the weights of the best pattern, and what is needed to go on.</summary>
    public const string SearchFolder = "search";

    private readonly string _original = $"original with weights {TransformerParameters.Fingerprint(original)}";
    private readonly Lazy<Teacher?> _teacher = new(() => recipe.Distillation is { } distillation ? new(original, distillation) : null);

    /// <summary>The recipe as text. What was begun with another text is not resumed.</summary>
    public string Identity { private get; init; } = $"{recipe}";

    /// <summary>Time after which a checkpoint is written within an epoch.</summary>
    public TimeSpan CheckpointInterval { private get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Is told about every update.</summary>
    public IProgress<TrexProgress>? Progress { private get; init; }

    /// <summary>Is given all finished patterns after each.</summary>
    public Action<IReadOnlyList<TrexCandidate>>? CandidateFinished { private get; init; }

    /// <summary>Is given all finished epochs of fine-tuning after each.</summary>
    public Action<IReadOnlyList<EpochResult>>? EpochFinished { private get; init; }

    /// <summary>Trains every pattern on the share of the data. The weights of the best are kept for <see cref="FineTune"/>.</summary>
    /// <param name="patterns">The patterns, all different.</param>
    /// <param name="resume">Whether to go on with what the folder holds.</param>
    /// <param name="cancellation">Stops after the current update and saves what is needed to go on.</param>
    /// <returns>All patterns in the order given.</returns>
    /// <exception cref="InputException">A training fails, the original cannot teach what the recipe says, or the folder holds the search of another recipe.</exception>
    /// <exception cref="OperationCanceledException">The search was canceled.</exception>
    public IReadOnlyList<TrexCandidate> Search(IReadOnlyList<AttentionReuse> patterns, bool resume, CancellationToken cancellation)
    {
        var state = new TrexSearchState(Path.Combine(folder, SearchFolder, "state.json"), string.Join('\n', [Identity, _original, .. patterns.Select(p => p.ToString())]));
        List<TrexCandidate> done = resume ? [.. state.Load().Zip(patterns, (c, reuse) => new TrexCandidate(reuse, c.Loss, c.Accuracy))] : [];
        var clock = Stopwatch.StartNew();
        int before = done.Count;
        while (done.Count < patterns.Count)
        {
            var reuse = patterns[done.Count];
            int candidate = done.Count + 1;
            var steps = new Relay(p =>
            {
                double share = (double)p.Step / p.Steps, ran = done.Count - before + share;
                Progress?.Report(new(candidate, patterns.Count, reuse, p, clock.Elapsed * ((patterns.Count - done.Count - share) / ran)));
            });
            var result = Train(reuse, CandidateFolder(reuse), partial: true, steps, resume, cancellation);
            done.Add(new(reuse, result.Test.Loss, result.Test.Accuracy));
            state.Save([.. done.Select(c => (c.Loss, c.Accuracy))]);
            CandidateFinished?.Invoke(done);
            ForgetAllBut(Best(done), done);
        }
        return done;
    }

    /// <summary>Tunes a pattern on all data, from the weights that a search has left, otherwise from those of the original; the network is written to the folder.</summary>
    /// <param name="reuse">The pattern.</param>
    /// <param name="resume">Whether to go on with what the folder holds.</param>
    /// <param name="cancellation">Stops after the current update and saves a checkpoint.</param>
    /// <exception cref="InputException">The training fails, or the folder holds that of another recipe.</exception>
    /// <exception cref="OperationCanceledException">The training was canceled.</exception>
    public TrainingResult FineTune(AttentionReuse reuse, bool resume, CancellationToken cancellation) =>
        Train(reuse, folder, partial: false, new Relay(p => Progress?.Report(new(0, 0, reuse, p, p.Remaining))), resume, cancellation);

    /// <summary>The pattern of the lowest loss; the first of equals.</summary>
    public static TrexCandidate Best(IEnumerable<TrexCandidate> candidates) => candidates.MinBy(c => c.Loss)!;

    private string CandidateFolder(AttentionReuse reuse) => Path.Combine(folder, SearchFolder, string.Join('-', reuse.Encoders));

    private TrainingResult Train(AttentionReuse reuse, string output, bool partial, Relay progress, bool resume, CancellationToken cancellation)
    {
        var teacher = _teacher.Value;
        string found = CandidateFolder(reuse);
        var start = !partial && Directory.Exists(found) ? Checkpoint.Load(found) : ReuseTransform.Apply(original, reuse, recipe.Seed);
        var training = new TrainingRecipe
        {
            Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)),
            Task = recipe.Task!,
            Start = recipe.Model ?? original.Spec.Name,
            Optimization = partial ? recipe.Search : recipe.FineTuning,
            Noise = recipe.Noise,
            Seed = recipe.Seed,
        };
        var whole = recipe.Task!.Open(training, new(training, locate, start));
        using var opened = whole as IDisposable;
        Directory.CreateDirectory(output);
        return new Trainer(training, partial ? new TrainingShare(whole, recipe.Share, recipe.Seed) : whole, output, workers)
        {
            Identity = $"{Identity}\n{_original}\n{reuse}\n{(partial ? "partial training" : "fine-tuning")}",
            Start = start,
            Teacher = teacher,
            CheckpointInterval = CheckpointInterval,
            Progress = progress,
            EpochFinished = partial ? null : EpochFinished,
        }.Run(resume, cancellation);
    }

    private void ForgetAllBut(TrexCandidate best, IEnumerable<TrexCandidate> all)
    {
        foreach (var other in all)
            if (other != best && Directory.Exists(CandidateFolder(other.Reuse))) Directory.Delete(CandidateFolder(other.Reuse), recursive: true);
    }

    private sealed class Relay(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
