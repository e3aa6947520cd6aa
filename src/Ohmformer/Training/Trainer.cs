using System.Diagnostics;
using System.Numerics.Tensors;
using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>Trains a transformer by a recipe. The result depends on recipe and data only, not on threads or interruptions.</summary>
public sealed class Trainer
{
    /// <summary>Name of the file in the output folder from which a training resumes.</summary>
    public const string CheckpointFile = "checkpoint.bin";

    /// <summary>Name of the file with the learning curve, one line per epoch.</summary>
    public const string CurveFile = "curve.csv";

    // Parameters that one thread updates at a time.
    private const int Chunk = 16384;

    private readonly TrainingRecipe _recipe;
    private readonly OptimizationSpec _optimization;
    private readonly ITrainingTask _task;
    private readonly string _folder;
    private readonly TransformerParameters _parameters;
    private readonly TrainableTransformer _network;
    private readonly BatchGradient _gradient;
    private readonly (int Start, int Length, bool Decays)[] _chunks;
    private readonly Workers _workers;
    private readonly LearningRateSchedule _schedule;
    private readonly int _samples, _stepsPerEpoch;
    private readonly bool _predictsText;
    private long _step;

    /// <summary>Prepares a training.</summary>
    /// <param name="recipe">How to train.</param>
    /// <param name="task">What to learn.</param>
    /// <param name="folder">Gets <see cref="CheckpointFile"/> and <see cref="CurveFile"/> after every epoch, and at the end the network.</param>
    /// <param name="workers">Threads to use; the result does not depend on their number.</param>
    public Trainer(TrainingRecipe recipe, ITrainingTask task, string folder, Workers workers)
    {
        (_recipe, _optimization, _task, _folder, _workers) = (recipe, recipe.Optimization, task, folder, workers);
        _parameters = new TransformerParameters(task.Network with { Pruning = recipe.TokenPruning }, recipe.SharedEncoders);
        _network = new TrainableTransformer(_parameters);
        _gradient = new BatchGradient(Forward, _parameters.Count, task.Network.Tokens, workers);
        _chunks = [.. _parameters.Blocks.SelectMany(b => Enumerable.Range(0, (b.Length + Chunk - 1) / Chunk)
            .Select(i => (b.Offset + i * Chunk, Math.Min(Chunk, b.Length - i * Chunk), b.Decays)))];
        _samples = task.Count(DataPart.Train);
        _stepsPerEpoch = (_samples + _optimization.BatchSize - 1) / _optimization.BatchSize;
        _schedule = new LearningRateSchedule(_optimization.LearningRate, (long)(_optimization.WarmUpEpochs * _stepsPerEpoch), (long)_optimization.Epochs * _stepsPerEpoch);
        _predictsText = task.Network is { Pooling: Pooling.EveryToken, Causal: true };
        Identity = $"{recipe}";
    }

    /// <summary>The recipe as text. A checkpoint with another text is not resumed.</summary>
    public string Identity { private get; init; }

    /// <summary>The model to start from; null for random weights.</summary>
    public Checkpoint? Start { private get; init; }

    /// <summary>The network that this one learns from, too; null for none.</summary>
    public Teacher? Teacher { private get; init; }

    /// <summary>Time after which a checkpoint is written within an epoch.</summary>
    public TimeSpan CheckpointInterval { private get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Is told about every update.</summary>
    public IProgress<TrainingProgress>? Progress { private get; init; }

    /// <summary>Is given all finished epochs after each.</summary>
    public Action<IReadOnlyList<EpochResult>>? EpochFinished { private get; init; }

    private string CheckpointPath => Path.Combine(_folder, CheckpointFile);

    // Also the data and the weights to start from decide.
    private string FullIdentity => field ??=
        $"{Identity.TrimEnd()}\n{_samples} training, {_task.Count(DataPart.Validation)} validation samples{(Start is null ? "" : $"\nstart with weights {TransformerParameters.Fingerprint(Start)}")}";

    /// <summary>Trains, or goes on training, and writes the network to the folder. The test samples are used once, at the very end.</summary>
    /// <param name="resume">Whether to go on from the folder's checkpoint, if there is one.</param>
    /// <param name="cancellation">Stops after the current update and saves a checkpoint.</param>
    /// <exception cref="InputException">The loss is not finite, or the checkpoint is not usable.</exception>
    /// <exception cref="OperationCanceledException">The training was canceled; a checkpoint has been saved.</exception>
    public TrainingResult Run(bool resume, CancellationToken cancellation)
    {
        var state = new TrainingState(InitialValues(), _optimization.EmaDecay is not null, _optimization.Patience is not null);
        if (resume && File.Exists(CheckpointPath)) state.Load(CheckpointPath, FullIdentity);
        Train(state, cancellation);
        float[] values = state.Best ?? state.Average ?? state.Values;
        _task.Save(_parameters.ToWeights(values), _folder);
        return new TrainingResult(Evaluate(values, DataPart.Test), _task.Count(DataPart.Test), state.Curve, state.BestEpoch, state.Elapsed);
    }

    // Random weights, or those of the model to start from; its head only where the classes are as many.
    private float[] InitialValues()
    {
        float[] values;
        try
        {
            values = _parameters.Initialize(_recipe.Seed, _recipe.Network?.Initialization ?? default);
        }
        catch (NotSupportedException e)
        {
            throw new InputException($"recipe {_recipe.Name}: {e.Message}", e);
        }
        if (Start is null) return values;
        var given = new TransformerParameters(Start.Spec, _recipe.SharedEncoders);
        float[] from = given.FromWeights(Start.Weights);
        foreach (var block in _parameters.Blocks)
            if (given.Has(block.Name) && given[block.Name] is var old && (old.Rows, old.Columns) == (block.Rows, block.Columns))
                from.AsSpan(old.Offset, old.Length).CopyTo(values.AsSpan(block.Offset));
        return values;
    }

    private void Train(TrainingState state, CancellationToken cancellation)
    {
        var before = state.Elapsed;
        long start = Stopwatch.GetTimestamp(), saved = start, firstStep = state.Step;
        while (state.Step < _schedule.Steps && !IsExhausted(state))
        {
            int epoch = (int)(state.Step / _stepsPerEpoch);
            int[] order = Order(epoch);
            do
            {
                if (cancellation.IsCancellationRequested || Stopwatch.GetElapsedTime(saved) >= CheckpointInterval)
                {
                    state.Save(CheckpointPath, FullIdentity);
                    saved = Stopwatch.GetTimestamp();
                    cancellation.ThrowIfCancellationRequested();
                }
                Update(state, epoch, order);
                var spent = Stopwatch.GetElapsedTime(start);
                state.Elapsed = before + spent;
                Progress?.Report(Describe(state, epoch, (state.Step - firstStep) / spent.TotalSeconds));
            }
            while (state.Step % _stepsPerEpoch != 0);
            FinishEpoch(state, epoch, before + Stopwatch.GetElapsedTime(start));
            saved = Stopwatch.GetTimestamp();
        }
    }

    // One batch: gradient, clipping, AdamW, running mean.
    private void Update(TrainingState state, int epoch, int[] order)
    {
        int first = (int)(state.Step % _stepsPerEpoch) * _optimization.BatchSize, count = Math.Min(_optimization.BatchSize, order.Length - first);
        _step = state.Step + 1;
        var (loss, correct, answers) = _gradient.Compute(state.Values, _task, epoch, order.AsMemory(first, count));
        if (!double.IsFinite(loss))
            throw new InputException($"recipe {_recipe.Name}: the loss is {loss} at update {state.Step + 1}; lower learningRate {_optimization.LearningRate} or lengthen warmUpEpochs {_optimization.WarmUpEpochs}.");
        double norm = _gradient.Clip(_optimization.GradientNorm), rate = _schedule.At(state.Step);
        long step = ++state.Step;
        // The warm-up lets the mean forget the initial weights (TensorFlow's ExponentialMovingAverage).
        float keep = (float)Math.Min(_optimization.EmaDecay ?? 0, (1.0 + step) / (10 + step));
        _workers.Run(_chunks.Length, 1, new Updates(this, state, step, rate, keep));
        var sums = state.Sums;
        state.Sums = new(sums.Loss + loss, sums.Correct + correct, sums.Answers + answers, sums.Norm + norm, sums.Updates + 1);
    }

    private NetworkOutput Forward(Tape tape, Memory<float> values, Memory<float> gradients, TrainingBatch batch, int epoch, ReadOnlyMemory<int> samples)
    {
        bool trains = !gradients.IsEmpty;
        var forgets = _recipe.Regularization;
        var regularization = !trains || forgets is { Dropout: 0, StochasticDepth: 0 }
            ? null
            : new Regularization { Seed = _recipe.Seed, Epoch = epoch, Samples = samples, Dropout = forgets.Dropout, StochasticDepth = forgets.StochasticDepth };
        var noise = _recipe.Noise?.Build(_task.Network, new(_recipe.Seed, trains ? _step : 0, trains ? epoch : -1, samples));
        var answer = _network.Answer(tape, values, gradients, batch, regularization, noise);
        return new(answer.Logits, trains ? Teacher?.Penalty(tape, batch, answer) : null);
    }

    private void FinishEpoch(TrainingState state, int epoch, TimeSpan elapsed)
    {
        float[] values = state.Average ?? state.Values;
        var (sums, validation) = (state.Sums, Evaluate(values, DataPart.Validation));
        var result = new EpochResult
        {
            Epoch = epoch + 1,
            LearningRate = _schedule.At(state.Step - 1),
            Loss = sums.Loss / sums.Answers,
            Accuracy = (double)sums.Correct / sums.Answers,
            ValidationLoss = validation.Loss,
            ValidationAccuracy = validation.Accuracy,
            GradientNorm = sums.Norm / sums.Updates,
            Seconds = elapsed.TotalSeconds,
        };
        if (state.Best is null || state.BestEpoch == 0 || IsBetter(result, state.Curve[state.BestEpoch - 1]))
        {
            state.BestEpoch = result.Epoch;
            if (state.Best is not null) values.CopyTo(state.Best, 0);
        }
        state.Curve.Add(result);
        (state.Sums, state.Elapsed) = (default, elapsed);
        state.Save(CheckpointPath, FullIdentity);
        AtomicFile.WriteAllText(Path.Combine(_folder, CurveFile), LearningCurve.Csv(state.Curve));
        EpochFinished?.Invoke(state.Curve);
    }

    private bool IsBetter(EpochResult epoch, EpochResult best) =>
        _predictsText ? epoch.ValidationLoss < best.ValidationLoss : epoch.ValidationAccuracy > best.ValidationAccuracy;

    // Asked between epochs and where a training goes on.
    private bool IsExhausted(TrainingState state) => state.Sums.Updates == 0 && state.Curve.Count - state.BestEpoch >= _optimization.Patience;

    // Not a number where there are no samples.
    private Evaluation Evaluate(float[] values, DataPart part)
    {
        var (loss, correct, answers) = _gradient.Evaluate(values, _task, part, Enumerable.Range(0, _task.Count(part)).ToArray());
        return new(loss / answers, (double)correct / answers, answers);
    }

    private TrainingProgress Describe(TrainingState state, int epoch, double stepsPerSecond) => new(
        epoch + 1, _optimization.Epochs, state.Step, _schedule.Steps, state.Sums.Loss / state.Sums.Answers, (double)state.Sums.Correct / state.Sums.Answers,
        _schedule.At(state.Step - 1), stepsPerSecond * _samples / _stepsPerEpoch, TimeSpan.FromSeconds((_schedule.Steps - state.Step) / stepsPerSecond),
        state.Curve.Count > 0 ? state.Curve[^1] : null);

    // A random order of the training samples (Fisher and Yates).
    private int[] Order(int epoch)
    {
        var random = new RandomStream(new NoiseKey(_recipe.Seed, NoisePurpose.Shuffle, epoch));
        int[] order = [.. Enumerable.Range(0, _samples)];
        for (int i = order.Length - 1; i > 0; i--)
        {
            int other = random.NextBelow(i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }
        return order;
    }

    /// <summary>AdamW, and the running mean, of chunks of the parameters.</summary>
    private readonly struct Updates(Trainer own, TrainingState state, long step, double rate, float keep) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            foreach (var (start, length, decays) in own._chunks.AsSpan(first, limit - first))
            {
                state.Optimizer.Update(state.Values, own._gradient.Gradient, start, length, step, rate, decays ? own._optimization.WeightDecay : 0);
                if (state.Average is null) continue;
                var mean = state.Average.AsSpan(start, length);
                TensorPrimitives.Lerp(state.Values.AsSpan(start, length), mean, keep, mean);
            }
        }
    }
}
