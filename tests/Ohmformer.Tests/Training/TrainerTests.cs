using System.Text.Json;
using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Images;
using Ohmformer.Numerics;
using Ohmformer.Techniques.ClipFormer;
using Ohmformer.Training;
using Ohmformer.Training.Tasks;

namespace Ohmformer.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    private const int Samples = 100, Held = 20;

    private readonly TemporaryFolder _folder = new();
    private readonly Workers _workers = new(2);

    public void Dispose()
    {
        _workers.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Tiny_network_learns_which_quarter_is_bright()
    {
        var result = Train("a", Recipe());
        Assert.Equal(20, result.Curve.Count);
        Assert.Equal(20, result.BestEpoch);
        Assert.True(result.Curve[^1].Loss < 0.5 * result.Curve[0].Loss, $"{result.Curve[0].Loss} to {result.Curve[^1].Loss}");
        Assert.True(result.Test.Accuracy > 0.9, $"{result.Test}");
        Assert.Equal(40, result.Test.Answers);
        Assert.InRange(result.Curve[^1].ValidationAccuracy, 0.9, 1);
        Assert.True(result.Curve[^1].ValidationLoss < 0.5 * result.Curve[0].ValidationLoss);
        Assert.All(result.Curve, epoch => Assert.InRange(epoch.GradientNorm, 1e-3, 100));
    }

    [Fact]
    public void Curve_has_a_line_for_every_epoch_and_leaves_out_what_was_not_measured()
    {
        Train("a", Recipe(epochs: 2));
        string[] lines = File.ReadAllLines(_folder.File("a/curve.csv"));
        Assert.Equal("epoch,learning_rate,training_loss,training_accuracy,validation_loss,validation_accuracy,gradient_norm,seconds", lines[0]);
        Assert.Equal(3, lines.Length);
        Assert.Matches(@"^2,[\d.E-]+,\d\.\d+,0\.\d{5},\d\.\d+,[01]\.\d{5},\d[\d.]*,\d+$", lines[2]);
        Train("b", Recipe(epochs: 1), task => task with { ValidationSamples = 0 });
        Assert.Matches(@"^1,[\d.E-]+,\d\.\d+,0\.\d{5},,,\d[\d.]*,\d+$", File.ReadAllLines(_folder.File("b/curve.csv"))[1]);
    }

    [Fact]
    public void Network_is_written_in_the_format_of_inference()
    {
        var recipe = Recipe(epochs: 1);
        Train("a", recipe);
        var checkpoint = Checkpoint.Load(_folder.File("a"));
        var parameters = new TransformerParameters(Task(recipe).Network);
        var expected = parameters.ToWeights(State("a", recipe).Values);
        Assert.Equal(expected.Embedding!.Weight, checkpoint.Weights.Embedding!.Weight);
        Assert.Equal(expected.Positions, checkpoint.Weights.Positions);
        Assert.Equal(expected.Encoders[1].MlpOut.Weight, checkpoint.Weights.Encoders[1].MlpOut.Weight);
        Assert.Equal(parameters.Spec with { Name = "a" }, checkpoint.Spec);
        Assert.Equal(["0", "1", "2", "3"], checkpoint.Labels);
    }

    [Fact]
    public void Number_of_threads_does_not_change_a_bit()
    {
        var recipe = Recipe(epochs: 2) with { Noise = Noise };
        Train("one", recipe, Everything, threads: 1);
        Train("two", recipe, Everything, threads: 2);
        Assert.Equal(File.ReadAllBytes(_folder.File("one/model.safetensors")), File.ReadAllBytes(_folder.File("two/model.safetensors")));
    }

    [Fact]
    public void Seed_changes_the_result()
    {
        var recipe = Recipe(epochs: 1);
        Train("one", recipe);
        Train("other", recipe with { Seed = 2 });
        Assert.NotEqual(State("one", recipe).Values, State("other", recipe with { Seed = 2 }).Values);
    }

    [Theory]
    [InlineData(3)] // within the first epoch
    [InlineData(7)] // at its end
    public void Interrupted_training_resumes_with_the_same_bits(int updates)
    {
        var recipe = Recipe(epochs: 2);
        var whole = Train("whole", recipe);

        using var cancellation = new CancellationTokenSource();
        var trainer = new Trainer(recipe, Task(recipe), _folder.File("parts"), _workers) { Progress = new Each(p => { if (p.Step == updates) cancellation.Cancel(); }) };
        Assert.Throws<OperationCanceledException>(() => trainer.Run(resume: false, cancellation.Token));
        AssertSame(whole, Train("parts", recipe, resume: true));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(11)]
    [InlineData(24)]
    public void Killed_training_resumes_with_the_same_bits(int updates)
    {
        // With everything that has a state or random numbers of its own.
        var recipe = Recipe(epochs: 4);
        recipe = recipe with { Noise = Noise, Optimization = recipe.Optimization with { EmaDecay = 0.9, Patience = 3 } };
        var whole = Train("whole", recipe, Everything);

        // A kill leaves the last checkpoint: of the end of an epoch, or some updates back. Nothing is saved on the way out.
        for (int kill = updates; kill < 28; kill += updates)
        {
            int last = kill;
            var trainer = new Trainer(recipe, Task(recipe, Everything), _folder.File("parts"), _workers)
            {
                CheckpointInterval = updates % 2 == 0 ? TimeSpan.Zero : TimeSpan.FromMinutes(5),
                Progress = new Each(p => { if (p.Step == last) throw new InvalidOperationException("killed"); }),
            };
            Assert.Throws<InvalidOperationException>(() => trainer.Run(resume: true, default));
        }
        AssertSame(whole, Train("parts", recipe, Everything, resume: true));
    }

    [Fact]
    public void Shared_encoders_are_saved_as_equal_ones_and_go_on_after_an_interruption()
    {
        var recipe = Recipe(epochs: 2) with { SharedEncoders = 2, Noise = Noise };
        recipe = recipe with { Optimization = recipe.Optimization with { EmaDecay = 0.9 } };
        var whole = Train("whole", recipe);
        using var cancellation = new CancellationTokenSource();
        var trainer = new Trainer(recipe, Task(recipe), _folder.File("parts"), _workers) { Progress = new Each(p => { if (p.Step == 9) cancellation.Cancel(); }) };
        Assert.Throws<OperationCanceledException>(() => trainer.Run(resume: false, cancellation.Token));
        AssertSame(whole, Train("parts", recipe, resume: true));

        var saved = Checkpoint.Load(_folder.File("whole"));
        Assert.Equal(2, saved.Spec.Layers);
        Assert.Equal(JsonSerializer.Serialize(saved.Weights.Encoders[0]), JsonSerializer.Serialize(saved.Weights.Encoders[1]));
        Assert.NotEqual(whole.Curve[^1].Loss, Train("own", recipe with { SharedEncoders = 1 }).Curve[^1].Loss);
    }

    [Fact]
    public void Tokens_drop_out_in_training_and_evaluation()
    {
        // Nothing is learned, so a test shows the network that is evaluated: four encoders, and one patch behind the third.
        var recipe = Recipe(epochs: 1);
        recipe = recipe with { Network = recipe.Network! with { Layers = 4 }, Optimization = recipe.Optimization with { LearningRate = 0 } };
        var (all, pruned) = (Train("all", recipe), Train("pruned", recipe with { TokenPruning = new() { KeepRatio = 0.3 } }));
        Assert.NotEqual(all.Curve[0].Loss, pruned.Curve[0].Loss);
        Assert.NotEqual(all.Test.Loss, pruned.Test.Loss);
        var saved = Checkpoint.Load(_folder.File("pruned"));
        Assert.Null(saved.Spec.Pruning);

        var run = new TransformerRun(saved.Spec with { Pruning = new() { KeepRatio = 0.3 } }, saved.Weights, new FloatProduct());
        var workspace = new TransformerWorkspace(saved.Spec with { Pruning = new() { KeepRatio = 0.3 } });
        var batch = Task(recipe).Read(DataPart.Test, 0, [.. Enumerable.Range(0, 40)]);
        float[] logits = new float[4];
        double loss = 0;
        for (int i = 0; i < 40; i++)
        {
            run.Forward(i, batch.Values.Span.Slice(64 * i, 64), workspace, logits);
            loss += Math.Log(logits.Sum(z => Math.Exp(z))) - logits[batch.Labels.Span[i]];
        }
        Assert.Equal(loss / 40, pruned.Test.Loss, 1e-5);
    }

    [Fact]
    public void Noise_of_zero_trains_the_same_network_and_other_noise_another_one()
    {
        var recipe = Recipe(epochs: 2);
        var plain = Train("plain", recipe);
        var zero = Train("zero", recipe with { Noise = Noise with { ReadNoise = 0, WriteNoise = 0 } });
        Assert.Equal(plain.Curve.Select(e => e with { Seconds = 0 }), zero.Curve.Select(e => e with { Seconds = 0 }));
        Assert.Equal(File.ReadAllBytes(_folder.File("plain/model.safetensors")), File.ReadAllBytes(_folder.File("zero/model.safetensors")));
        var noisy = Train("noisy", recipe with { Noise = Noise });
        Assert.NotEqual(plain.Curve[0].Loss, noisy.Curve[0].Loss);
        Assert.NotEqual(plain.Curve[0].ValidationLoss, noisy.Curve[0].ValidationLoss);
    }

    [Fact]
    public void Noise_of_evaluations_is_the_same_after_every_epoch()
    {
        // Nothing is learned, so nothing but the noise could change.
        var recipe = Recipe(epochs: 2);
        var result = Train("a", recipe with { Noise = Noise, Optimization = recipe.Optimization with { LearningRate = 0 } }, task => task with { Augmentation = new() });
        Assert.Equal(result.Curve[0].ValidationLoss, result.Curve[1].ValidationLoss);
        Assert.NotEqual(result.Curve[0].Loss, result.Curve[1].Loss);
    }

    [Fact]
    public void Running_mean_of_the_weights_is_what_is_saved()
    {
        var recipe = Recipe(epochs: 2);
        var averaged = recipe with { Optimization = recipe.Optimization with { EmaDecay = 0.8 } };
        Train("plain", recipe);
        Train("mean", averaged);
        // The weights themselves go the same way.
        Assert.Equal(State("plain", recipe).Values, State("mean", averaged).Values);

        // Reference: the mean over the weights of a training that is stopped after each update.
        float[]? mean = null;
        for (int step = 0; step <= 14; step++)
        {
            float[] values = step == 0 ? new TransformerParameters(Task(recipe).Network).Initialize(recipe.Seed) : After(step, recipe);
            mean ??= values;
            double keep = Math.Min(0.8, (1.0 + step) / (10 + step));
            mean = [.. mean.Zip(values, (m, v) => (float)(keep * m + (1 - keep) * v))];
        }
        var saved = Checkpoint.Load(_folder.File("mean")).Weights.Encoders[0].MlpIn.Weight;
        var expected = new TransformerParameters(Task(recipe).Network).ToWeights(mean).Encoders[0].MlpIn.Weight;
        for (int i = 0; i < saved.Length; i++) Assert.Equal(expected[i], saved[i], 1e-6f);
        Assert.NotEqual(Checkpoint.Load(_folder.File("plain")).Weights.Encoders[0].MlpIn.Weight, saved);
    }

    [Fact]
    public void Patience_ends_the_training_and_keeps_the_best_network()
    {
        // A rate so high that the network gets worse after it has been good.
        var recipe = Recipe(epochs: 40);
        recipe = recipe with { Optimization = recipe.Optimization with { Patience = 2, LearningRate = 0.02 } };
        var result = Train("a", recipe);
        Assert.Equal(result.BestEpoch + 2, result.Curve.Count);
        Assert.Equal(result.Curve.Max(e => e.ValidationAccuracy), result.Curve[result.BestEpoch - 1].ValidationAccuracy);
        Assert.All(result.Curve.Take(result.BestEpoch - 1), e => Assert.True(e.ValidationAccuracy < result.Curve[result.BestEpoch - 1].ValidationAccuracy));

        var best = State("a", recipe);
        Assert.NotEqual(best.Values, best.Best);
        Assert.Equal(new TransformerParameters(Task(recipe).Network).ToWeights(best.Best).Head.Weight, Checkpoint.Load(_folder.File("a")).Weights.Head.Weight);
        AssertSame(result, Train("a", recipe, resume: true));
    }

    [Fact]
    public void Progress_counts_every_update_and_epoch()
    {
        var reports = new List<TrainingProgress>();
        var epochs = new List<int>();
        var recipe = Recipe(epochs: 2);
        new Trainer(recipe, Task(recipe), _folder.Path, Workers.One) { Progress = new Each(reports.Add), EpochFinished = curve => epochs.Add(curve.Count) }.Run(resume: false, default);
        Assert.Equal(Enumerable.Range(1, 14), reports.Select(r => (int)r.Step));
        Assert.All(reports, r => Assert.Equal(14, r.Steps));
        Assert.All(reports, r => Assert.True(r.SamplesPerSecond > 0 && r.Remaining >= TimeSpan.Zero));
        Assert.Equal(7, reports.Count(r => r.LastEpoch is null));
        Assert.Equal([1, 2], epochs);
    }

    [Fact]
    public void Checkpoint_of_another_recipe_or_other_data_is_refused_and_says_what_differs()
    {
        var recipe = Recipe(epochs: 1);
        Train("a", recipe);
        var other = recipe with { Optimization = recipe.Optimization with { LearningRate = 0.5 } };
        var error = Assert.Throws<InputException>(() => Train("a", other, resume: true));
        Assert.Contains("belongs to another training", error.Message, StringComparison.Ordinal);
        Assert.Contains("LearningRate = 0.5", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<InputException>(() => Train("a", recipe, task => task with { ValidationSamples = 10 }, resume: true));
        Assert.Contains("90 training, 10 validation samples", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Checkpoint_of_a_training_with_another_start_is_refused()
    {
        var recipe = Recipe(epochs: 1);
        Train("a", recipe);
        Train("b", recipe with { Seed = 2 });
        Checkpoint first = Checkpoint.Load(_folder.File("a")), second = Checkpoint.Load(_folder.File("b"));
        From(first);
        From(first);
        var error = Assert.Throws<InputException>(() => From(second));
        Assert.Contains("belongs to another training; resume with its recipe, data and start", error.Message, StringComparison.Ordinal);
        Assert.Contains($"found    start with weights {TransformerParameters.Fingerprint(first)}\n", error.Message, StringComparison.Ordinal);
        Assert.EndsWith($"expected start with weights {TransformerParameters.Fingerprint(second)}", error.Message, StringComparison.Ordinal);
        Assert.Contains("start with weights", Assert.Throws<InputException>(() => Train("c", recipe, resume: true)).Message, StringComparison.Ordinal);

        void From(Checkpoint start) => new Trainer(recipe, Task(recipe), _folder.File("c"), _workers) { Start = start }.Run(resume: true, default);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(-1)]
    public void Damaged_checkpoint_is_refused(int length)
    {
        Train("a", Recipe(epochs: 1));
        string path = _folder.File("a/checkpoint.bin");
        byte[] content = File.ReadAllBytes(path);
        if (length >= 0) content = content[..length];
        else content[content.Length / 2] ^= 1;
        File.WriteAllBytes(path, content);
        var error = Assert.Throws<InputException>(() => Train("a", Recipe(epochs: 1), resume: true));
        Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Checkpoint_of_a_network_of_another_size_is_refused()
    {
        var recipe = Recipe(epochs: 1);
        Train("a", recipe);
        foreach (int layers in (int[])[1, 3])
        {
            var other = recipe with { Network = recipe.Network! with { Layers = layers } };
            var trainer = new Trainer(other, Task(other), _folder.File("a"), _workers) { Identity = $"{recipe}" };
            Assert.Contains("another size", Assert.Throws<InputException>(() => trainer.Run(resume: true, default)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Diverging_training_stops_and_says_what_to_lower()
    {
        var recipe = Recipe();
        recipe = recipe with { Optimization = recipe.Optimization with { LearningRate = 1e30, WarmUpEpochs = 0, WeightDecay = 10 } };
        var error = Assert.Throws<InputException>(() => Train("a", recipe));
        Assert.Contains("lower learningRate", error.Message, StringComparison.Ordinal);
    }

    private static readonly ClipFormerNoiseSpec Noise = new() { ReadNoise = 0.05, WriteNoise = 0.1, WriteNoiseFactor = 2, OnOffRatio = 100 };

    private static TrainingRecipe Recipe(int epochs = 20) => new()
    {
        Name = "tiny",
        Task = new ImageTaskSpec
        {
            Data = "generated",
            PatchSize = 4,
            Mean = [0.5],
            Deviation = [0.5],
            ValidationSamples = Held,
            Augmentation = new() { ShiftPixels = 0.5 },
        },
        Network = new() { Layers = 2, Hidden = 8, Heads = 2, Intermediate = 16 },
        Optimization = new() { Epochs = epochs, BatchSize = 13, LearningRate = 0.01, WarmUpEpochs = 1 },
    };

    // Everything that draws random numbers.
    private static ImageTaskSpec Everything(ImageTaskSpec task) => task with
    {
        LabelSmoothing = 0.1,
        Augmentation = new() { RotationDegrees = 5, Flip = true, CropPixels = 1, Brightness = 0.1, Contrast = 0.1, Erasing = 0.2, Mixup = 0.5, CutMix = 0.5, MixedShare = 0.7 },
    };

    private static ImageTask Task(TrainingRecipe recipe, Func<ImageTaskSpec, ImageTaskSpec>? change = null)
    {
        var spec = (ImageTaskSpec)recipe.Task;
        return new(recipe, change is null ? spec : change(spec), Images(1, Samples), Images(2, 40));
    }

    private TrainingResult Train(string name, TrainingRecipe recipe, Func<ImageTaskSpec, ImageTaskSpec>? change = null, int threads = 2, bool resume = false) =>
        new Trainer(recipe, Task(recipe, change), _folder.File(name), threads == 1 ? Workers.One : _workers).Run(resume, default);

    private TrainingState State(string name, TrainingRecipe recipe)
    {
        int count = new TransformerParameters(Task(recipe).Network).Count;
        var state = new TrainingState(new float[count], recipe.Optimization.EmaDecay is not null, recipe.Optimization.Patience is not null);
        state.Load(_folder.File($"{name}/checkpoint.bin"), $"{recipe}\n{Samples - Held} training, {Held} validation samples");
        return state;
    }

    private float[] After(int step, TrainingRecipe recipe)
    {
        using var cancellation = new CancellationTokenSource();
        var trainer = new Trainer(recipe, Task(recipe), _folder.File("steps"), _workers) { Progress = new Each(p => { if (p.Step == step) cancellation.Cancel(); }) };
        if (step < 14) Assert.Throws<OperationCanceledException>(() => trainer.Run(resume: true, cancellation.Token));
        else trainer.Run(resume: true, default);
        return State("steps", recipe).Values;
    }

    private void AssertSame(TrainingResult whole, TrainingResult parts)
    {
        Assert.Equal(whole.Curve.Select(e => e with { Seconds = 0 }), parts.Curve.Select(e => e with { Seconds = 0 }));
        Assert.Equal((whole.Test, whole.BestEpoch), (parts.Test, parts.BestEpoch));
        if (!Directory.Exists(_folder.File("parts"))) return;
        Assert.Equal(File.ReadAllBytes(_folder.File("whole/model.safetensors")), File.ReadAllBytes(_folder.File("parts/model.safetensors")));
    }

    // 8 x 8 noise with one quarter brighter than the others; the quarter is the class.
    private static ImageSet Images(int seed, int count)
    {
        var random = new Random(seed);
        var pixels = new byte[count * 64];
        var labels = new int[count];
        for (int i = 0; i < count; i++)
        {
            labels[i] = random.Next(4);
            for (int p = 0; p < 64; p++)
            {
                int quarter = p / 32 * 2 + p % 8 / 4;
                pixels[i * 64 + p] = (byte)(random.Next(100) + (quarter == labels[i] ? 120 : 0));
            }
        }
        return new ImageSet("generated", pixels, labels, 1, 8, 8);
    }

    private sealed class Each(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
