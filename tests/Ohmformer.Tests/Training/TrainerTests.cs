using Ohmformer.Files;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Images;
using Ohmformer.Training;

namespace Ohmformer.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ohmformer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Tiny_network_learns_which_quarter_is_bright()
    {
        var result = Train("a", Recipe);
        Assert.Equal(Recipe.Epochs, result.Curve.Count);
        Assert.True(result.Curve[^1].Loss < 0.5 * result.Curve[0].Loss, $"{result.Curve[0].Loss} to {result.Curve[^1].Loss}");
        Assert.True(result.TestAccuracy > 0.9, $"{result.TestAccuracy}");
        Assert.InRange(result.Curve[^1].ValidationAccuracy, 0.9, 1);
        Assert.Equal(1 + Recipe.Epochs, File.ReadAllLines(Path.Combine(_folder, "a", Trainer.CurveFile)).Length);
    }

    [Fact]
    public void Network_is_written_in_the_format_of_inference()
    {
        var recipe = Recipe with { Epochs = 1 };
        Train("a", recipe);
        var checkpoint = Checkpoint.Load(Path.Combine(_folder, "a"));
        var parameters = new TransformerParameters(recipe.SpecFor(Images(1, 100)));
        var expected = parameters.ToWeights(Values("a", recipe));
        Assert.Equal(expected.Embedding!.Weight, checkpoint.Weights.Embedding!.Weight);
        Assert.Equal(expected.Positions, checkpoint.Weights.Positions);
        Assert.Equal(expected.Encoders[1].MlpOut.Weight, checkpoint.Weights.Encoders[1].MlpOut.Weight);
        Assert.Equal(parameters.Spec with { Name = "a" }, checkpoint.Spec);
        Assert.Equal(["0", "1", "2", "3"], checkpoint.Labels);
    }

    [Fact]
    public void Number_of_threads_does_not_change_a_bit()
    {
        var recipe = Recipe with { Epochs = 2 };
        Train("one", recipe, threads: 1);
        Train("two", recipe, threads: 2);
        Assert.Equal(Values("one", recipe), Values("two", recipe));
    }

    [Fact]
    public void Seed_changes_the_result()
    {
        var recipe = Recipe with { Epochs = 1 };
        Train("one", recipe);
        Train("other", recipe with { Seed = 2 });
        Assert.NotEqual(Values("one", recipe), Values("other", recipe with { Seed = 2 }));
    }

    [Theory]
    [InlineData(3)] // within the first epoch
    [InlineData(7)] // at its end
    public void Interrupted_training_resumes_with_the_same_bits(int updates)
    {
        var recipe = Recipe with { Epochs = 2 };
        var whole = Train("whole", recipe);

        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Trainer.Run(
            recipe, Images(1, 100), Images(2, 40), Path.Combine(_folder, "parts"), resume: false,
            new Each(p => { if (p.Step == updates) cancellation.Cancel(); }), threads: 2, cancellation.Token));
        var parts = Train("parts", recipe, resume: true);

        Assert.Equal(Values("whole", recipe), Values("parts", recipe));
        Assert.Equal(whole.Curve, parts.Curve);
        Assert.Equal(File.ReadAllText(Path.Combine(_folder, "whole", Trainer.CurveFile)), File.ReadAllText(Path.Combine(_folder, "parts", Trainer.CurveFile)));
    }

    [Fact]
    public void Progress_counts_every_update()
    {
        var reports = new List<TrainingProgress>();
        Trainer.Run(Recipe with { Epochs = 2 }, Images(1, 100), Images(2, 40), _folder, resume: false, new Each(reports.Add), threads: 1, default);
        Assert.Equal(Enumerable.Range(1, 14), reports.Select(r => (int)r.Step));
        Assert.All(reports, r => Assert.Equal(14, r.Steps));
        Assert.All(reports, r => Assert.True(r.ImagesPerSecond > 0 && r.Remaining >= TimeSpan.Zero));
        Assert.Equal(7, reports.Count(r => r.LastEpoch is null));
    }

    [Fact]
    public void Checkpoint_of_another_recipe_is_refused_and_says_both()
    {
        Train("a", Recipe with { Epochs = 1 });
        var error = Assert.Throws<InputException>(() => Train("a", Recipe with { Epochs = 1, LearningRate = 0.5 }, resume: true));
        Assert.Contains("belongs to another training", error.Message, StringComparison.Ordinal);
        Assert.Contains("LearningRate = 0.5", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(-1)]
    public void Damaged_checkpoint_is_refused(int length)
    {
        Train("a", Recipe with { Epochs = 1 });
        string path = Path.Combine(_folder, "a", Trainer.CheckpointFile);
        byte[] content = File.ReadAllBytes(path);
        if (length >= 0) content = content[..length];
        else content[content.Length / 2] ^= 1;
        File.WriteAllBytes(path, content);
        var error = Assert.Throws<InputException>(() => Train("a", Recipe with { Epochs = 1 }, resume: true));
        Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recipes_that_do_not_fit_the_images_are_refused()
    {
        Assert.Throws<InputException>(() => Train("a", Recipe with { PatchSize = 3 }));
        Assert.Throws<InputException>(() => Train("a", Recipe with { Heads = 3 }));
        Assert.Throws<InputException>(() => Train("a", Recipe with { ValidationImages = 100 }));
    }

    [Fact]
    public void Diverging_training_stops_and_says_what_to_lower()
    {
        var error = Assert.Throws<InputException>(() => Train("a", Recipe with { LearningRate = 1e30, WarmUpEpochs = 0, WeightDecay = 10 }));
        Assert.Contains("lower learningRate", error.Message, StringComparison.Ordinal);
    }

    private static TrainingRecipe Recipe => new()
    {
        Name = "tiny",
        Data = "generated",
        Layers = 2,
        Hidden = 8,
        Heads = 2,
        Intermediate = 16,
        PatchSize = 4,
        Epochs = 20,
        BatchSize = 13,
        LearningRate = 0.01,
        WarmUpEpochs = 1,
        LabelSmoothing = 0,
        ShiftPixels = 0.5,
        ValidationImages = 20,
    };

    private TrainingResult Train(string name, TrainingRecipe recipe, int threads = 2, bool resume = false) =>
        Trainer.Run(recipe, Images(1, 100), Images(2, 40), Path.Combine(_folder, name), resume, progress: null, threads, default);

    // The recipe and the number of images are part of a checkpoint, the time spent too: compare the parameters themselves.
    private float[] Values(string name, TrainingRecipe recipe)
    {
        var parameters = new TransformerParameters(recipe.SpecFor(Images(1, 100)));
        return TrainingState.Load(Path.Combine(_folder, name, Trainer.CheckpointFile), $"{recipe}, 100 images", parameters.Count).Values;
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
