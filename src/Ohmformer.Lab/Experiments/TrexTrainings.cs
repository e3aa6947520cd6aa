using System.Security.Cryptography;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Numerics;
using Ohmformer.Techniques.Trex;
using Ohmformer.Training;
using Ohmformer.Training.Tasks;

namespace Ohmformer.Lab.Experiments;

/// <summary>
/// Trains the networks of one model as TReX does (noise of FeFET cells, distillation from the original model), measures them, and keeps both. Networks without
/// reuse are trained in the same way, so that reuse is not credited with what training gives.
/// </summary>
internal sealed class TrexTrainings : IDisposable
{
    private readonly TrexRecipe _recipe;
    private readonly TaskSpec _task;
    private readonly string _model, _digest;
    private readonly string? _data;
    private readonly KeptParts _parts;
    private readonly Workers _workers;
    private readonly CancellationToken _cancellation;
    private readonly Lazy<Teacher> _teacher;
    private readonly HashSet<string> _counted = [];

    /// <summary>Prepares the trainings of a model.</summary>
    /// <param name="model">The folder of the original model.</param>
    /// <param name="task">What it has learned.</param>
    /// <param name="recipe">Noise and distillation.</param>
    /// <param name="request">Data and threads.</param>
    /// <param name="parts">Keeps networks and figures.</param>
    /// <param name="cancellation">Stops after an update and keeps a checkpoint.</param>
    public TrexTrainings(string model, TaskSpec task, TrexRecipe recipe, ExperimentRequest request, KeptParts parts, CancellationToken cancellation)
    {
        (_model, _task, _recipe, _data, _parts, _cancellation) = (model, task.ForTrained(), recipe, request.Data, parts, cancellation);
        Original = Checkpoint.Load(model);
        _workers = new(request.Threads);
        _teacher = new(() => new(Original, recipe.Distillation!));
        using var weights = File.OpenRead(Path.Combine(model, Checkpoint.WeightsFile));
        _digest = Convert.ToHexStringLower(SHA256.HashData(weights));
        var whole = Open(new() { Name = Original.Spec.Name, Task = _task, Start = model, Optimization = recipe.Search }, Original);
        using var opened = whole as IDisposable;
        Samples = whole.Count(DataPart.Train);
    }

    /// <summary>The original model.</summary>
    public Checkpoint Original { get; }

    /// <summary>Training samples.</summary>
    public int Samples { get; }

    /// <summary>Is told about every update.</summary>
    public TrexMeter? Meter { private get; set; }

    /// <inheritdoc/>
    public void Dispose() => _workers.Dispose();

    /// <summary>The folder of a trained network; it is trained where it is not there.</summary>
    /// <param name="network">The network.</param>
    /// <param name="stage">How far.</param>
    public string Train(TrexNetwork network, TrexStage stage)
    {
        Loss(network, stage);
        return _parts.FolderOf(NameOf(network, stage), IdentityOf(network, stage));
    }

    /// <summary>The mean cross-entropy of the samples that a network was trained on, with noise: by it TReX ranks patterns. The network is trained where it is not there.</summary>
    /// <param name="network">The network.</param>
    /// <param name="stage">How far; one that starts from the original.</param>
    public double Loss(TrexNetwork network, TrexStage stage)
    {
        string name = NameOf(network, stage), identity = IdentityOf(network, stage);
        bool trains = false;
        double loss = _parts.Get(name, identity, () =>
        {
            trains = true;
            return Run(network, stage, _parts.FolderOf(name, identity));
        });
        if (_counted.Add(name) && !trains) Meter?.Skip(stage);
        return loss;
    }

    /// <summary>Measures a network on the first test samples.</summary>
    /// <param name="network">The network.</param>
    /// <param name="stage">How far it is trained.</param>
    /// <param name="samples">Samples at most.</param>
    /// <param name="seeds">Noise seeds, from 1 on.</param>
    public TrexAccuracy Measure(TrexNetwork network, TrexStage stage, int samples, int seeds)
    {
        string folder = Train(network, stage);
        return _parts.Get($"accuracy-{NameOf(network, stage)}", $"{IdentityOf(network, stage)}, {samples} samples, {seeds} noise seeds", () =>
        {
            var checkpoint = Checkpoint.Load(folder);
            var task = Open(RecipeOf(network, stage), checkpoint);
            using var opened = task as IDisposable;
            var spec = task.Network with { Pruning = network.Pruning };
            var parameters = new TransformerParameters(spec);
            float[] values = parameters.FromWeights(checkpoint.Weights);
            var transformer = new TrainableTransformer(parameters);
            int[] tested = [.. Enumerable.Range(0, Math.Min(samples, task.Count(DataPart.Test)))];
            return new TrexAccuracy(Percent(null), [.. Enumerable.Range(1, seeds).Select(seed => Percent((ulong)seed))]);

            double Percent(ulong? seed)
            {
                _cancellation.ThrowIfCancellationRequested();
                Meter?.Measures($"{network}: {(seed is null ? "float32" : $"noise seed {seed}")}");
                var gradient = new BatchGradient(
                    (tape, parameterValues, gradients, batch, _, chosen) => transformer.Forward(
                        tape, parameterValues, gradients, batch, noise: seed is { } drawn ? _recipe.Noise!.Build(spec, new(drawn, Step: 0, Epoch: -1, chosen)) : null),
                    parameters.Count, spec.Tokens, _workers);
                var result = gradient.Evaluate(values, task, DataPart.Test, tested);
                return 100.0 * result.Correct / result.Rows;
            }
        });
    }

    private double Run(TrexNetwork network, TrexStage stage, string folder)
    {
        var start = stage.Before is { } before ? Checkpoint.Load(Train(network, before))
            : network.Reuse is { } reuse ? ReuseTransform.Apply(Original, reuse, network.Seed) : Original;
        var recipe = RecipeOf(network, stage);
        var whole = Open(recipe, start);
        using var opened = whole as IDisposable;
        var share = new TrainingShare(whole, stage.Share, network.Seed);
        Directory.CreateDirectory(folder);
        var trainer = new Trainer(recipe, stage.Before is null ? share : new WithoutTest(share), folder, _workers)
        {
            Identity = IdentityOf(network, stage),
            Start = start,
            Teacher = _teacher.Value,
            Progress = Meter?.Of(network, stage),
        };
        var result = trainer.Run(resume: true, _cancellation);
        File.Delete(Path.Combine(folder, Trainer.CheckpointFile));
        return result.Test.Loss;
    }

    private TrainingRecipe RecipeOf(TrexNetwork network, TrexStage stage) => new()
    {
        Name = Original.Spec.Name,
        Task = _task,
        Start = _model,
        Optimization = stage.Optimization,
        Noise = _recipe.Noise,
        SharedEncoders = network.SharedEncoders,
        TokenPruning = network.Pruning,
        Seed = network.Seed,
    };

    private ITrainingTask Open(TrainingRecipe recipe, Checkpoint start) => _task.Open(recipe, new(recipe, Locate, start));

    private string Locate(string path)
    {
        string found = _data is null ? path : ExperimentModels.InData(path, _data);
        return Path.Exists(found) ? found : ShippedFiles.Find(found) ?? found;
    }

    private static string NameOf(TrexNetwork network, TrexStage stage) => $"{stage.Name}-{network.Name}-{network.Seed}";

    /// <summary>Everything that decides a trained network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="stage">How far it is trained.</param>
    public string IdentityOf(TrexNetwork network, TrexStage stage) => $"{_digest}, {_task.TrainingData}, {network}, {stage}";

    /// <summary>A task of which the last training sample alone is tested: the study measures on the real test samples itself.</summary>
    private sealed class WithoutTest(ITrainingTask inner) : ITrainingTask
    {
        public TransformerSpec Network => inner.Network;

        public int Count(DataPart part) => part == DataPart.Test ? 1 : inner.Count(part);

        public TrainingBatch Read(DataPart part, int epoch, ReadOnlySpan<int> samples) => inner.Read(part, epoch, samples);

        public void Save(TransformerWeights weights, string folder) => inner.Save(weights, folder);
    }
}
