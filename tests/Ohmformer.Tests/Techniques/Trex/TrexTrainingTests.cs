using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Images;
using Ohmformer.Numerics;
using Ohmformer.Techniques.Trex;
using Ohmformer.Training;
using Ohmformer.Training.Tasks;

namespace Ohmformer.Tests.Techniques.Trex;

public sealed class TrexTrainingTests : IDisposable
{
    private const int Updates = 2, TuningUpdates = 14;

    private static readonly AttentionReuse[] Patterns = [.. ReusePattern.All(4, 2).Select(p => p.Reuse)];

    private readonly TemporaryFolder _folder = new();
    private readonly Workers _workers = new(2);

    public void Dispose()
    {
        _workers.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Pattern_of_the_lowest_loss_is_kept_and_tuned()
    {
        var original = Original();
        var training = Training("a", Recipe, original);
        var candidates = training.Search(Patterns, resume: false, default);
        Assert.Equal(Patterns, candidates.Select(c => c.Reuse));
        var best = TrexTraining.Best(candidates);
        Assert.Equal(candidates.Min(c => c.Loss), best.Loss);
        Assert.Equal(candidates.Count, candidates.Select(c => c.Loss).Distinct().Count());
        Assert.Equal([string.Join('-', best.Reuse.Encoders)], Directory.GetDirectories(_folder.File("a/search")).Select(Path.GetFileName));

        // Fine-tuning goes on with what the search has learned, and learns more.
        var result = training.FineTune(best.Reuse, resume: false, default);
        Assert.Equal(2, result.Curve.Count);
        var tuned = Checkpoint.Load(_folder.File("a"));
        Assert.Equal(best.Reuse, tuned.Spec.Reuse);
        var untouched = Training("b", Recipe, original).FineTune(best.Reuse, resume: false, default);
        Assert.NotEqual(untouched.Curve[0].Loss, result.Curve[0].Loss);
    }

    [Fact]
    public void Loss_of_a_pattern_is_the_cross_entropy_of_the_share_it_was_trained_on()
    {
        var original = Original();
        var recipe = Recipe with { Search = Recipe.Search with { LearningRate = 0 }, Noise = null };
        var reuse = Patterns[1];
        var candidate = Training("a", recipe, original).Search([reuse], resume: false, default)[0];
        var start = ReuseTransform.Apply(original, reuse, recipe.Seed);
        var task = recipe.Task!.Open(Plain(recipe, recipe.Search), new(Plain(recipe, recipe.Search), path => path, start));
        var share = new TrainingShare(task, recipe.Share, recipe.Seed);
        Assert.Equal(20, share.Count(DataPart.Train));
        var parameters = new TransformerParameters(start.Spec);
        var network = new TrainableTransformer(parameters);
        var tape = new Tape();
        var batch = share.Read(DataPart.Test, 0, [.. Enumerable.Range(0, 20)]);
        var logits = network.Forward(tape, parameters.FromWeights(start.Weights), default, batch);
        Assert.Equal(tape.CrossEntropy(logits, batch.Labels, batch.Probabilities).Value[0] / 20, candidate.Loss, 1e-5);
    }

    [Fact]
    public void Share_is_a_pure_function_of_the_seed()
    {
        var original = Original();
        int[] Labels(ulong seed)
        {
            var recipe = Recipe with { Seed = 1 };
            var task = recipe.Task!.Open(Plain(recipe, recipe.Search), new(Plain(recipe, recipe.Search), path => path, original));
            return new TrainingShare(task, recipe.Share, seed).Read(DataPart.Test, 0, [.. Enumerable.Range(0, 20)]).Labels.ToArray();
        }
        Assert.Equal(Labels(1), Labels(1));
        Assert.NotEqual(Labels(1), Labels(2));
    }

    [Fact]
    public void Killed_run_resumes_with_the_same_bytes()
    {
        var original = Original();
        var whole = Whole(Training("whole", Recipe, original));
        int all = Patterns.Length * Updates + TuningUpdates;
        for (int kill = 1; kill < all; kill += 3)
        {
            int update = 0, last = kill;
            var training = Training("parts", Recipe, original, new Each(p =>
            {
                update = p.Candidate > 0 ? (p.Candidate - 1) * Updates + (int)p.Training.Step : Patterns.Length * Updates + (int)p.Training.Step;
                if (update >= last) throw new InvalidOperationException("killed");
            }));
            Assert.Throws<InvalidOperationException>(() => Whole(training));
        }
        Assert.Equal(whole, Whole(Training("parts", Recipe, original)));
        Assert.Equal(File.ReadAllBytes(_folder.File("whole/model.safetensors")), File.ReadAllBytes(_folder.File("parts/model.safetensors")));
        Assert.Equal(Stripped("whole"), Stripped("parts"));
    }

    [Fact]
    public void Search_of_another_recipe_is_refused()
    {
        var original = Original();
        Training("a", Recipe, original).Search(Patterns, resume: false, default);
        var error = Assert.Throws<InputException>(() => Training("a", Recipe with { Share = 0.5 }, original).Search(Patterns, resume: true, default));
        Assert.Contains("another recipe, other patterns or another model", error.Message, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => Training("a", Recipe, Original(seed: 4)).Search(Patterns, resume: true, default));
        File.WriteAllText(_folder.File("a/search/state.json"), "{");
        error = Assert.Throws<InputException>(() => Training("a", Recipe, original).Search(Patterns, resume: true, default));
        Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Distillation_adds_what_the_teacher_says()
    {
        var original = Original();
        var reuse = Patterns[0];
        var start = ReuseTransform.Apply(original, reuse, 1);
        var task = Recipe.Task!.Open(Plain(Recipe, Recipe.Search), new(Plain(Recipe, Recipe.Search), path => path, original));
        var batch = task.Read(DataPart.Test, 0, [0, 1, 2]);
        var (student, studentToken) = Numbers(start, batch);
        var (teacher, teacherToken) = Numbers(original, batch);
        double expected = 0;
        for (int i = 0; i < 3; i++)
        {
            double[] p = Softmax(teacher[i]), log = [.. Softmax(student[i]).Select(v => Math.Log(v))];
            expected += 0.1 * -p.Zip(log, (x, y) => x * y).Sum();
            double[] s = Softmax(studentToken[i]), t = Softmax(teacherToken[i]);
            expected += 0.5 * s.Zip(t, (x, y) => x * Math.Log(x / y)).Sum();
        }
        var tape = new Tape();
        var parameters = new TransformerParameters(start.Spec);
        var answer = new TrainableTransformer(parameters).Answer(tape, parameters.FromWeights(start.Weights), default, batch);
        Assert.Equal(expected, new Teacher(original, new()).Penalty(tape, batch, answer)!.Value[0], 1e-5);

        // A network has nothing to learn from itself but its own entropy.
        tape = new Tape();
        parameters = new TransformerParameters(original.Spec);
        answer = new TrainableTransformer(parameters).Answer(tape, parameters.FromWeights(original.Weights), default, batch);
        Assert.Equal(0, new Teacher(original, new() { Answers = 0 }).Penalty(tape, batch, answer)!.Value[0], 1e-6);
        Assert.Null(new Teacher(original, new() { Answers = 0, ClassToken = 0 }).Penalty(tape, batch, answer));
    }

    [Fact]
    public void Patches_that_answer_nothing_cannot_teach()
    {
        var recipe = Recipe with { Distillation = new() { Dense = 0.2 } };
        var error = Assert.Throws<InputException>(() => Training("a", recipe, Original()).Search(Patterns, resume: false, default));
        Assert.Contains("distillation: dense is 0.2, but the patches of tiny answer nothing", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("a")));
    }

    private static TrexRecipe Recipe { get; } = new()
    {
        Task = new GeneratedSpec { ValidationSamples = 0 },
        Search = new() { Epochs = 1, BatchSize = 10, LearningRate = 0.01, WarmUpEpochs = 0 },
        FineTuning = new() { Epochs = 2, BatchSize = 15, LearningRate = 0.01, WarmUpEpochs = 1, EmaDecay = 0.9 },
        Noise = new TrexNoiseSpec { ReadNoise = 0.1, WriteNoise = 0.2 },
    };

    private static TrainingRecipe Plain(TrexRecipe recipe, OptimizationSpec optimization) => new() { Name = "tiny", Task = recipe.Task!, Start = "original", Optimization = optimization };

    private static Checkpoint Original(ulong seed = 3)
    {
        var recipe = Plain(Recipe, Recipe.Search) with { Start = null, Network = new() { Layers = 4, Hidden = 8, Heads = 2, Intermediate = 16 } };
        var task = GeneratedSpec.Images(recipe, null);
        var parameters = new TransformerParameters(task.Network);
        var preprocessing = new Preprocessing { Mean = [0.5], Deviation = [0.5] };
        return new(task.Network, parameters.ToWeights(parameters.Initialize(seed)), ["0", "1", "2", "3"], preprocessing);
    }

    private static double[] Softmax(double[] x)
    {
        double sum = x.Sum(Math.Exp);
        return [.. x.Select(v => Math.Exp(v) / sum)];
    }

    private static (double[][] Logits, double[][] Tokens) Numbers(Checkpoint model, TrainingBatch batch)
    {
        var parameters = new TransformerParameters(model.Spec);
        var answer = new TrainableTransformer(parameters).Answer(new Tape(), parameters.FromWeights(model.Weights), default, batch);
        return (Rows(answer.Logits), Rows(answer.Representation));

        static double[][] Rows(Tensor x)
        {
            float[] all = x.Value.ToArray();
            return [.. Enumerable.Range(0, x.Rows).Select(i => all[(i * x.Columns)..((i + 1) * x.Columns)].Select(v => (double)v).ToArray())];
        }
    }

    private TrexTraining Training(string name, TrexRecipe recipe, Checkpoint original, IProgress<TrexProgress>? progress = null) =>
        new(recipe, original, path => path, _folder.File(name), _workers) { CheckpointInterval = TimeSpan.Zero, Progress = progress };

    private static string Whole(TrexTraining training)
    {
        var candidates = training.Search(Patterns, resume: true, default);
        var result = training.FineTune(TrexTraining.Best(candidates).Reuse, resume: true, default);
        return string.Join('\n', candidates.Select(c => $"{c.Loss:R} {c.Accuracy:R}").Append($"{result.Test}"));
    }

    // The curve without its last column, seconds.
    private IEnumerable<string> Stripped(string name) => File.ReadAllLines(_folder.File($"{name}/curve.csv")).Select(line => line[..line.LastIndexOf(',')]);

    private sealed class Each(Action<TrexProgress> report) : IProgress<TrexProgress>
    {
        public void Report(TrexProgress value) => report(value);
    }

    /// <summary>8 x 8 noise with one quarter brighter than the others; the quarter is the class.</summary>
    private sealed record GeneratedSpec : TaskSpec
    {
        public override string TrainingData => "generated";

        public override string TestData => "generated";

        public override ITrainingTask Open(TrainingRecipe recipe, TrainingFiles files) => Images(recipe, files.Start);

        public static ImageTask Images(TrainingRecipe recipe, Checkpoint? start) => new(
            recipe, new ImageTaskSpec { Data = "generated", PatchSize = 4, Mean = [0.5], Deviation = [0.5] }, Images(1, 100), Images(2, 40), start);

        private static ImageSet Images(int seed, int count)
        {
            var random = new Random(seed);
            var pixels = new byte[count * 64];
            var labels = new int[count];
            for (int i = 0; i < count; i++)
            {
                labels[i] = random.Next(4);
                for (int p = 0; p < 64; p++) pixels[i * 64 + p] = (byte)(random.Next(100) + (p / 32 * 2 + p % 8 / 4 == labels[i] ? 120 : 0));
            }
            return new ImageSet("generated", pixels, labels, 1, 8, 8);
        }
    }
}
